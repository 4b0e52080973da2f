// SPDX-License-Identifier: GPL-2.0
//! What it takes to read the name of a host in the first bytes of a connection, and what it takes to pass over those that do
//! not matter.  The server has many connections at once, so that it is an event loop, which is charged and does not move.

use super::meter::Meter;
use super::operations::measure as measure_one;
use super::operations::BATCH;
use super::operations::ROUNDS;
use super::part;
use super::Figure;
use crate::client::at;
use crate::server::listen;
use crate::tests::names::protocols;
use crate::transport::accept;
use crate::transport::Accept;
use crate::vhqos;
use nix::sys::socket::recv;
use nix::sys::socket::MsgFlags;
use std::io;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;

/// Names in the table.
pub const SIZES: [usize; 3] = [10, 1_000, 100_000];
/// The state without the module.
pub const ABSENT: &str = "nameless";
/// What a state with it is called, before the size.
pub const LOADED: &str = "names-";
/// Hosts that are asked for in turn: where the table keeps a name is chance, and so is what lies before it there.
const ASKED: usize = 10;
/// What is measured: the first read of a connection for each protocol, and a read of a body.
pub const OPERATIONS: [&str; 8] = [
    "first-http1",
    "first-http2",
    "first-tls",
    "first-fastcgi",
    "first-scgi",
    "first-uwsgi",
    "first-proxy",
    "read-of-a-body",
];

/// The first bytes of a connection for a host.
type Beginning = fn(&str) -> Vec<u8>;

/// Those of each protocol, in the order of [`OPERATIONS`].
const BEGINNINGS: [Beginning; 7] = [
    protocols::http1,
    protocols::http2,
    protocols::client_hello,
    protocols::fastcgi,
    protocols::scgi,
    protocols::uwsgi,
    |host| [protocols::proxy("proxy.example"), protocols::http1(host)].concat(),
];

/// The name of a host.
fn name(number: usize) -> String {
    format!("customer{number:07}.test")
}

/// A table of so many names.
pub fn table(count: usize) -> String {
    let mut text = "begin\n".to_owned();
    for number in 0..count {
        text += &format!("host c{number} name={}\n", name(number));
    }
    text + "commit\n"
}

/// All operations without the module, and at each size with it.
pub fn measure() -> io::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let mut add = |state: &str| -> io::Result<()> {
        for (operation, value) in part(&["names"])? {
            figures.push(Figure::new(&operation, state, value));
        }
        Ok(())
    };
    add(ABSENT)?;
    for size in SIZES {
        vhqos::load("");
        part(&["name-table", &size.to_string()])?;
        add(&format!("{LOADED}{size}"))?;
        // Twice each round of each protocol, and what is not measured.
        let requests = vhqos::host("c0", "requests") as usize;
        let expected = 2 * BEGINNINGS.len() * ROUNDS / ASKED;
        assert!(requests > expected, "{requests} names were read");
        vhqos::unload();
    }
    Ok(figures)
}

/// The operations, in a process of its own.
pub fn operations() -> Vec<(&'static str, f64)> {
    let listener = listen("[::]:80");
    let firsts = BEGINNINGS.map(|beginning| first(&listener, beginning));
    let values = firsts.into_iter().chain([body(&listener)]);
    OPERATIONS.into_iter().zip(values).collect()
}

/// A connection on which bytes wait.
fn connect(listener: &TcpListener, bytes: &[u8]) -> (TcpStream, OwnedFd) {
    let mut client = TcpStream::connect(at("127.0.0.1", 80)).expect("connect");
    client.write_all(bytes).expect("queued");
    (client, accept(Accept::Flags, listener))
}

fn read(socket: &OwnedFd) -> usize {
    let mut buffer = [0; 4096];
    recv(socket.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT).expect("bytes")
}

/// The first read of a connection.
fn first(listener: &TcpListener, beginning: Beginning) -> f64 {
    let asked: [Vec<u8>; ASKED] = std::array::from_fn(|number| beginning(&name(number)));
    measure_one(|meter: &mut Meter| {
        for _ in 0..ROUNDS / BATCH {
            let bytes = asked.iter().cycle().take(BATCH);
            let all: Vec<_> = bytes.map(|bytes| connect(listener, bytes)).collect();
            for (_, socket) in &all {
                assert_eq!(meter.time(|| read(socket)), asked[0].len());
            }
        }
    })
}

/// A read of what is no head.
fn body(listener: &TcpListener) -> f64 {
    const PIECE: usize = 64;
    let host = name(0);
    let head = format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000000\r\n\r\n");
    let (mut client, socket) = connect(listener, head.as_bytes());
    read(&socket);
    measure_one(|meter: &mut Meter| {
        for _ in 0..ROUNDS / BATCH {
            client.write_all(&[0; PIECE * BATCH]).expect("queued");
            let mut buffer = [0; PIECE];
            for _ in 0..BATCH {
                let got = meter.time(|| recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty()));
                assert_eq!(got, Ok(PIECE));
            }
        }
    })
}
