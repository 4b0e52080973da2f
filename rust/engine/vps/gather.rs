// SPDX-License-Identifier: GPL-2.0

//! Processes that are there already become members. All of it sleeps; the caller has the turn.

use crate::engine::sharded::Refused;
use crate::engine::vps::{
    Member,
    Vps, //
};
use crate::engine::Engine;
use crate::sys::rcu;
use crate::sys::task::{
    self,
    TaskExt,
    TaskRef, //
};
use kernel::alloc::flags::__GFP_NOWARN;
use kernel::prelude::*;
use kernel::sync::Arc;
use kernel::task::Task;

impl Engine {
    /// Makes the process of `task`, and with `whole` its descendants, members of `vps`, and brings them to
    /// its group. On an error, those that were added are none again.
    pub(super) fn vps_gather(&self, vps: &Arc<Vps>, task: &Task, whole: bool) -> Result {
        let mut added = KVec::new();
        let result = self
            .vps_admit(vps, task, &mut added)
            .and_then(|()| match whole {
                true => self.vps_admit_descendants(vps, &mut added),
                false => Ok(()),
            });
        // A handler that took one of them for nobody's has tracked it when this returns.
        rcu::synchronize();
        let mut result = result;
        for (number, task) in added.iter().enumerate() {
            let member = self
                .vpses
                .members
                .with(task.process_id(), |member| member.process.clone());
            let (Ok(()), Some(process)) = (result, member) else {
                continue;
            };
            self.vps_release(&process);
            if number == 0 {
                vps.offer_init(&process);
            }
            match self.classes.bring_to_vps(vps.group(), &process) {
                // Who is gone meanwhile is missed only when it is the one that was named.
                Err(error) if error == ESRCH && number > 0 => (),
                other => result = other,
            }
        }
        let Err(error) = result else {
            return Ok(());
        };
        for task in added.iter() {
            let ours = |member: &mut Member| {
                member.returned = true;
                Arc::ptr_eq(member.vps.vps(), vps)
            };
            if let Some(member) = self.vpses.members.remove_if(task.process_id(), ours) {
                if member.process.is_within(vps.group().number()) {
                    let _ = self.classes.bring_back(&member.process);
                }
            }
        }
        Err(error)
    }

    /// Makes the process of `task` a member, which is not yet in the group.
    fn vps_admit(&self, vps: &Arc<Vps>, task: &Task, added: &mut KVec<TaskRef>) -> Result {
        let process = self.vps_process(task).map_err(|_| ENOMEM)?;
        added.push(task.into(), GFP_KERNEL)?;
        let member = Member::new(vps.clone(), process);
        match self.vpses.members.insert(task.process_id(), member) {
            Ok(old) => drop(old),
            Err(Refused::Full) => return Err(ENOSPC),
            Err(Refused::NoMemory) => return Err(ENOMEM),
        }
        Ok(())
    }

    /// Makes every process whose parent is a member of `vps` one, until none is found any more. Children
    /// that are made meanwhile are seen by the hook.
    fn vps_admit_descendants(&self, vps: &Arc<Vps>, added: &mut KVec<TaskRef>) -> Result {
        loop {
            let mut found: KVec<TaskRef> = KVec::new();
            let mut complete = true;
            task::each_process(|one| {
                let is_ours = |id| {
                    let ours = |member: &mut Member| Arc::ptr_eq(member.vps.vps(), vps);
                    self.vpses.members.with(id, ours)
                };
                if !one.is_kernel_thread()
                    && one.live_tasks() > 0
                    && is_ours(one.parent_process_id()) == Some(true)
                    && is_ours(one.process_id()).is_none()
                {
                    let pushed = found.push(one.into(), GFP_NOWAIT | __GFP_NOWARN);
                    complete &= pushed.is_ok();
                }
            });
            if !complete {
                return Err(ENOMEM);
            }
            if found.is_empty() {
                return Ok(());
            }
            for one in found.iter() {
                self.vps_admit(vps, one, added)?;
            }
        }
    }
}
