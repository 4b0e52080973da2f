// SPDX-License-Identifier: GPL-2.0

//! A process: what was learned of it, and where it came from.

use crate::engine::sharded::Refused;
use crate::limits;
use crate::sys::cgroup;
use crate::sys::task::{
    self,
    TaskExt,
    TaskRef, //
};
use crate::track::kind::{
    Kind,
    Seen, //
};
use kernel::alloc::flags::__GFP_NOWARN;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::{
    new_mutex,
    Arc,
    Mutex, //
};
use kernel::task::Task;

/// The cgroup that a process was in before it was enrolled, from the root of the hierarchy.
pub(crate) struct Origin(KVec<u8>);

impl Origin {
    /// Where `task` is now; does not sleep.
    fn of(task: &Task) -> Result<Arc<Self>, Refused> {
        // Most paths are short; the longest possible one is PATH_MAX.
        for size in [256, 4096] {
            let mut buffer = KVec::from_elem(0u8, size, GFP_NOWAIT | __GFP_NOWARN)
                .map_err(|_| Refused::NoMemory)?;
            let found = cgroup::path_of(task, &mut buffer).map(|path| path.len());
            if let Ok(length) = found {
                buffer.truncate(length);
                return Arc::new(Self(buffer), GFP_NOWAIT | __GFP_NOWARN)
                    .map_err(|_| Refused::NoMemory);
            }
        }
        Err(Refused::NoMemory)
    }

    /// The group at `path`, relative to the root of the hierarchy.
    pub(crate) fn at(path: &str) -> Result<Arc<Self>, Refused> {
        let mut buffer = KVec::with_capacity(path.len().saturating_add(1), GFP_KERNEL)
            .map_err(|_| Refused::NoMemory)?;
        let filled = buffer
            .push(b'/', GFP_KERNEL)
            .and_then(|()| buffer.extend_from_slice(path.as_bytes(), GFP_KERNEL));
        filled.map_err(|_| Refused::NoMemory)?;
        Arc::new(Self(buffer), GFP_KERNEL).map_err(|_| Refused::NoMemory)
    }

    /// The path, beginning with `/`.
    pub(crate) fn path(&self) -> &[u8] {
        &self.0
    }
}

/// How a task that is tracked from now on came to be.
#[derive(Clone, Copy)]
pub(crate) enum Born<'a> {
    /// Nobody saw it.
    Before,
    /// Nobody saw it, but it came from this group.
    From(&'a Arc<Origin>),
    /// To a task of this process, in its group.
    Of(&'a Process),
    /// To a task of this process, in a group that somebody chose.
    Elsewhere(&'a Process),
}

/// The number of the last process.
static LAST: Atomic<u64> = Atomic::new(0);

/// A thread group of which a task is, or was, tracked. It is kept until the last task exits, because
/// an enrolled process must not be taken for one that was born in our domain.
#[pin_data]
pub(crate) struct Process {
    /// Counts up from 1 since the load: no two processes have the same one.
    number: u64,
    /// The process that made it, as it was numbered then; 0 when that was not tracked.
    pub(crate) parent: i32,
    /// The numbers of those that it descends from, the nearest first; 0 is nobody.
    line: [u64; limits::ANCESTORS],
    /// Its number in the initial PID namespace.
    pub(crate) tgid: i32,
    /// Where it was.
    pub(crate) origin: Arc<Origin>,
    kind: Atomic<u32>,
    /// Channels that it accepted and on which no byte was moved.
    unread: Atomic<i64>,
    /// One of its tasks: keeps its number from being another process's.
    task: TaskRef,
    enrolled: Atomic<u32>,
    /// It is to be brought back, because none of its tasks is bound any more.
    leaving: Atomic<u32>,
    /// Held while it is brought into our domain, or out of it.
    #[pin]
    pub(crate) enrolment: Mutex<()>,
}

impl Process {
    /// The process of `task`, as it is now; does not sleep.
    pub(crate) fn of(task: &Task) -> Result<Arc<Self>, Refused> {
        Self::born(task, Born::Before)
    }

    /// The process of `task`, which was born like this; does not sleep.
    pub(crate) fn born(task: &Task, born: Born<'_>) -> Result<Arc<Self>, Refused> {
        let (origin, enrolled, parent) = match born {
            Born::Before => (Origin::of(task)?, false, None),
            Born::From(origin) => (origin.clone(), false, None),
            Born::Of(parent) => (parent.origin.clone(), parent.is_enrolled(), Some(parent)),
            Born::Elsewhere(parent) => (Origin::of(task)?, false, Some(parent)),
        };
        // A child serves as its parent did, until it is seen to do otherwise.
        let kind = match parent.map(Self::kind) {
            Some(Kind::Serves) => Kind::Serves,
            _ => Kind::Unknown,
        };
        let mut line = [0; limits::ANCESTORS];
        if let Some(parent) = parent {
            let [first, others @ ..] = &mut line;
            *first = parent.number;
            for (slot, number) in others.iter_mut().zip(parent.line.iter()) {
                *slot = *number;
            }
        }
        Arc::pin_init(
            pin_init!(Self {
                number: LAST.fetch_add(1, Relaxed).wrapping_add(1),
                parent: parent.map_or(0, |parent| parent.tgid),
                line,
                tgid: task.group_number(),
                origin,
                kind: Atomic::new(kind.to_number()),
                unread: Atomic::new(0),
                task: task.into(),
                enrolled: Atomic::new(u32::from(enrolled)),
                leaving: Atomic::new(0),
                enrolment <- new_mutex!(()),
            }),
            GFP_NOWAIT | __GFP_NOWARN,
        )
        .map_err(|_| Refused::NoMemory)
    }

    /// Whether it descends from `other`, by not too many generations.
    pub(crate) fn descends_from(&self, other: &Self) -> bool {
        self.line.contains(&other.number)
    }

    /// The task that keeps its number: one that it had when it was tracked first.
    pub(crate) fn task(&self) -> &Task {
        &self.task
    }

    /// Its number among the tracked ones, as `TaskExt::process_id` gives it.
    pub(crate) fn id(&self) -> usize {
        self.task.process_id()
    }

    /// Whether none of its tasks is left.
    pub(crate) fn is_dead(&self) -> bool {
        self.task.live_tasks() <= 0
    }

    /// Whether it is in the group with this number, or below it; so is a process without a living task.
    pub(crate) fn is_within(&self, group: usize) -> bool {
        let within = |task: &Task| cgroup::is_within(task, group);
        task::with_living(&self.task, within).unwrap_or(true)
    }

    /// Kills it.
    pub(crate) fn kill(&self) {
        task::kill(&self.task);
    }

    /// How many of its threads live.
    pub(crate) fn threads(&self) -> u32 {
        u32::try_from(self.task.live_tasks()).unwrap_or(0)
    }

    /// What was learned of it.
    pub(crate) fn kind(&self) -> Kind {
        Kind::from_number(self.kind.load(Relaxed))
    }

    /// Learns.
    pub(crate) fn learn(&self, seen: Seen) {
        let before = self.kind();
        let after = before.after(seen);
        if after != before {
            self.kind.store(after.to_number(), Relaxed);
        }
    }

    /// It accepted a channel, or one of its channels was read or closed unread.
    pub(crate) fn add_unread(&self, count: i64) {
        self.unread.add(count, Relaxed);
    }

    /// It makes a child process.
    pub(crate) fn forks(&self) {
        let unread = usize::try_from(self.unread.load(Relaxed)).unwrap_or(0);
        self.learn(Seen::Forked { unread });
    }

    /// Whether it is to be brought back.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving.load(Relaxed) != 0
    }

    /// Says whether it is to be brought back; the caller has the turn.
    pub(crate) fn set_leaving(&self, leaving: bool) {
        self.leaving.store(u32::from(leaving), Relaxed);
    }

    /// Whether it is in our domain.
    pub(crate) fn is_enrolled(&self) -> bool {
        self.enrolled.load(Relaxed) != 0
    }

    /// Somebody else has taken it out of our domain; sleeps.
    pub(crate) fn left(&self) {
        let _one = self.enrolment.lock();
        self.set_enrolled(false);
    }

    /// Says whether it is in our domain; the caller holds `enrolment`.
    pub(crate) fn set_enrolled(&self, enrolled: bool) {
        self.enrolled.store(u32::from(enrolled), Relaxed);
    }
}
