// SPDX-License-Identifier: GPL-2.0

//! Making the groups what the table says. Called by one change of the table at a time, in a kernel
//! worker, which has the initial namespaces whoever wrote the row.

use crate::class::cpu::Parameters;
use crate::class::domain::Domain;
use crate::class::group::Group;
use crate::class::{
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
    Row,
    Server,
    Share, //
};
use crate::sys::executable::Identity;
use kernel::prelude::*;
use kernel::str::CString;
use kernel::sync::Arc;

impl Classes {
    /// Makes what `new` needs and `old` had not, and gives the groups of changed rows their new
    /// parameters. On an error the groups are again what `old` says.
    pub(crate) fn prepare(&self, old: &Snapshot, new: &Snapshot, machine: &Machine) -> Result {
        if new.table().is_empty() {
            return Ok(());
        }
        let mut domain = self.domain.lock();
        let made = domain.is_none();
        let result = self
            .make_domain(&mut domain, machine)
            .and_then(|()| set_cpuset(&mut domain, old, new))
            .and_then(|()| self.make_groups(new, machine));
        if result.is_err() {
            self.undo(old, new, machine);
            let _ = set_cpuset(&mut domain, new, old);
            if made {
                self.remove_domain(&mut domain);
            }
        }
        result
    }

    fn make_domain(&self, domain: &mut Option<Domain>, machine: &Machine) -> Result {
        if domain.is_some() {
            return Ok(());
        }
        let mut made = Domain::make(&self.tree)?;
        let result = made
            .balance(machine.reserve_ppm)
            .and_then(|()| self.make_idle(machine));
        match result {
            Ok(()) => *domain = Some(made),
            Err(_) => made.remove(),
        }
        result
    }

    fn make_idle(&self, machine: &Machine) -> Result {
        let group = Group::make(&self.tree, format_args!("{IDLE}"))?;
        let share = Share {
            weight: limits::IDLE_WEIGHT,
            idle: false,
            ppm: 0,
        };
        let parameters = Parameters::of(&crate::policy::Params::new(), share, machine);
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

    /// Makes the groups of the rows of `new` that have none, as many as are made at once, and writes
    /// what is different to the others.
    fn make_groups(&self, new: &Snapshot, machine: &Machine) -> Result {
        let few = new.table().len() <= limits::EAGER_GROUPS;
        for (id, row, host) in rows(new) {
            match host.group() {
                Some(group) => group.set(&parameters(new, id, row, machine), Some(row.params()))?,
                None if few => self.make_group(new, id, row, host, machine)?,
                None => (),
            }
        }
        Ok(())
    }

    fn make_group(
        &self,
        snapshot: &Snapshot,
        id: HostId,
        row: &Row,
        host: &Arc<Host>,
        machine: &Machine,
    ) -> Result {
        let group = Group::make(&self.tree, format_args!("{}", GroupName(row.name())))?;
        let result = group.set(&parameters(snapshot, id, row, machine), Some(row.params()));
        if let Err(error) = result {
            let _ = group.remove();
            return Err(error);
        }
        host.set_group(Some(group));
        Ok(())
    }

    /// Finds the programs that the rows of `snapshot` name: a file is compared, not its path, which
    /// another root directory could fake. A program that is not there yet is looked for again later.
    pub(crate) fn find_executables(&self, snapshot: &Snapshot) -> Result {
        for (_, row, host) in rows(snapshot) {
            let mut files = KVec::new();
            for server in row.servers().iter() {
                if let Server::Executable(path) = server {
                    let path = CString::try_from_fmt(format_args!("{}", path.as_str()))?;
                    if let Ok(file) = self.files.find(&path) {
                        files.push(Identity::of(&file), GFP_KERNEL)?;
                    }
                }
            }
            if !row.servers().is_empty() {
                host.set_executables(files);
            }
        }
        Ok(())
    }

    /// Takes back what a failed change did.
    fn undo(&self, old: &Snapshot, new: &Snapshot, machine: &Machine) {
        for id in new.ids() {
            if let Some(host) = new.lost(id, old) {
                remove_group(host);
            }
        }
        for (id, row, host) in rows(old) {
            if let Some(group) = host.group() {
                let _ = group.set(&parameters(old, id, row, machine), Some(row.params()));
            }
        }
    }

    /// Removes the groups of the rows that `new` has no more, after their tasks have left; with the
    /// last row, our domain too.
    pub(crate) fn clean(&self, old: &Snapshot, new: &Snapshot) {
        let mut domain = self.domain.lock();
        for id in old.ids() {
            if let Some(host) = old.lost(id, new) {
                remove_group(host);
            }
        }
        if new.table().is_empty() {
            self.remove_domain(&mut domain);
        } else {
            let _ = set_cpuset(&mut domain, new, new);
        }
    }

    fn remove_domain(&self, domain: &mut Option<Domain>) {
        let Some(domain) = domain.take() else {
            return;
        };
        domain.sweep();
        let idle = self.idle.lock().take();
        if let Some(idle) = idle {
            let _ = idle.group.remove();
        }
        domain.remove();
    }

    /// Makes the group of a host that is to be used for the first time, if it is still in the table.
    pub(crate) fn make_late(&self, now: &Snapshot, host: &Arc<Host>, machine: &Machine) -> Result {
        let domain = self.domain.lock();
        if domain.is_none() || host.group().is_some() {
            return Ok(());
        }
        let id = now.find(host).ok_or(ENOENT)?;
        let row = now.table().row(id).ok_or(ENOENT)?;
        self.make_group(now, id, row, host, machine)
    }

    /// Keeps our domain's part of the machine right while siblings come and go; sleeps.
    pub(crate) fn balance(&self, machine: &Machine) -> Result {
        match &mut *self.domain.lock() {
            Some(domain) => domain.balance(machine.reserve_ppm),
            None => Ok(()),
        }
    }
}

/// All rows with their hosts.
fn rows(snapshot: &Snapshot) -> impl Iterator<Item = (HostId, &Row, &Arc<Host>)> {
    snapshot
        .ids()
        .filter_map(|id| Some((id, &**snapshot.table().row(id)?, snapshot.host(id)?)))
}

fn parameters(snapshot: &Snapshot, id: HostId, row: &Row, machine: &Machine) -> Parameters {
    let share = snapshot.table().share_of(id, machine);
    Parameters::of(row.params(), share, machine)
}

fn remove_group(host: &Arc<Host>) {
    if let Some(group) = host.set_group(None) {
        let _ = group.remove();
    }
}

/// Has the cpuset controller in our domain while a row of either table names CPUs.
fn set_cpuset(domain: &mut Option<Domain>, old: &Snapshot, new: &Snapshot) -> Result {
    let names_cpus = |snapshot| rows(snapshot).any(|(_, row, _)| row.params().cpuset.is_some());
    match domain {
        Some(domain) => domain.set_cpuset(names_cpus(new) || names_cpus(old)),
        None => Ok(()),
    }
}
