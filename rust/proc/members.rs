// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/members`: which process is which VPS's.
//!
//! `group`: the process, as the initial PID namespace numbers it; `vps`: whose it is; `threads`: how many
//! of its threads live; `origin`: the group that it came from, and goes back to when the VPS is stopped.

use crate::engine::control::Control;
use crate::sys::procfs::Entry;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::seq_print;
use kernel::sync::Arc;

pub(super) struct Members(pub(super) Arc<Control>);

impl Entry for Members {
    type Reading = ();
    type Writing = ();

    fn open(&self) -> Result<((), ())> {
        Ok(((), ()))
    }

    fn next(&self, (): &(), from: u64) -> Option<u64> {
        self.0.engine().vpses.members.next_place(from)
    }

    fn show(&self, (): &(), at: u64, out: &SeqFile) {
        self.0.engine().vpses.members.visit(at, |_, member| {
            let process = &member.process;
            if process.is_dead() {
                return;
            }
            seq_print!(
                out,
                "group={} vps={} threads={} origin={}\n",
                process.tgid,
                member.vps.vps().name(),
                process.threads(),
                core::str::from_utf8(process.origin.path()).unwrap_or("?"),
            );
        });
    }
}
