// SPDX-License-Identifier: GPL-2.0

//! The hosts' domain: below it each host has a threaded group. Called in a kernel worker.

use crate::class::controllers::Controller;
use crate::class::domain::Domain;
use crate::class::tree::Tree;
use crate::engine::host::Host;
use crate::policy::HostId;
use crate::sys::file::File;
use kernel::prelude::*;
use kernel::sync::Arc;

/// The hosts' domain, while the table has rows.
pub(crate) struct HostDomain {
    pub(super) domain: Domain,
    /// The hosts whose groups are made.
    pub(super) list: KVec<(HostId, Arc<Host>)>,
    /// A group was made for the table that is in force, while another one was prepared or after.
    pub(super) late: bool,
    /// `cgroup.procs`, kept open: every move looks at its inode, which is cheaper when it is there.
    _ancestor: File,
}

impl HostDomain {
    /// Makes the domain; sleeps.
    pub(super) fn make(tree: &Arc<Tree>) -> Result<Self> {
        let domain = Domain::make(tree, Tree::root)?;
        match tree.open(tree.root(), "cgroup.procs") {
            Ok(ancestor) => Ok(Self {
                domain,
                list: KVec::new(),
                late: false,
                _ancestor: ancestor,
            }),
            Err(error) => {
                domain.remove();
                Err(error)
            }
        }
    }

    /// Gives the host groups the cpuset controller, or takes it back: it makes each move dearer.
    pub(super) fn set_cpuset(&mut self, wanted: bool) -> Result {
        if wanted {
            return self.domain.give(Controller::Cpuset);
        }
        self.domain.take_back(Controller::Cpuset);
        Ok(())
    }
}
