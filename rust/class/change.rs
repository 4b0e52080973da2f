// SPDX-License-Identifier: GPL-2.0

//! Making the groups what the table says. Called by one change of the table at a time, in a kernel
//! worker, which has the initial namespaces whoever wrote the row.

use crate::class::cpu::Parameters;
use crate::class::group::Group;
use crate::class::hosts::HostDomain;
use crate::class::insist::insist;
use crate::class::{
    siblings,
    Classes,
    Idle,
    IDLE, //
};
use crate::engine::host::Host;
use crate::engine::snapshot::Snapshot;
use crate::limits;
use crate::policy::{
    GroupName,
    HostId,
    Machine,
    Params,
    Row,
    Server,
    Share, //
};
use crate::sys::executable::Identity;
use kernel::prelude::*;
use kernel::str::CString;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::Arc;

/// Whether our domains have the largest weight and need a larger one.
static SHORT: Atomic<u32> = Atomic::new(0);

impl Classes {
    /// Makes what `new` needs and `old` had not, and gives the groups their new parameters. On an error
    /// the groups are again what `old` says.
    #[inline(never)]
    pub(crate) fn prepare(&self, old: &Snapshot, new: &Snapshot, machine: &Machine) -> Result {
        if new.table().is_empty() {
            return Ok(());
        }
        let mut slot = self.domain.lock();
        let made = slot.is_none();
        if made {
            *slot = Some(self.make_domain(new, machine)?);
        }
        let Some(hosts) = &mut *slot else {
            return Err(ENOENT);
        };
        hosts.late = false;
        let result = hosts
            .set_cpuset(new.names_cpus() || old.names_cpus())
            .and_then(|()| self.make_groups(hosts, old, new, machine))
            .and_then(|()| self.set_all(hosts, new, machine))
            .and_then(|()| match made || self.has_vpses() {
                true => self.balance_both(Some(hosts), new, machine),
                false => Ok(()),
            });
        if result.is_err() {
            self.undo(&mut slot, old, new, machine);
        }
        result
    }

    /// Makes the groups again what `old` says, after [`Self::prepare`] for `new`; sleeps.
    #[inline(never)]
    pub(crate) fn take_back(&self, old: &Snapshot, new: &Snapshot, machine: &Machine) {
        self.undo(&mut self.domain.lock(), old, new, machine);
    }

    /// The same, also of a part of it. What went wrong before stays the fault.
    fn undo(
        &self,
        slot: &mut Option<HostDomain>,
        old: &Snapshot,
        new: &Snapshot,
        machine: &Machine,
    ) {
        for id in new.changed(old) {
            if let Some(host) = new.lost(id, old) {
                remove_group(host);
            }
        }
        if old.table().is_empty() {
            return self.remove_domain(slot);
        }
        let Some(hosts) = slot else {
            return;
        };
        let fault = self.tree.take_fault();
        hosts.list.retain(|(_, host)| host.group().is_some());
        let _ = insist(|| self.set_all(hosts, old, machine));
        let _ = insist(|| self.balance_both(Some(&mut *hosts), old, machine));
        let _ = hosts.set_cpuset(old.names_cpus());
        self.tree.set_fault(fault);
    }

    #[inline(never)]
    fn make_domain(&self, new: &Snapshot, machine: &Machine) -> Result<HostDomain> {
        let mut made = HostDomain::make(&self.tree)?;
        let result = made
            .domain
            .set_weight(limits::WEIGHT_DEFAULT)
            .and_then(|()| self.make_idle(new, machine));
        match result {
            Ok(()) => Ok(made),
            Err(error) => {
                made.domain.remove();
                Err(error)
            }
        }
    }

    fn make_idle(&self, new: &Snapshot, machine: &Machine) -> Result {
        let group = Group::make(&self.tree, format_args!("{IDLE}"))?;
        let parameters = idle_parameters(new, machine);
        let idle = group.set(&parameters, None).and_then(|()| {
            let processes = self.tree.open(group.path(), "cgroup.procs")?;
            let group = group.clone();
            Ok(Arc::new(Idle { group, processes }, GFP_KERNEL)?)
        });
        match idle {
            Ok(idle) => {
                *self.idle.lock() = Some(idle);
                Ok(())
            }
            Err(error) => {
                let _ = group.remove();
                Err(error)
            }
        }
    }

    /// Makes the groups of the new rows, if there are not too many rows to have all groups at once.
    fn make_groups(
        &self,
        hosts: &mut HostDomain,
        old: &Snapshot,
        new: &Snapshot,
        machine: &Machine,
    ) -> Result {
        if new.table().len() > limits::EAGER_GROUPS {
            return Ok(());
        }
        for id in new.changed(old) {
            if let Some((row, host)) = new.entry(id) {
                if host.group().is_none() && row.vps().is_none() {
                    self.make_group(hosts, new, id, row, host, machine)?;
                }
            }
        }
        Ok(())
    }

    fn make_group(
        &self,
        hosts: &mut HostDomain,
        snapshot: &Snapshot,
        id: HostId,
        row: &Row,
        host: &Arc<Host>,
        machine: &Machine,
    ) -> Result {
        let group = Group::make(&self.tree, format_args!("{}", GroupName(row.name())))?;
        let result = group
            .set(&parameters(snapshot, id, row, machine), Some(row.params()))
            .and_then(|()| Ok(hosts.list.push((id, host.clone()), GFP_KERNEL)?));
        if let Err(error) = result {
            let _ = group.remove();
            return Err(error);
        }
        host.set_group(Some(group));
        Ok(())
    }

    /// Finds the programs and the UNIX sockets that a row names: a file is compared, not its path, which another root
    /// directory could fake. What is not there yet is looked for again later. Sleeps.
    #[inline(never)]
    pub(crate) fn files_of(&self, row: &Row) -> Result<KVec<Identity>> {
        let mut files = KVec::new();
        let programs = row.servers().iter().filter_map(|server| match server {
            Server::Executable(path) => Some(path),
            _ => None,
        });
        for path in Iterator::chain(programs, row.paths()) {
            let path = CString::try_from_fmt(format_args!("{}", path.as_str()))?;
            if let Ok(file) = self.files.find(&path) {
                files.push(Identity::of(&file), GFP_KERNEL)?;
            }
        }
        Ok(files)
    }

    /// Tells a host the files that its row names; sleeps.
    pub(crate) fn find_files(&self, row: &Row, host: &Host) -> Result {
        host.set_files(self.files_of(row)?);
        Ok(())
    }

    /// Removes the groups of the rows that `new`, which is published, has no more, after their tasks have left; with the
    /// last row, our domain too. Groups that were made meanwhile, for `old`, get what `new` says.
    #[inline(never)]
    pub(crate) fn clean(&self, old: &Snapshot, new: &Snapshot, machine: &Machine) {
        let mut slot = self.domain.lock();
        for id in old.changed(new) {
            if let Some(host) = old.lost(id, new) {
                remove_group(host);
            }
        }
        if let Some(hosts) = &mut *slot {
            hosts.list.retain(|(_, host)| host.group().is_some());
            if core::mem::take(&mut hosts.late) {
                if let Err(error) = insist(|| self.set_all(hosts, new, machine)) {
                    pr_warn!(
                        "{}: {:?}: not all groups are up to date\n",
                        self.tree.root(),
                        error
                    );
                }
            }
            let _ = hosts.set_cpuset(new.names_cpus());
        }
        if new.table().is_empty() {
            self.remove_domain(&mut slot);
        }
    }

    #[inline(never)]
    fn remove_domain(&self, hosts: &mut Option<HostDomain>) {
        let Some(hosts) = hosts.take() else {
            return;
        };
        let idle = self.idle.lock().take();
        if let Some(idle) = idle {
            let _ = idle.group.remove();
        }
        hosts.domain.remove();
        SHORT.store(0, Relaxed);
    }

    /// Makes the group of a host that is to be used for the first time, if the table of now still has it; sleeps.
    /// `now` gives that table once nobody cleans up after a change of it any more.
    pub(crate) fn make_late(
        &self,
        host: &Arc<Host>,
        now: impl FnOnce() -> (Arc<Snapshot>, Machine),
    ) -> Result {
        let mut slot = self.domain.lock();
        let Some(hosts) = &mut *slot else {
            return Err(ENOENT);
        };
        let (now, machine) = now();
        match now.entry(host.id) {
            Some((row, one))
                if Arc::ptr_eq(one, host)
                    && !host.is_retired()
                    && row.vps().is_none()
                    && host.group().is_none() =>
            {
                hosts.late = true;
                self.make_group(hosts, &now, host.id, row, host, &machine)
            }
            _ => Ok(()),
        }
    }

    /// Keeps our domains' parts of the machine right while siblings come and go; sleeps.
    pub(crate) fn balance(&self, now: &Snapshot, machine: &Machine) -> Result {
        let mut slot = self.domain.lock();
        let hosts: Option<&mut HostDomain> = Option::as_mut(&mut *slot);
        self.balance_both(hosts, now, machine)
    }

    /// Divides what is not the reserve between both of our domains, as far as they are there.
    fn balance_both(
        &self,
        hosts: Option<&mut HostDomain>,
        now: &Snapshot,
        machine: &Machine,
    ) -> Result {
        let mut vpses = self.vpses.lock();
        let mut parts = now.table().parts(machine);
        if vpses.is_none() {
            parts.vpses = 0;
        }
        if hosts.is_none() {
            parts.hosts = 0;
            if vpses.is_none() {
                SHORT.store(0, Relaxed);
                return Ok(());
            }
        }
        let siblings = siblings::sum(&self.tree)?;
        let (ours, theirs) = siblings::weights_beside(siblings, machine.reserve_ppm, parts);
        let mut sum = 0u64;
        if let Some(hosts) = hosts {
            hosts.domain.set_weight(ours)?;
            sum = sum.saturating_add(ours.into());
        }
        if let Some(vpses) = &mut *vpses {
            vpses.domain.set_weight(theirs)?;
            sum = sum.saturating_add(theirs.into());
        }
        self.tell_short(sum, siblings, machine.reserve_ppm);
        Ok(())
    }

    /// Says once when our domains do not get what they are promised beside siblings that are all busy.
    fn tell_short(&self, ours: u64, siblings: u64, reserve_ppm: u32) {
        let short = siblings::is_short(ours, siblings, reserve_ppm);
        let before = SHORT.xchg(u32::from(short), Relaxed);
        if short && before == 0 {
            pr_warn!(
                "{}: the weights beside it come to {}, and the largest weight is {}: guarantees do not hold while all of them are busy\n",
                self.tree.root(),
                siblings,
                limits::WEIGHT_MAX
            );
        }
    }

    /// Whether the largest weight is too small for what is promised, while everybody beside our domains is busy.
    pub(crate) fn is_weight_capped(&self) -> bool {
        SHORT.load(Relaxed) != 0
    }

    /// Writes what is different to all groups that are made.
    fn set_all(&self, hosts: &HostDomain, snapshot: &Snapshot, machine: &Machine) -> Result {
        if let Some(idle) = self.idle() {
            idle.group.set(&idle_parameters(snapshot, machine), None)?;
        }
        for (id, host) in hosts.list.iter() {
            let (Some((row, one)), Some(group)) = (snapshot.entry(*id), host.group()) else {
                continue;
            };
            if Arc::ptr_eq(one, host) {
                group.set(&parameters(snapshot, *id, row, machine), Some(row.params()))?;
            }
        }
        Ok(())
    }
}

/// Whether a row names programs, or UNIX sockets, or might.
pub(crate) fn names_files(row: &Row) -> bool {
    !row.servers().is_empty() || !row.paths().is_empty()
}

/// The group of those who serve nobody weighs as much as the host that gets most: a worker between two hosts is not to wait.
fn idle_parameters(snapshot: &Snapshot, machine: &Machine) -> Parameters {
    let share = Share {
        weight: snapshot.table().largest_weight(machine),
        idle: false,
        ppm: 0,
    };
    Parameters::of(&Params::new(), share, machine)
}

fn parameters(snapshot: &Snapshot, id: HostId, row: &Row, machine: &Machine) -> Parameters {
    let share = snapshot.table().share_of(id, machine);
    Parameters::of(row.params(), share, machine)
}

/// Takes its group from a host and removes it, unless it is a VPS's, which lives until that is stopped.
fn remove_group(host: &Arc<Host>) {
    if let Some(group) = host.set_group(None).filter(|_| !host.is_vps()) {
        let _ = group.remove();
    }
}
