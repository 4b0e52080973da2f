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
use std::time::Duration;
use std::time::Instant;

crate::tests! { "readers";
    reader_of_many_records_costs_the_servers_nothing(120),
}

/// Open channels.
const CHANNELS: usize = 10_000;

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

/// A server and its client on one CPU; on the other, in turn, a reader and somebody who only keeps the CPU busy, because
/// the guest's CPUs are not alone on theirs.
fn reader_of_many_records_costs_the_servers_nothing() {
    vhqos::load_with("", &plain_rows());
    let files = 2 * CHANNELS as u64 + 100;
    setrlimit(Resource::RLIMIT_NOFILE, files, files).expect("root may");
    let (crowd, calm) = (listen("0.0.0.0:81"), listen("0.0.0.0:80"));
    let _holder = Child::new(GROUP, |_| {
        let _open: Vec<TcpStream> = crowd.incoming().map_while(Result::ok).collect();
    });
    let _server = Child::new(GROUP, |_| {
        pin(0);
        let (mut stream, _) = calm.accept().expect("accept");
        answer(&mut stream);
    });
    let _clients: Vec<TcpStream> = (0..CHANNELS)
        .map(|number| TcpStream::connect(at(&host4((number % 3) as u8), 81)).expect("connect"))
        .collect();
    crate::wait::until("all channels are there", 60.0, || {
        vhqos::status("channels") == CHANNELS.to_string()
    });
    let mut reader = Child::new("user.slice/test.scope", |output| {
        pin(1);
        loop {
            let began = Instant::now();
            let read: usize = ["channels", "descriptors", "tasks", "flags"]
                .map(|file| vhqos::read(file).lines().count())
                .iter()
                .sum();
            say(
                output,
                &format!("{read} {:.3}", began.elapsed().as_secs_f64()),
            );
        }
    });
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
    signal(&reader, Signal::SIGSTOP);
    let mut text = [0; 4096];
    let length = reader.output().read(&mut text).expect("it read");
    let text = String::from_utf8_lossy(&text[..length]).into_owned();
    let (records, seconds) = text
        .lines()
        .next()
        .and_then(|line| line.split_once(' '))
        .expect("a line");
    println!("note: a request takes {costs:?} thousandths beside a reader of {records} records in {seconds} s");
    assert!(records.parse::<usize>().expect("a number") >= 2 * CHANNELS);
    assert!(costs.last().is_some_and(|cost| *cost < 1100), "{costs:?}");
}
