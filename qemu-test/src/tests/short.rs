// SPDX-License-Identifier: GPL-2.0
//! The load of `short_requests_are_charged_to_their_host`: short requests of two hosts on one worker.

use crate::client::host4;
use crate::client::Connection;
use crate::process::clock;
use crate::process::say;
use crate::process::Child;
use crate::scene::cpu_seconds;
use crate::scene::difference;
use crate::server::listen;
use crate::server::rounds_per_microsecond;
use crate::server::spin;
use crate::server::ANSWER;
use crate::server::GROUP;
use crate::server::REQUEST;
use nix::sched::sched_setaffinity;
use nix::sched::CpuSet;
use nix::unistd::Pid;
use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::TcpListener;
use std::os::fd::AsRawFd;

/// Microseconds of work for a request of the first and of the second host.
const WORK: [f64; 2] = [300.0, 900.0];

/// The calling thread runs on this CPU only.
pub fn pin(cpu: usize) {
    let mut set = CpuSet::new();
    set.set(cpu).expect("a CPU");
    sched_setaffinity(Pid::from_raw(0), &set).expect("two CPUs");
}

/// A connection is accepted when its request is there, so that serving it never waits.
fn accept_with_data(listener: &TcpListener) {
    let seconds: libc::c_int = 5;
    let size = std::mem::size_of_val(&seconds) as libc::socklen_t;
    let pointer = std::ptr::from_ref(&seconds).cast();
    // SAFETY: the pointer is to an int, as the option wants.
    let done = unsafe {
        libc::setsockopt(
            listener.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_DEFER_ACCEPT,
            pointer,
            size,
        )
    };
    assert_eq!(done, 0);
}

/// Seconds from accept to close for each host, by the clock of the worker.
fn serve(listener: &TcpListener, connections: usize) -> [f64; 2] {
    let rounds = WORK.map(|microseconds| (microseconds * rounds_per_microsecond()) as u64);
    let mut served = [0.0; 2];
    for _ in 0..connections {
        let (mut stream, _) = listener.accept().expect("accept");
        let began = clock(libc::CLOCK_MONOTONIC);
        let first = stream.local_addr().expect("connected").ip()
            == host4(0).parse::<IpAddr>().expect("an address");
        let number = usize::from(!first);
        stream.read_exact(&mut [0; REQUEST]).expect("a request");
        spin(rounds[number]);
        stream.write_all(&[0; ANSWER]).expect("a reader");
        drop(stream);
        served[number] += clock(libc::CLOCK_MONOTONIC) - began;
    }
    served
}

/// Serves `requests` requests a host; gives what the worker says of its time, and what the hosts were charged.
pub fn run(requests: usize) -> (Vec<f64>, Vec<f64>) {
    let listener = listen("0.0.0.0:80");
    accept_with_data(&listener);
    let worker = Child::new(GROUP, |output| {
        pin(1);
        let served = serve(&listener, 2 * requests);
        say(output, &format!("{} {}", served[0], served[1]));
    });
    pin(0);
    let before = cpu_seconds();
    for _ in 0..requests {
        for number in 0..2 {
            let mut connection = Connection::open(&host4(number));
            connection.0.write_all(&[0; REQUEST]).expect("a server");
            connection
                .0
                .read_exact(&mut [0; ANSWER])
                .expect("an answer");
        }
    }
    let text = worker.finish();
    let charged = difference(&before, &cpu_seconds())[..2].to_vec();
    let served = text
        .split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect();
    (served, charged)
}
