// SPDX-License-Identifier: GPL-2.0
//! PostgreSQL on the cluster that its package made; a backend says its number and its group.

use super::Server;
use super::Session;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use crate::wait::until;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

const QUERY: &str = "select 'task=' || pg_backend_pid() || ' group=' || \
    trim(substr(pg_read_file('/proc/self/cgroup'), 4), E'\\n')";

/// Version 3.0 of the protocol, and who wants in.
const START: &[u8] = b"\0\x03\0\0user\0postgres\0\0";

/// The server.
pub const POSTGRESQL: Server = Server {
    port: 5432,
    words: || format!("server=user:{}", super::user_number("postgres")),
    start,
    session,
};

fn start(addresses: &[SocketAddr]) -> Daemon {
    super::directory_of("/run/pg", "postgres");
    let hosts: Vec<String> = addresses
        .iter()
        .map(|address| address.ip().to_string())
        .collect();
    super::put(
        "/run/pg/hba.conf",
        "host all all 0.0.0.0/0 trust\nhost all all ::/0 trust\n",
    );
    super::put(
        "/run/pg/postgresql.conf",
        &format!(
            "listen_addresses = '{}'\nhba_file = '/run/pg/hba.conf'\nident_file = '/dev/null'\nunix_socket_directories = ''\nfsync = off\njit = off\n\
             ssl = off\nshared_buffers = 16MB\nautovacuum = off\ndynamic_shared_memory_type = mmap\n",
            hosts.join(", ")
        ),
    );
    let daemon = Daemon::start(
        Command::new("setpriv")
            .args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "--",
            ])
            .arg(only_entry("/usr/lib/postgresql").join("bin/postgres"))
            .arg("-D")
            .arg(only_entry("/var/lib/postgresql").join("main"))
            .args(["-c", "config_file=/run/pg/postgresql.conf"]),
        addresses,
    );
    until("PostgreSQL takes sessions", 60.0, || {
        let mut client = Dialogue::open(addresses[0]);
        client.send(&message(START));
        client.bytes(1) != b"E"
    });
    daemon
}

/// The version's directory.
fn only_entry(directory: &str) -> PathBuf {
    let mut entries = fs::read_dir(directory).expect("PostgreSQL is in the image");
    let entry = entries.next().expect("one version");
    entry.expect("readable").path()
}

/// A start-up message and a simple query; each message of the server is a letter, a length and its bytes.
fn session(address: SocketAddr) -> Session {
    let mut client = Dialogue::open(address);
    client.send(&message(START));
    messages(&mut client);
    let query = message(&[QUERY.as_bytes(), b"\0"].concat());
    client.send(&[b"Q", query.as_slice()].concat());
    let said = messages(&mut client);
    let at = said.find("task=").unwrap_or_else(|| panic!("{said}"));
    let line: String = said[at..].chars().take_while(|sign| *sign >= ' ').collect();
    Session {
        answer: super::answer_in(&line),
        _client: Box::new(client),
    }
}

fn message(body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 4).to_be_bytes();
    [length.as_slice(), body].concat()
}

/// Reads until the server is ready for a query; gives what the messages hold.
fn messages(client: &mut Dialogue) -> String {
    let mut all = String::new();
    loop {
        let head = client.bytes(5);
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let body = client.bytes(length - 4);
        match head[0] {
            b'Z' => return all,
            b'E' => panic!("PostgreSQL: {}", String::from_utf8_lossy(&body)),
            _ => {
                all += &String::from_utf8_lossy(&body);
                all.push('\n');
            }
        }
    }
}
