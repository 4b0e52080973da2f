// SPDX-License-Identifier: GPL-2.0
//! Every system call that accepts a connection or moves bytes on one.

pub mod rare;

use io_uring::opcode;
use io_uring::squeue::Entry;
use io_uring::squeue::Flags;
use io_uring::types;
use io_uring::IoUring;
use nix::fcntl::splice;
use nix::fcntl::SpliceFFlags;
use nix::sys::socket::MsgFlags;
use nix::sys::socket::SockaddrStorage;
use std::fs::File;
use std::io::IoSlice;
use std::io::IoSliceMut;
use std::io::Write;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::fd::AsRawFd;
use std::os::fd::FromRawFd;
use std::os::fd::OwnedFd;
use std::os::fd::RawFd;

/// Bytes that one call moves here.
pub const BYTES: usize = 64;

/// How a connection is accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Accept {
    /// accept(2).
    Plain,
    /// accept4(2).
    Flags,
    /// io_uring's accept.
    Uring,
    /// io_uring's accept that goes on after the first connection.
    UringMultishot,
}

/// How bytes are moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Call {
    /// read(2).
    Read,
    /// readv(2).
    Readv,
    /// recv(2).
    Recv,
    /// recvfrom(2) with a place for the address.
    Recvfrom,
    /// recvmsg(2).
    Recvmsg,
    /// recvmmsg(2).
    Recvmmsg,
    /// preadv2(2).
    Preadv2,
    /// recv(2) that leaves the bytes where they are.
    Peek,
    /// recv(2) that throws the bytes away.
    Discard,
    /// splice(2) from the socket to a pipe.
    SpliceFrom,
    /// io_uring's recv.
    UringRecv,
    /// io_uring's read.
    UringRead,
    /// io_uring's recvmsg.
    UringRecvmsg,
    /// io_uring's recv that goes on after the first bytes, into buffers that it was given before.
    UringRecvMultishot,
    /// A read of io_submit(2).
    AioRead,
    /// recv(2) of the urgent byte.
    Urgent,
    /// TCP_ZEROCOPY_RECEIVE: a page of the connection is mapped.
    Map,
    /// write(2).
    Write,
    /// writev(2).
    Writev,
    /// send(2).
    Send,
    /// sendto(2).
    Sendto,
    /// sendmsg(2).
    Sendmsg,
    /// sendmmsg(2).
    Sendmmsg,
    /// pwritev2(2).
    Pwritev2,
    /// sendfile(2).
    Sendfile,
    /// splice(2) from a pipe to the socket.
    SpliceTo,
    /// io_uring's send.
    UringSend,
    /// io_uring's write.
    UringWrite,
    /// io_uring's send without a copy.
    UringSendZc,
    /// io_uring's sendmsg.
    UringSendmsg,
    /// A write of io_submit(2).
    AioWrite,
}

/// Accepts one connection.
pub fn accept(how: Accept, listener: &TcpListener) -> OwnedFd {
    let from = listener.as_raw_fd();
    let null = std::ptr::null_mut();
    let fd = match how {
        // SAFETY: no address is asked for.
        Accept::Plain => unsafe { libc::accept(from, null, null.cast()) },
        // SAFETY: as above.
        Accept::Flags => unsafe { libc::accept4(from, null, null.cast(), libc::SOCK_CLOEXEC) },
        Accept::Uring => {
            uring(&opcode::Accept::new(types::Fd(from), null.cast(), null.cast()).build())
        }
        Accept::UringMultishot => uring(&opcode::AcceptMulti::new(types::Fd(from)).build()),
    };
    assert!(fd >= 0, "{how:?}: {}", std::io::Error::last_os_error());
    // SAFETY: the call made it, and nobody else has it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Moves [`BYTES`] bytes on `socket`.
pub fn transfer(call: Call, socket: &OwnedFd) {
    let moved = match call {
        Call::Read
        | Call::Readv
        | Call::Recv
        | Call::Recvfrom
        | Call::Recvmsg
        | Call::Recvmmsg
        | Call::Preadv2
        | Call::Peek
        | Call::Discard => receive(call, socket),
        Call::SpliceFrom => splice_from(socket),
        Call::Write
        | Call::Writev
        | Call::Send
        | Call::Sendto
        | Call::Sendmsg
        | Call::Sendmmsg
        | Call::Pwritev2 => send(call, socket),
        Call::Sendfile => send_file(socket),
        Call::SpliceTo => splice_to(socket, BYTES),
        Call::AioRead => rare::aio(rare::Aio::Read, socket.as_raw_fd()),
        Call::AioWrite => rare::aio(rare::Aio::Write, socket.as_raw_fd()),
        Call::Urgent => return rare::receive_urgent(socket),
        Call::Map => return rare::map_page(socket),
        Call::UringRecv
        | Call::UringRead
        | Call::UringRecvmsg
        | Call::UringRecvMultishot
        | Call::UringSend
        | Call::UringWrite
        | Call::UringSendZc
        | Call::UringSendmsg => {
            let mut ring = IoUring::new(4).expect("io_uring");
            transfer_on(&mut ring, call, socket.as_raw_fd(), Flags::empty());
            return;
        }
    };
    assert_eq!(
        moved,
        BYTES as isize,
        "{call:?}: {}",
        std::io::Error::last_os_error()
    );
}

/// Moves [`BYTES`] bytes with a call of io_uring; `fd` is a descriptor, or with the flag for it a registered file.
pub fn transfer_on(ring: &mut IoUring, call: Call, fd: RawFd, flags: Flags) {
    let mut buffer = [b'x'; BYTES];
    let (pointer, length, fd) = (buffer.as_mut_ptr(), BYTES as u32, types::Fd(fd));
    let mut part = one_part(&mut buffer);
    let mut message = one_message(&mut part);
    if call == Call::UringRecvMultishot {
        let provide = opcode::ProvideBuffers::new(pointer, BYTES as i32, 1, 0, 0).build();
        assert_eq!(complete(ring, &provide), 0, "{call:?}");
    }
    let entry = match call {
        Call::UringRecv => opcode::Recv::new(fd, pointer, length).build(),
        Call::UringRead => opcode::Read::new(fd, pointer, length).build(),
        Call::UringRecvmsg => opcode::RecvMsg::new(fd, &raw mut message).build(),
        Call::UringRecvMultishot => opcode::RecvMulti::new(fd, 0).build(),
        Call::UringSend => opcode::Send::new(fd, pointer, length).build(),
        Call::UringWrite => opcode::Write::new(fd, pointer, length).build(),
        Call::UringSendZc => opcode::SendZc::new(fd, pointer, length).build(),
        Call::UringSendmsg => opcode::SendMsg::new(fd, &raw const message).build(),
        _ => unreachable!("not a call of io_uring"),
    };
    assert_eq!(
        complete(ring, &entry.flags(flags)),
        BYTES as i32,
        "{call:?}"
    );
    // The buffer is the kernel's until it says so.
    if call == Call::UringSendZc {
        ring.submit_and_wait(1).expect("io_uring_enter");
        ring.completion().next().expect("a notification");
    }
}

fn receive(call: Call, socket: &OwnedFd) -> isize {
    let fd = socket.as_raw_fd();
    let mut buffer = [0_u8; BYTES];
    let pointer = buffer.as_mut_ptr().cast();
    match call {
        // SAFETY: the buffer is BYTES long.
        Call::Read => unsafe { libc::read(fd, pointer, BYTES) },
        // SAFETY: the buffer is BYTES long.
        Call::Recv => unsafe { libc::recv(fd, pointer, BYTES, 0) },
        // SAFETY: the buffer is BYTES long.
        Call::Peek => unsafe { libc::recv(fd, pointer, BYTES, libc::MSG_PEEK) },
        // SAFETY: as above; nothing is written to it.
        Call::Discard => unsafe { libc::recv(fd, pointer, BYTES, libc::MSG_TRUNC) },
        Call::Preadv2 => {
            let part = one_part(&mut buffer);
            // SAFETY: one part, which is BYTES long; -1 is the place of the file itself.
            unsafe { libc::preadv2(fd, &part, 1, -1, 0) }
        }
        Call::Recvfrom => length(
            nix::sys::socket::recvfrom::<SockaddrStorage>(fd, &mut buffer).map(|(moved, _)| moved),
        ),
        Call::Readv => length(nix::sys::uio::readv(
            socket,
            &mut [IoSliceMut::new(&mut buffer)],
        )),
        Call::Recvmsg => {
            let mut slices = [IoSliceMut::new(&mut buffer)];
            let message = nix::sys::socket::recvmsg::<SockaddrStorage>(
                fd,
                &mut slices,
                None,
                MsgFlags::empty(),
            );
            length(message.map(|message| message.bytes))
        }
        Call::Recvmmsg => many(fd, &mut buffer, |fd, header| {
            // SAFETY: one header, which is whole.
            unsafe { libc::recvmmsg(fd, header, 1, 0, std::ptr::null_mut()) }
        }),
        _ => unreachable!("not a receiving call"),
    }
}

fn send(call: Call, socket: &OwnedFd) -> isize {
    let fd = socket.as_raw_fd();
    let mut buffer = [b'x'; BYTES];
    let pointer = buffer.as_ptr().cast();
    match call {
        // SAFETY: the buffer is BYTES long.
        Call::Write => unsafe { libc::write(fd, pointer, BYTES) },
        // SAFETY: the buffer is BYTES long.
        Call::Send => unsafe { libc::send(fd, pointer, BYTES, 0) },
        // SAFETY: the buffer is BYTES long; a connected socket needs no address.
        Call::Sendto => unsafe {
            libc::sendto(fd, pointer, BYTES, libc::MSG_NOSIGNAL, std::ptr::null(), 0)
        },
        Call::Pwritev2 => {
            let part = one_part(&mut buffer);
            // SAFETY: one part, which is BYTES long; -1 is the place of the file itself.
            unsafe { libc::pwritev2(fd, &part, 1, -1, 0) }
        }
        Call::Writev => length(nix::sys::uio::writev(socket, &[IoSlice::new(&buffer)])),
        Call::Sendmsg => {
            let slices = [IoSlice::new(&buffer)];
            length(nix::sys::socket::sendmsg::<()>(
                fd,
                &slices,
                &[],
                MsgFlags::empty(),
                None,
            ))
        }
        Call::Sendmmsg => many(fd, &mut buffer, |fd, header| {
            // SAFETY: one header, which is whole.
            unsafe { libc::sendmmsg(fd, header, 1, 0) }
        }),
        _ => unreachable!("not a sending call"),
    }
}

/// The buffer as the one part of a message.
fn one_part(buffer: &mut [u8; BYTES]) -> libc::iovec {
    libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: BYTES,
    }
}

/// A message of one part.
fn one_message(part: &mut libc::iovec) -> libc::msghdr {
    // SAFETY: all zeroes is a valid header.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = part;
    header.msg_iovlen = 1;
    header
}

/// One message through a call that takes several.
fn many(
    fd: RawFd,
    buffer: &mut [u8; BYTES],
    call: impl Fn(RawFd, *mut libc::mmsghdr) -> libc::c_int,
) -> isize {
    let mut part = one_part(buffer);
    let mut header = libc::mmsghdr {
        msg_hdr: one_message(&mut part),
        msg_len: 0,
    };
    if call(fd, &mut header) == 1 {
        header.msg_len as isize
    } else {
        -1
    }
}

fn splice_from(socket: &OwnedFd) -> isize {
    let (_reader, writer) = nix::unistd::pipe().expect("pipe");
    length(splice(
        socket,
        None,
        &writer,
        None,
        BYTES,
        SpliceFFlags::empty(),
    ))
}

fn splice_to(socket: &OwnedFd, bytes: usize) -> isize {
    let (reader, writer) = nix::unistd::pipe().expect("pipe");
    File::from(writer)
        .write_all(&vec![b'x'; bytes])
        .expect("a pipe holds that much");
    length(splice(
        &reader,
        None,
        socket,
        None,
        bytes,
        SpliceFFlags::empty(),
    ))
}

fn send_file(socket: &OwnedFd) -> isize {
    std::fs::write("/tmp/to-send", [b'x'; BYTES]).expect("/tmp is writable");
    let file = File::open("/tmp/to-send").expect("just written");
    length(nix::sys::sendfile::sendfile(
        socket.as_fd(),
        file.as_fd(),
        None,
        BYTES,
    ))
}

fn length(result: nix::Result<usize>) -> isize {
    result.map_or(-1, |moved| moved as isize)
}

/// One request through a ring of its own; gives its result.
fn uring(entry: &Entry) -> i32 {
    complete(&mut IoUring::new(4).expect("io_uring"), entry)
}

/// One request and its result.
pub fn complete(ring: &mut IoUring, entry: &Entry) -> i32 {
    // SAFETY: what the entry points to lives until the completion below.
    unsafe { ring.submission().push(entry).expect("room for one") };
    ring.submit_and_wait(1).expect("io_uring_enter");
    let done = ring.completion().next().expect("one was waited for");
    done.result()
}
