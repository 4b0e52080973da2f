// SPDX-License-Identifier: GPL-2.0
//! OpenSSH: the listener forks a session, which splits itself by rights; the command that runs says who serves.

use super::Server;
use super::Session;
use crate::daemon::Daemon;
use std::io::BufRead;
use std::io::BufReader;
use std::net::SocketAddr;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

const KEY: &str = "/run/sshd-test/key";

/// The server.
pub const SSHD: Server = Server {
    port: 22,
    words: super::no_words,
    start,
    session,
};

/// An ssh client; ends when its input is closed, and is waited for.
struct Client(Child);

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn start(addresses: &[SocketAddr]) -> Daemon {
    let mut text = format!(
        "HostKey /etc/ssh/ssh_host_ed25519_key\nAuthorizedKeysFile {KEY}.pub\nUsePAM no\nStrictModes no\n\
         PermitRootLogin yes\nPidFile none\nUseDNS no\n"
    );
    for address in addresses {
        text += &format!("ListenAddress {address}\n");
    }
    super::put("/run/sshd-test/sshd_config", &text);
    std::fs::create_dir_all("/run/sshd").expect("/run is writable");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f", KEY])
        .status();
    assert!(made.expect("ssh-keygen").success());
    Daemon::start(
        Command::new("/usr/sbin/sshd").args(["-D", "-e", "-f", "/run/sshd-test/sshd_config"]),
        addresses,
    )
}

/// The command's parent is the process that speaks with the client.
fn session(address: SocketAddr) -> Session {
    let mut client = Command::new("ssh")
        .args(["-i", KEY, "-o", "StrictHostKeyChecking=no"])
        .args([
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "BatchMode=yes",
            "-q",
        ])
        .arg(format!("root@{}", address.ip()))
        .arg("echo task=$PPID group=$(sed -n s/^0:://p /proc/self/cgroup); cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ssh");
    let output = client.stdout.take().expect("a pipe");
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).expect("text");
    Session {
        answer: super::answer_in(&line),
        _client: Box::new(Client(client)),
    }
}
