// SPDX-License-Identifier: GPL-2.0

//! Our domain: the group below which all host groups lie.

use crate::class::insist::insist;
use crate::class::siblings;
use crate::class::tree::Tree;
use crate::engine::host::Host;
use crate::policy::HostId;
use crate::sys::file::File;
use kernel::prelude::*;
use kernel::sync::Arc;

/// How often processes that nobody tracked are looked for before the domain is removed.
const SWEEPS: u32 = 100;

/// The domain, while the table has rows. What it changed outside of itself, it takes back.
pub(crate) struct Domain {
    tree: Arc<Tree>,
    /// We made the directory, so we remove it.
    made: bool,
    /// We gave the group's children the cpu controller, so we take it back.
    gave_cpu: bool,
    /// The same for cpuset.
    gave_cpuset: bool,
    /// Our children have the cpuset controller.
    cpuset: bool,
    weight: u16,
    /// The hosts whose groups are made.
    pub(crate) hosts: KVec<(HostId, Arc<Host>)>,
    /// `cgroup.procs`, kept open: every move looks at its inode, which is cheaper when it is there.
    _ancestor: File,
}

impl Domain {
    /// Makes the domain; sleeps.
    pub(crate) fn make(tree: &Arc<Tree>) -> Result<Self> {
        let gave_cpu = give(tree, tree.parent(), "cpu")?;
        Self::make_below(tree, gave_cpu).inspect_err(|_| {
            if gave_cpu {
                take(tree, tree.parent(), "cpu");
            }
        })
    }

    /// The same, when the group above has the cpu controller for its children.
    fn make_below(tree: &Arc<Tree>, gave_cpu: bool) -> Result<Self> {
        let made = match tree.make(tree.parent(), tree.name()) {
            Ok(()) => true,
            // Made by who delegated it to us.
            Err(error) if error == EEXIST => false,
            Err(error) => return Err(error),
        };
        let opened =
            give(tree, tree.root(), "cpu").and_then(|_| tree.open(tree.root(), "cgroup.procs"));
        match opened {
            Ok(ancestor) => Ok(Self {
                tree: tree.clone(),
                made,
                gave_cpu,
                gave_cpuset: false,
                cpuset: false,
                weight: 0,
                hosts: KVec::new(),
                _ancestor: ancestor,
            }),
            Err(error) => {
                if made {
                    let _ = tree.remove(tree.parent(), tree.name());
                }
                Err(error)
            }
        }
    }

    /// Gives our domain all but the reserve beside its siblings of now; sleeps.
    pub(crate) fn balance(&mut self, reserve_ppm: u32) -> Result {
        let weight = siblings::weight_beside(siblings::sum(&self.tree)?, reserve_ppm);
        if weight != self.weight {
            self.tree
                .write(self.tree.root(), "cpu.weight", format_args!("{weight}"))?;
            self.weight = weight;
        }
        Ok(())
    }

    /// Gives the host groups the cpuset controller, or takes it back: it makes each move dearer.
    pub(crate) fn set_cpuset(&mut self, wanted: bool) -> Result {
        if wanted == self.cpuset {
            return Ok(());
        }
        if wanted {
            self.gave_cpuset = give(&self.tree, self.tree.parent(), "cpuset")?;
            if let Err(error) = give(&self.tree, self.tree.root(), "cpuset") {
                self.take_cpuset();
                return Err(error);
            }
        } else {
            take(&self.tree, self.tree.root(), "cpuset");
            self.take_cpuset();
        }
        self.cpuset = wanted;
        Ok(())
    }

    /// Takes the cpuset controller from our siblings, if they have it from us.
    fn take_cpuset(&mut self) {
        if core::mem::take(&mut self.gave_cpuset) {
            take(&self.tree, self.tree.parent(), "cpuset");
        }
    }

    /// Moves who is still in our domain, and was never tracked, to the group above it; sleeps.
    pub(crate) fn sweep(&self) {
        for _ in 0..SWEEPS {
            let move_all = |text: &str| {
                let mut any = false;
                // A long list is cut, maybe inside a number, whose rest is looked at in the next turn.
                for line in text.split_inclusive('\n') {
                    let Some(pid) = line.strip_suffix('\n') else {
                        continue;
                    };
                    any = true;
                    let move_to = |group| {
                        insist(|| {
                            self.tree
                                .write(group, "cgroup.procs", format_args!("{pid}"))
                        })
                    };
                    if move_to(self.tree.parent()).is_err() {
                        let _ = move_to(".");
                    }
                }
                any
            };
            let read = || self.tree.read(self.tree.root(), "cgroup.procs", move_all);
            if !matches!(insist(read), Ok(true)) {
                return;
            }
        }
    }

    /// Removes the domain, whose groups are gone; sleeps.
    pub(crate) fn remove(mut self) {
        let _ = self.set_cpuset(false);
        take(&self.tree, self.tree.root(), "cpu");
        if self.made {
            let removed = self.tree.remove(self.tree.parent(), self.tree.name());
            if let Err(error) = removed {
                pr_warn!(
                    "group {}: {:?}: cannot be removed\n",
                    self.tree.root(),
                    error
                );
            }
        }
        if self.gave_cpu {
            take(&self.tree, self.tree.parent(), "cpu");
        }
    }
}

/// Gives the children of `group` a controller; says whether they did not have it.
fn give(tree: &Tree, group: &str, controller: &str) -> Result<bool> {
    if tree.lists(group, "cgroup.subtree_control", controller)? {
        return Ok(false);
    }
    tree.write(
        group,
        "cgroup.subtree_control",
        format_args!("+{controller}"),
    )?;
    Ok(true)
}

/// Takes a controller from the children of `group`; others may need it by now, and then it stays.
fn take(tree: &Tree, group: &str, controller: &str) {
    let result = insist(|| {
        tree.write(
            group,
            "cgroup.subtree_control",
            format_args!("-{controller}"),
        )
    });
    if let Err(error) = result {
        pr_debug!("group {}: {:?}: keeps {}\n", group, error, controller);
    }
}
