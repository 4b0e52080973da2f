// SPDX-License-Identifier: GPL-2.0
//! nginx with one worker: an event loop.

use super::Server;
use super::Session;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use crate::wait::until;
use std::net::SocketAddr;
use std::process::Command;

/// The server.
pub const NGINX: Server = Server {
    port: 80,
    words: super::no_words,
    start,
    session,
};

fn start(addresses: &[SocketAddr]) -> Daemon {
    super::put("/run/nginx/pages/index.html", &"vhqos\n".repeat(170));
    start_with(
        "server { listen 80; listen [::]:80; root /run/nginx/pages; }",
        addresses,
    )
}

/// Starts nginx with these server blocks, and waits until it listens on the addresses.
#[track_caller]
pub fn start_with(blocks: &str, addresses: &[SocketAddr]) -> Daemon {
    super::put(
        "/run/nginx/nginx.conf",
        &format!(
            "daemon off;\nuser www-data;\nworker_processes 1;\npid /run/nginx/pid;\nerror_log stderr;\nevents {{ worker_connections 1024; }}\n\
             http {{\n access_log off;\n keepalive_requests 1000000;\n {blocks}\n}}\n"
        ),
    );
    let daemon = Daemon::start(
        Command::new("nginx").args(["-c", "/run/nginx/nginx.conf"]),
        addresses,
    );
    until("nginx has its worker", 10.0, || {
        !daemon.descendants().is_empty()
    });
    daemon
}

/// The connection is kept after one answer.
fn session(address: SocketAddr) -> Session {
    let mut client = Dialogue::open(address);
    client.send(b"GET / HTTP/1.1\r\nHost: guest\r\n\r\n");
    client.expect("HTTP/1.1 200");
    Session {
        answer: super::sole_holder(address),
        _client: Box::new(client),
    }
}
