// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/tasks`: the tracked tasks.
//!
//! `task`, `group`: thread and process; `parent`: the process that made it, `-` when that was not tracked;
//! `host`: whose class it has, `-` for idle; `channel`: the one that bound it, `-` for none; `kind`: `loops`
//! for an event loop, else what was learned of the process, `unknown`, `serves` or `forks`; `enrolled`: 1
//! once it is in our domain; `since`: when it got the class that it has, in nanoseconds of CLOCK_BOOTTIME, as the `time` of events.

use crate::engine::control::Control;
use crate::sys::procfs::Entry;
use kernel::fmt;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::seq_print;
use kernel::sync::Arc;

pub(super) struct Tasks(pub(super) Arc<Control>);

impl Entry for Tasks {
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
            let channel = tracked.wanted.as_ref().map_or(0, |bond| bond.channel);
            seq_print!(
                out,
                "task={} group={} parent={} host={} channel={} kind={} enrolled={} since={}\n",
                tracked.task.pid(),
                tracked.process.tgid,
                OrNone(tracked.process.parent),
                tracked.applied.as_ref().map_or("-", |host| host.name()),
                OrNone(channel),
                tracked.kind(),
                u8::from(tracked.process.is_enrolled()),
                tracked.since,
            );
        });
    }
}

/// A number, or `-` for zero.
struct OrNone<T>(T);

impl<T: fmt::Display + Default + PartialEq> fmt::Display for OrNone<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == T::default() {
            f.write_str("-")
        } else {
            fmt::Display::fmt(&self.0, f)
        }
    }
}
