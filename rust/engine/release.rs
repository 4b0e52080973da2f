// SPDX-License-Identifier: GPL-2.0

//! Giving tasks back what they had: when a row goes, when the table is emptied, when the hooks are
//! deaf, and when the module goes.

use crate::engine::counters::Event;
use crate::engine::host::Host;
use crate::engine::process::Process;
use crate::engine::tasks::Tracked;
use crate::engine::{
    Channel,
    Engine, //
};
use crate::events::End;
use crate::sys::rcu;
use crate::sys::task::{
    self,
    TaskExt, //
};
use kernel::alloc::flags::__GFP_NOWARN;
use kernel::prelude::*;
use kernel::sync::Arc;

/// How long a task that is being moved by somebody else is waited for, in milliseconds.
const PATIENCE: u32 = 10_000;

/// How often tasks are looked for that are bound to a retired host: once for those that are, once for children that they had
/// meanwhile, and more than enough.
const PASSES: u32 = 8;

impl Engine {
    /// Forgets the hosts that were retired: their channels, and who is bound to them. Processes of which
    /// no task is bound any more go back to where they came from. No handler may still see a table that
    /// names one of them; sleeps.
    #[inline(never)]
    pub(crate) fn forget_retired(self: &Arc<Self>) {
        self.unname_channels();
        self.drop_channels(|channel| channel.host().is_some_and(|host| host.is_retired()));
        for _ in 0..PASSES {
            // A handler that found such a channel has bound its task when this returns, or made a child like its parent.
            rcu::synchronize();
            if !self.unbind_retired() {
                break;
            }
        }
        self.tasks.for_each_mut(|_, tracked| {
            if tracked.is_bound() {
                tracked.process.set_leaving(false);
            }
        });
        let leaving = |_, process: &mut Arc<Process>| {
            process.is_leaving().then(|| {
                process.set_leaving(false);
                process.clone()
            })
        };
        let mut from = 0;
        while let Some((at, process)) = self.processes.find_first(from, leaving) {
            from = at;
            self.withdraw(&process);
        }
    }

    /// Has every task that is bound to a retired host go idle, or to whom it is wanted for by now, and marks its process as
    /// one that leaves; says whether there was any. Sleeps.
    fn unbind_retired(self: &Arc<Self>) -> bool {
        let retired = |host: Option<&Arc<Host>>| host.is_some_and(|host| host.is_retired());
        let unbind = |id, tracked: &mut Tracked| {
            let wanted = retired(tracked.wanted_host());
            (wanted || retired(tracked.applied.as_ref())).then(|| {
                tracked.process.set_leaving(true);
                tracked.failed = false;
                let bond = wanted.then(|| tracked.wanted.take());
                (id, tracked.task.clone(), bond)
            })
        };
        let (mut from, mut any) = (0, false);
        while let Some((at, (id, task, bond))) = self.tasks.find_first(from, unbind) {
            (from, any) = (at, true);
            drop(bond);
            for _ in 0..PATIENCE {
                if self.settle(id) {
                    break;
                }
                task::sleep(1);
            }
            // Who cannot be moved, because it exits say, has its class for as long as it is there.
            let stuck = self.tasks.with(id, |tracked| {
                let stuck = retired(tracked.applied.as_ref());
                stuck.then(|| tracked.applied.take())
            });
            if stuck.flatten().is_some() {
                self.change_original(id, |original| original.restore(&task));
            }
        }
        any
    }

    /// Brings `process` back to where it came from and forgets its tasks, unless one of them serves somebody by now; sleeps.
    fn withdraw(&self, process: &Arc<Process>) {
        let one = process.enrolment.lock();
        if !process.is_enrolled() {
            return;
        }
        // Who settles one of its tasks from here on waits for the lock, and enrols it again.
        process.set_enrolled(false);
        let mut bound = false;
        self.tasks.for_each_mut(|_, tracked| {
            bound |= tracked.is_bound() && Arc::ptr_eq(&tracked.process, process);
        });
        if bound {
            return process.set_enrolled(true);
        }
        self.carry_back(process);
        let idle = |_, tracked: &Tracked| {
            let busy = tracked.is_bound() || tracked.moving || tracked.queued;
            !busy && Arc::ptr_eq(&tracked.process, process)
        };
        let mut from = 0;
        while let Some((at, tracked)) = self.tasks.take_first(from, idle) {
            from = at;
            drop(tracked);
        }
        drop(one);
    }

    /// The same as `forget_all` while the hooks are armed, because there are VPSes; sleeps.
    pub(crate) fn forget_tracked(&self) {
        let deaf = self.is_deaf();
        // The child of a tracked task would be added meanwhile.
        self.set_deaf(true);
        self.forget_all();
        self.set_deaf(deaf);
    }

    /// Forgets every channel, task and process, and brings all processes back; sleeps. Handlers must
    /// not add any meanwhile.
    #[inline(never)]
    pub(crate) fn forget_all(&self) {
        self.drop_channels(|_| true);
        let mut from = 0;
        while let Some((at, tracked)) = self.take_task(from, |_| true) {
            from = at;
            self.drop_task(tracked);
        }
        let mut from = 0;
        while let Some((at, process)) = self.processes.take_first(from, |_, _| true) {
            from = at;
            self.bring_back(&process);
        }
    }

    /// Forgets what is gone although no handler was told, because the kernel left a hit out: sleeps.
    /// A channel counts as gone when it has no descriptor and is not younger than the last round,
    /// which ended with the channel number `last`; who is bound by a socket without a descriptor goes idle.
    #[inline(never)]
    pub(crate) fn forget_stale(self: &Arc<Self>, last: u64) {
        self.release_orphans();
        let gone = |_, channel: &Channel| channel.number <= last && channel.socket.is_orphan();
        let mut from = 0;
        while let Some((at, channel)) = self.channels.take_first(from, gone) {
            from = at;
            self.counters.count(Event::Stale);
            if !channel.active {
                channel.acceptor.add_unread(-1);
            }
        }
        let mut from = 0;
        let dead = |tracked: &Tracked| tracked.process.is_dead() || tracked.task.is_exiting();
        while let Some((at, tracked)) = self.take_task(from, dead) {
            from = at;
            self.counters.count(Event::Stale);
            self.tell_release(&tracked.task, tracked.applied.as_ref(), End::Exit);
            drop(tracked);
        }
        let mut from = 0;
        while let Some((at, process)) = self.processes.take_first(from, |_, one| one.is_dead()) {
            from = at;
            drop(process);
        }
    }

    /// Has every task go idle, a little later, that is bound by a socket of which nobody has a descriptor any more;
    /// sleeps.
    #[inline(never)]
    fn release_orphans(self: &Arc<Self>) {
        let mut orphans = KVec::new();
        self.tasks.for_each_mut(|id, tracked| {
            let socket = tracked
                .wanted
                .as_ref()
                .and_then(|bond| bond.socket.as_ref());
            if let Some(socket) = socket.filter(|socket| socket.is_orphan()) {
                // Who does not fit in is found in the next round.
                let _ = orphans.push((id, socket.id()), GFP_NOWAIT | __GFP_NOWARN);
            }
        });
        for (id, socket) in orphans {
            self.release(id, socket, None);
        }
    }

    /// Makes the channels of retired hosts nobody's if their next request may be another host's.
    fn unname_channels(&self) {
        self.channels.for_each_mut(|_, channel| {
            let retired = channel.host().is_some_and(|host| host.is_retired());
            if retired && channel.sniffer.is_some() {
                // The table that is being replaced has the host too, so that nothing is freed under the lock.
                channel.host = None;
            }
        });
    }

    /// Drops the channels for which `wanted` says yes.
    fn drop_channels(&self, wanted: impl Fn(&Channel) -> bool) {
        let mut from = 0;
        while let Some((at, channel)) = self.channels.take_first(from, |_, channel| wanted(channel))
        {
            from = at;
            if !channel.active {
                channel.acceptor.add_unread(-1);
            }
        }
    }

    /// Takes the first task out of the table for which `wanted` says yes, once nobody moves it.
    fn take_task(&self, from: u64, wanted: impl Fn(&Tracked) -> bool) -> Option<(u64, Tracked)> {
        for _ in 0..PATIENCE {
            let taken = self
                .tasks
                .take_first(from, |_, tracked| !tracked.moving && wanted(tracked));
            if taken.is_some() {
                return taken;
            }
            let mut waiting = false;
            self.tasks
                .for_each_mut(|_, tracked| waiting |= tracked.moving && wanted(tracked));
            if !waiting {
                return None;
            }
            task::sleep(1);
        }
        None
    }

    /// Gives a task that was taken out of the table, and whose process leaves our domain, its settings back. Sleeps.
    fn drop_task(&self, mut tracked: Tracked) {
        tracked.original.restore(&tracked.task);
        self.tell_release(&tracked.task, tracked.applied.as_ref(), End::Forgotten);
    }

    /// Takes all tasks of `process` out of the table and brings it back; sleeps.
    pub(crate) fn forget_process(&self, process: &Arc<Process>) {
        let mut from = 0;
        while let Some((at, tracked)) =
            self.take_task(from, |tracked| Arc::ptr_eq(&tracked.process, process))
        {
            from = at;
            self.drop_task(tracked);
        }
        self.bring_back(process);
        self.processes
            .remove_if(process.id(), |one| Arc::ptr_eq(one, process));
    }

    /// Brings `process` back to where it came from; sleeps.
    fn bring_back(&self, process: &Arc<Process>) {
        let _one = process.enrolment.lock();
        if !process.is_enrolled() {
            return;
        }
        process.set_enrolled(false);
        self.carry_back(process);
    }

    /// The same of one that was enrolled; the caller holds `enrolment`.
    fn carry_back(&self, process: &Process) {
        if process.is_dead() {
            return;
        }
        if let Err(error) = self.classes.bring_back(process) {
            if error != ESRCH {
                self.counters.count(Event::FailedRestore);
            }
        }
    }
}
