// SPDX-License-Identifier: GPL-2.0
//! Who watches `/proc/vhqos/events` is told what happens, in order, and what it lost; nobody waits for who watches.

use crate::apache::http_address;
use crate::apache::Apache;
use crate::client::host4;
use crate::client::Connection;
use crate::dialogue::Dialogue;
use crate::process::sleeps;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::server::Prefork;
use crate::server::Work;
use crate::server::GROUP;
use crate::tests::scale::many_rows;
use crate::vhqos;
use crate::vhqos::record;
use crate::vhqos::Record;
use crate::wait::limit;
use crate::wait::until;
use nix::errno::Errno;
use nix::poll::poll;
use nix::poll::PollFd;
use nix::poll::PollFlags;
use nix::poll::PollTimeout;
use nix::sys::epoll::Epoll;
use nix::sys::epoll::EpollCreateFlags;
use nix::sys::epoll::EpollEvent;
use nix::sys::epoll::EpollFlags;
use nix::sys::epoll::EpollTimeout;
use nix::sys::signal::kill;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::process::Stdio;
use std::time::Instant;

crate::tests! { "events";
    request_of_apache_is_told_in_order(60),
    end_of_a_bound_task_is_told(20, debug),
    rows_refusals_and_health_are_told(20, debug),
    many_rows_are_told_in_one_record(20),
    slow_reader_is_told_how_much_it_lost(40),
    unloads_at_once_with_readers_that_wait(40, debug),
    monitor_prints_until_it_is_ended(30),
}

/// A reader that does not wait.
#[track_caller]
pub fn open() -> File {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK);
    options.open(vhqos::path("events")).expect("root may")
}

/// What there is to read.
#[track_caller]
pub fn told(events: &mut File) -> Vec<Record> {
    let mut text = Vec::new();
    let mut buffer = [0; 16384];
    loop {
        match events.read(&mut buffer) {
            Ok(length) => text.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => panic!("events: {error}"),
        }
    }
    let text = String::from_utf8(text).expect("it is text");
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().map(record).collect()
}

/// The fields `keys` of each record, those that it has, separated by blanks.
fn fields(records: &[Record], keys: &[&str]) -> Vec<String> {
    let words = |record: &Record| {
        let found: Vec<_> = keys.iter().filter_map(|key| record.get(*key)).collect();
        found.into_iter().cloned().collect::<Vec<_>>().join(" ")
    };
    records.iter().map(words).collect()
}

fn number(record: &Record, key: &str) -> u64 {
    record[key].parse().expect("a number")
}

fn request_of_apache_is_told_in_order() {
    vhqos::load_with("", &plain_rows());
    let apache = Apache::start(&[host4(0), host4(1)], 2);
    let mut events = open();
    let mut task = String::new();
    for (at, host) in ["bank", "flowers"].into_iter().enumerate() {
        let mut client = Dialogue::open(http_address(&host4(at as u8)));
        let path = crate::pages::burn_path(1000);
        client.send(format!("GET {path} HTTP/1.1\r\nHost: guest\r\n\r\n").as_bytes());
        client.expect("HTTP/1.1 ");
        drop(client);
        let mut all = Vec::new();
        until("the worker is idle again", 20.0, || {
            all.extend(told(&mut events));
            all.iter().any(|one: &Record| one["event"] == "release")
        });
        let what = fields(&all, &["event", "host", "from", "by", "comm"]);
        let bind = format!("bind {host} - transfer apache2");
        assert_eq!(what, [bind, format!("release {host} close apache2")]);
        task.clone_from(&all[0]["task"]);
        assert_eq!(task, all[1]["task"]);
        assert!(number(&all[0], "channel") > 0);
        assert!(number(&all[0], "time") < number(&all[1], "time"));
        let numbers = fields(&all, &["seq"]);
        let first = 1 + 2 * at as u64;
        assert_eq!(numbers, [first.to_string(), (first + 1).to_string()]);
    }
    let task = task.parse().expect("a number");
    assert!(apache.workers().contains(&task));
}

fn end_of_a_bound_task_is_told() {
    vhqos::load_with("", &plain_rows());
    let server = Prefork::usual(1);
    let mut events = open();
    let mut client = Connection::open(&host4(2));
    client.ask(Work::Echo);
    kill(Pid::from_raw(server.pids()[0]), Signal::SIGKILL).expect("it lives");
    let mut all = Vec::new();
    until("its end is told", 20.0, || {
        all.extend(told(&mut events));
        all.len() >= 2
    });
    let what = fields(&all, &["event", "task", "host", "by"]);
    let task = server.pids()[0];
    assert_eq!(
        what,
        [
            format!("bind {task} acme transfer"),
            format!("release {task} acme exit")
        ]
    );
}

fn rows_refusals_and_health_are_told() {
    vhqos::load("");
    let mut events = open();
    assert_eq!(told(&mut events), []);
    let mut wait = [PollFd::new(events.as_fd(), PollFlags::POLLIN)];
    assert_eq!(poll(&mut wait, PollTimeout::ZERO), Ok(0));
    vhqos::write_table("host a addr=192.0.2.10\n");
    assert_eq!(poll(&mut wait, PollTimeout::ZERO), Ok(1));
    assert_eq!(wait[0].revents(), Some(PollFlags::POLLIN));
    vhqos::write_table("host a addr=192.0.2.10 cpu.min=10%\nhost b addr=192.0.2.11\n");
    assert!(vhqos::try_write_table("host c cpu.mni=10%\n").is_err());
    vhqos::write_table("flush\n");
    // A buffer that no line fits into is refused, and nothing is lost by that.
    let error = events.read(&mut [0; 20]).expect_err("too small");
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    let mut first = [0; 100];
    let length = events.read(&mut first).expect("one line fits");
    let first = std::str::from_utf8(&first[..length]).expect("it is text");
    assert!(first.ends_with('\n'), "no line is torn: {first}");
    let mut all: Vec<_> = first.lines().map(record).collect();
    all.extend(told(&mut events));
    let keys = ["event", "host", "change", "generation", "why", "from", "to"];
    let (one, two) = (number(&all[1], "generation"), number(&all[2], "generation"));
    let three = number(&all[5], "generation");
    assert!(one < two && two < three);
    assert_eq!(
        fields(&all, &keys),
        [
            "health off live".to_owned(),
            format!("row a added {one}"),
            format!("row a changed {two}"),
            format!("row b added {two}"),
            "refusal 1:8:".to_owned(),
            format!("row a removed {three}"),
            format!("row b removed {three}"),
            "health live off".to_owned(),
        ]
    );
    let numbers: Vec<_> = all.iter().map(|one| number(one, "seq")).collect();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    let times: Vec<_> = all.iter().map(|one| number(one, "time")).collect();
    assert!(times.is_sorted(), "{times:?}");
}

fn many_rows_are_told_in_one_record() {
    vhqos::load("");
    let mut events = open();
    crate::tests::scale::cat(&many_rows(2_000));
    let all = told(&mut events);
    let tables = all.iter().filter(|one| one["event"] == "table");
    let added: u64 = tables.map(|one| number(one, "added")).sum();
    let rows = all.iter().filter(|one| one["event"] == "row").count() as u64;
    assert_eq!(added + rows, 2_000);
    assert!(rows <= 256, "{rows} rows were told one by one");
}

/// More records than the ring holds, beside a reader that is quick enough.
fn slow_reader_is_told_how_much_it_lost() {
    vhqos::load("");
    let (mut slow, mut quick) = (open(), open());
    let refused = format!("host a addr=192.0.2.10 {}=1\n", "k".repeat(300));
    let mut next = 1;
    for _ in 0..60 {
        for _ in 0..100 {
            assert!(vhqos::try_write_table(&refused).is_err());
        }
        for one in told(&mut quick) {
            assert_eq!((number(&one, "seq"), &*one["event"]), (next, "refusal"));
            next += 1;
        }
    }
    assert_eq!(next, 6_001);
    let all = told(&mut slow);
    let lost = number(&all[0], "count");
    assert_eq!((&*all[0]["event"], number(&all[0], "seq")), ("lost", 1));
    let numbers: Vec<_> = all[1..].iter().map(|one| number(one, "seq")).collect();
    assert_eq!(numbers, (1 + lost..next).collect::<Vec<_>>());
    println!("note: {lost} of 6,000 lost");
    // Who comes now sees what comes now.
    let mut late = open();
    drop((slow, quick));
    assert!(vhqos::try_write_table(&refused).is_err());
    assert_eq!(fields(&told(&mut late), &["seq"]), [next.to_string()]);
}

/// In read(2), poll(2) and epoll_wait(2), and in a poll(2) whose task is stopped.
fn unloads_at_once_with_readers_that_wait() {
    vhqos::load("");
    let blocked = || File::open(vhqos::path("events")).expect("root may");
    let wait = |timeout: PollTimeout| {
        let file = blocked();
        let mut wait = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
        poll(&mut wait, timeout).expect("it wakes");
    };
    let reads = Child::new(GROUP, |_| {
        assert_eq!(blocked().read(&mut [0; 4096]).expect("the end"), 0);
    });
    let polls = Child::new(GROUP, |_| wait(PollTimeout::NONE));
    let stopped = Child::new(GROUP, |_| wait(PollTimeout::NONE));
    let epolls = Child::new(GROUP, |_| {
        let (file, epoll) = (
            blocked(),
            Epoll::new(EpollCreateFlags::empty()).expect("new"),
        );
        let event = EpollEvent::new(EpollFlags::EPOLLIN, 1);
        epoll.add(&file, event).expect("it can be polled");
        let mut found = [EpollEvent::empty()];
        assert_eq!(epoll.wait(&mut found, EpollTimeout::NONE), Ok(1));
        assert!(found[0].events().contains(EpollFlags::EPOLLIN));
        // Longer than the module.
        drop(file);
        std::thread::sleep(limit(0.1));
    });
    let all = [&reads, &polls, &stopped, &epolls].map(Child::pid);
    let waits = |task: &i32| {
        let link =
            |entry: io::Result<std::fs::DirEntry>| std::fs::read_link(entry.ok()?.path()).ok();
        let mut files = std::fs::read_dir(format!("/proc/{task}/fd")).expect("it lives");
        sleeps(*task) && files.any(|file| link(file).is_some_and(|path| path.ends_with("events")))
    };
    until("all of them wait", 20.0, || all.iter().all(waits));
    kill(Pid::from_raw(stopped.pid()), Signal::SIGSTOP).expect("it lives");
    let began = Instant::now();
    assert_eq!(vhqos::try_unload(), Ok(()));
    let took = began.elapsed();
    println!("note: unloaded after {:.2} s", took.as_secs_f64());
    assert!(took < limit(5.0), "{took:?}");
    kill(Pid::from_raw(stopped.pid()), Signal::SIGCONT).expect("it lives");
    for child in [reads, polls, stopped, epolls] {
        child.finish();
    }
}

/// The command with words separated by blanks, once it watches.
fn monitor(words: &str) -> std::process::Child {
    let child = Command::new("/payload/vhqos")
        .arg("monitor")
        .args(words.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let files = format!("/proc/{}/fd", child.id());
    until("it watches", 20.0, || {
        let files = std::fs::read_dir(&files).expect("it lives").flatten();
        let mut paths = files.filter_map(|file| std::fs::read_link(file.path()).ok());
        paths.any(|path| path.ends_with("events")) && sleeps(child.id() as i32)
    });
    child
}

fn monitor_prints_until_it_is_ended() {
    vhqos::load("");
    let mut bank = monitor("-j -e row bank");
    let mut all = monitor("");
    let mut closed = monitor("");
    drop(closed.stdout.take());
    vhqos::write_table("host acme addr=192.0.2.30\nhost bank addr=192.0.2.10\n");
    let mut lines = BufReader::new(bank.stdout.take().expect("a pipe")).lines();
    let line = lines.next().expect("a line").expect("text");
    assert!(
        line.contains(r#""event":"row","host":"bank","change":"added","generation":"#),
        "{line}"
    );
    kill(Pid::from_raw(bank.id() as i32), Signal::SIGINT).expect("it lives");
    let end = |child: std::process::Child| {
        let output = child.wait_with_output().expect("it ends");
        let err = String::from_utf8(output.stderr).expect("it is text");
        (output.status.code(), err)
    };
    let note = "vhqos: there is no host bank now: it is shown when it comes\n";
    assert_eq!(end(bank), (Some(0), note.to_owned()));
    assert_eq!(end(closed), (Some(0), String::new()));
    let mut text = BufReader::new(all.stdout.take().expect("a pipe"));
    let mut seen = String::new();
    while !seen.contains("  bank  ") {
        assert_ne!(text.read_line(&mut seen).expect("text"), 0, "{seen}");
    }
    assert!(
        seen.contains("  health   -         live, before off\n"),
        "{seen}"
    );
    assert_eq!(vhqos::unload_within(5.0), Ok::<(), Errno>(()));
    let why = "vhqos: the module was unloaded\n".to_owned();
    assert_eq!(end(all), (Some(3), why));
}
