// SPDX-License-Identifier: GPL-2.0
//! Dovecot: a login process accepts, and after the login passes the connection to another process.

use super::Server;
use super::Session;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use std::net::SocketAddr;
use std::process::Command;

/// The server.
pub const DOVECOT: Server = Server {
    port: 143,
    words: super::no_words,
    start,
    session,
};

fn start(addresses: &[SocketAddr]) -> Daemon {
    super::directory_of("/run/mail", "www-data");
    let hosts: Vec<String> = addresses
        .iter()
        .map(|address| address.ip().to_string())
        .collect();
    super::put(
        "/run/dovecot-test/dovecot.conf",
        &format!(
            "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\nprotocols = imap\n\
             base_dir = /run/dovecot-test/base\nlog_path = /dev/stderr\nlisten = {}\nssl = no\nauth_allow_cleartext = yes\n\
             first_valid_uid = 1\nmail_driver = maildir\nmail_path = /run/mail/%{{user}}\n\
             passdb static {{\n password = secret\n}}\n\
             userdb static {{\n fields {{\n  uid = www-data\n  gid = www-data\n  home = /run/mail/%{{user}}\n }}\n}}\n",
            hosts.join(", ")
        ),
    );
    Daemon::start(
        Command::new("dovecot").args(["-F", "-c", "/run/dovecot-test/dovecot.conf"]),
        addresses,
    )
}

fn session(address: SocketAddr) -> Session {
    let mut client = Dialogue::open(address);
    client.expect("* OK");
    client.ask("a login somebody secret", "a OK");
    client.ask("b select inbox", "b OK");
    Session {
        answer: super::sole_holder(address),
        _client: Box::new(client),
    }
}
