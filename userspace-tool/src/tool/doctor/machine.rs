// SPDX-License-Identifier: GPL-2.0

//! Looking at this machine: who listens, and at the module's groups.

use super::groups::Group;
use super::servers::{Place, Process, Server, Socket};
use procfs::net::{self, TcpState, UnixState};
use procfs::process::{all_processes, FDTarget, Process as Found};
use rustix::fs::getxattr;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// SOCK_STREAM, as /proc/net/unix has it.
const STREAM: u16 = 1;

/// The schedulers of real-time tasks: SCHED_FIFO and SCHED_RR.
const REAL_TIME: [u32; 2] = [1, 2];

/// The flag of the kernel's own threads in /proc/PID/stat, PF_KTHREAD.
const KERNEL_THREAD: u32 = 0x0020_0000;

/// The servers of this network namespace, by their programs. What ends meanwhile is left out.
pub(super) fn servers() -> Vec<Server> {
    let places = listening();
    let mut servers = BTreeMap::new();
    for process in all_processes().into_iter().flatten().flatten() {
        // Nobody can ask what is gone.
        let _ = add(&mut servers, &places, &process);
    }
    let mut servers: Vec<_> = servers.into_values().collect();
    for server in &mut servers {
        server.sockets.sort();
        server.sockets.dedup();
    }
    servers
}

/// Listening sockets by their inodes.
fn listening() -> HashMap<u64, Place> {
    let tcp = net::tcp().into_iter().chain(net::tcp6()).flatten();
    let tcp = tcp.filter(|one| one.state == TcpState::Listen);
    let tcp = tcp.map(|one| (one.inode, Place::Address(one.local_address)));
    let unix = net::unix().into_iter().flatten();
    // One that listens is not connected; abstract ones have no file, and can have no row.
    let unix = unix.filter(|one| one.socket_type == STREAM && one.state == UnixState::UNCONNECTED);
    let unix = unix.filter_map(|one| {
        let path = one.path.filter(|path| path.is_absolute())?;
        Some((one.inode, Place::Path(canonical(&path.to_string_lossy()))))
    });
    tcp.chain(unix).collect()
}

/// The path without symbolic links; itself when nothing is there.
pub(super) fn canonical(path: &str) -> String {
    let found = fs::canonicalize(path);
    found.map_or(path.to_owned(), |path| path.to_string_lossy().into_owned())
}

/// Adds a process to its server, if it has a listening socket open.
fn add(
    servers: &mut BTreeMap<String, Server>,
    places: &HashMap<u64, Place>,
    process: &Found,
) -> procfs::ProcResult<()> {
    let mut sockets = Vec::new();
    for one in process.fd()?.flatten() {
        let FDTarget::Socket(inode) = one.target else {
            continue;
        };
        if let Some(place) = places.get(&inode) {
            let link = format!("/proc/{}/fd/{}", process.pid(), one.fd);
            sockets.push(Socket {
                place: place.clone(),
                is_mptcp: attribute(Path::new(&link), "system.sockprotoname").starts_with(b"MPTCP"),
            });
        }
    }
    if sockets.is_empty() {
        return Ok(());
    }
    let status = process.status()?;
    let program = process.exe()?.to_string_lossy().into_owned();
    // A program that was replaced by its package is still the same one.
    let program = program.trim_end_matches(" (deleted)").to_owned();
    let cgroups = process.cgroups()?.0;
    let cgroup = cgroups.into_iter().find(|one| one.hierarchy == 0);
    let server = servers.entry(program.clone()).or_insert(Server {
        program,
        processes: Vec::new(),
        sockets: Vec::new(),
    });
    server.sockets.extend(sockets);
    server.processes.push(Process {
        pid: process.pid().try_into().unwrap_or(0),
        user: status.euid,
        cgroup: cgroup.map_or(String::new(), |one| one.pathname),
        threads: status.threads,
    });
    Ok(())
}

/// An extended attribute; nothing when there is none.
fn attribute(path: &Path, name: &str) -> Vec<u8> {
    let mut value = vec![0; 64];
    let length = getxattr(path, name, value.as_mut_slice()).unwrap_or(0);
    value.truncate(length);
    value
}

/// The groups from the root of cgroup v2, mounted at `mount`, to `root`, as far as they are there.
pub(super) fn groups(mount: &str, root: &str) -> Vec<Group> {
    let mut path = String::new();
    let mut groups = Vec::new();
    for name in std::iter::once("").chain(root.split('/').filter(|name| !name.is_empty())) {
        if !name.is_empty() {
            path = format!("{path}/{name}");
        }
        let place = format!("{mount}{path}");
        let (Ok(gives), Ok(found)) = (
            fs::read_to_string(format!("{place}/cgroup.subtree_control")),
            fs::metadata(&place),
        ) else {
            break;
        };
        groups.push(Group {
            path: path.clone(),
            gives,
            owner: found.uid(),
            is_delegated: attribute(Path::new(&place), "trusted.delegate") == b"1",
        });
    }
    groups
}

/// Real-time tasks of user space outside of the root group, as `PID NAME`.
pub(super) fn real_time() -> Vec<String> {
    let mut found = Vec::new();
    for process in all_processes().into_iter().flatten().flatten() {
        let is_inside = |one: &procfs::ProcessCGroup| one.hierarchy == 0 && one.pathname != "/";
        if !process
            .cgroups()
            .is_ok_and(|all| all.0.iter().any(is_inside))
        {
            continue;
        }
        for task in process.tasks().into_iter().flatten().flatten() {
            let Ok(stat) = task.stat() else {
                continue;
            };
            let is_real_time = stat
                .policy
                .is_some_and(|policy| REAL_TIME.contains(&policy));
            if is_real_time && stat.flags & KERNEL_THREAD == 0 {
                found.push(format!("{} {}", stat.pid, stat.comm));
            }
        }
    }
    found
}
