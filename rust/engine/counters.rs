// SPDX-License-Identifier: GPL-2.0

//! What went wrong, counted: nothing on a server's way fails or is logged because of us.

use crate::engine::events::Events;
use crate::events::Record;
use crate::limits;
use crate::sys::system;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::Arc;

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
    /// Requests of different hosts were read before the first of them was answered.
    MixedRequests,
    /// What follows on a connection can not be told apart any more.
    LostStream,
    /// A read of a UNIX socket was described in another way than by the kernels that are known.
    OddRead,
}

/// The counters, one an event.
pub(crate) struct Counters {
    each: [Counter; Self::NAMES.len()],
    events: Arc<Events>,
}

/// One of them.
struct Counter {
    count: Atomic<u64>,
    /// When who watches was told of it last, in nanoseconds since the boot.
    told: Atomic<u64>,
}

impl Counters {
    /// The names in `/proc/vhqos/status`, in the order of [`Event`].
    pub(crate) const NAMES: [&'static str; 19] = [
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
        "mixed_requests",
        "lost_streams",
        "odd_reads",
    ];

    /// All zero; who watches `events` is told of each.
    pub(crate) fn new(events: Arc<Events>) -> Self {
        let zero = || Counter {
            count: Atomic::new(0),
            told: Atomic::new(0),
        };
        Self {
            each: core::array::from_fn(|_| zero()),
            events,
        }
    }

    /// Counts one `event`.
    pub(crate) fn count(&self, event: Event) {
        if let Some(counter) = self.each.get(event as usize) {
            let count = counter.count.fetch_add(1, Relaxed).wrapping_add(1);
            if self.events.is_heard() {
                self.tell(counter, event, count);
            }
        }
    }

    /// Tells who watches, unless it was told of such an event a moment ago.
    #[inline(never)]
    fn tell(&self, counter: &Counter, event: Event, count: u64) {
        const PAUSE: u64 = limits::EVENT_TROUBLE_MILLISECONDS * 1_000_000;
        let (now, last) = (system::since_boot(), counter.told.load(Relaxed));
        let soon = last != 0 && now.wrapping_sub(last) < PAUSE;
        if soon || counter.told.cmpxchg(last, now, Relaxed).is_err() {
            return;
        }
        let what = Self::NAMES.get(event as usize).copied().unwrap_or("");
        self.events.tell(&Record::Trouble { what, count });
    }

    /// Names and values, for printing.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Self::NAMES
            .iter()
            .zip(self.each.iter())
            .map(|(name, counter)| (*name, counter.count.load(Relaxed)))
    }
}
