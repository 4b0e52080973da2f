// SPDX-License-Identifier: GPL-2.0
//! One process with many threads, each of which serves another host.

use crate::cgroup;
use crate::client::host4;
use crate::client::Connection;
use crate::process::say;
use crate::process::Child;
use crate::scene::IDLE;
use crate::server::answer;
use crate::server::answer_once;
use crate::server::listen;
use crate::server::Work;
use crate::server::GROUP;
use crate::tests::servers::scene::nothing_is_left;
use crate::vhqos;
use crate::wait::until;
use std::io::BufRead;
use std::io::BufReader;
use std::process::Command;
use std::sync::mpsc::channel;

crate::tests! { "threads";
    each_of_twenty_threads_has_its_own_class(60, debug),
    thread_that_changes_hosts_moves_alone(60),
    each_thread_is_known_by_where_its_process_came_from(60),
    child_of_a_thread_that_serves_nobody_finds_back(30, debug),
}

/// Hosts, and threads.
const COUNT: u8 = 20;

fn name(number: u8) -> String {
    format!("host{number}")
}

/// A process whose threads accept and serve.
fn start(threads: u8) -> Child {
    start_with("", threads)
}

/// The same, with words in each host's row.
fn start_with(words: &str, threads: u8) -> Child {
    let rows: Vec<String> = (0..COUNT)
        .map(|number| format!("host {} addr={} {words}\n", name(number), host4(number)))
        .collect();
    vhqos::load_with("", &rows.concat());
    let listener = listen("[::]:80");
    Child::new(GROUP, |_| {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| loop {
                    let (mut stream, _) = listener.accept().expect("accept");
                    answer(&mut stream);
                });
            }
        });
    })
}

/// A connection to each host, and the thread that serves it.
fn connections() -> Vec<(Connection, i32)> {
    (0..COUNT)
        .map(|number| {
            let mut connection = Connection::open(&host4(number));
            let answer = connection.ask(Work::Burn(20));
            assert_eq!(answer.group, format!("/vhqos/{}", name(number)));
            (connection, answer.task)
        })
        .collect()
}

/// Each thread is in the class of its host, now that all of them serve.
#[track_caller]
fn all_are_right(open: &[(Connection, i32)]) {
    for (number, (_, task)) in open.iter().enumerate() {
        let expected = format!("/vhqos/host{number}");
        assert_eq!(cgroup::of(*task), Some(expected.clone()), "thread {task}");
        let record = vhqos::task(*task).expect("a record");
        assert_eq!(format!("/vhqos/{}", record["host"]), expected, "{record:?}");
        assert_eq!(vhqos::host(&name(number as u8), "tasks"), 1);
    }
}

fn each_of_twenty_threads_has_its_own_class() {
    let server = start(COUNT);
    let open = connections();
    all_are_right(&open);
    let mut tasks: Vec<i32> = open.iter().map(|(_, task)| *task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    assert_eq!(
        tasks.len(),
        usize::from(COUNT),
        "each has a thread of its own"
    );
    assert_eq!(
        cgroup::of(server.pid()).as_deref(),
        Some(IDLE),
        "the first thread, which only waits"
    );
    drop(open);
    until("all threads are idle", 10.0, || {
        tasks
            .iter()
            .all(|task| cgroup::of(*task).as_deref() == Some(IDLE))
    });
    drop(server);
    nothing_is_left();
}

/// One thread gets another connection of another host, again and again, while the others serve on.
fn thread_that_changes_hosts_moves_alone() {
    let _server = start(COUNT + 1);
    let mut open = connections();
    all_are_right(&open);
    let binds = |number: u8| vhqos::host(&name(number), "binds");
    let before: Vec<u64> = (0..COUNT).map(binds).collect();
    for number in 0..COUNT {
        let mut other = Connection::open(&host4(number));
        let answer = other.ask(Work::Burn(20));
        assert_eq!(answer.group, format!("/vhqos/{}", name(number)));
        assert!(open.iter().all(|(_, task)| *task != answer.task));
        assert_eq!(vhqos::host(&name(number), "tasks"), 2);
        drop(other);
        until("the thread is idle", 10.0, || {
            cgroup::of(answer.task).as_deref() == Some(IDLE)
        });
        all_are_right(&open);
    }
    for (number, (connection, task)) in open.iter_mut().enumerate() {
        assert_eq!(connection.ask(Work::Burn(20)).task, *task);
        let now = binds(number as u8);
        assert_eq!(
            now,
            before[number] + 1,
            "{} was moved to once",
            name(number as u8)
        );
    }
}

/// The first thread that is bound brings all of them into another group.
fn each_thread_is_known_by_where_its_process_came_from() {
    let _server = start_with(&format!("server=cgroup:/{GROUP}"), COUNT);
    all_are_right(&connections());
}

/// One thread serves, and another one, which never did, makes a child: it is born in our domain, and belongs to where its
/// parent came from.
fn child_of_a_thread_that_serves_nobody_finds_back() {
    vhqos::load_with("", &format!("host host0 addr={}\n", host4(0)));
    let listener = listen("[::]:80");
    let mut server = Child::new(GROUP, |output| {
        let (tell, hear) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().expect("accept");
                answer_once(&mut stream);
                tell.send(()).expect("told");
                answer(&mut stream);
            });
            hear.recv().expect("told");
            let mut child = Command::new("sleep").arg("1000").spawn().expect("sleep");
            say(output, &child.id().to_string());
            child.wait().expect("a child");
        });
    });
    let mut connection = Connection::open(&host4(0));
    assert_eq!(connection.ask(Work::Burn(20)).group, "/vhqos/host0");
    let mut lines = BufReader::new(server.output().try_clone().expect("dup")).lines();
    let line = lines.next().expect("a line").expect("text");
    let child: i32 = line.parse().expect("a number");
    assert!(vhqos::task(child).is_some(), "it is known");
    vhqos::write_table("flush\n");
    assert_eq!(cgroup::of(child), Some(format!("/{GROUP}")));
}
