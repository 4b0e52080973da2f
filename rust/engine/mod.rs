// SPDX-License-Identifier: GPL-2.0

//! The state that handlers, task work and /proc share, and what is done with it.
//!
//! Locks, from the outermost to the innermost. No two of the same line are held at once; the spinlocks
//! are taken in handlers too, with preemption off, never from an interrupt, and nothing sleeps or takes
//! another lock under them:
//!
//! 1. what was written to one open table file (mutex in `sys::procfs`), or `Laggards::taken` (mutex);
//! 2. `Control::turn` (mutex): one change of the table at a time;
//! 3. `Control::hooks` (mutex), or `Process::enrolment` (mutex): one change of a process's domain at a
//!    time, or `Vps::stopped` (mutex): one way to or from its group, or `Classes::domain` and inside of it
//!    `Classes::vpses` (mutexes): groups are made and removed;
//! 4. `Vpses::list`, `Vpses::rules`, `Loans` (mutexes);
//! 5. `Group::written`, `Group::anchor`, `Tree::fault`, `Control::last_error` (mutexes);
//! 6. `Sniffer::state` (spinlock), in handlers; inside of it, `Engine::admits` takes those of 7;
//! 7. a shard of `channels`, `tasks` or `processes`, `Host::group`, `Host::files`, `Classes::idle`,
//!    `Vps::host`, `Vps::init`, `Vpses::files`, `Events::kept`, `Laggards::listed` (spinlocks).
//!
//! What one open file of events reads is under a mutex in `sys::stream`, and `Events::readers` is one; inside of either, only
//! `Events::kept` is taken.
//!
//! The lock of a `seq_file` is around everything that is shown, and inside of 2 and 3, where files of
//! cgroups are read; so what is shown takes `Control::hooks` and the locks of 4 to 7 only.

pub(crate) mod admit;
pub(crate) mod bind;
pub(crate) mod control;
pub(crate) mod counters;
pub(crate) mod event_loop;
pub(crate) mod events;
pub(crate) mod host;
pub(crate) mod laggards;
mod position;
pub(crate) mod process;
pub(crate) mod release;
pub(crate) mod sharded;
pub(crate) mod snapshot;
pub(crate) mod sniffer;
pub(crate) mod tasks;
pub(crate) mod text;
pub(crate) mod vps;

use crate::class::Classes;
use crate::limits;
use crate::policy::Machine;
use crate::sys::rcu;
use crate::sys::socket::SocketRef;
use crate::sys::system;
use crate::track::kind::{
    Loops,
    Rule,
    Seen, //
};
use counters::Counters;
use events::Events;
use host::{
    ChannelOf,
    Host, //
};
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::Arc;
use laggards::Laggards;
use process::Process;
use sharded::Sharded;
use snapshot::Snapshot;
use sniffer::Sniffer;
use tasks::Tracked;
use vps::Vpses;

/// An accepted socket that belongs to a host.
pub(crate) struct Channel {
    /// Counts up from 1 since the load; names the channel in /proc.
    pub(crate) number: u64,
    /// Keeps the socket's memory, so that its address is no other socket's.
    pub(crate) socket: SocketRef,
    /// Whose channel it is; nobody's until a name was read.
    pub(crate) host: Option<ChannelOf>,
    /// Reads the names, if these may decide.
    pub(crate) sniffer: Option<Arc<Sniffer>>,
    /// Whether names may decide, and no record of TLS that the kernel decrypts was read: there is one sniffer for all of them,
    /// since one that begins later would take a body for requests.
    pub(crate) awaits_records: bool,
    /// The process that accepted it.
    pub(crate) acceptor: Arc<Process>,
    /// The task that accepted it, as a number of `TaskExt::id`.
    pub(crate) acceptor_task: usize,
    /// Whether bytes were moved on it.
    pub(crate) active: bool,
    /// The task that was bound by it last, as a number of `TaskExt::id`; 0 for none.
    pub(crate) bound: usize,
}

impl Channel {
    /// Whose channel it is.
    pub(crate) fn host(&self) -> Option<&Arc<Host>> {
        self.host.as_ref().map(ChannelOf::host)
    }

    /// The name of whose channel it is, for printing.
    pub(crate) fn host_name(&self) -> &str {
        self.host().map_or("-", |host| host.name())
    }

    /// Notes that the task with the number `task` moved bytes on it, and what that says of who accepted it.
    pub(crate) fn note(&mut self, task: usize) {
        if !core::mem::replace(&mut self.active, true) {
            self.acceptor.add_unread(-1);
            if self.acceptor_task == task {
                self.acceptor.learn(Seen::ServedOwn);
            }
        }
    }
}

/// What the module's parameters say.
pub(crate) struct Settings {
    /// When an acceptor is bound.
    pub(crate) rule: Rule,
    /// What becomes of event loops.
    pub(crate) loops: Loops,
    /// The part of the machine that is left to everybody else.
    pub(crate) reserve_ppm: u32,
    /// Most open channels that are tracked.
    pub(crate) channels: usize,
    /// Most tasks that are tracked, and processes.
    pub(crate) tasks: usize,
}

/// Everything that handlers need.
pub(crate) struct Engine {
    snapshot: rcu::Cell<Snapshot>,
    /// Open channels, by `Socket::id`.
    pub(crate) channels: Sharded<Channel>,
    /// Enrolled tasks and those to be, by `TaskExt::id`.
    pub(crate) tasks: Sharded<Tracked>,
    /// Their processes, by `TaskExt::process_id`.
    pub(crate) processes: Sharded<Arc<Process>>,
    /// Virtual private servers and their members, none of which is in `tasks`.
    pub(crate) vpses: KBox<Vpses>,
    /// What the hosts' parameters become.
    pub(crate) classes: Classes,
    /// Tasks that lost their host while they were somewhere else.
    pub(crate) laggards: Arc<Laggards>,
    /// What went wrong.
    pub(crate) counters: Counters,
    /// What happens, for who watches.
    pub(crate) events: Arc<Events>,
    rule: Rule,
    loops: Loops,
    reserve_ppm: u32,
    deaf: Atomic<u32>,
    last_channel: Atomic<u64>,
}

impl Engine {
    /// An engine with an empty table; made in its place, for it is too large for the stack.
    #[inline(never)]
    pub(crate) fn new(
        classes: Classes,
        settings: &Settings,
        snapshot: Arc<Snapshot>,
    ) -> Result<Arc<Self>> {
        let events = Events::new()?;
        Arc::init(
            try_init!(Self {
                snapshot: rcu::Cell::new(snapshot),
                channels: Sharded::new(limits::CHANNEL_BUCKETS, settings.channels)?,
                tasks: Sharded::new(limits::TASK_BUCKETS, settings.tasks)?,
                processes: Sharded::new(limits::TASK_BUCKETS, settings.tasks)?,
                vpses: Vpses::new()?,
                classes,
                laggards: Laggards::new()?,
                counters: Counters::new(events.clone()),
                events,
                rule: settings.rule,
                loops: settings.loops,
                reserve_ppm: settings.reserve_ppm,
                deaf: Atomic::new(0),
                last_channel: Atomic::new(0),
            }? Error),
            GFP_KERNEL,
        )
    }

    /// The table of now, for a reader.
    pub(crate) fn snapshot<'a>(&'a self, reading: &'a rcu::Reading<'_>) -> &'a Snapshot {
        self.snapshot.read(reading)
    }

    /// Makes `new` the table, and waits until no handler uses the old one any more. Sleeps.
    pub(crate) fn publish(&self, new: Arc<Snapshot>) -> Arc<Snapshot> {
        self.snapshot.replace(new)
    }

    /// The number of the last channel.
    pub(crate) fn last_channel(&self) -> u64 {
        self.last_channel.load(Relaxed)
    }

    /// The number of the next channel.
    pub(crate) fn next_channel(&self) -> u64 {
        self.last_channel.fetch_add(1, Relaxed).wrapping_add(1)
    }

    /// The table of now, kept.
    pub(crate) fn current(&self) -> Arc<Snapshot> {
        self.snapshot.get()
    }

    /// The machine of now.
    pub(crate) fn machine(&self) -> Machine {
        Machine {
            cpus: system::online_cpus(),
            reserve_ppm: self.reserve_ppm,
            guests: self.vpses.guests(),
        }
    }

    /// Whether the hooks are silent, so that what they still say is not to be acted upon.
    pub(crate) fn is_deaf(&self) -> bool {
        self.deaf.load(Relaxed) != 0
    }

    /// Says whether the hooks are silent; waits until every handler knows. Sleeps.
    pub(crate) fn set_deaf(&self, deaf: bool) {
        self.deaf.store(u32::from(deaf), Relaxed);
        rcu::synchronize();
    }

    /// Whether an event loop is charged, or moved as every other task.
    pub(crate) fn loops(&self) -> Loops {
        self.loops
    }

    /// When an acceptor is bound.
    pub(crate) fn rule(&self) -> Rule {
        self.rule
    }
}
