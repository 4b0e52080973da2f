// SPDX-License-Identifier: GPL-2.0

//! `vps start`: a process becomes the init of a VPS, or a program is started as one.
//!
//! To start one, this program starts itself in a new PID namespace, where it is process 1. There it makes the other
//! namespaces, makes itself the init of the VPS, and executes the program in its own place: so the program is a member
//! before its first instruction. Whether that went well the one who started it learns from a socket, which execve(2) closes.

use super::wait::{code, Caught};
use super::{give, Init, Start};
use crate::tool::command::run::{execute, find};
use crate::tool::failure::Failure;
use crate::tool::module::Module;
use nix::errno::Errno;
use nix::mount::{mount, MsFlags};
use nix::sched::{unshare, CloneFlags};
use nix::sys::signal::Signal;
use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout, getpid, setsid};
use std::convert::Infallible;
use std::env;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};

/// What ends or reloads an init.
const PASSED: [Signal; 6] = [
    Signal::SIGTERM,
    Signal::SIGINT,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
];

/// Makes a process the init, or starts one.
pub(super) fn start(arguments: &Start) -> Result<String, Failure> {
    let module = Module::find()?;
    let name = &arguments.name;
    if let Some(pid) = arguments.pid {
        give(&module, "start", name, &pid.to_string())?;
        return Ok(String::new());
    }
    if arguments.wait {
        // Before there is an init that a signal could leave behind.
        let caught = Caught::new(&PASSED, &[])?;
        return Err(caught.wait(launch(arguments)?));
    }
    let init = launch(arguments)?.id();
    Ok(format!("the init of VPS {name} is process {init}\n"))
}

/// Starts the init; returns when it runs.
fn launch(arguments: &Start) -> Result<Child, Failure> {
    let failed = |error| Failure::io("the init cannot be started", &error);
    let (mut ours, theirs) = UnixStream::pair().map_err(failed)?;
    unshare(CloneFlags::CLONE_NEWPID).map_err(of("a new PID namespace"))?;
    let mut child = Command::new(env::current_exe().map_err(failed)?)
        .args(["vps", "init"])
        .args(arguments.wait.then_some("--attached"))
        .args([&arguments.name, "--"])
        .args(&arguments.command)
        .stdin(OwnedFd::from(theirs))
        .spawn()
        .map_err(failed)?;
    match ours.read(&mut [0]).map_err(failed)? {
        0 => Ok(child),
        // It has said why.
        _ => Err(Failure::Ended(code(child.wait().map_err(failed)?))),
    }
}

/// Becomes the init, as the process that [`launch`] started; returns only when that fails.
pub(super) fn init(arguments: &Init) -> Result<String, Failure> {
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    let stdin = stdin.map_err(|error| Failure::io("the standard input", &error))?;
    let failure = match become_init(arguments) {
        Ok(never) => match never {},
        Err(failure) => failure,
    };
    // If nobody is there any more, nobody wants to know.
    let _ = UnixStream::from(stdin).write_all(&[1]);
    Err(failure)
}

fn become_init(arguments: &Init) -> Result<Infallible, Failure> {
    let null = File::open("/dev/null").map_err(|error| Failure::io("/dev/null", &error))?;
    dup2_stdin(&null).map_err(of("the standard input"))?;
    setsid().map_err(of("a new session"))?;
    unshare(CloneFlags::CLONE_NEWNS).map_err(of("a new mount namespace"))?;
    let none = None::<&str>;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(none, "/", none, private, none).map_err(of("making all mounts private"))?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("proc"), "/proc", Some("proc"), flags, none).map_err(of("mounting /proc"))?;
    let program = find(&arguments.command)?;
    let module = Module::find()?;
    give(&module, "start", &arguments.name, &getpid().to_string())?;
    if arguments.attached {
        return Err(execute(&program, &arguments.command));
    }
    let stderr = io::stderr().as_fd().try_clone_to_owned();
    let stderr = stderr.map_err(|error| Failure::io("the standard error", &error))?;
    dup2_stdout(&null).map_err(of("the standard output"))?;
    dup2_stderr(&null).map_err(of("the standard error"))?;
    let failure = execute(&program, &arguments.command);
    dup2_stderr(&stderr).map_err(of("the standard error"))?;
    Err(failure)
}

/// A system call for `what` failed.
fn of(what: &'static str) -> impl Fn(Errno) -> Failure {
    move |errno| Failure::io(what, &errno.into())
}
