// SPDX-License-Identifier: GPL-2.0
//! One pool of PHP-FPM on a UNIX socket: workers that a web server hands its requests to.

use crate::daemon::Daemon;
use crate::wait::until;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;

/// The pool's socket.
pub const SOCKET: &str = "/run/php/pool.sock";

/// Starts the pool with so many workers, and waits until all of them are there.
#[track_caller]
pub fn start(workers: usize) -> Daemon {
    fs::create_dir_all("/run/php").expect("/run is writable");
    super::put(
        "/run/fpm/fpm.conf",
        &format!(
            "[global]\nerror_log = /run/fpm/error.log\ndaemonize = no\n[pool]\nuser = www-data\ngroup = www-data\nlisten = {SOCKET}\n\
             listen.owner = www-data\nlisten.group = www-data\nlisten.backlog = 1024\npm = static\npm.max_children = {workers}\n"
        ),
    );
    let daemon = Daemon::start(
        Command::new(program()).args(["--nodaemonize", "--fpm-config", "/run/fpm/fpm.conf"]),
        &[],
    );
    until("PHP-FPM has all its workers", 60.0, || {
        UnixStream::connect(SOCKET).is_ok() && daemon.descendants().len() >= workers
    });
    daemon
}

/// The program has the version in its name.
fn program() -> PathBuf {
    let entries = fs::read_dir("/usr/sbin").expect("readable");
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = paths.find(|path| path.to_string_lossy().contains("/php-fpm"));
    found.expect("PHP-FPM is in the image")
}
