// SPDX-License-Identifier: GPL-2.0
//! The server of a row: one connection, from the accept to the close.

use super::copies::accept_registered;
use super::copies::duplicate;
use super::copies::send_registered;
use super::rows::Duplicate;
use super::rows::Family;
use super::rows::Row;
use super::rows::Spawn;
use super::spawn::spawn;
use crate::cgroup;
use crate::process::say;
use crate::scene::shown;
use crate::transport::accept;
use crate::transport::transfer;
use crate::transport::transfer_on;
use crate::wait::limit;
use io_uring::squeue::Flags;
use io_uring::IoUring;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::fd::FromRawFd;
use std::os::fd::OwnedFd;
use std::os::fd::RawFd;
use std::time::Instant;

/// The accepted connection.
pub enum Connection {
    /// By its number; closed by hand, since who serves may share this memory.
    Descriptor(RawFd),
    /// As file 0 of a ring.
    Registered,
}

/// What one side needs to serve.
pub struct Service<'a> {
    pub row: &'a Row,
    pub connection: Connection,
    ring: Option<IoUring>,
    pub output: &'a mut File,
}

/// Accepts, duplicates and has the row's task serve; says `served BEFORE DURING AFTER` and `parent GROUP`.
pub fn run(row: &Row, listener: &TcpListener, output: &mut File) {
    let mut ring = match row.spawn {
        Spawn::UringPoller => Some(IoUring::builder().setup_sqpoll(10_000).build(4)),
        Spawn::UringWorker => Some(IoUring::new(4)),
        _ if !matches!(
            row.duplicate,
            Duplicate::Registered | Duplicate::AcceptedRegistered | Duplicate::SentToRing
        ) =>
        {
            None
        }
        _ => Some(IoUring::new(4)),
    }
    .map(|ring| ring.expect("io_uring"));
    let connection = match (row.duplicate, &mut ring) {
        (Duplicate::AcceptedRegistered, Some(ring)) => {
            accept_registered(row.accept, ring, listener);
            Connection::Registered
        }
        (Duplicate::Registered, Some(ring)) => {
            let accepted = accept(row.accept, listener);
            let files = ring.submitter().register_files(&[accepted.as_raw_fd()]);
            files.expect("registered");
            Connection::Registered
        }
        (Duplicate::SentToRing, Some(ring)) => {
            send_registered(accept(row.accept, listener), ring);
            Connection::Registered
        }
        _ => {
            let accepted = accept(row.accept, listener);
            if row.family == Family::Mptcp {
                assert_mptcp(&accepted);
            }
            Connection::Descriptor(duplicate(row.duplicate, accepted))
        }
    };
    let service = Service {
        row,
        connection,
        ring,
        output,
    };
    spawn(service);
}

/// The other end may have made it plain TCP.
fn assert_mptcp(socket: &OwnedFd) {
    let mut protocol: libc::c_int = 0;
    let mut size = std::mem::size_of_val(&protocol) as libc::socklen_t;
    let place = std::ptr::from_mut(&mut protocol).cast();
    let fd = socket.as_raw_fd();
    // SAFETY: the pointers are to an int and to its size.
    let done =
        unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_PROTOCOL, place, &mut size) };
    assert_eq!((done, protocol), (0, libc::IPPROTO_MPTCP));
}

/// Serves: in its class while it does, idle when it has closed its last copy.
pub fn serve(service: &mut Service) {
    let row = service.row;
    let before = cgroup::own();
    let during = match (&service.connection, &mut service.ring) {
        (Connection::Descriptor(fd), None) => {
            // SAFETY: the descriptor is open; it is closed below.
            let socket = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(*fd) });
            transfer(row.call, &socket);
            cgroup::own()
        }
        (connection, Some(ring)) => {
            let (fd, mut flags) = match connection {
                Connection::Descriptor(fd) => (*fd, Flags::empty()),
                Connection::Registered => (0, Flags::FIXED_FILE),
            };
            if row.spawn == Spawn::UringWorker {
                flags |= Flags::ASYNC;
            }
            transfer_on(ring, row.call, fd, flags);
            match row.spawn {
                Spawn::None => cgroup::own(),
                _ => group_of_ring_thread(),
            }
        }
        (Connection::Registered, None) => unreachable!("a registered file has a ring"),
    };
    match service.connection {
        // SAFETY: it is open, and nobody uses it any more.
        Connection::Descriptor(fd) => drop(unsafe { OwnedFd::from_raw_fd(fd) }),
        Connection::Registered => {
            let ring = service.ring.as_ref().expect("a ring");
            ring.submitter().unregister_files().expect("registered");
        }
    }
    let after = group_when_closed();
    say(service.output, &format!("served {before} {during} {after}"));
}

/// The class of who works for the ring; the host's, if any thread has it.
fn group_of_ring_thread() -> String {
    let threads = std::fs::read_dir("/proc/self/task").expect("proc");
    let groups: Vec<String> = threads
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|task| {
            std::fs::read_to_string(format!("/proc/self/task/{task}/comm"))
                .is_ok_and(|name| name.starts_with("iou-"))
        })
        .filter_map(cgroup::of)
        .collect();
    let bound = groups.iter().find(|group| **group == shown("bank"));
    bound.or(groups.first()).cloned().unwrap_or_default()
}

/// The group of this thread once it is no host's, or after a while; a registered file is closed a little later.
fn group_when_closed() -> String {
    let deadline = Instant::now() + limit(2.0);
    loop {
        let group = cgroup::own();
        if group != shown("bank") || Instant::now() > deadline {
            return group;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
