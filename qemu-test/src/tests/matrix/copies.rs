// SPDX-License-Identifier: GPL-2.0
//! How the server of a row comes to the descriptor with which it serves.

use super::rows::Duplicate;
use super::rows::Family;
use super::unix_path;
use crate::transport::complete;
use crate::transport::Accept;
use crate::wait::until_some;
use io_uring::opcode;
use io_uring::squeue::Entry;
use io_uring::types;
use io_uring::IoUring;
use nix::sys::socket as sock;
use nix::sys::socket::ControlMessage;
use nix::sys::socket::ControlMessageOwned;
use nix::sys::socket::MsgFlags;
use std::io;
use std::io::IoSlice;
use std::io::IoSliceMut;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::fd::FromRawFd;
use std::os::fd::IntoRawFd;
use std::os::fd::OwnedFd;
use std::os::fd::RawFd;
use std::os::unix::net::UnixListener;

/// Where duplicates with a number of their own go.
const NUMBER: RawFd = 700;

/// A socket of MPTCP.
pub fn mptcp_socket() -> io::Result<OwnedFd> {
    // SAFETY: the call takes numbers only.
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM, libc::IPPROTO_MPTCP) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call made it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// What the row's server accepts from.
pub fn listen(family: Family) -> io::Result<TcpListener> {
    match family {
        // A multishot accept of the row before is cancelled a little after its ring is gone.
        Family::Tcp => Ok(until_some("the port is free", 10.0, || {
            TcpListener::bind("0.0.0.0:80").ok()
        })),
        Family::Unix | Family::OtherUnix => {
            let path = unix_path(family);
            let _ = std::fs::remove_file(path);
            Ok(OwnedFd::from(UnixListener::bind(path)?).into())
        }
        Family::Mptcp => {
            let socket = mptcp_socket()?;
            sock::setsockopt(&socket, sock::sockopt::ReuseAddr, &true)?;
            let any = sock::SockaddrIn::new(0, 0, 0, 0, 80);
            sock::bind(socket.as_raw_fd(), &any)?;
            sock::listen(&socket, sock::Backlog::new(8)?)?;
            Ok(socket.into())
        }
    }
}

/// Accepts into the table of the ring.
pub fn accept_registered(how: Accept, ring: &mut IoUring, listener: &TcpListener) {
    let from = types::Fd(listener.as_raw_fd());
    let null = std::ptr::null_mut();
    ring.submitter().register_files_sparse(2).expect("a table");
    let entry = match how {
        Accept::UringMultishot => opcode::AcceptMulti::new(from)
            .allocate_file_index(true)
            .build(),
        _ => opcode::Accept::new(from, null, null.cast())
            .file_index(types::DestinationSlot::try_from_slot_target(0).ok())
            .build(),
    };
    assert_eq!(complete(ring, &entry), 0, "the slot, or no error");
}

/// Into the table of the ring, from that of another one; the descriptor is closed.
pub fn send_registered(accepted: OwnedFd, ring: &IoUring) {
    /// Of linux/io_uring.h: nothing is told to who has the other ring.
    const IORING_MSG_RING_CQE_SKIP: u32 = 1;
    ring.submitter().register_files_sparse(1).expect("a table");
    let slot = types::DestinationSlot::try_from_slot_target(0).expect("in range");
    let to = types::Fd(ring.as_raw_fd());
    let entry = opcode::MsgRingSendFd::new(to, types::Fixed(0), slot, 0)
        .opcode_flags(IORING_MSG_RING_CQE_SKIP)
        .build();
    assert_eq!(from_registered(&accepted, &entry), 0, "{entry:?}");
}

/// The result of a request of a ring of which `fd` is the registered file 0.
fn from_registered(fd: &impl AsRawFd, entry: &Entry) -> i32 {
    let mut ring = IoUring::new(4).expect("io_uring");
    let files = [fd.as_raw_fd()];
    ring.submitter().register_files(&files).expect("registered");
    let result = complete(&mut ring, entry);
    ring.submitter().unregister_files().expect("registered");
    result
}

/// A copy of the connection; the original is closed.
pub fn duplicate(how: Duplicate, original: OwnedFd) -> RawFd {
    let fd = original.as_raw_fd();
    // SAFETY: the calls take numbers only; NUMBER is nobody's.
    let copy = match how {
        Duplicate::None => return original.into_raw_fd(),
        Duplicate::Dup => unsafe { libc::dup(fd) },
        Duplicate::Dup2 => unsafe { libc::dup2(fd, NUMBER) },
        Duplicate::Dup3 => unsafe { libc::dup3(fd, NUMBER, libc::O_CLOEXEC) },
        Duplicate::Fcntl => unsafe { libc::fcntl(fd, libc::F_DUPFD, NUMBER) },
        Duplicate::FcntlCloseOnExec => unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, NUMBER) },
        Duplicate::Passed => pass(fd),
        Duplicate::Fetched => fetch(fd),
        Duplicate::Installed => from_registered(
            &original,
            &opcode::FixedFdInstall::new(types::Fixed(0), 0).build(),
        ),
        Duplicate::Registered | Duplicate::AcceptedRegistered | Duplicate::SentToRing => {
            unreachable!("no descriptor")
        }
    };
    assert!(copy >= 0, "{how:?}: {}", io::Error::last_os_error());
    copy
}

/// Through a UNIX socket.
fn pass(fd: RawFd) -> RawFd {
    let (one, other) = sock::socketpair(
        sock::AddressFamily::Unix,
        sock::SockType::Stream,
        None,
        sock::SockFlag::empty(),
    )
    .expect("socketpair");
    let rights = [fd];
    let messages = [ControlMessage::ScmRights(&rights)];
    let byte = [IoSlice::new(b"x")];
    sock::sendmsg::<()>(one.as_raw_fd(), &byte, &messages, MsgFlags::empty(), None).expect("sent");
    let mut space = nix::cmsg_space!(RawFd);
    let mut buffer = [0];
    let mut parts = [IoSliceMut::new(&mut buffer)];
    let message = sock::recvmsg::<()>(
        other.as_raw_fd(),
        &mut parts,
        Some(&mut space),
        MsgFlags::empty(),
    )
    .expect("received");
    let mut control = message.cmsgs().expect("whole");
    match control.next() {
        Some(ControlMessageOwned::ScmRights(rights)) => rights[0],
        other => panic!("no descriptor: {other:?}"),
    }
}

/// From this very process.
fn fetch(fd: RawFd) -> RawFd {
    // SAFETY: the calls take numbers only.
    unsafe {
        let pid = libc::syscall(libc::SYS_pidfd_open, libc::getpid(), 0) as RawFd;
        let copy = libc::syscall(libc::SYS_pidfd_getfd, pid, fd, 0) as RawFd;
        libc::close(pid);
        copy
    }
}
