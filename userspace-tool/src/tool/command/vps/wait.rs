// SPDX-License-Identifier: GPL-2.0

//! Waiting for a process that stands for this one.

use crate::tool::failure::Failure;
use nix::sys::signal::{kill, SigSet, Signal};
use nix::unistd::Pid;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};

/// Waits until `child` ends, and ends as it did. Meanwhile signals of `passed` are passed on to it, and those of
/// `ignored` do nothing here.
pub(super) fn wait(mut child: Child, passed: &[Signal], ignored: &[Signal]) -> Failure {
    let signals: SigSet = passed.iter().chain(ignored).copied().collect();
    let awaited = signals | SigSet::from(Signal::SIGCHLD);
    // Not before the child was made, which would have them blocked too.
    if let Err(error) = awaited.thread_block() {
        return failed(error.into());
    }
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Failure::Ended(code(status)),
            Ok(None) => (),
            Err(error) => return failed(error),
        }
        match awaited.wait() {
            Ok(signal) if passed.contains(&signal) => {
                let pid = i32::try_from(child.id()).expect("a number of a process");
                // It is no other process's number before it was waited for.
                let _ = kill(Pid::from_raw(pid), signal);
            }
            Ok(_) => (),
            Err(error) => return failed(error.into()),
        }
    }
}

fn failed(error: io::Error) -> Failure {
    Failure::io("waiting for the process", &error)
}

/// An exit status as shells give it.
pub(super) fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
