// SPDX-License-Identifier: GPL-2.0

//! Keeping members where they belong, and letting them go. All of it sleeps.

use crate::class::insist::insist;
use crate::engine::counters::Event;
use crate::engine::host::Host;
use crate::engine::process::{
    Born,
    Process, //
};
use crate::engine::snapshot::Snapshot;
use crate::engine::vps::{
    Member,
    Programs,
    Vps, //
};
use crate::engine::Engine;
use crate::policy::Machine;
use crate::sys::cgroup;
use crate::sys::executable::Identity;
use crate::sys::task::{
    self,
    TaskExt,
    TaskRef, //
};
use kernel::alloc::flags::__GFP_NOWARN;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::Arc;
use kernel::task::Task;

/// How often the rules changed.
static CHANGES: Atomic<u64> = Atomic::new(0);

impl Engine {
    /// Brings the current task's process to its VPS's group.
    pub(super) fn vps_rejoin(self: &Arc<Self>, task: &Task) {
        self.vps_return(task);
        // Until now the next round would have taken it for a stray that nobody looks after.
        self.vpses
            .members
            .with(task.process_id(), |member| member.called = false);
    }

    fn vps_return(self: &Arc<Self>, task: &Task) {
        let found = self.vpses.members.with(task.process_id(), |member| {
            (member.vps.vps().clone(), member.process.clone())
        });
        let Some((vps, process)) = found else {
            return;
        };
        self.vps_release(&process);
        let stopped = vps.stopped.lock();
        if *stopped || cgroup::is_within(task, vps.group().number()) {
            return;
        }
        if self.classes.move_to(vps.group(), task).is_err() && !task.is_exiting() {
            self.counters.count(Event::FailedMove);
        }
    }

    /// Brings a process that is not the current one to its VPS's group.
    pub(super) fn vps_fetch(&self, vps: &Vps, process: &Process) {
        let stopped = vps.stopped.lock();
        if *stopped || process.is_dead() {
            return;
        }
        if let Err(error) = self.classes.bring_to_vps(vps.group(), process) {
            if error != ESRCH {
                self.counters.count(Event::FailedMove);
            }
        }
    }

    /// A process that becomes a member is no worker of a host any more.
    pub(super) fn vps_release(&self, process: &Process) {
        let tracked = self.processes.with(process.id(), |one| one.clone());
        if let Some(tracked) = tracked {
            self.forget_process(&tracked);
        }
    }

    /// Makes every process that is in a VPS's group and no member one: it was born while the hooks were
    /// silent or memory was short.
    pub(super) fn vps_adopt(&self) -> Result {
        let all = self.vpses.all()?;
        let Some(root) = self.classes.vps_number() else {
            return Ok(());
        };
        let mut found: KVec<TaskRef> = KVec::new();
        let mut complete = true;
        task::each_process(|one| {
            if one.is_kernel_thread()
                || one.live_tasks() <= 0
                || self.vpses.members.with(one.process_id(), |_| ()).is_some()
            {
                return;
            }
            if cgroup::is_within(one, root) {
                complete &= found.push(one.into(), GFP_NOWAIT | __GFP_NOWARN).is_ok();
            }
        });
        for one in found.iter() {
            let is_in = |vps: &&Arc<Vps>| cgroup::is_within(one, vps.group().number());
            let Some(vps) = all.iter().find(is_in) else {
                continue;
            };
            let process = match vps.origin() {
                Some(origin) => Process::born(one, Born::From(&origin)),
                None => self
                    .classes
                    .above()
                    .and_then(|above| Process::born(one, Born::From(&above))),
            };
            let added = process.and_then(|process| {
                let member = Member::new(vps.clone(), process.clone());
                self.vpses.members.insert(one.process_id(), member)?;
                Ok(process)
            });
            match added {
                Ok(process) => vps.offer_init(&process),
                Err(why) => self.refuse(why, Event::RefusedTask),
            }
        }
        if complete {
            Ok(())
        } else {
            Err(ENOMEM)
        }
    }

    /// What is looked after now and then; the caller has the turn.
    pub(crate) fn vps_look_after(&self) {
        if self.vpses.count() == 0 {
            return;
        }
        let mut from = 0;
        let dead = |_, member: &Member| member.process.is_dead();
        while let Some((at, member)) = self.vpses.members.take_first(from, dead) {
            from = at;
            self.counters.count(Event::Stale);
            drop(member);
        }
        if self.vps_adopt().is_err() {
            self.counters.count(Event::NoMemory);
        }
        let mut strays = KVec::new();
        self.vpses.members.for_each_mut(|_, member| {
            let vps = member.vps.vps();
            if !member.called && !member.process.is_within(vps.group().number()) {
                let pair = (vps.clone(), member.process.clone());
                let _ = strays.push(pair, GFP_NOWAIT | __GFP_NOWARN);
            }
        });
        for (vps, process) in strays.iter() {
            self.vpses.strays.add(1, Relaxed);
            self.vps_fetch(vps, process);
        }
    }

    /// Finds the files of the rules, which have changed.
    pub(super) fn vps_find_files(&self) -> Result {
        CHANGES.add(1, Relaxed);
        self.vps_set_files(self.vps_look_up()?);
        Ok(())
    }

    /// The same when they have not changed, since a new version of a program is another file. The caller has not the turn,
    /// which `with_turn` takes.
    pub(crate) fn vps_find_files_again(&self, with_turn: impl FnOnce(&mut dyn FnMut())) -> Result {
        let before = CHANGES.load(Relaxed);
        let mut files = self.vps_look_up()?;
        with_turn(&mut || {
            if CHANGES.load(Relaxed) == before {
                self.vps_set_files(core::mem::take(&mut files));
            }
        });
        Ok(())
    }

    /// The files of the rules, but for VPSes that are being stopped.
    fn vps_look_up(&self) -> Result<Programs> {
        let mut paths = KVec::new();
        {
            let rules = self.vpses.rules.lock();
            for rule in rules.iter().filter(|rule| !rule.vps.is_leaving()) {
                paths.push((rule.path.clone(), rule.vps.clone()), GFP_KERNEL)?;
            }
        }
        let mut files = KVec::with_capacity(paths.len(), GFP_KERNEL)?;
        for (path, vps) in paths {
            if let Ok(file) = self.classes.find_program(&path) {
                files.push((Identity::of(&file), vps), GFP_KERNEL)?;
            }
        }
        Ok(files)
    }

    fn vps_set_files(&self, files: Programs) {
        let count = u32::try_from(files.len()).unwrap_or(u32::MAX);
        let old = core::mem::replace(&mut *self.vpses.files.lock(), files);
        drop(old);
        self.vpses.files_count.store(count, Relaxed);
    }

    /// Gives every VPS the class that `now` says, and tells it its host; the first that cannot have its
    /// class ends it.
    pub(crate) fn vps_set_classes(&self, now: &Snapshot, machine: &Machine) -> Result {
        if self.vpses.count() == 0 {
            return Ok(());
        }
        for vps in self.vpses.all()?.iter() {
            self.vps_set_class(vps, now, machine)?;
        }
        Ok(())
    }

    /// Gives every VPS again the class that `now` says, and its host, as far as the kernel lets it.
    pub(crate) fn vps_restore_classes(&self, now: &Snapshot, machine: &Machine) {
        let Ok(all) = insist(|| self.vpses.all()) else {
            return;
        };
        for vps in all.iter() {
            let set = || self.classes.set_vps(vps.group(), vps.name(), now, machine);
            if let Err(error) = insist(set) {
                pr_warn!("VPS {}: {:?}: has not its old class\n", vps.name(), error);
            }
            self.vps_set_host(vps, now);
        }
    }

    /// Gives one VPS the class that `now` says, and tells it its host.
    pub(super) fn vps_set_class(&self, vps: &Vps, now: &Snapshot, machine: &Machine) -> Result {
        self.classes
            .set_vps(vps.group(), vps.name(), now, machine)?;
        self.vps_set_host(vps, now);
        Ok(())
    }

    /// Tells one VPS its host of `now`.
    fn vps_set_host(&self, vps: &Vps, now: &Snapshot) {
        let id = now.table().find_vps(vps.name());
        let host = id.and_then(|id| now.host(id)).cloned();
        if let Some(host) = &host {
            host.vps.store(vps.number, Relaxed);
            drop(host.set_group(Some(vps.group().clone())));
        }
        let old = core::mem::replace(&mut *vps.host.lock(), host.clone());
        let same = |one: &Arc<Host>| host.as_ref().is_some_and(|host| Arc::ptr_eq(host, one));
        if let Some(old) = old.filter(|old| !same(old)) {
            drop(old.set_group(None));
        }
    }

    /// Kills all processes of `vps`.
    pub(super) fn vps_kill(&self, vps: &Arc<Vps>) -> Result {
        self.classes.kill_vps(vps.group())?;
        // Who is outside of the group, on its way back, is killed by itself.
        let mut outside = KVec::new();
        self.vpses.members.for_each_mut(|_, member| {
            if Arc::ptr_eq(member.vps.vps(), vps) && !member.process.is_within(vps.group().number())
            {
                let _ = outside.push(member.process.clone(), GFP_NOWAIT | __GFP_NOWARN);
            }
        });
        outside.iter().for_each(|process| process.kill());
        Ok(())
    }

    /// Counts the VPSes that have no row in `now`.
    pub(crate) fn vps_count_guests(&self, now: &Snapshot) {
        let guests = self.vpses.list.lock().iter().fold(0u32, |count, vps| {
            let guest = now.table().find_vps(vps.name()).is_none();
            count.saturating_add(u32::from(guest))
        });
        self.vpses.guests.store(guests, Relaxed);
    }
}
