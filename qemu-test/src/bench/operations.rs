// SPDX-License-Identifier: GPL-2.0
//! The operations of a worker.  The other side of a connection is this process too, and is not measured.

use super::address;
use super::meter::go_first;
use super::meter::Meter;
use crate::cgroup;
use crate::client::at;
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

/// Operations of which the figure is made, after as many that are not looked at.
pub const ROUNDS: usize = 500;
/// Connections that wait to be accepted, or requests to be received, at once.
pub const BATCH: usize = 100;

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

    /// Every operation of a worker, with its instructions.
    pub fn all(&self) -> Vec<(&'static str, f64)> {
        let mut figures = vec![
            ("accept", self.accepts()),
            ("receive", self.transfers(Call::Recv)),
            ("send", self.transfers(Call::Send)),
        ];
        figures.extend(self.requests());
        figures.extend([("open-close", open_close()), ("fork-exit", fork_exit())]);
        figures
    }

    /// Whole requests: accept, receive, send, close.
    pub fn requests(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("request", self.request(1)),
            ("request-other-host", self.request(2)),
        ]
    }

    /// Connects to a host, each time to another of its addresses: how far a look-up has to go for one of them is chance.
    fn connect(&self, host: usize, round: usize) -> TcpStream {
        TcpStream::connect(at(&address(host, round), 80)).expect("connect")
    }

    /// Accepts of one host, whose connections stay open until the batch is through.
    fn accepts(&self) -> f64 {
        measure(|meter| {
            for _ in 0..ROUNDS / BATCH {
                let clients: Vec<TcpStream> =
                    (0..BATCH).map(|round| self.connect(0, round)).collect();
                let accepted: Vec<OwnedFd> = clients
                    .iter()
                    .map(|_| meter.time(|| accept(Accept::Flags, &self.listener)))
                    .collect();
                drop((accepted, clients));
            }
        })
    }

    /// Transfers on a channel that the task is bound for.
    fn transfers(&self, call: Call) -> f64 {
        let mut client = self.connect(0, 0);
        let socket = accept(Accept::Flags, &self.listener);
        measure(|meter| {
            for _ in 0..ROUNDS / BATCH {
                if call == Call::Recv {
                    client.write_all(&[0; BYTES * BATCH]).expect("queued");
                }
                (0..BATCH).for_each(|_| meter.time(|| transfer(call, &socket)));
                if call == Call::Send {
                    client.read_exact(&mut [0; BYTES * BATCH]).expect("sent");
                }
            }
        })
    }

    /// Receives on channels of two hosts in turn, by a thread that accepted both: an event loop from then on.
    pub fn switches(&self) -> f64 {
        let mut clients = [self.connect(0, 0), self.connect(1, 0)];
        let sockets = [
            accept(Accept::Flags, &self.listener),
            accept(Accept::Flags, &self.listener),
        ];
        measure(|meter| {
            for _ in 0..ROUNDS / BATCH {
                for client in &mut clients {
                    client.write_all(&[0; BYTES * BATCH / 2]).expect("queued");
                }
                for socket in sockets.iter().cycle().take(BATCH) {
                    meter.time(|| transfer(Call::Recv, socket));
                }
            }
        })
    }

    /// Requests of `hosts` hosts in turn, each on a connection of its own.
    ///
    /// Only one is open at a time.  The client leaves the answer unread, so that its close resets the connection and no
    /// socket stays behind in TIME_WAIT.
    fn request(&self, hosts: usize) -> f64 {
        measure(|meter| {
            for round in 0..ROUNDS {
                let host = round % hosts;
                let mut client = self.connect(host, round / hosts);
                client.write_all(&[0; BYTES]).expect("queued");
                meter.time(|| self.serve(host));
            }
        })
    }

    fn serve(&self, host: usize) {
        let socket = accept(Accept::Flags, &self.listener);
        if let Some(mover) = &self.mover {
            mover.go(host);
        }
        transfer(Call::Recv, &socket);
        transfer(Call::Send, &socket);
        drop(socket);
        if let Some(mover) = &self.mover {
            mover.go(2);
        }
    }
}

fn open_close() -> f64 {
    std::fs::write("/tmp/plain", "x").expect("/tmp is writable");
    measure(|meter| {
        for _ in 0..ROUNDS {
            meter.time(|| drop(File::open("/tmp/plain").expect("just written")));
        }
    })
}

/// The last one: see [`go_first`].
fn fork_exit() -> f64 {
    go_first();
    measure(|meter| {
        for _ in 0..ROUNDS {
            meter.time(|| {
                // SAFETY: this process has one thread, and the child only exits.
                match unsafe { fork() }.expect("fork") {
                    // SAFETY: nothing runs after it.
                    ForkResult::Child => unsafe { libc::_exit(0) },
                    ForkResult::Parent { child } => drop(waitpid(child, None).expect("a child")),
                }
            });
        }
    })
}

/// Instructions an operation, of the second of two times that `batch` does it.
pub fn measure(mut batch: impl FnMut(&mut Meter)) -> f64 {
    batch(&mut Meter::new(ROUNDS));
    let mut meter = Meter::new(ROUNDS);
    batch(&mut meter);
    meter.middle()
}
