// SPDX-License-Identifier: GPL-2.0

//! What went wrong, counted: nothing on a server's way fails or is logged because of us.

use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};

/// One kind of event.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    /// A channel was not tracked because the table of channels is full.
    RefusedChannel,
    /// A task was not tracked because the table of tasks is full.
    RefusedTask,
    /// Memory for a channel, a task or a callback could not be had.
    NoMemory,
    /// A callback could not be queued, because the task exits or the module goes.
    NoCallback,
    /// A task could not be moved to its class.
    FailedMove,
    /// A process could not be brought into our domain.
    FailedEnrolment,
    /// A process could not be brought back to the group that it came from, only to one above it.
    FailedRestore,
    /// A task was to be bound before its host's group was made.
    LateGroup,
    /// A host's group could not be made when it was needed.
    FailedGroup,
    /// A channel or a task was gone without a handler being told.
    Stale,
    /// The canary did not sing.
    Deaf,
    /// A request's name is in no row.
    UnknownName,
    /// A request names no host.
    NoName,
    /// What a request names is no host name.
    MalformedName,
    /// A request's name did not come within the bytes that are looked at.
    LateName,
    /// A connection where names matter began with no protocol that has them.
    ForeignBytes,
    /// A read of a UNIX socket was described in another way than by the kernels that are known.
    OddRead,
}

/// The counters, one an event.
pub(crate) struct Counters([Atomic<u64>; Self::NAMES.len()]);

impl Counters {
    /// The names in `/proc/vhqos/status`, in the order of [`Event`].
    pub(crate) const NAMES: [&'static str; 17] = [
        "refused_channels",
        "refused_tasks",
        "no_memory",
        "no_callback",
        "failed_moves",
        "failed_enrolments",
        "failed_restores",
        "late_groups",
        "failed_groups",
        "stale",
        "deaf_rounds",
        "unknown_names",
        "no_names",
        "malformed_names",
        "late_names",
        "foreign_bytes",
        "odd_reads",
    ];

    /// All zero.
    pub(crate) const fn new() -> Self {
        Self([const { Atomic::new(0) }; Self::NAMES.len()])
    }

    /// Counts one `event`.
    pub(crate) fn count(&self, event: Event) {
        if let Some(counter) = self.0.get(event as usize) {
            counter.add(1, Relaxed);
        }
    }

    /// Names and values, for printing.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Self::NAMES
            .iter()
            .zip(self.0.iter())
            .map(|(name, counter)| (*name, counter.load(Relaxed)))
    }
}
