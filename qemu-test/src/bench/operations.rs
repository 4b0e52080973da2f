// SPDX-License-Identifier: GPL-2.0
//! The operations.  Each is timed in batches, with two looks at the clock a batch; the other side of a connection is
//! this process too, and is not timed.

use crate::cgroup;
use crate::client::at;
use crate::client::host4;
use crate::process::clock;
use crate::server::listen;
use crate::transport::accept;
use crate::transport::transfer;
use crate::transport::Accept;
use crate::transport::Call;
use crate::transport::BYTES;
use nix::sys::wait::waitpid;
use nix::unistd::fork;
use nix::unistd::ForkResult;
use std::cell::RefCell;
use std::fs::File;
use std::fs::OpenOptions;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::fd::OwnedFd;

/// Operations in a batch.
const BATCH: usize = 200;
/// Batches that are measured, after one that is not.
const ROUNDS: usize = 5;

/// The user-space way: open `cgroup.procs` files of two hosts and of the idle group.
pub struct Mover {
    groups: Vec<RefCell<File>>,
}

impl Mover {
    /// Makes the groups.
    pub fn new() -> Self {
        let groups = ["bank", "flowers", "idle"].map(|name| format!("system.slice/by-hand/{name}"));
        cgroup::make("system.slice/by-hand");
        cgroup::write("system.slice/by-hand", "cgroup.subtree_control", "+cpu");
        let open = |group: &String| {
            cgroup::make(group);
            let file = OpenOptions::new()
                .write(true)
                .open(cgroup::path(group).join("cgroup.procs"))
                .expect("just made");
            RefCell::new(file)
        };
        Self {
            groups: groups.iter().map(open).collect(),
        }
    }

    fn go(&self, to: usize) {
        write!(self.groups[to].borrow_mut(), "{}", std::process::id()).expect("the group takes it");
    }
}

/// A server and its clients in one process.
pub struct Bench {
    listener: TcpListener,
    mover: Option<Mover>,
}

impl Bench {
    /// With a mover, the server moves itself after each accept and after each close.
    pub fn new(mover: Option<Mover>) -> Self {
        Self {
            listener: listen("[::]:80"),
            mover,
        }
    }

    /// Every operation with its instructions.
    pub fn all(&self) -> Vec<(&'static str, f64)> {
        let mut figures = vec![
            ("accept", self.accepts()),
            ("receive", self.transfers(Call::Recv)),
            ("send", self.transfers(Call::Send)),
            ("switch", self.switches()),
        ];
        figures.extend(self.requests());
        figures.extend([("open-close", open_close()), ("fork-exit", fork_exit())]);
        figures
    }

    /// Whole requests: accept, receive, close.
    pub fn requests(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("request", self.request(1)),
            ("request-other-host", self.request(2)),
        ]
    }

    fn connect(&self, number: usize) -> TcpStream {
        TcpStream::connect(at(&host4(number as u8), 80)).expect("connect")
    }

    /// Accepts of one host, all of whose connections stay open.
    fn accepts(&self) -> f64 {
        measure(|| {
            let clients: Vec<TcpStream> = (0..BATCH).map(|_| self.connect(0)).collect();
            let mut accepted: Vec<OwnedFd> = Vec::with_capacity(BATCH);
            let time = timed(|| {
                (0..BATCH).for_each(|_| accepted.push(accept(Accept::Flags, &self.listener)))
            });
            drop((accepted, clients));
            time
        })
    }

    /// Transfers on a channel that the task is bound for.
    fn transfers(&self, call: Call) -> f64 {
        let mut client = self.connect(0);
        let socket = accept(Accept::Flags, &self.listener);
        measure(|| {
            if call == Call::Recv {
                client.write_all(&[0; BYTES * BATCH]).expect("queued");
            }
            let time = timed(|| (0..BATCH).for_each(|_| transfer(call, &socket)));
            if call == Call::Send {
                client.read_exact(&mut [0; BYTES * BATCH]).expect("sent");
            }
            time
        })
    }

    /// Receives on channels of two hosts in turn, by a task that holds both.
    fn switches(&self) -> f64 {
        let mut clients = [self.connect(0), self.connect(1)];
        let sockets = [
            accept(Accept::Flags, &self.listener),
            accept(Accept::Flags, &self.listener),
        ];
        measure(|| {
            for client in &mut clients {
                client.write_all(&[0; BYTES * BATCH / 2]).expect("queued");
            }
            timed(|| (0..BATCH).for_each(|number| transfer(Call::Recv, &sockets[number % 2])))
        })
    }

    /// Requests of `hosts` hosts in turn.
    fn request(&self, hosts: usize) -> f64 {
        measure(|| {
            let clients: Vec<TcpStream> = (0..BATCH)
                .map(|number| {
                    let mut client = self.connect(number % hosts);
                    client.write_all(&[0; BYTES]).expect("queued");
                    client
                })
                .collect();
            let time = timed(|| {
                for number in 0..BATCH {
                    let socket = accept(Accept::Flags, &self.listener);
                    if let Some(mover) = &self.mover {
                        mover.go(number % hosts);
                    }
                    transfer(Call::Recv, &socket);
                    drop(socket);
                    if let Some(mover) = &self.mover {
                        mover.go(2);
                    }
                }
            });
            drop(clients);
            time
        })
    }
}

fn open_close() -> f64 {
    std::fs::write("/tmp/plain", "x").expect("/tmp is writable");
    measure(|| {
        timed(|| (0..BATCH).for_each(|_| drop(File::open("/tmp/plain").expect("just written"))))
    })
}

fn fork_exit() -> f64 {
    measure(|| {
        timed(|| {
            for _ in 0..BATCH {
                // SAFETY: this process has one thread, and the child only exits.
                match unsafe { fork() }.expect("fork") {
                    // SAFETY: nothing runs after it.
                    ForkResult::Child => unsafe { libc::_exit(0) },
                    ForkResult::Parent { child } => drop(waitpid(child, None).expect("a child")),
                }
            }
        })
    })
}

/// Seconds of `body`.
fn timed(body: impl FnOnce()) -> f64 {
    let began = clock(libc::CLOCK_MONOTONIC_RAW);
    body();
    clock(libc::CLOCK_MONOTONIC_RAW) - began
}

/// Instructions an operation: the median of the batches' means.
fn measure(mut batch: impl FnMut() -> f64) -> f64 {
    batch();
    let mut means: Vec<f64> = (0..ROUNDS).map(|_| batch() * 1e9 / BATCH as f64).collect();
    means.sort_by(f64::total_cmp);
    means[ROUNDS / 2]
}
