// SPDX-License-Identifier: GPL-2.0
//! openbsd-inetd with a service that burns: the connection is duplicated onto 0, 1 and 2, and the original closed.

use super::Server;
use crate::daemon::Daemon;
use std::net::SocketAddr;
use std::process::Command;

/// The server.
pub const INETD: Server = Server {
    port: 80,
    words: super::no_words,
    start,
    session: super::own_protocol,
};

fn start(addresses: &[SocketAddr]) -> Daemon {
    let rows: Vec<String> = addresses
        .iter()
        .map(|address| {
            let protocol = if address.is_ipv6() { "tcp6" } else { "tcp" };
            format!("{address} stream {protocol} nowait root /payload/qemu-test qemu-test answer\n")
        })
        .collect();
    super::put("/run/inetd/inetd.conf", &rows.concat());
    Daemon::start(
        Command::new("inetd").args(["-i", "-R", "1000000", "/run/inetd/inetd.conf"]),
        addresses,
    )
}
