// SPDX-License-Identifier: GPL-2.0
//! Many open channels: a process that holds as many as it is told, beside the server that is measured.
//!
//! A channel is there as long as its socket is.  The client of each resets its connection as soon as it is accepted, so
//! that 100,000 channels cost 100,000 sockets and not two times that.

use super::address;
use super::meter::middle;
use super::part;
use super::Figure;
use super::HOSTS;
use super::PROGRAM;
use crate::cgroup;
use crate::client::at;
use crate::server::listen;
use crate::transport::accept;
use crate::transport::Accept;
use crate::vhqos;
use nix::sys::resource::setrlimit;
use nix::sys::resource::Resource;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

/// Open channels in the machine, beside those of the server that is measured.
pub const SIZES: [usize; 3] = [10, 1_000, 100_000];
/// What a state is called, before the size.
pub const LOADED: &str = "loaded-";
/// See [`LOADED`].
pub const ABSENT: &str = "absent-";
/// Descriptors that a process may need beside those of the channels.
const OTHERS: u64 = 100;
/// The port on which the holder accepts; the server that is measured has another one.
const PORT: u16 = 81;
/// The host whose channels are held.
const HOST: usize = 1;
/// Processes whose forks are measured with the module; without it, two agree.
const INSTANCES: usize = 8;

/// Accepts a connection to `host` whose client is gone when this returns.
pub fn accept_left_alone(listener: &TcpListener, host: usize, port: u16) -> OwnedFd {
    let client = TcpStream::connect(at(&address(host, 0), port)).expect("connect");
    let reset = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    setsockopt(&client, Linger, &reset).expect("a socket has it");
    accept(Accept::Flags, listener)
}

/// What a fork-after-accept server's operations take at each size, without and with the module.
///
/// The same channels serve for both: they are accepted while the module is loaded, and stay open when it goes.
pub fn measure() -> io::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    vhqos::load("");
    part(&["table", "10"])?;
    let mut holder = Holder::start()?;
    for size in SIZES {
        holder.hold(size)?;
        let counted = vhqos::host(HOSTS[HOST], "channels");
        assert_eq!(counted, size as u64, "each socket is a channel");
        let state = format!("{LOADED}{size}");
        figures.extend(repeat(&state, "forks", INSTANCES)?);
        figures.extend(repeat(&state, "transfers", 2)?);
    }
    vhqos::unload();
    for size in SIZES.iter().rev() {
        holder.hold(*size)?;
        let state = format!("{ABSENT}{size}");
        figures.extend(repeat(&state, "forks", 2)?);
        figures.extend(repeat(&state, "transfers", 2)?);
    }
    Ok(figures)
}

/// What a part takes in several processes, one after another: how far the kernel's allocator has to go for what the module
/// keeps of a child differs by some hundred instructions from process to process, and hardly within one.
fn repeat(state: &str, name: &str, instances: usize) -> io::Result<Vec<Figure>> {
    let runs = (0..instances)
        .map(|_| part(&[name]))
        .collect::<io::Result<Vec<_>>>()?;
    let first = runs.first().into_iter().flatten().enumerate();
    Ok(first
        .map(|(index, (operation, _))| {
            let values = runs.iter().filter_map(|run| Some(run.get(index)?.1));
            Figure::new(operation, state, middle(values.collect()))
        })
        .collect())
}

/// The process that holds channels; it ends when it is dropped.
struct Holder {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Holder {
    fn start() -> io::Result<Self> {
        let mut process = Command::new(PROGRAM)
            .args(["bench", "hold"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let missing = || io::Error::other("no pipe");
        Ok(Self {
            orders: process.stdin.take().ok_or_else(missing)?,
            answers: BufReader::new(process.stdout.take().ok_or_else(missing)?),
            process,
        })
    }

    /// Has it hold `count` channels from now on.
    fn hold(&mut self, count: usize) -> io::Result<()> {
        writeln!(self.orders, "{count}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        if answer.trim() == count.to_string() {
            Ok(())
        } else {
            Err(io::Error::other(format!("{count} channels: {answer:?}")))
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The holder's side: for each number on standard input, holds that many, and says so.
pub fn hold() -> io::Result<()> {
    cgroup::enter("system.slice/holder.service");
    let most = SIZES.iter().max().map_or(0, |size| *size as u64) + OTHERS;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let listener = listen(&format!("[::]:{PORT}"));
    let mut held = Vec::new();
    for line in io::stdin().lines() {
        let count: usize = line?.parse().map_err(io::Error::other)?;
        held.resize_with(count, || accept_left_alone(&listener, HOST, PORT));
        println!("{count}");
    }
    Ok(())
}
