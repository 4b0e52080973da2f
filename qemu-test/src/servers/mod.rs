// SPDX-License-Identifier: GPL-2.0
//! Debian's servers, unmodified, each with a configuration for the addresses of the test and with a client.

mod apache;
mod dovecot;
mod exim;
mod inetd;
mod nginx;
pub mod php_fpm;
mod postgresql;
mod socat;
mod sshd;
mod vsftpd;

pub use apache::event as apache_event;
pub use apache::who as apache_who;
pub use apache::EVENT as APACHE_EVENT;
pub use apache::MODULES as APACHE_MODULES;
pub use apache::WORKER as APACHE_WORKER;
pub use dovecot::DOVECOT;
pub use exim::EXIM;
pub use inetd::INETD;
pub use nginx::start_with as nginx_with;
pub use nginx::NGINX;
pub use postgresql::POSTGRESQL;
pub use socat::SOCAT;
pub use sshd::SSHD;
pub use vsftpd::VSFTPD;

use crate::client::Answer;
use crate::client::Connection;
use crate::daemon::Daemon;
use crate::server::Work;
use crate::sockets::accepted;
use crate::vhqos;
use crate::wait::until_some;
use std::any::Any;
use std::fs;
use std::net::SocketAddr;

/// One program.
pub struct Server {
    /// The port on which it serves.
    pub port: u16,
    /// More words for the rows of its hosts.
    pub words: fn() -> String,
    /// Starts it on the addresses.
    pub start: fn(&[SocketAddr]) -> Daemon,
    /// Has it serve.
    pub session: fn(SocketAddr) -> Session,
}

/// A client that is being served as long as this lives.
pub struct Session {
    /// Who serves, and from which group: what the server itself says where it can be made to.
    pub answer: Answer,
    /// The connections.
    pub _client: Box<dyn Any>,
}

/// For servers on a privileged port.
fn no_words() -> String {
    String::new()
}

/// A session with `qemu-test answer`.
fn own_protocol(address: SocketAddr) -> Session {
    let mut connection = Connection::try_open(address).expect("a server");
    let answer = connection.ask(Work::Burn(100));
    Session {
        answer,
        _client: Box::new(connection),
    }
}

/// The only process that has the connections to `address` open; its group as it is now.
#[track_caller]
fn sole_holder(address: SocketAddr) -> Answer {
    until_some("one process has the connection", 10.0, || {
        let mut found: Vec<i32> = accepted(address)
            .iter()
            .flat_map(|socket| socket.holders())
            .map(|holder| holder.process)
            .collect();
        found.dedup();
        match found[..] {
            [task] => Some(Answer {
                task,
                group: crate::cgroup::of(task)?,
            }),
            _ => None,
        }
    })
}

/// An answer from a line `... task=N group=/PATH ...`.
#[track_caller]
pub fn answer_in(line: &str) -> Answer {
    let fields = vhqos::record(line);
    let take = |key: &str| {
        fields
            .get(key)
            .unwrap_or_else(|| panic!("no {key}: {line}"))
    };
    Answer {
        task: take("task").parse().expect("a number"),
        group: take("group").to_owned(),
    }
}

/// Writes a file that a server wants.
#[track_caller]
fn put(path: &str, text: &str) {
    if let Some((directory, _)) = path.rsplit_once('/') {
        fs::create_dir_all(directory).expect("/run is writable");
    }
    fs::write(path, text).expect("/run is writable");
}

/// A user's number.
#[track_caller]
fn user_number(name: &str) -> u32 {
    let found = nix::unistd::User::from_name(name).ok().flatten();
    found
        .unwrap_or_else(|| panic!("no user {name}"))
        .uid
        .as_raw()
}

/// Makes a directory that belongs to a user.
#[track_caller]
fn directory_of(path: &str, user: &str) {
    fs::create_dir_all(path).expect("/run is writable");
    std::os::unix::fs::chown(path, Some(user_number(user)), None).expect("root may");
}
