// SPDX-License-Identifier: GPL-2.0
//! Hosts that share an address: which one a connection is for stands in its bytes.

mod bytes;
mod confusion;
mod hostile;
pub mod protocols;
mod records;
mod requests;
mod rows;
mod unix;

use crate::cgroup;
use crate::client::at;
use crate::process::Child;
use crate::server::GROUP;
use crate::wait::until;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::fd::AsRawFd;

use crate::runner::Test;

/// The tests of this folder.
pub fn all() -> Vec<Test> {
    [
        requests::TESTS,
        bytes::TESTS,
        confusion::TESTS,
        hostile::TESTS,
        records::TESTS,
        rows::TESTS,
        unix::TESTS,
    ]
    .concat()
}

/// The address that all hosts of these tests share.
pub const SHARED: &str = "192.0.2.40";

/// The group of the server as long as it serves nobody, but was enrolled.
const IDLE: &str = crate::scene::IDLE;

/// The group of the server before it was ever enrolled.
fn own_group() -> String {
    format!("/{GROUP}")
}

/// Two hosts by name.
const TWO: &str = "host a name=a.example\nhost b name=b.example name=*.b.example\n";

/// A server that reads, and answers each read(2) with the group in which it then is, on a line; one connection after the
/// other.
fn echo() -> Child {
    let server = Child::new(GROUP, |_| {
        let listener = TcpListener::bind("[::]:80").expect("port 80 is free");
        for connection in listener.incoming() {
            answer_reads(connection.expect("a connection"));
        }
    });
    until("the server listens", 10.0, || {
        TcpStream::connect(at(SHARED, 80)).is_ok()
    });
    server
}

/// Answers each read(2) with the group of the current task.
fn answer_reads(mut connection: impl Read + Write) {
    let mut buffer = vec![0; 1 << 17];
    while let Ok(1..) = connection.read(&mut buffer) {
        let answer = format!("{}\n", cgroup::own());
        if connection.write_all(answer.as_bytes()).is_err() {
            break;
        }
    }
}

/// The same for any number of connections at once, by a thread that polls them.
fn poll_echo() -> Child {
    let server = Child::new(GROUP, |_| {
        let listener = TcpListener::bind("[::]:80").expect("port 80 is free");
        let mut connections: Vec<TcpStream> = Vec::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let mut polled = vec![poll(&listener)];
            polled.extend(connections.iter().map(poll));
            nix::poll::poll(&mut polled, nix::poll::PollTimeout::NONE).expect("poll");
            let ready: Vec<bool> = polled.iter().map(|one| one.any() == Some(true)).collect();
            drop(polled);
            let mut at = 0;
            connections.retain_mut(|connection| {
                at += 1;
                !ready[at]
                    || (matches!(connection.read(&mut buffer), Ok(1..)) && answer(connection))
            });
            if ready[0] {
                connections.push(listener.accept().expect("a connection").0);
            }
        }
    });
    until("the server listens", 10.0, || {
        TcpStream::connect(at(SHARED, 80)).is_ok()
    });
    server
}

/// Answers with nothing, so that clients need not read; says that it did.
fn answer(connection: &TcpStream) -> bool {
    // SAFETY: no byte is read.
    unsafe {
        libc::send(
            connection.as_raw_fd(),
            std::ptr::null(),
            0,
            libc::MSG_NOSIGNAL,
        )
    };
    true
}

/// Waits until the servers have read whatever was sent.
#[track_caller]
fn until_all_is_read() {
    until("all is read", 60.0, || {
        let sockets = fs::read_to_string("/proc/net/tcp").expect("proc is mounted")
            + &fs::read_to_string("/proc/net/tcp6").expect("proc is mounted");
        let queues = sockets
            .lines()
            .filter_map(|line| line.split_whitespace().nth(4));
        queues
            .filter(|queues| queues.contains(':'))
            .all(|queues| queues == "00000000:00000000")
    });
}

/// Readable?
fn poll(what: &impl std::os::fd::AsFd) -> nix::poll::PollFd<'_> {
    nix::poll::PollFd::new(what.as_fd(), nix::poll::PollFlags::POLLIN)
}

/// A connection to [`echo`].
struct Talk<S = TcpStream>(BufReader<S>);

impl Talk {
    fn new() -> Self {
        let stream = TcpStream::connect(at(SHARED, 80)).expect("connected");
        stream.set_nodelay(true).expect("TCP");
        Self(BufReader::new(stream))
    }
}

impl<S: Read + Write> Talk<S> {
    /// Sends bytes that the server reads at once, and gives the group in which it was then.
    #[track_caller]
    fn say(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.0.get_mut().write_all(bytes.as_ref()).expect("sent");
        self.line()
    }

    /// The next answer.
    #[track_caller]
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("an answer");
        line.trim_end().to_owned()
    }
}

/// A request of HTTP/1.1 for a host.
fn get(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n")
}
