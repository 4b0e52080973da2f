// SPDX-License-Identifier: GPL-2.0

//! Waiting for a process that stands for this one.

use crate::tool::failure::Failure;
use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use signal_hook::iterator::Signals;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};

/// Signals that do not end this process any more.
pub(super) struct Caught {
    passed: &'static [Signal],
    signals: Signals,
}

impl Caught {
    /// From now on signals of `passed` are for the child, which may be made yet, and those of `ignored` do nothing here.
    pub(super) fn new(passed: &'static [Signal], ignored: &[Signal]) -> Result<Self, Failure> {
        let all = passed.iter().chain(ignored).chain(&[Signal::SIGCHLD]);
        let signals = Signals::new(all.map(|signal| *signal as i32)).map_err(failed)?;
        Ok(Self { passed, signals })
    }

    /// Waits until `child` ends, and ends as it did.
    pub(super) fn wait(mut self, mut child: Child) -> Failure {
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Failure::Ended(code(status)),
                Ok(None) => (),
                Err(error) => return failed(error),
            }
            for signal in self.signals.wait() {
                let passed = self.passed.iter().find(|one| **one as i32 == signal);
                if let Some(signal) = passed {
                    let pid = i32::try_from(child.id()).expect("a number of a process");
                    // It is no other process's number before it was waited for.
                    let _ = kill(Pid::from_raw(pid), *signal);
                }
            }
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
