// SPDX-License-Identifier: GPL-2.0
//! Calls that few programs make: asynchronous I/O, urgent bytes, and pages that are mapped in place of copied.

use super::splice_to;
use super::BYTES;
use crate::wait::until;
use nix::poll::poll;
use nix::poll::PollFd;
use nix::poll::PollFlags;
use nix::poll::PollTimeout;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::os::fd::RawFd;

/// Bytes of a page.
const PAGE: usize = 4096;

/// What io_submit(2) does: IOCB_CMD_PREAD and IOCB_CMD_PWRITE of linux/aio_abi.h.
#[derive(Clone, Copy)]
pub enum Aio {
    Read = 0,
    Write = 1,
}

/// Moves [`BYTES`] bytes with io_submit(2); gives the result of the request.
pub fn aio(what: Aio, fd: RawFd) -> isize {
    let mut buffer = [b'x'; BYTES];
    // SAFETY: all zeroes is a valid request.
    let mut request: libc::iocb = unsafe { std::mem::zeroed() };
    request.aio_lio_opcode = what as u16;
    request.aio_fildes = fd as u32;
    request.aio_buf = buffer.as_mut_ptr() as u64;
    request.aio_nbytes = BYTES as u64;
    let mut requests = [&raw mut request];
    let mut context = 0_u64;
    // struct io_event of linux/aio_abi.h: data, obj, res, res2.
    let mut event = [0_i64; 4];
    let none = std::ptr::null::<libc::timespec>();
    // SAFETY: there is room for one request and for one event; buffer and request live until the event is there.
    let calls = unsafe {
        [
            libc::syscall(libc::SYS_io_setup, 1, &raw mut context),
            libc::syscall(libc::SYS_io_submit, context, 1, requests.as_mut_ptr()),
            libc::syscall(
                libc::SYS_io_getevents,
                context,
                1,
                1,
                event.as_mut_ptr(),
                none,
            ),
            libc::syscall(libc::SYS_io_destroy, context),
        ]
    };
    assert_eq!(calls, [0, 1, 1, 0], "{}", io::Error::last_os_error());
    event[2] as isize
}

/// Sends [`BYTES`] bytes, the last of which is urgent.
pub fn send_urgent(socket: &OwnedFd) -> io::Result<()> {
    let bytes = [b'x'; BYTES];
    // SAFETY: the buffer is BYTES long.
    let sent = unsafe {
        libc::send(
            socket.as_raw_fd(),
            bytes.as_ptr().cast(),
            BYTES,
            libc::MSG_OOB,
        )
    };
    if sent == BYTES as isize {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Receives the byte that is urgent, once it is there.
pub fn receive_urgent(socket: &OwnedFd) {
    let mut polled = [PollFd::new(socket.as_fd(), PollFlags::POLLPRI)];
    poll(&mut polled, PollTimeout::NONE).expect("poll");
    let mut byte = 0_u8;
    // SAFETY: there is room for one byte.
    let moved = unsafe { libc::recv(socket.as_raw_fd(), (&raw mut byte).cast(), 1, libc::MSG_OOB) };
    assert_eq!(moved, 1, "{}", io::Error::last_os_error());
}

/// Sends one page as it is.
pub fn send_page(socket: &OwnedFd) -> io::Result<()> {
    if splice_to(socket, PAGE) == PAGE as isize {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Maps the page that comes, with TCP_ZEROCOPY_RECEIVE.
pub fn map_page(socket: &OwnedFd) {
    // The beginning of struct tcp_zerocopy_receive of linux/tcp.h.
    #[repr(C)]
    struct Receive {
        address: u64,
        length: u32,
        recv_skip_hint: u32,
    }
    let fd = socket.as_raw_fd();
    let null = std::ptr::null_mut();
    // SAFETY: a new mapping, wherever there is room.
    let place = unsafe { libc::mmap(null, PAGE, libc::PROT_READ, libc::MAP_SHARED, fd, 0) };
    assert_ne!(place, libc::MAP_FAILED, "{}", io::Error::last_os_error());
    let mut receive = Receive {
        address: place as u64,
        length: 0,
        recv_skip_hint: 0,
    };
    until("a page is mapped", 10.0, || {
        receive.length = PAGE as u32;
        let mut size = std::mem::size_of::<Receive>() as libc::socklen_t;
        let option = libc::TCP_ZEROCOPY_RECEIVE;
        let value = (&raw mut receive).cast();
        // SAFETY: the structure is as long as is said, and the mapping is a page.
        let done = unsafe { libc::getsockopt(fd, libc::IPPROTO_TCP, option, value, &raw mut size) };
        assert_eq!(done, 0, "{}", io::Error::last_os_error());
        receive.length == PAGE as u32
    });
    // SAFETY: nobody refers to it.
    assert_eq!(unsafe { libc::munmap(place, PAGE) }, 0);
}
