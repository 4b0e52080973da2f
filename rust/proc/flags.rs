// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/flags`: which task has what because of which channel.
//!
//! `task`: the thread; `channel`; `host`: whose channel it is; `guaranteed`: 1 when the task has the host's
//! class; `by`: what gave it to the task, `accept`, `transfer`, or `fork` for a child of a task that had it;
//! `loop` for an event loop, which is charged only.

use crate::engine::control::Control;
use crate::engine::tasks::same;
use crate::sys::procfs::Entry;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::seq_print;
use kernel::sync::Arc;

pub(super) struct Flags(pub(super) Arc<Control>);

impl Entry for Flags {
    type Reading = ();
    type Writing = ();

    fn open(&self) -> Result<((), ())> {
        Ok(((), ()))
    }

    fn next(&self, (): &(), from: u64) -> Option<u64> {
        self.0.engine().tasks.next_place(from)
    }

    fn show(&self, (): &(), at: u64, out: &SeqFile) {
        self.0.engine().tasks.visit(at, |_, tracked| {
            let event_loop = tracked.event_loop.as_ref();
            let flag = match (&tracked.wanted, event_loop.and_then(|one| one.at_hand())) {
                (Some(bond), _) => Some((bond.channel, bond.host.host(), bond.cause.word())),
                (None, Some(at_hand)) => Some((at_hand.channel, &at_hand.host, "loop")),
                (None, None) => None,
            };
            let Some((channel, host, cause)) = flag else {
                return;
            };
            let guaranteed = same(Some(host), tracked.applied.as_ref());
            seq_print!(
                out,
                "task={} channel={} host={} guaranteed={} by={}\n",
                tracked.task.pid(),
                channel,
                host.name(),
                u8::from(guaranteed),
                cause,
            );
        });
    }
}
