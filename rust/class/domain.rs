// SPDX-License-Identifier: GPL-2.0

//! A domain of ours: a group beside those of others, with the groups of the hosts, or of the VPSes, below it.
//! Called in a kernel worker.

use crate::class::controllers::{
    give,
    take,
    Controller,
    Lent, //
};
use crate::class::sweep::sweep;
use crate::class::tree::{
    name_of,
    Tree, //
};
use kernel::prelude::*;
use kernel::sync::Arc;

/// A domain. What it changed outside of itself, it takes back.
pub(crate) struct Domain {
    tree: Arc<Tree>,
    path: fn(&Tree) -> &str,
    /// We made the directory, so we remove it.
    made: bool,
    weight: u16,
    /// What our children have been given, by `Controller`.
    given: [Option<Lent>; Controller::COUNT],
}

impl Domain {
    /// Makes the domain at `path`, whose children have the cpu controller; sleeps.
    #[inline(never)]
    pub(super) fn make(tree: &Arc<Tree>, path: fn(&Tree) -> &str) -> Result<Self> {
        let made = match tree.make(tree.parent(), name_of(path(tree))) {
            Ok(()) => true,
            // Made by who delegated it to us.
            Err(error) if error == EEXIST => false,
            Err(error) => return Err(error),
        };
        let mut domain = Self {
            tree: tree.clone(),
            path,
            made,
            weight: 0,
            given: [const { None }; Controller::COUNT],
        };
        match domain.give(Controller::Cpu) {
            Ok(()) => Ok(domain),
            Err(error) => {
                domain.remove();
                Err(error)
            }
        }
    }

    /// The tree that it lies in.
    pub(super) fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// Its path, relative to the mount.
    pub(super) fn path(&self) -> &str {
        (self.path)(&self.tree)
    }

    /// Gives our children a controller, until it is taken back or the domain goes; sleeps.
    pub(super) fn give(&mut self, controller: Controller) -> Result {
        let Some(slot) = self.given.get_mut(controller as usize) else {
            return Err(EINVAL);
        };
        if slot.is_none() {
            let lent = Lent::new(&self.tree, controller)?;
            give(&self.tree, (self.path)(&self.tree), controller)?;
            *slot = Some(lent);
        }
        Ok(())
    }

    /// Takes a controller back from our children, if they were given it; sleeps.
    pub(super) fn take_back(&mut self, controller: Controller) {
        let slot = self.given.get_mut(controller as usize);
        if let Some(lent) = slot.and_then(Option::take) {
            take(&self.tree, self.path(), controller);
            drop(lent);
        }
    }

    /// Gives our domain this weight beside its siblings; sleeps.
    pub(super) fn set_weight(&mut self, weight: u16) -> Result {
        if weight != self.weight {
            self.tree
                .write(self.path(), "cpu.weight", format_args!("{weight}"))?;
            self.weight = weight;
        }
        Ok(())
    }

    /// Removes the domain, whose groups are gone; sleeps.
    #[inline(never)]
    pub(super) fn remove(mut self) {
        for controller in Controller::ALL {
            self.take_back(controller);
        }
        if self.made {
            // Nobody has any business here; a domain that was there before may have members of its own.
            sweep(&self.tree, self.path(), "cgroup.procs");
            let removed = self.tree.remove(self.tree.parent(), name_of(self.path()));
            if let Err(error) = removed {
                pr_warn!("group {}: {:?}: cannot be removed\n", self.path(), error);
            }
        }
    }
}
