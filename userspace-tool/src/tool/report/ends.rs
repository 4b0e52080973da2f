// SPDX-License-Identifier: GPL-2.0

//! The signals that end a recording before its time.

use crate::tool::failure::Failure;
use nix::errno::Errno;
use nix::poll::{poll, PollFd, PollFlags, PollTimeout};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use procfs::process::Process;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// From the terminal, from who ends services, and when the terminal goes.
const SIGNALS: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// These signals, which end nothing else as long as this is kept: what was recorded can be written.
#[derive(Debug)]
pub(in crate::tool) struct Ends {
    signals: SigSet,
    file: SignalFd,
}

impl Ends {
    /// Takes them, but for those that the program was started to ignore, as nohup(1) does.
    pub(in crate::tool) fn take() -> Result<Self, Failure> {
        let signals = heeded(ignored());
        let failure = |error: Errno| Failure::io("signals", &error.into());
        signals.thread_block().map_err(failure)?;
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let file = SignalFd::with_flags(&signals, flags).map_err(failure)?;
        Ok(Self { signals, file })
    }

    /// Waits for so long; true when there was a signal.
    pub(in crate::tool) fn wait(&self, length: Duration) -> Result<bool, Failure> {
        let end = Instant::now() + length;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            let mut files = [PollFd::new(self.file.as_fd(), PollFlags::POLLIN)];
            match poll(&mut files, left) {
                Ok(ready) => return Ok(ready > 0),
                // The program was stopped, and goes on.
                Err(Errno::EINTR) => {}
                Err(error) => return Err(Failure::io("poll", &error.into())),
            }
        }
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        // They have done what they were for.
        while let Ok(Some(_)) = self.file.read_signal() {}
        let _ = self.signals.thread_unblock();
    }
}

/// The mask of the signals that this process ignores.
pub(in crate::tool) fn ignored() -> u64 {
    let status = Process::myself().and_then(|myself| myself.status());
    status.map_or(0, |status| status.sigign)
}

/// Those that are not ignored, by the mask of those that are (proc_pid_status(5)).
pub(in crate::tool) fn heeded(ignored: u64) -> SigSet {
    let is_heeded = |signal: &Signal| (ignored >> (*signal as u32 - 1)) & 1 == 0;
    SIGNALS.into_iter().filter(is_heeded).collect()
}
