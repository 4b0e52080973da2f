// SPDX-License-Identifier: GPL-2.0

//! Binding: a handler says which class a task should have, and a callback of the task, before it
//! returns to user space, gives it that class. When the task is another one than the current one, a
//! thread of ours does, in its time (`laggards`).

use crate::class::group::Group;
use crate::class::settings::{
    Original,
    Settings, //
};
use crate::engine::counters::Event;
use crate::engine::event_loop::is_loop;
use crate::engine::host::{
    Chore,
    Host, //
};
use crate::engine::process::{
    Born,
    Process, //
};
use crate::engine::sharded::Refused;
use crate::engine::tasks::{
    same,
    Bond,
    Tracked, //
};
use crate::engine::Engine;
use crate::events::{
    Cause,
    End, //
};
use crate::limits;
use crate::mem::Shared;
use crate::sys::cgroup;
use crate::sys::kworker;
use crate::sys::module::ModuleRef;
use crate::sys::system;
use crate::sys::task::{
    TaskExt,
    TaskRef, //
};
use crate::sys::task_work;
use crate::track::kind::Loops;
use kernel::alloc::flags::__GFP_NOWARN;
use kernel::prelude::*;
use kernel::sync::atomic::Relaxed;
use kernel::sync::Arc;
use kernel::task::Task;
use kernel::time::delay::fsleep;
use kernel::time::Delta;

/// How often one callback gives a task another class because what is wanted changes under its hands.
const ROUNDS: u32 = 8;

/// What has to be done to settle a task.
struct Step {
    task: TaskRef,
    process: Arc<Process>,
    /// The host to go to, `None` for idle.
    to: Option<Arc<Host>>,
    /// Whether it is not there yet.
    moves: bool,
    /// What is told of the move, if somebody watches.
    told: Option<Told>,
}

/// What `settle` finds to do.
enum Next {
    Step(Step),
    /// Nothing.
    Settled,
    /// Somebody else is at it.
    Moving,
}

/// What is told of a move.
struct Told {
    /// Whose class it had.
    from: Option<Arc<Host>>,
    /// What binds it.
    channel: u64,
    cause: Cause,
}

impl Engine {
    /// Counts what kept an entry out of a table.
    pub(crate) fn refuse(&self, why: Refused, full: Event) {
        self.counters.count(match why {
            Refused::Full => full,
            Refused::NoMemory => Event::NoMemory,
        });
    }

    /// The process of `task`, which is kept from now on. Does not sleep.
    #[inline(never)]
    fn join(&self, task: &Task, born: Born<'_>) -> Result<Arc<Process>, Refused> {
        self.processes
            .get_or_insert(task.process_id(), || Process::born(task, born))
    }

    /// The process of a task, if one of its threads is tracked, or was.
    pub(crate) fn process_of(&self, task: &Task) -> Option<Arc<Process>> {
        self.processes.with(task.process_id(), |one| one.clone())
    }

    /// The process of `task`, which is tracked from now on if it was not. Does not sleep.
    pub(crate) fn tracked(&self, task: &Task) -> Option<Arc<Process>> {
        let known = self.tasks.with(task.id(), |one| one.process.clone());
        known.or_else(|| self.track(task, Born::Before, None))
    }

    /// Tracks `task`, which was born like this, from now on. Does not sleep.
    pub(crate) fn track(
        &self,
        task: &Task,
        born: Born<'_>,
        bond: Option<Bond>,
    ) -> Option<Arc<Process>> {
        let process = match self.join(task, born) {
            Ok(process) => process,
            Err(why) => {
                self.refuse(why, Event::RefusedTask);
                return None;
            }
        };
        match self.keep(task, &process, bond) {
            Ok(()) => Some(process),
            Err(why) => {
                self.refuse(why, Event::RefusedTask);
                None
            }
        }
    }

    #[inline(never)]
    fn keep(&self, task: &Task, process: &Arc<Process>, bond: Option<Bond>) -> Result<(), Refused> {
        let tracked = Tracked::new(task.into(), process.clone(), bond);
        self.tasks.insert(task.id(), tracked).map(drop)
    }

    /// The current task, `task`, should have the class of the host of `bond`, unless that makes it an event
    /// loop, or it is one. Does not sleep.
    pub(crate) fn want(self: &Arc<Self>, task: &Task, bond: Bond) {
        self.order(task, Some(bond), |tracked, bond| {
            if tracked.event_loop.is_none() && self.loops() == Loops::Charge {
                if let Some(next) = bond.as_ref().filter(|next| is_loop(tracked, next)) {
                    Self::begin_loop(tracked, next);
                }
            }
            // An event loop is bound to nobody; the bond is dropped outside the lock.
            if tracked.event_loop.is_none() {
                core::mem::swap(&mut tracked.wanted, bond);
            } else if tracked.wanted.is_some() {
                *bond = tracked.wanted.take();
            }
            true
        });
    }

    /// `task` serves nobody any more, if it is bound by the socket with the number `socket`. Does not sleep.
    pub(crate) fn want_idle(self: &Arc<Self>, task: &Task, socket: usize) {
        self.order(task, None, |tracked, bond| {
            let bound = tracked
                .wanted
                .as_ref()
                .is_some_and(|bond| bond.is_by(socket));
            if bound {
                core::mem::swap(&mut tracked.wanted, bond);
            }
            bound
        });
    }

    /// The task with the number `id` serves nobody any more, if it is bound by the socket with the number
    /// `socket` and, if `process` is given, belongs to that one. Does not sleep.
    pub(crate) fn release(self: &Arc<Self>, id: usize, socket: usize, process: Option<usize>) {
        let task = self.tasks.with(id, |tracked| {
            let bound = tracked
                .wanted
                .as_ref()
                .is_some_and(|bond| bond.is_by(socket));
            let concerned = process.is_none_or(|process| process == tracked.process.id());
            (bound && concerned).then(|| tracked.task.clone())
        });
        if let Some(Some(task)) = task {
            self.want_idle(&task, socket);
        }
    }

    /// Has the process of `task` enrolled. Does not sleep.
    pub(crate) fn want_enrolled(self: &Arc<Self>, task: &Task) {
        let queue = self.tasks.with(task.id(), |tracked| {
            !tracked.process.is_enrolled() && !core::mem::replace(&mut tracked.queued, true)
        });
        if queue == Some(true) {
            self.call_back(task);
        }
    }

    /// Has `change` put what is wanted from now on in its place, and what was wanted before into the slot that
    /// it is given, which is dropped outside the lock; if it says that it did, the task is settled.
    fn order(
        self: &Arc<Self>,
        task: &Task,
        bond: Option<Bond>,
        change: impl FnOnce(&mut Tracked, &mut Option<Bond>) -> bool,
    ) {
        let mut bond = bond;
        let id = task.id();
        let own = id == kernel::current!().id();
        let queue = self.tasks.with(id, |tracked| {
            if !change(tracked, &mut bond) {
                return false;
            }
            tracked.failed = false;
            let settled = tracked.is_settled() && tracked.process.is_enrolled();
            if settled || tracked.queued {
                return false;
            }
            tracked.queued = own;
            true
        });
        drop(bond);
        match queue {
            Some(true) if own => self.call_back(task),
            Some(true) => self.laggards.add(id),
            _ => (),
        }
    }

    /// Has `task`, which is the current one, settle itself before it returns to user space. Does not sleep.
    fn call_back(self: &Arc<Self>, task: &Task) {
        if let Err(error) = task_work::queue(task, settle_current, self.clone()) {
            self.counters.count(if error == ENOMEM {
                Event::NoMemory
            } else {
                Event::NoCallback
            });
            self.tasks.with(task.id(), |tracked| tracked.queued = false);
        }
    }

    /// Gives the task with the number `id` the class that is wanted for it, unless somebody else is at it, and
    /// says whether nobody is; sleeps.
    ///
    /// Whoever sets `moving` goes on until the class is the wanted one.
    pub(crate) fn settle(self: &Arc<Self>, id: usize) -> bool {
        for _ in 0..ROUNDS {
            let heard = self.events.is_heard();
            let next = self.tasks.with(id, |tracked| next_step(tracked, heard));
            let step = match next {
                Some(Next::Step(step)) => step,
                Some(Next::Moving) => return false,
                Some(Next::Settled) | None => return true,
            };
            let result = self.take(&step);
            if result.is_ok() {
                self.tell_step(&step);
            }
            let now = system::since_boot();
            let done = self.tasks.with(id, |tracked| {
                tracked.moving = false;
                match result {
                    Ok(settings) => {
                        if step.moves {
                            tracked.since = now;
                        }
                        tracked.settings = settings;
                        // Who was taken out of our domain is left there until it serves again.
                        tracked.failed = step.to.is_none() && !step.process.is_enrolled();
                        core::mem::replace(&mut tracked.applied, step.to.clone())
                    }
                    Err(_) => {
                        // Something else may be wanted by now.
                        let to = tracked.wanted_host();
                        tracked.failed = same(to, step.to.as_ref());
                        None
                    }
                }
            });
            drop(done);
            match (&result, &step.to) {
                (Ok(_), Some(host)) => host.binds.add(u64::from(step.moves), Relaxed),
                (Ok(_), None) => (),
                // A process that left our domain meanwhile was told to, and one that exits is gone.
                (Err(_), _) if !step.process.is_enrolled() || step.task.is_exiting() => (),
                (Err(_), _) => self.counters.count(Event::FailedMove),
            }
        }
        true
    }

    /// Tells of a move that was made, before anybody else may move the task.
    fn tell_step(&self, step: &Step) {
        let Some(told) = &step.told else {
            return;
        };
        let from = told.from.as_ref().map_or("", |host| host.name());
        match &step.to {
            Some(host) => self.tell_bind(&step.task, host, from, told.channel, told.cause),
            None => self.tell_release(&step.task, told.from.as_ref(), End::Close),
        }
    }

    /// Settles every task that has not the class or the settings that it should have; sleeps.
    pub(crate) fn settle_all(self: &Arc<Self>) {
        let mut ids = KVec::new();
        let mut complete = true;
        self.tasks.for_each_mut(|id, tracked| {
            if !tracked.is_settled() && !tracked.queued && !tracked.moving {
                complete &= ids.push(id, GFP_NOWAIT | __GFP_NOWARN).is_ok();
            }
        });
        if !complete {
            // The rest is settled when it is bound the next time.
            self.counters.count(Event::NoMemory);
        }
        for id in ids {
            self.settle(id);
        }
    }

    /// Takes one step, and gives back the settings that were put on the task; sleeps.
    fn take(self: &Arc<Self>, step: &Step) -> Result<Settings> {
        if !step.process.is_enrolled() {
            self.enrol(&step.process, &step.task)?;
        }
        let id = step.task.id();
        let Some(host) = &step.to else {
            if step.moves {
                match self.classes.move_to_idle(&step.task) {
                    // Whoever took it out of our domain while it served may keep it.
                    Err(error) if cgroup::is_elsewhere(error) => step.process.left(),
                    result => result?,
                }
            }
            self.change_original(id, |original| original.restore(&step.task));
            return Ok(Settings::new());
        };
        if step.moves {
            let group = host.group().or_else(|| self.late_group(host));
            let group = group.ok_or(EAGAIN)?;
            self.go(step, || self.classes.move_to(&group, &step.task))?;
        }
        let settings = host.settings();
        self.change_original(id, |original| original.apply(&settings, &step.task));
        Ok(settings)
    }

    /// Makes a move. A process that somebody has taken out of our domain is enrolled again before.
    fn go(&self, step: &Step, act: impl Fn() -> Result) -> Result {
        match act() {
            Err(error) if cgroup::is_elsewhere(error) => {
                step.process.left();
                self.enrol(&step.process, &step.task)?;
                act()
            }
            result => result,
        }
    }

    /// The group of a host of a large table, which is made when it is used for the first time. Waits a
    /// little, once in the life of a host; when that is not enough, the task keeps its class until it
    /// moves bytes again.
    fn late_group(self: &Arc<Self>, host: &Arc<Host>) -> Option<Arc<Group>> {
        self.ask_for_group(host);
        if !host.may_wait() {
            return host.group();
        }
        for _ in 0..limits::LATE_GROUP_WAITS {
            fsleep(Delta::from_micros(limits::LATE_GROUP_WAIT_MICROSECONDS));
            if let Some(group) = host.group() {
                return Some(group);
            }
        }
        self.counters.count(Event::LateGroup);
        None
    }

    /// Has a kernel worker make the group of `host`; does not wait.
    fn ask_for_group(self: &Arc<Self>, host: &Arc<Host>) {
        self.ask_worker(host, Chore::Group, |engine, host| {
            let now = || (engine.current(), engine.machine());
            let made = engine.classes.make_late(host, now);
            if made.is_err() {
                engine.counters.count(Event::FailedGroup);
            }
        });
    }

    /// Has a kernel worker find the files of the row of `host` again; does not wait, and does not sleep.
    pub(crate) fn ask_for_files(self: &Arc<Self>, host: &Arc<Host>) {
        self.ask_worker(host, Chore::Files, |engine, host| {
            let mut now = engine.current();
            while let Some((row, host)) = now.entry(host.id) {
                if engine.classes.find_files(row, host).is_err() {
                    return engine.counters.count(Event::NoMemory);
                }
                // Who changed the row meanwhile may have told the host its files before.
                let then = engine.current();
                let row_then = then.table().row(host.id);
                if row_then.is_some_and(|one| Shared::ptr_eq(one, row)) {
                    return;
                }
                now = then;
            }
        });
    }

    /// Has a kernel worker do `work` for `host`, unless one is about to do something for it.
    fn ask_worker(
        self: &Arc<Self>,
        host: &Arc<Host>,
        chore: Chore,
        work: fn(&Arc<Self>, &Arc<Host>),
    ) {
        let Some(module) = ModuleRef::try_get() else {
            return;
        };
        if !host.ask_late(chore) {
            return;
        }
        let (engine, theirs) = (self.clone(), host.clone());
        let spawned = kworker::spawn(move || {
            work(&engine, &theirs);
            theirs.answer_late(chore);
            drop(module);
        });
        if spawned.is_err() {
            host.answer_late(chore);
            self.counters.count(Event::NoMemory);
        }
    }

    /// Calls `change` outside the lock with what the task had before settings were put on it.
    pub(super) fn change_original(&self, id: usize, change: impl FnOnce(&mut Original)) {
        let before = self.tasks.with(id, |tracked| tracked.original);
        if let Some(mut original) = before {
            change(&mut original);
            self.tasks.with(id, |tracked| tracked.original = original);
        }
    }

    /// Brings the process into our domain; sleeps.
    fn enrol(&self, process: &Process, task: &Task) -> Result {
        let _one = process.enrolment.lock();
        if process.is_enrolled() {
            return Ok(());
        }
        let result = self.classes.enrol(task);
        match result {
            Ok(()) => process.set_enrolled(true),
            Err(_) => self.counters.count(Event::FailedEnrolment),
        }
        result
    }
}

/// What `settle` has to do next; claims the task for it. `heard`: somebody watches.
fn next_step(tracked: &mut Tracked, heard: bool) -> Next {
    tracked.queued = false;
    if tracked.moving {
        return Next::Moving;
    }
    let settled = tracked.is_settled() && tracked.process.is_enrolled();
    if tracked.failed || settled {
        return Next::Settled;
    }
    tracked.moving = true;
    // Who is not in our domain has not the class that it had there.
    let enrolled = tracked.process.is_enrolled();
    let wanted = tracked.wanted_host();
    let moves = !same(wanted, tracked.applied.as_ref()) || (!enrolled && wanted.is_some());
    let bond = tracked.wanted.as_ref();
    let told = (heard && moves).then(|| Told {
        from: tracked.applied.clone(),
        channel: bond.map_or(0, |bond| bond.channel),
        cause: bond.map_or(Cause::Transfer, |bond| bond.cause),
    });
    Next::Step(Step {
        task: tracked.task.clone(),
        process: tracked.process.clone(),
        to: tracked.wanted_host().cloned(),
        moves,
        told,
    })
}

/// The callback: settles the current task. When somebody else is moving it, that one brings it to where it belongs, and is
/// waited for, because the bytes at hand are to be served with the class of their host.
fn settle_current(engine: &Arc<Engine>) {
    let id = kernel::current!().id();
    for _ in 0..limits::MOVER_WAITS {
        if engine.settle(id) {
            return;
        }
        fsleep(Delta::from_micros(limits::MOVER_WAIT_MICROSECONDS));
    }
}
