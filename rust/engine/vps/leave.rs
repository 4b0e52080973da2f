// SPDX-License-Identifier: GPL-2.0

//! Members go back to where they came from, because their VPS is stopped. All of it sleeps.

use crate::class::insist::insist;
use crate::engine::counters::Event;
use crate::engine::process::Process;
use crate::engine::vps::{
    Member,
    Vps, //
};
use crate::engine::Engine;
use crate::sys::task;
use kernel::alloc::flags::__GFP_NOWARN;
use kernel::prelude::*;
use kernel::sync::Arc;

/// How often processes are brought back until none is left in their VPS's group.
const ROUNDS: u32 = 1_000;

/// From this round on they are stopped meanwhile, because they make others faster than they are moved.
const PATIENCE: u32 = 5;

impl Engine {
    /// Brings all processes of `vpses`, which are leaving, back to where they came from, until none is left in a group
    /// of them. Errors: `EBUSY`, somebody holds them there; nothing is changed then, but that some may be back.
    pub(super) fn vps_evacuate(&self, vpses: &[Arc<Vps>]) -> Result {
        let mut frozen = KVec::with_capacity(vpses.len(), GFP_KERNEL)?;
        for round in 0..ROUNDS {
            // Who is in a group and no member is brought back as one.
            let _ = self.vps_adopt();
            let leaving = self.vps_take_leaving();
            for process in leaving.iter().filter(|process| !process.is_dead()) {
                match self.classes.bring_back(process) {
                    Err(error) if error != ESRCH => self.counters.count(Event::FailedRestore),
                    _ => (),
                }
            }
            let mut left = false;
            for vps in vpses {
                // A group that somebody removed has nobody.
                if matches!(self.classes.is_vps_populated(vps.group()), Ok(true)) {
                    left = true;
                    if round == PATIENCE && self.classes.freeze_vps(vps.group()) {
                        let _ = frozen.push_within_capacity(vps.clone());
                    }
                }
            }
            if !left {
                return Ok(());
            }
            if leaving.is_empty() {
                // Somebody is on the way in or out; who was put back in is taken out once more.
                self.vps_reset_returned(true);
                task::sleep(1);
            }
        }
        frozen
            .iter()
            .for_each(|vps| self.classes.thaw_vps(vps.group()));
        Err(EBUSY)
    }

    /// Says that `vpses` are being stopped: nobody is brought to their groups, nor joins, any more. An error changes nothing.
    pub(super) fn vps_begin_leaving(&self, vpses: &[Arc<Vps>]) -> Result {
        vpses.iter().for_each(|vps| vps.set_leaving(true));
        self.vps_find_files().inspect_err(|_| self.vps_stay(vpses))
    }

    /// Says that `vpses` are not being stopped after all: whoever was brought back is a stray.
    pub(super) fn vps_stay(&self, vpses: &[Arc<Vps>]) {
        vpses.iter().for_each(|vps| vps.set_leaving(false));
        self.vps_reset_returned(false);
        if let Err(error) = insist(|| self.vps_find_files()) {
            pr_warn!("programs of exec rules: {:?}\n", error);
        }
    }

    /// The members of VPSes that are being stopped, each one once.
    fn vps_take_leaving(&self) -> KVec<Arc<Process>> {
        let mut some = KVec::new();
        self.vpses.members.for_each_mut(|_, member| {
            if member.vps.vps().is_leaving() && !member.returned {
                let process = member.process.clone();
                let pushed = some.push(process, GFP_NOWAIT | __GFP_NOWARN);
                member.returned = pushed.is_ok();
            }
        });
        some
    }

    /// Forgets that members were brought back: of those that are being stopped who is in the group again, or
    /// else all that are not being stopped.
    fn vps_reset_returned(&self, leaving: bool) {
        self.vpses.members.for_each_mut(|_, member| {
            let vps = member.vps.vps();
            if vps.is_leaving() == leaving
                && (!leaving || member.process.is_within(vps.group().number()))
            {
                member.returned = false;
            }
        });
    }

    /// Forgets the members of VPSes that are being stopped.
    pub(super) fn vps_forget(&self) {
        let leaving = |_, member: &Member| member.vps.vps().is_leaving();
        let mut from = 0;
        while let Some((at, member)) = self.vpses.members.take_first(from, leaving) {
            from = at;
            drop(member);
        }
        let pending = |_, vps: &Arc<Vps>| vps.is_leaving();
        let mut from = 0;
        while let Some((at, vps)) = self.vpses.pending.take_first(from, pending) {
            from = at;
            drop(vps);
        }
    }
}
