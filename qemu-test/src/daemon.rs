// SPDX-License-Identifier: GPL-2.0
//! A server program that runs in the foreground, with all that descends from it.

use crate::cgroup;
use crate::process::children;
use crate::process::stat_field;
use crate::server::GROUP;
use crate::sockets::listens;
use crate::wait::until;
use nix::sys::signal::kill;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

/// A running server.  Ended, with all its processes, when dropped.
pub struct Daemon {
    main: Child,
}

impl Daemon {
    /// Starts `command` in the servers' group and waits until it listens on `addresses`.
    #[track_caller]
    pub fn start(command: &mut Command, addresses: &[SocketAddr]) -> Self {
        cgroup::make(GROUP);
        // SAFETY: entering a group opens and writes one file.
        unsafe {
            command.pre_exec(|| {
                cgroup::enter(GROUP);
                Ok(())
            });
        }
        let spawned = command.stdin(Stdio::null()).spawn();
        let mut daemon = Self {
            main: spawned.unwrap_or_else(|error| panic!("{command:?}: {error}")),
        };
        for address in addresses {
            until(&format!("{command:?} listens on {address}"), 60.0, || {
                let ended = daemon.main.try_wait().expect("a child");
                assert!(ended.is_none(), "{command:?}: {ended:?}");
                listens(*address)
            });
        }
        daemon
    }

    /// The first process.
    pub fn main(&self) -> i32 {
        self.main.id() as i32
    }

    /// All that descend from the first process.
    pub fn descendants(&self) -> Vec<i32> {
        let mut found = children(self.main());
        let mut at = 0;
        while let Some(process) = found.get(at) {
            found.extend(children(*process));
            at += 1;
        }
        found
    }

    /// Asks the server to end, and ends what it leaves.
    pub fn stop(&mut self) {
        let left = self.descendants();
        let _ = kill(Pid::from_raw(self.main()), Signal::SIGTERM);
        until("the server ends", 30.0, || {
            !matches!(self.main.try_wait(), Ok(None))
        });
        for process in left {
            let _ = kill(Pid::from_raw(process), Signal::SIGKILL);
            until("what the server left ends", 10.0, || {
                matches!(stat_field(process, 3).as_deref(), None | Some("Z" | "X"))
            });
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.main.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}
