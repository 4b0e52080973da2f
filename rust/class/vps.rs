// SPDX-License-Identifier: GPL-2.0

//! The VPSes' domain: the group below which each VPS has a group. Called in a kernel worker.

use crate::class::controllers::Controller;
use crate::class::cpu::Parameters;
use crate::class::domain::Domain;
use crate::class::group::Group;
use crate::class::insist::insist;
use crate::class::tree::Tree;
use crate::class::Classes;
use crate::engine::process::{
    Origin,
    Process, //
};
use crate::engine::sharded::Refused;
use crate::engine::snapshot::Snapshot;
use crate::policy::{
    GroupName,
    Machine,
    Params, //
};
use crate::sys::file::File;
use kernel::prelude::*;
use kernel::str::CString;
use kernel::sync::Arc;

/// How many groups below a VPS's are removed with it: more than any init of a container makes.
const GROUPS: u32 = 100_000;

/// The VPSes' domain.
pub(crate) struct VpsDomain {
    pub(super) domain: Domain,
    /// The number that `sys::cgroup` knows it by.
    number: usize,
}

impl VpsDomain {
    fn make(tree: &Arc<Tree>) -> Result<Self> {
        let domain = Domain::make(tree, Tree::vps_root)?;
        match tree.number(tree.vps_root()) {
            Ok(number) => Ok(Self { domain, number }),
            Err(error) => {
                domain.remove();
                Err(error)
            }
        }
    }

    /// Gives our children what the parameters of a row need.
    fn give_for(&mut self, params: &Params) -> Result {
        if params.cpuset.is_some() {
            self.domain.give(Controller::Cpuset)?;
        }
        let Some(resources) = params.resources.as_deref() else {
            return Ok(());
        };
        if resources.memory_max.is_some()
            || resources.memory_high.is_some()
            || resources.memory_min.is_some()
        {
            self.domain.give(Controller::Memory)?;
        }
        if resources.pids_max.is_some() {
            self.domain.give(Controller::Pids)?;
        }
        if !resources.io_max.is_empty() || !resources.io_weight.is_empty() {
            self.domain.give(Controller::Io)?;
        }
        Ok(())
    }
}

impl Classes {
    /// Finds a program by its path from the root directory of who loaded the module; sleeps.
    pub(crate) fn find_program(&self, path: &CStr) -> Result<File> {
        self.files.find(path)
    }

    /// Makes the group of the VPS `name`, and the domain with the first one; sleeps.
    pub(crate) fn make_vps(&self, name: &str) -> Result<Arc<Group>> {
        let mut slot = self.vpses.lock();
        let domain = match &mut *slot {
            Some(domain) => domain,
            None => slot.insert(VpsDomain::make(&self.tree)?),
        };
        Group::make_domain(
            domain.domain.tree(),
            domain.domain.path(),
            format_args!("{}", GroupName(name)),
        )
    }

    /// Gives a VPS's group what its row says, or what a VPS without a row has; sleeps.
    pub(crate) fn set_vps(
        &self,
        group: &Group,
        name: &str,
        now: &Snapshot,
        machine: &Machine,
    ) -> Result {
        let found = now.table().find_vps(name);
        let none = Params::new();
        let (params, share) = match found.and_then(|id| Some((id, now.table().row(id)?))) {
            Some((id, row)) => (row.params(), now.table().share_of(id, machine)),
            None => (&none, now.table().share_of_guest(machine)),
        };
        if let Some(domain) = &mut *self.vpses.lock() {
            domain.give_for(params)?;
        }
        group.set(&Parameters::of(params, share, machine), Some(params))
    }

    /// The number by which `sys::cgroup` knows the domain of the VPSes.
    pub(crate) fn vps_number(&self) -> Option<usize> {
        self.vpses.lock().as_ref().map(|domain| domain.number)
    }

    /// The group above our domains, for a process of which nobody knows where it came from; sleeps.
    pub(crate) fn above(&self) -> Result<Arc<Origin>, Refused> {
        match self.tree.parent() {
            "." => Origin::at(""),
            path => Origin::at(path),
        }
    }

    /// Whether the domain of the VPSes is there.
    pub(super) fn has_vpses(&self) -> bool {
        self.vpses.lock().is_some()
    }

    /// Removes a VPS's group, which its processes have left, with all groups below it; sleeps.
    pub(crate) fn remove_vps(&self, group: &Group) {
        if let Err(error) = self.remove_below(group.path()) {
            pr_debug!("groups below {}: {:?}\n", group.path(), error);
        }
        let _ = group.remove();
    }

    /// Removes the domain of the VPSes, when the last of them is gone; sleeps.
    pub(crate) fn remove_vps_domain(&self) {
        let domain = self.vpses.lock().take();
        if let Some(VpsDomain { domain, .. }) = domain {
            domain.remove();
        }
    }

    /// Removes all groups below the one at `top`, the lowest first.
    fn remove_below(&self, top: &str) -> Result {
        let mut path = CString::try_from_fmt(format_args!("{top}"))?;
        for _ in 0..GROUPS {
            let group = path.to_str()?;
            if let Some(child) = self.tree.children(group)?.first() {
                path = CString::try_from_fmt(format_args!("{group}/{}", child.to_str()?))?;
                continue;
            }
            if group == top {
                return Ok(());
            }
            let (parent, name) = group.rsplit_once('/').ok_or(EINVAL)?;
            self.tree.remove(parent, name)?;
            path = CString::try_from_fmt(format_args!("{parent}"))?;
        }
        Err(EBUSY)
    }

    /// Has the kernel kill all processes of a VPS's group and below; sleeps.
    pub(crate) fn kill_vps(&self, group: &Group) -> Result {
        self.tree
            .write(group.path(), "cgroup.kill", format_args!("1"))
    }

    /// Stops all processes of a VPS's group, until they leave it or are let go on; says whether nobody had stopped them
    /// before; sleeps.
    pub(crate) fn freeze_vps(&self, group: &Group) -> bool {
        let file = "cgroup.freeze";
        let stopped = |text: &str| text.trim() == "1";
        let before = insist(|| self.tree.read(group.path(), file, stopped));
        matches!(before, Ok(false))
            && self
                .tree
                .write(group.path(), file, format_args!("1"))
                .is_ok()
    }

    /// Lets all processes of a VPS's group go on; sleeps.
    pub(crate) fn thaw_vps(&self, group: &Group) {
        let thaw = || {
            self.tree
                .write(group.path(), "cgroup.freeze", format_args!("0"))
        };
        if let Err(error) = insist(thaw) {
            pr_warn!("group {}: {:?}: stays frozen\n", group.path(), error);
        }
    }

    /// Whether processes are in a VPS's group or below; sleeps.
    pub(crate) fn is_vps_populated(&self, group: &Group) -> Result<bool> {
        self.tree.read(group.path(), "cgroup.events", |text| {
            text.lines().any(|line| line == "populated 1")
        })
    }

    /// Brings a process, which may be another one than the current, to a VPS's group; sleeps.
    pub(crate) fn bring_to_vps(&self, group: &Group, process: &Process) -> Result {
        let number = CString::try_from_fmt(format_args!("{}", process.tgid))?;
        self.credentials
            .with(|| group.threads().write(number.to_bytes()))
    }
}
