// SPDX-License-Identifier: GPL-2.0

//! Our domain: the group below which all host groups lie.

use crate::class::controllers::{
    give,
    take,
    Controller,
    Lent, //
};
use crate::class::sweep::sweep;
use crate::class::tree::Tree;
use crate::engine::host::Host;
use crate::policy::HostId;
use crate::sys::file::File;
use kernel::prelude::*;
use kernel::sync::Arc;

/// The domain, while the table has rows. What it changed outside of itself, it takes back.
pub(crate) struct Domain {
    tree: Arc<Tree>,
    /// We made the directory, so we remove it.
    made: bool,
    /// Our children have the cpuset controller.
    cpuset: Option<Lent>,
    weight: u16,
    /// The hosts whose groups are made.
    pub(crate) hosts: KVec<(HostId, Arc<Host>)>,
    /// `cgroup.procs`, kept open: every move looks at its inode, which is cheaper when it is there.
    _ancestor: File,
    _cpu: Lent,
}

impl Domain {
    /// Makes the domain; sleeps.
    pub(crate) fn make(tree: &Arc<Tree>) -> Result<Self> {
        let cpu = Lent::new(tree, Controller::Cpu)?;
        let made = match tree.make(tree.parent(), tree.name()) {
            Ok(()) => true,
            // Made by who delegated it to us.
            Err(error) if error == EEXIST => false,
            Err(error) => return Err(error),
        };
        let opened = give(tree, tree.root(), Controller::Cpu)
            .and_then(|_| tree.open(tree.root(), "cgroup.procs"));
        match opened {
            Ok(ancestor) => Ok(Self {
                tree: tree.clone(),
                made,
                cpuset: None,
                weight: 0,
                hosts: KVec::new(),
                _ancestor: ancestor,
                _cpu: cpu,
            }),
            Err(error) => {
                if made {
                    let _ = tree.remove(tree.parent(), tree.name());
                }
                Err(error)
            }
        }
    }

    /// Gives our domain this weight beside its siblings; sleeps.
    pub(crate) fn set_weight(&mut self, weight: u16) -> Result {
        if weight != self.weight {
            self.tree
                .write(self.tree.root(), "cpu.weight", format_args!("{weight}"))?;
            self.weight = weight;
        }
        Ok(())
    }

    /// Gives the host groups the cpuset controller, or takes it back: it makes each move dearer.
    pub(crate) fn set_cpuset(&mut self, wanted: bool) -> Result {
        if wanted == self.cpuset.is_some() {
            return Ok(());
        }
        if wanted {
            let cpuset = Lent::new(&self.tree, Controller::Cpuset)?;
            give(&self.tree, self.tree.root(), Controller::Cpuset)?;
            self.cpuset = Some(cpuset);
        } else {
            take(&self.tree, self.tree.root(), Controller::Cpuset);
            self.cpuset = None;
        }
        Ok(())
    }

    /// Removes the domain, whose groups are gone; sleeps.
    pub(crate) fn remove(mut self) {
        let _ = self.set_cpuset(false);
        take(&self.tree, self.tree.root(), Controller::Cpu);
        if self.made {
            // Nobody has any business here; a domain that was there before may have members of its own.
            sweep(&self.tree, self.tree.root(), "cgroup.procs");
            let removed = self.tree.remove(self.tree.parent(), self.tree.name());
            if let Err(error) = removed {
                pr_warn!(
                    "group {}: {:?}: cannot be removed\n",
                    self.tree.root(),
                    error
                );
            }
        }
    }
}
