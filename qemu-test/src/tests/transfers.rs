// SPDX-License-Identifier: GPL-2.0
//! Every way to accept and every way to move bytes binds the task, over IPv4, IPv6 and IPv4 on an IPv6 socket.

use crate::cgroup;
use crate::client::at;
use crate::client::host4;
use crate::client::host6;
use crate::process::say;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::scene::shown;
use crate::scene::IDLE;
use crate::server::listen;
use crate::server::GROUP;
use crate::transport::accept;
use crate::transport::transfer;
use crate::transport::Accept;
use crate::transport::Call;
use crate::transport::BYTES;
use crate::vhqos;
use crate::wait::limit;
use std::io::Write;
use std::net::TcpStream;

crate::tests! { "transfers";
    read_binds(20, debug),
    readv_binds(20),
    recv_binds(20),
    recvfrom_binds(20),
    recvmsg_binds(20),
    recvmmsg_binds(20),
    splice_from_the_socket_binds(20, debug),
    io_uring_recv_binds(20, debug),
    write_binds(20, debug),
    writev_binds(20),
    send_binds(20),
    sendto_binds(20),
    sendmsg_binds(20),
    sendmmsg_binds(20),
    sendfile_binds(20, debug),
    splice_to_the_socket_binds(20, debug),
    io_uring_send_binds(20, debug),
    accept4_makes_a_channel(20),
    io_uring_accept_makes_a_channel(20, debug),
}

/// The module never binds before the first transfer here, so that it is the call under test that binds.
const LATE: &str = "serves=2";

/// A connection of each family is accepted, `call` moves the first bytes on it, and it is closed.
#[track_caller]
fn binds(how: Accept, call: Call) {
    vhqos::load_with(LATE, &plain_rows());
    let (only4, dual) = (listen("0.0.0.0:81"), listen("[::]:80"));
    let cases = [
        ("IPv4", &only4, at(&host4(0), 81)),
        ("IPv6", &dual, at(&host6(0), 80)),
        ("IPv4 on an IPv6 socket", &dual, at(&host4(0), 80)),
    ];
    let worker = Child::new(GROUP, |output| {
        for (_, listener, _) in &cases {
            let socket = accept(how, listener);
            let before = cgroup::own();
            transfer(call, &socket);
            let during = cgroup::own();
            drop(socket);
            say(output, &format!("{before} {during} {}", cgroup::own()));
        }
    });
    let _connections: Vec<TcpStream> = cases
        .iter()
        .map(|(name, _, address)| {
            let mut stream = TcpStream::connect_timeout(address, limit(10.0)).expect(name);
            stream.write_all(&[b'x'; BYTES]).expect(name);
            stream
        })
        .collect();
    let text = worker.finish();
    let seen: Vec<&str> = text.lines().collect();
    assert_eq!(seen.len(), cases.len(), "{text}");
    for ((name, ..), seen) in cases.iter().zip(seen) {
        let expected = format!("{IDLE} {} {IDLE}", shown("bank"));
        assert_eq!(
            seen, expected,
            "{name}, {how:?}, {call:?}: the groups before, during and after"
        );
    }
    assert_eq!(vhqos::host("bank", "accepted"), 3);
    assert_eq!(vhqos::host("bank", "binds"), 3);
    assert!(vhqos::host("bank", "transfers") >= 3);
    assert_eq!(vhqos::host("bank", "channels"), 0);
}

fn read_binds() {
    binds(Accept::Plain, Call::Read);
}

fn readv_binds() {
    binds(Accept::Plain, Call::Readv);
}

fn recv_binds() {
    binds(Accept::Plain, Call::Recv);
}

fn recvfrom_binds() {
    binds(Accept::Plain, Call::Recvfrom);
}

fn recvmsg_binds() {
    binds(Accept::Plain, Call::Recvmsg);
}

fn recvmmsg_binds() {
    binds(Accept::Plain, Call::Recvmmsg);
}

fn splice_from_the_socket_binds() {
    binds(Accept::Plain, Call::SpliceFrom);
}

fn io_uring_recv_binds() {
    binds(Accept::Plain, Call::UringRecv);
}

fn write_binds() {
    binds(Accept::Plain, Call::Write);
}

fn writev_binds() {
    binds(Accept::Plain, Call::Writev);
}

fn send_binds() {
    binds(Accept::Plain, Call::Send);
}

fn sendto_binds() {
    binds(Accept::Plain, Call::Sendto);
}

fn sendmsg_binds() {
    binds(Accept::Plain, Call::Sendmsg);
}

fn sendmmsg_binds() {
    binds(Accept::Plain, Call::Sendmmsg);
}

fn sendfile_binds() {
    binds(Accept::Plain, Call::Sendfile);
}

fn splice_to_the_socket_binds() {
    binds(Accept::Plain, Call::SpliceTo);
}

fn io_uring_send_binds() {
    binds(Accept::Plain, Call::UringSend);
}

fn accept4_makes_a_channel() {
    binds(Accept::Flags, Call::Read);
}

fn io_uring_accept_makes_a_channel() {
    binds(Accept::Uring, Call::Read);
}
