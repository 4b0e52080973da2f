// SPDX-License-Identifier: GPL-2.0

//! Controllers of cgroup v2, given to groups and taken back.
//!
//! The group above our two domains is not ours: what it did not give its children before, and we have it
//! give, is taken back when neither domain needs it any more.

use crate::class::insist::insist;
use crate::class::tree::Tree;
use kernel::prelude::*;
use kernel::sync::{
    new_mutex,
    Arc,
    Mutex, //
};

/// A controller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Controller {
    /// `cpu`.
    Cpu,
    /// `cpuset`.
    Cpuset,
    /// `io`.
    Io,
    /// `memory`.
    Memory,
    /// `pids`.
    Pids,
}

impl Controller {
    /// All of them.
    pub(crate) const ALL: [Self; Self::COUNT] =
        [Self::Cpu, Self::Cpuset, Self::Io, Self::Memory, Self::Pids];

    /// How many there are.
    pub(crate) const COUNT: usize = 5;

    /// The kernel's name of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cpuset => "cpuset",
            Self::Io => "io",
            Self::Memory => "memory",
            Self::Pids => "pids",
        }
    }
}

/// Who has been given a controller by the group above our domains.
#[derive(Clone, Copy)]
struct Loan {
    users: u32,
    /// The group's children did not have it before.
    ours: bool,
}

/// The loans of all controllers.
pub(crate) struct Loans(Pin<KBox<Mutex<[Loan; Controller::COUNT]>>>);

impl Loans {
    /// Nothing was lent yet.
    pub(crate) fn new() -> Result<Self> {
        let none = Loan {
            users: 0,
            ours: false,
        };
        let loans = [none; Controller::COUNT];
        Ok(Self(KBox::pin_init(new_mutex!(loans), GFP_KERNEL)?))
    }
}

/// A controller that the group above our domains gives its children as long as this lives.
pub(crate) struct Lent {
    tree: Arc<Tree>,
    controller: Controller,
}

impl Lent {
    /// Has the group above our domains give its children `controller`; sleeps.
    pub(crate) fn new(tree: &Arc<Tree>, controller: Controller) -> Result<Self> {
        let mut loans = tree.loans.0.lock();
        let Some(loan) = loans.get_mut(controller as usize) else {
            return Err(EINVAL);
        };
        if loan.users == 0 {
            loan.ours = give(tree, tree.parent(), controller)?;
        }
        loan.users = loan.users.saturating_add(1);
        Ok(Self {
            tree: tree.clone(),
            controller,
        })
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut loans = self.tree.loans.0.lock();
        let Some(loan) = loans.get_mut(self.controller as usize) else {
            return;
        };
        loan.users = loan.users.saturating_sub(1);
        if loan.users == 0 && core::mem::take(&mut loan.ours) {
            take(&self.tree, self.tree.parent(), self.controller);
        }
    }
}

/// Gives the children of `group` a controller; says whether they did not have it.
pub(crate) fn give(tree: &Tree, group: &str, controller: Controller) -> Result<bool> {
    let name = controller.name();
    if tree.lists(group, "cgroup.subtree_control", name)? {
        return Ok(false);
    }
    tree.write(group, "cgroup.subtree_control", format_args!("+{name}"))?;
    Ok(true)
}

/// Takes a controller from the children of `group`; others may need it by now, and then it stays.
pub(crate) fn take(tree: &Tree, group: &str, controller: Controller) {
    let name = controller.name();
    let result = insist(|| tree.write(group, "cgroup.subtree_control", format_args!("-{name}")));
    if let Err(error) = result {
        pr_debug!("group {}: {:?}: keeps {}\n", group, error, name);
    }
}
