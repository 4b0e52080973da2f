// SPDX-License-Identifier: GPL-2.0

//! What handlers see of VPSes: who is born, who executes, who is moved, who serves. They do not sleep.

use crate::engine::counters::Event;
use crate::engine::host::ChannelOf;
use crate::engine::process::{
    Born,
    Process, //
};
use crate::engine::sharded::Refused;
use crate::engine::vps::{
    Member,
    Vps, //
};
use crate::engine::{
    Channel,
    Engine, //
};
use crate::sys::cgroup;
use crate::sys::executable::Identity;
use crate::sys::kworker;
use crate::sys::module::ModuleRef;
use crate::sys::socket::Socket;
use crate::sys::task::TaskExt;
use crate::sys::task_work;
use kernel::sync::atomic::Relaxed;
use kernel::sync::Arc;
use kernel::task::Task;

impl Engine {
    /// `parent` has made `child`: a member's child is a member, whatever it was made with.
    pub(crate) fn vps_child(self: &Arc<Self>, parent: &Task, child: &Task) {
        let members = &self.vpses.members;
        if members.len() == 0 || child.process_id() == parent.process_id() {
            return;
        }
        let found = members.with(parent.process_id(), |member| {
            (
                member.vps.vps().clone(),
                member.process.clone(),
                member.returned,
            )
        });
        let Some((vps, process, returned)) = found else {
            return;
        };
        // CLONE_INTO_CGROUP, or the parent is being moved: before it runs, it goes where it belongs.
        let stray = !returned && !cgroup::is_within(child, vps.group().number());
        let added = Process::born(child, Born::Of(&process)).and_then(|process| {
            let mut member = Member::new(vps.clone(), process);
            member.returned = returned;
            member.called = stray;
            members.insert(child.process_id(), member)
        });
        match added {
            Ok(old) => drop(old),
            Err(why) => {
                // It is in the VPS's group all the same, where the next round finds it.
                self.vpses.refused.add(1, Relaxed);
                self.refuse(why, Event::RefusedTask);
                return;
            }
        }
        if stray {
            self.vpses.strays.add(1, Relaxed);
            if task_work::queue(child, rejoin_current, self.clone()).is_err() {
                self.counters.count(Event::NoCallback);
                members.with(child.process_id(), |member| member.called = false);
            }
        }
    }

    /// `task` exits: with the last thread, its process is a member no more.
    pub(crate) fn vps_exit(&self, task: &Task) {
        if self.vpses.pending.len() > 0 {
            drop(self.vpses.pending.remove(task.id()));
        }
        if self.vpses.members.len() > 0 && task.live_tasks() <= 1 {
            drop(self.vpses.members.remove(task.process_id()));
        }
    }

    /// `task` looks at a program to execute it; `first`: it is the one that was asked for, not its
    /// interpreter. What it is told may still fail.
    pub(crate) fn vps_looks(&self, task: &Task, program: Identity, first: bool) {
        let pending = &self.vpses.pending;
        if first && pending.len() > 0 {
            drop(pending.remove(task.id()));
        }
        if self.vpses.files_count.load(Relaxed) == 0 {
            return;
        }
        let vps = {
            let files = self.vpses.files.lock();
            let found = files.iter().find(|(file, _)| *file == program);
            found.map(|(_, vps)| vps.clone())
        };
        let Some(vps) = vps else {
            return;
        };
        // The first program that has a rule counts, a script before its interpreter.
        if pending.with(task.id(), |_| ()).is_some() {
            return;
        }
        match pending.insert(task.id(), vps) {
            Ok(old) => drop(old),
            Err(why) => {
                self.vpses.refused.add(1, Relaxed);
                self.refuse(why, Event::RefusedTask);
            }
        }
    }

    /// `task` executes what it looked at last.
    pub(crate) fn vps_executes(self: &Arc<Self>, task: &Task) {
        if self.vpses.pending.len() == 0 {
            return;
        }
        let Some(vps) = self.vpses.pending.remove(task.id()) else {
            return;
        };
        if task.group_number() == 1 || self.vpses.has(task) {
            return;
        }
        let added = self.vps_process(task).and_then(|process| {
            let member = Member::new(vps.clone(), process.clone());
            let old = self.vpses.members.insert(task.process_id(), member)?;
            Ok((process, old))
        });
        match added {
            Ok((process, old)) => {
                vps.offer_init(&process);
                drop(old);
                if task_work::queue(task, rejoin_current, self.clone()).is_err() {
                    self.counters.count(Event::NoCallback);
                }
            }
            Err(why) => {
                self.vpses.refused.add(1, Relaxed);
                self.refuse(why, Event::RefusedTask);
            }
        }
    }

    /// The process of a task that is to be a member: it came from where it was before it was enrolled.
    pub(super) fn vps_process(&self, task: &Task) -> Result<Arc<Process>, Refused> {
        match self.process_of(task) {
            Some(process) => Process::born(task, Born::From(&process.origin)),
            None => Process::of(task),
        }
    }

    /// Somebody moves `task` to the group `to`: a member that would leave its VPS's group is brought back
    /// when the move is done.
    pub(crate) fn vps_moved(self: &Arc<Self>, task: &Task, to: &cgroup::Group) {
        let members = &self.vpses.members;
        if members.len() == 0 || !to.is_version_2() {
            return;
        }
        let id = task.process_id();
        let call = members.with(id, |member| {
            !member.returned
                && !to.is_within(member.vps.vps().group().number())
                && !core::mem::replace(&mut member.called, true)
        });
        if call != Some(true) {
            return;
        }
        let Some(module) = ModuleRef::try_get() else {
            return;
        };
        let engine = self.clone();
        let spawned = kworker::spawn(move || {
            // Who moves holds the lock of all groups, so that this waits for the move's end.
            members_back(&engine, id);
            drop(module);
        });
        if spawned.is_err() {
            members.with(id, |member| member.called = false);
            self.counters.count(Event::NoMemory);
        }
    }

    /// A member has accepted `socket`: the connection is the VPS's, whatever its address.
    pub(crate) fn vps_accepts(&self, vps: &Arc<Vps>, task: &Task, socket: &Socket) {
        let Some(host) = vps.host() else {
            return;
        };
        let found = self
            .vpses
            .members
            .with(task.process_id(), |member| member.process.clone());
        let Some(process) = found else {
            return;
        };
        let channel = Channel {
            number: self.next_channel(),
            socket: socket.hold(),
            host: Some(ChannelOf::new(host.clone())),
            sniffer: None,
            awaits_records: false,
            acceptor: process.clone(),
            acceptor_task: task.id(),
            active: false,
            bound: 0,
        };
        process.add_unread(1);
        match self.channels.insert(socket.id(), channel) {
            Ok(old) => {
                drop(old);
                host.accepted.add(1, Relaxed);
            }
            Err(why) => {
                process.add_unread(-1);
                self.refuse(why, Event::RefusedChannel);
            }
        }
    }
}

/// Brings a process back to its VPS's group, unless the VPS is being stopped.
fn members_back(engine: &Engine, id: usize) {
    let found = engine.vpses.members.with(id, |member| {
        member.called = false;
        (member.vps.vps().clone(), member.process.clone())
    });
    if let Some((vps, process)) = found {
        engine.vpses.strays.add(1, Relaxed);
        engine.vps_fetch(&vps, &process);
    }
}

/// The callback: the current task's process goes to its VPS's group.
fn rejoin_current(engine: &Arc<Engine>) {
    engine.vps_rejoin(kernel::current!());
}
