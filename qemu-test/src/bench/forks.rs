// SPDX-License-Identifier: GPL-2.0
//! The operations of a server that accepts, forks, and lets the child serve.

use super::address;
use super::crowd::accept_left_alone;
use super::meter::go_first;
use super::meter::now;
use super::meter::rest;
use super::meter::Meter;
use crate::client::at;
use crate::server::listen;
use crate::transport::accept;
use crate::transport::Accept;
use crate::transport::BYTES;
use nix::sys::mman::mmap_anonymous;
use nix::sys::mman::MapFlags;
use nix::sys::mman::ProtFlags;
use nix::sys::resource::setrlimit;
use nix::sys::resource::Resource;
use nix::sys::wait::waitpid;
use nix::unistd::fork;
use nix::unistd::pipe;
use nix::unistd::ForkResult;
use nix::unistd::Pid;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::num::NonZero;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// So many open channels of the server, and what its operations are called then.
struct Own {
    channels: usize,
    fork: &'static str,
    exit: &'static str,
    copies: Option<[&'static str; 3]>,
}

/// What is measured.
const OWN: [Own; 3] = [
    Own {
        channels: 0,
        fork: "fork-0",
        exit: "exit-0",
        copies: None,
    },
    Own {
        channels: 10,
        fork: "fork-10",
        exit: "exit-10",
        copies: Some(["dup-10", "close-copy-10", "close-own-10"]),
    },
    Own {
        channels: 1_000,
        fork: "fork-1000",
        exit: "exit-1000",
        copies: Some(["dup-1000", "close-copy-1000", "close-own-1000"]),
    },
];
/// Operations of which a figure is made.
const ROUNDS: usize = 50;
/// Connections that are served first, so that the server is known as one that forks and everything is warm.
const WARM: usize = 10;
/// The host that it serves, and the port.
const HOST: usize = 0;
/// See [`HOST`].
const PORT: u16 = 80;
/// Descriptors that it may need: its channels and some more.
const DESCRIPTORS: u64 = 2_000;

/// What a child tells its parent: when its first transfer began and ended.
struct Shared {
    began: AtomicU64,
    ended: AtomicU64,
    buffer: [u8; BYTES],
}

/// The first transfer in a child.
pub fn transfers() -> Vec<(&'static str, f64)> {
    let listener = listen(&format!("[::]:{PORT}"));
    serve(&listener, WARM);
    vec![("first-transfer", serve(&listener, ROUNDS))]
}

/// Forks and copies of descriptors.
pub fn forks() -> Vec<(&'static str, f64)> {
    setrlimit(Resource::RLIMIT_NOFILE, DESCRIPTORS, DESCRIPTORS).expect("fewer than were allowed");
    let listener = listen(&format!("[::]:{PORT}"));
    serve(&listener, WARM);
    go_first();
    let mut figures = Vec::new();
    let mut held: Vec<OwnedFd> = Vec::new();
    for own in OWN {
        held.resize_with(own.channels, || accept_left_alone(&listener, HOST, PORT));
        let [forks, exits] = forks_and_exits();
        figures.extend([(own.fork, forks), (own.exit, exits)]);
        if let (Some(last), Some([dup, close, leave])) = (held.last(), own.copies) {
            let [dups, closes] = copies(last);
            figures.extend([(dup, dups), (close, closes), (leave, leaves(&listener))]);
        }
    }
    figures
}

/// Forks that leave the child nothing to do, and the children's ends until the parent knows of them.
fn forks_and_exits() -> [f64; 2] {
    let mut forks = Meter::new(ROUNDS);
    let mut exits = Meter::new(ROUNDS);
    for _ in 0..ROUNDS {
        rest();
        let began = now();
        let child = fork_into(|| ());
        let forked = now();
        waitpid(child, None).expect("a child");
        exits.add(forked, now());
        forks.add(began, forked);
    }
    [forks.middle(), exits.middle()]
}

/// Copies of a channel's descriptor, and their closes, with which the server still has the channel.
fn copies(channel: &OwnedFd) -> [f64; 2] {
    let mut dups = Meter::new(ROUNDS);
    let mut closes = Meter::new(ROUNDS);
    for _ in 0..ROUNDS {
        // SAFETY: the call takes a number only.
        let copy = dups.time(|| unsafe { libc::dup(channel.as_raw_fd()) });
        // SAFETY: it was made above, and nothing else uses it.
        let closed = closes.time(|| unsafe { libc::close(copy) });
        assert!(copy >= 0 && closed == 0, "dup and close");
    }
    [dups.middle(), closes.middle()]
}

/// Closes of the server's only descriptor of a channel that a child still has.
fn leaves(listener: &TcpListener) -> f64 {
    let mut closes = Meter::new(ROUNDS);
    for _ in 0..ROUNDS {
        let channel = accept_left_alone(listener, HOST, PORT);
        let (reader, writer) = pipe().expect("pipe");
        let (from, to) = (reader.as_raw_fd(), writer.as_raw_fd());
        let mut byte = [0_u8];
        let child = fork_into(|| {
            // SAFETY: the child has its own descriptors, and a byte to read into; it waits for the parent's end.
            unsafe {
                libc::close(to);
                libc::read(from, byte.as_mut_ptr().cast(), 1);
            }
        });
        rest();
        closes.time(|| drop(channel));
        drop(writer);
        waitpid(child, None).expect("a child");
    }
    closes.middle()
}

/// Serves `count` connections, each in a child; gives what the children's first transfer takes.
fn serve(listener: &TcpListener, count: usize) -> f64 {
    let mut transfers = Meter::new(count);
    let length = NonZero::new(size_of::<Shared>()).expect("it has fields");
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a new mapping at a place that the kernel chooses.
    let page = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }.expect("mmap");
    let shared: *mut Shared = page.as_ptr().cast();
    for _ in 0..count {
        let mut client = TcpStream::connect(at(&address(HOST, 0), PORT)).expect("connect");
        client.write_all(&[0; BYTES]).expect("queued");
        let socket = accept(Accept::Flags, listener);
        let child = fork_into(|| {
            // SAFETY: zeroes are a value of it, the page is as large, and the parent waits.
            let shared = unsafe { &mut *shared };
            // Mapped before it is used in the measured part.
            shared.buffer.fill(0);
            rest();
            let pointer = shared.buffer.as_mut_ptr().cast();
            let began = now();
            // SAFETY: the buffer is as long.
            let moved = unsafe { libc::recv(socket.as_raw_fd(), pointer, BYTES, 0) };
            let ended = now();
            if moved == BYTES as isize {
                shared.began.store(began, Relaxed);
                shared.ended.store(ended, Relaxed);
            }
        });
        waitpid(child, None).expect("a child");
        // SAFETY: as above, and the child is gone.
        let shared = unsafe { &*shared };
        let (began, ended) = (shared.began.load(Relaxed), shared.ended.swap(0, Relaxed));
        assert!(ended > began, "the child received");
        transfers.add(began, ended);
    }
    // SAFETY: nothing points into it any more.
    unsafe { nix::sys::mman::munmap(page, length.get()) }.expect("it was mapped");
    transfers.middle()
}

/// Forks; the child runs `body` and is gone.
fn fork_into(body: impl FnOnce()) -> Pid {
    // SAFETY: this process has one thread.
    match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            body();
            // SAFETY: nothing runs after it.
            unsafe { libc::_exit(0) }
        }
    }
}
