// SPDX-License-Identifier: GPL-2.0
//! A small prefork server for what Apache cannot be made to do.
//!
//! Its protocol: a request is [`REQUEST`] bytes, `WORK NUMBER`, its answer is [`ANSWER`] bytes that say who answered
//! and from which cgroup (read after the work).

use crate::cgroup;
use crate::process::clock;
use crate::process::sleeps;
use crate::process::Child;
use crate::wait::until;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::process::ExitCode;

/// Length of a request.
pub const REQUEST: usize = 32;
/// Length of an answer.
pub const ANSWER: usize = 128;

/// The cgroup that servers of the tests start in.
pub const GROUP: &str = "system.slice/web.service";

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Microseconds of CPU time, by the thread's CPU clock.
    Burn(u64),
    /// Rounds of [`spin`]: CPU work that does not look at any clock.
    Spin(u64),
    /// Nothing but the answer, without a look at the cgroup.
    Echo,
}

impl Work {
    /// The request.
    pub fn request(self) -> [u8; REQUEST] {
        let text = match self {
            Self::Burn(microseconds) => format!("burn {microseconds}"),
            Self::Spin(rounds) => format!("spin {rounds}"),
            Self::Echo => "echo 0".to_owned(),
        };
        let mut bytes = [b' '; REQUEST];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        bytes
    }

    fn parse(bytes: &[u8; REQUEST]) -> Option<Self> {
        let (verb, number) = std::str::from_utf8(bytes)
            .ok()?
            .trim_end()
            .split_once(' ')?;
        let number = number.parse().ok()?;
        match verb {
            "burn" => Some(Self::Burn(number)),
            "spin" => Some(Self::Spin(number)),
            "echo" => Some(Self::Echo),
            _ => None,
        }
    }

    fn perform(self) {
        match self {
            Self::Burn(microseconds) => burn(microseconds),
            Self::Spin(rounds) => spin(rounds),
            Self::Echo => {}
        }
    }
}

/// Uses the CPU for a time.
pub fn burn(microseconds: u64) {
    let end = clock(libc::CLOCK_THREAD_CPUTIME_ID) + microseconds as f64 / 1e6;
    while clock(libc::CLOCK_THREAD_CPUTIME_ID) < end {
        spin(200);
    }
}

/// Uses the CPU without a system call.
pub fn spin(rounds: u64) {
    let mut state = rounds | 1;
    for _ in 0..rounds {
        state = std::hint::black_box(
            state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1),
        );
    }
}

/// Rounds of [`spin`] that take a microsecond here: the best of several tries, so that a busy machine counts less.
pub fn rounds_per_microsecond() -> f64 {
    const ROUNDS: u64 = 100_000;
    let best = (0..10)
        .map(|_| {
            let began = clock(libc::CLOCK_MONOTONIC);
            spin(ROUNDS);
            clock(libc::CLOCK_MONOTONIC) - began
        })
        .fold(f64::INFINITY, f64::min);
    ROUNDS as f64 / (best * 1e6)
}

/// Answers the requests of one connection until the client closes it.
pub fn answer(stream: &mut TcpStream) {
    while answer_once(stream) {}
}

/// Answers one request; says whether there was one.
pub fn answer_once(stream: &mut TcpStream) -> bool {
    let mut request = [0; REQUEST];
    if stream.read_exact(&mut request).is_err() {
        return false;
    }
    let Some(work) = Work::parse(&request) else {
        return false;
    };
    work.perform();
    let group = if matches!(work, Work::Echo) {
        "-".to_owned()
    } else {
        cgroup::own()
    };
    let text = format!("task={} group={group}", nix::unistd::gettid());
    let mut bytes = [b' '; ANSWER];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    stream.write_all(&bytes).is_ok()
}

/// What inetd and its like execute: answers on the connection that is descriptor 0.
pub fn answer_standard_input() -> ExitCode {
    let Ok(descriptor) = std::io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::FAILURE;
    };
    answer(&mut TcpStream::from(descriptor));
    ExitCode::SUCCESS
}

/// A listening socket; `[::]:80` takes IPv4 as well.
#[track_caller]
pub fn listen(address: &str) -> TcpListener {
    let address: SocketAddr = address.parse().expect("a socket address");
    match TcpListener::bind(address) {
        Ok(listener) => {
            // std listens with a backlog of 128; a second listen(2) makes it longer.
            nix::sys::socket::listen(
                &listener,
                nix::sys::socket::Backlog::new(1024).expect("in range"),
            )
            .expect("listen again");
            listener
        }
        Err(error) => panic!("listen on {address}: {error}"),
    }
}

/// Workers that share a listening socket, each blocked in its own accept.
pub struct Prefork {
    /// The workers.
    pub workers: Vec<Child>,
}

impl Prefork {
    /// Starts `count` workers in `group`; each accepts and hands the connection to `serve`, for ever.
    /// Returns when all of them are blocked in accept.
    #[track_caller]
    pub fn start(
        group: &str,
        count: usize,
        listener: &TcpListener,
        serve: fn(&mut TcpStream),
    ) -> Self {
        let workers: Vec<Child> = (0..count)
            .map(|_| {
                Child::new(group, |_| loop {
                    if let Ok((mut stream, _)) = listener.accept() {
                        serve(&mut stream);
                    }
                })
            })
            .collect();
        let server = Self { workers };
        server.wait_blocked();
        server
    }

    /// The usual one: on port 80 of every address, in [`GROUP`], speaking the protocol above.
    #[track_caller]
    pub fn usual(count: usize) -> Self {
        Self::start(GROUP, count, &listen("[::]:80"), answer)
    }

    /// Waits until every worker sleeps in accept.
    #[track_caller]
    pub fn wait_blocked(&self) {
        until("every worker is blocked in accept", 20.0, || {
            self.pids().into_iter().all(in_accept)
        });
    }

    /// The workers' process identifiers.
    pub fn pids(&self) -> Vec<i32> {
        self.workers.iter().map(Child::pid).collect()
    }
}

/// Whether a task is blocked in accept(2).
pub fn in_accept(task: i32) -> bool {
    let channel = std::fs::read_to_string(format!("/proc/{task}/wchan")).unwrap_or_default();
    sleeps(task) && channel.contains("accept")
}
