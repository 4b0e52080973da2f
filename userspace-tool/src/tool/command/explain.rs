// SPDX-License-Identifier: GPL-2.0

//! `explain`: why something is a host's.

use crate::tool::arguments::Explain;
use crate::tool::explain;
use crate::tool::failure::Failure;
use crate::tool::judge;
use crate::tool::module::Module;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

/// The port that is meant when none is named.
const PORT: u16 = 80;

/// Says whose an address, a name or a process is.
pub(super) fn explain(arguments: &Explain) -> Result<String, Failure> {
    let module = Module::find()?;
    let what = &*arguments.what;
    if let Ok(pid) = what.parse() {
        let found = explain::process(&module.processes()?, pid, process_of(pid));
        return found.ok_or_else(|| stranger(pid));
    }
    let table = judge::table(&module.table()?, &module.machine())?;
    if let Some(path) = what.strip_prefix("unix:") {
        return explain::socket(&table, path, &identity);
    }
    let start = unprivileged_port_start();
    match socket_address(what) {
        Some(at) => Ok(explain::address(&table, at, start)),
        None => explain::name(&table, what, arguments.at, start),
    }
}

/// The process that a thread is of; itself when there is no such thread.
fn process_of(thread: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).unwrap_or_default();
    let found = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    let group = found.and_then(|group| group.trim().parse().ok());
    group.unwrap_or(thread)
}

/// The socket at a path: device and inode; nothing when none is there.
fn identity(path: &str) -> Option<(u64, u64)> {
    let found = fs::metadata(path).ok()?;
    let is_socket = found.file_type().is_socket();
    is_socket.then(|| (found.dev(), found.ino()))
}

/// A process that the module does not know.
fn stranger(pid: u32) -> Failure {
    if !fs::exists(format!("/proc/{pid}")).unwrap_or(false) {
        return Failure::failed(format!("there is no process {pid}"));
    }
    let what = format!("process {pid} has no class of vhqos");
    Failure::failed(what)
        .help("it has accepted no connection of a host since the table has rows, and is in no VPS")
}

/// `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`.
pub(in crate::tool) fn socket_address(text: &str) -> Option<SocketAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let address: Result<IpAddr, _> = bare.unwrap_or(text).parse();
    match address {
        Ok(address) => Some(SocketAddr::new(address, PORT)),
        Err(_) => text.parse().ok(),
    }
}

/// The first port that is for everybody.
pub(in crate::tool) fn unprivileged_port_start() -> u16 {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    text.ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(1024)
}
