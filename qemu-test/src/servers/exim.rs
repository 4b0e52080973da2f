// SPDX-License-Identifier: GPL-2.0
//! Exim as a daemon: it forks for each connection.

use super::Server;
use super::Session;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use std::net::SocketAddr;
use std::process::Command;

/// The server.
pub const EXIM: Server = Server {
    port: 25,
    words: super::no_words,
    start,
    session,
};

fn start(addresses: &[SocketAddr]) -> Daemon {
    super::directory_of("/run/exim", "Debian-exim");
    let hosts: Vec<String> = addresses
        .iter()
        .map(|address| address.ip().to_string())
        .collect();
    super::put(
        "/run/exim/exim.conf",
        &format!(
            "primary_hostname = guest\nlocal_interfaces = <; {}\ndaemon_smtp_ports = 25\nspool_directory = /run/exim\n\
             log_file_path = /run/exim/%slog\npid_file_path = /run/exim/exim.pid\ntls_advertise_hosts =\nqueue_only\n\
             keep_environment =\nrfc1413_query_timeout = 0s\n",
            hosts.join(" ; ")
        ),
    );
    Daemon::start(
        Command::new("exim4").args(["-bdf", "-C", "/run/exim/exim.conf"]),
        addresses,
    )
}

fn session(address: SocketAddr) -> Session {
    let mut client = Dialogue::open(address);
    client.expect("220");
    client.ask("EHLO client.example", "250 ");
    Session {
        answer: super::sole_holder(address),
        _client: Box::new(client),
    }
}
