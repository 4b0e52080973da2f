// SPDX-License-Identifier: GPL-2.0
//! Who reads long files of the module all the time costs the servers nothing.

use crate::client::at;
use crate::client::host4;
use crate::client::Connection;
use crate::process::say;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::server::answer;
use crate::server::listen;
use crate::server::spin;
use crate::server::Work;
use crate::server::GROUP;
use crate::statistics::percentile;
use crate::tests::short::pin;
use crate::vhqos;
use nix::sys::resource::setrlimit;
use nix::sys::resource::Resource;
use nix::sys::signal::kill;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::io::Read;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

crate::tests! { "readers";
    reader_of_many_records_costs_the_servers_nothing(120),
    reader_of_a_million_records_costs_the_servers_nothing(120),
}

/// Open channels.
const CHANNELS: usize = 10_000;

/// Descriptors of a process.
const COPIES: usize = 100_000;
/// Processes that have as many.
const PROCESSES: usize = 10;

/// Median of the time that a request takes, in microseconds, over a tenth of a second.
fn median(connection: &mut Connection) -> u32 {
    let mut times = Vec::new();
    let end = Instant::now() + Duration::from_millis(100);
    while Instant::now() < end {
        let began = Instant::now();
        connection.send(Work::Echo).expect("sent");
        connection.receive().expect("an answer");
        times.push(began.elapsed().as_micros() as u32);
    }
    percentile(&mut times, 50)
}

/// Lets this process, and those that it makes, have so many files open.
fn allow(files: usize) {
    let files = files as u64 + 100;
    setrlimit(Resource::RLIMIT_NOFILE, files, files).expect("root may");
}

/// Asserts that the server of a request does not notice who reads `files` all the time, which have `least` records or more:
/// a server and its client on one CPU; on the other, in turn, the reader and somebody who only keeps the CPU busy, because
/// the guest's CPUs are not alone on theirs.
#[track_caller]
fn costs_nothing(files: &'static [&'static str], least: usize) {
    let calm = listen("0.0.0.0:80");
    let _server = Child::new(GROUP, |_| {
        pin(0);
        let (mut stream, _) = calm.accept().expect("accept");
        answer(&mut stream);
    });
    let mut reader = Child::new("user.slice/test.scope", |output| {
        pin(1);
        loop {
            let began = Instant::now();
            let lines = |file: &&str| vhqos::read(file).lines().count();
            let read: usize = files.iter().map(lines).sum();
            say(
                output,
                &format!("{read} {:.3}", began.elapsed().as_secs_f64()),
            );
        }
    });
    // Once through all files, while nobody stops it.
    let mut text = [0; 4096];
    let length = reader.output().read(&mut text).expect("it read");
    let text = String::from_utf8_lossy(&text[..length]).into_owned();
    let (records, seconds) = text
        .lines()
        .next()
        .and_then(|line| line.split_once(' '))
        .expect("a line");
    let other = Child::new("user.slice/test.scope", |_| {
        pin(1);
        loop {
            spin(1_000);
        }
    });
    pin(0);
    let mut connection = Connection::open(&host4(0));
    let signal = |child: &Child, signal| kill(Pid::from_raw(child.pid()), signal).expect("ours");
    // What the machine does beside changes from second to second: a pair is compared by itself, and a cost is there each time.
    let mut round = || {
        let pair = |_| {
            signal(&reader, Signal::SIGSTOP);
            signal(&other, Signal::SIGCONT);
            let without = median(&mut connection);
            signal(&other, Signal::SIGSTOP);
            signal(&reader, Signal::SIGCONT);
            median(&mut connection) * 1000 / without.max(1)
        };
        percentile(&mut (0..20).map(pair).collect::<Vec<u32>>(), 50)
    };
    let mut costs = Vec::new();
    while costs.len() < 3 && costs.last().is_none_or(|cost| *cost >= 1100) {
        costs.push(round());
    }
    println!("note: a request takes {costs:?} thousandths beside a reader of {records} records in {seconds} s");
    assert!(records.parse::<usize>().expect("a number") >= least);
    assert!(costs.last().is_some_and(|cost| *cost < 1100), "{costs:?}");
}

fn reader_of_many_records_costs_the_servers_nothing() {
    vhqos::load_with("", &plain_rows());
    allow(2 * CHANNELS);
    let crowd = listen("0.0.0.0:81");
    let _holder = Child::new(GROUP, |_| {
        let _open: Vec<TcpStream> = crowd.incoming().map_while(Result::ok).collect();
    });
    let _clients: Vec<TcpStream> = (0..CHANNELS)
        .map(|number| TcpStream::connect(at(&host4((number % 3) as u8), 81)).expect("connect"))
        .collect();
    crate::wait::until("all channels are there", 60.0, || {
        vhqos::status("channels") == CHANNELS.to_string()
    });
    costs_nothing(&["channels", "descriptors", "tasks", "flags"], 2 * CHANNELS);
}

/// Processes with as many copies of one accepted connection as they may have.
fn reader_of_a_million_records_costs_the_servers_nothing() {
    vhqos::load_with("", &plain_rows());
    allow(COPIES);
    let crowd = listen("0.0.0.0:81");
    let mut holder = Child::new(GROUP, |output| {
        let (stream, _) = crowd.accept().expect("accept");
        let _copies: Vec<TcpStream> = (1..COPIES)
            .map(|_| stream.try_clone().expect("a copy"))
            .collect();
        let _others: Vec<Child> = (1..PROCESSES)
            .map(|_| Child::new(GROUP, |_| sleep(Duration::from_secs(3600))))
            .collect();
        say(output, "ready");
        sleep(Duration::from_secs(3600));
    });
    let _client = TcpStream::connect(at(&host4(0), 81)).expect("connect");
    holder
        .output()
        .read_exact(&mut [0; 6])
        .expect("it is ready");
    costs_nothing(&["descriptors"], COPIES * PROCESSES);
}
