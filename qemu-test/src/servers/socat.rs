// SPDX-License-Identifier: GPL-2.0
//! socat with `fork`, and a service that it executes with the connection on 0 and 1.

use super::Server;
use crate::daemon::Daemon;
use std::net::SocketAddr;
use std::process::Command;

/// The server.
pub const SOCAT: Server = Server {
    port: 80,
    words: super::no_words,
    start,
    session: super::own_protocol,
};

fn start(addresses: &[SocketAddr]) -> Daemon {
    Daemon::start(
        Command::new("socat").args([
            "TCP6-LISTEN:80,fork,reuseaddr,ipv6only=0,backlog=128",
            "EXEC:/payload/qemu-test answer,nofork",
        ]),
        addresses,
    )
}
