// SPDX-License-Identifier: GPL-2.0

//! What binding does: the engine of classes, which is cgroup v2.
//!
//! One domain group is ours; below it each host has a threaded group, and there is one for tasks that
//! serve nobody. Beside it another domain group is ours, below which each VPS has a domain group, which
//! whole processes join. A thread of an enrolled process moves itself by writing `0` to `cgroup.threads` of
//! the group, for which the kernel takes no lock of the whole process.

pub(crate) mod change;
pub(crate) mod controllers;
pub(crate) mod cpu;
pub(crate) mod domain;
pub(crate) mod group;
pub(crate) mod hosts;
pub(crate) mod insist;
pub(crate) mod resources;
pub(crate) mod settings;
pub(crate) mod siblings;
mod sweep;
pub(crate) mod tree;
pub(crate) mod vps;

use crate::engine::process::Process;
use crate::policy::Supported;
use crate::sys::credentials::Credentials;
use crate::sys::directory::Directory;
use crate::sys::file::File;
use crate::sys::sched;
use crate::sys::task::TaskExt;
use controllers::Controller;
use group::Group;
use hosts::HostDomain;
use insist::insist;
use kernel::prelude::*;
use kernel::str::CString;
use kernel::sync::{
    new_mutex,
    new_spinlock,
    Arc,
    Mutex,
    SpinLock, //
};
use kernel::task::Task;
use tree::Tree;
use vps::VpsDomain;

/// The group of tasks that serve nobody. A host's group never has this name: a leading `_` is escaped.
const IDLE: &str = "_idle";

/// The class of tasks that serve nobody.
struct Idle {
    group: Arc<Group>,
    /// `cgroup.procs`: a process enrols itself here.
    processes: File,
}

/// The classes of all hosts.
pub(crate) struct Classes {
    /// The root directory of who loaded the module: where `server=exe:` is looked up.
    files: Directory,
    tree: Arc<Tree>,
    credentials: Credentials,
    /// Our domain; there while the table has rows. Held while groups are made and removed.
    domain: Pin<KBox<Mutex<Option<HostDomain>>>>,
    /// The VPSes' domain; there while there are VPSes. Taken inside of `domain`.
    vpses: Pin<KBox<Mutex<Option<VpsDomain>>>>,
    /// There with the domain.
    idle: Pin<KBox<SpinLock<Option<Arc<Idle>>>>>,
}

impl Classes {
    /// Classes below the group `root`, with no group made yet; errors of [`Tree::find`]. Sleeps.
    #[inline(never)]
    pub(crate) fn new(root: &'static CStr) -> Result<Self> {
        Ok(Self {
            files: Directory::open(c"/")?,
            tree: shared_tree(root)?,
            credentials: Credentials::kernel()?,
            domain: KBox::pin_init(new_mutex!(None), GFP_KERNEL)?,
            vpses: KBox::pin_init(new_mutex!(None), GFP_KERNEL)?,
            idle: KBox::pin_init(new_spinlock!(None), GFP_KERNEL)?,
        })
    }

    /// The path of our domain, relative to the mount.
    pub(crate) fn root(&self) -> &'static str {
        self.tree.root()
    }

    /// What the kernel refused in the last change: what was written, and to which file.
    pub(crate) fn take_fault(&self) -> Option<CString> {
        self.tree.take_fault()
    }

    /// Puts back what `take_fault` took.
    pub(crate) fn set_fault(&self, fault: Option<CString>) {
        self.tree.set_fault(fault);
    }

    /// What this kernel was configured with, and what the groups can have, as the group above our domains sees it; sleeps.
    pub(crate) fn supported(&self) -> Result<Supported> {
        let parent = self.tree.parent();
        self.tree.read(parent, "cgroup.controllers", |text| {
            let has =
                |one: Controller| text.split_ascii_whitespace().any(|word| word == one.name());
            Supported {
                uclamp: cfg!(CONFIG_UCLAMP_TASK_GROUP),
                cpuset: cfg!(CONFIG_CPUSETS),
                memory: has(Controller::Memory),
                pids: has(Controller::Pids),
                io: has(Controller::Io),
            }
        })
    }

    fn idle(&self) -> Option<Arc<Idle>> {
        self.idle.lock().clone()
    }

    /// Moves `task` to `group`; its process is enrolled. Sleeps.
    pub(crate) fn move_to(&self, group: &Group, task: &Task) -> Result {
        self.write(group.threads(), task)
    }

    /// Moves `task` to the class of those who serve nobody; sleeps.
    pub(crate) fn move_to_idle(&self, task: &Task) -> Result {
        let idle = self.idle().ok_or(ENOENT)?;
        self.write(idle.group.threads(), task)
    }

    /// Brings the process of the current task into our domain; sleeps, for milliseconds.
    pub(crate) fn enrol(&self, task: &Task) -> Result {
        let idle = self.idle().ok_or(ENOENT)?;
        self.write(&idle.processes, task)
    }

    /// Brings a process back to the group that it came from, or the nearest one above it that takes it.
    /// Errors: `ESRCH`, it is gone; the first error when it could only be put elsewhere.
    pub(crate) fn bring_back(&self, process: &Process) -> Result {
        let origin = core::str::from_utf8(process.origin.path())?;
        let mut path = origin.trim_matches('/');
        let mut result = Ok(());
        loop {
            let place = if path.is_empty() { "." } else { path };
            let number = process.tgid;
            let moved = insist(|| {
                self.tree
                    .write(place, "cgroup.procs", format_args!("{number}"))
            });
            match moved {
                Ok(()) => return result,
                Err(error) if error == ESRCH || path.is_empty() => return Err(error),
                Err(error) => result = result.and(Err(error)),
            }
            path = path.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    /// Writes the task's number to a file of a group that moves it. A task that moves itself writes 0,
    /// which is cheaper, and updates its CPU time first, which would be booked to the new group else.
    fn write(&self, file: &File, task: &Task) -> Result {
        if task.id() == kernel::current!().id() {
            sched::update_runtime(task);
            return self.credentials.with(|| file.write(b"0"));
        }
        let number = CString::try_from_fmt(format_args!("{}", task.pid()))?;
        self.credentials.with(|| file.write(number.to_bytes()))
    }
}

/// The tree, shared; apart from `Classes::new` to keep its stack small.
#[inline(never)]
fn shared_tree(root: &'static CStr) -> Result<Arc<Tree>> {
    Ok(Arc::new(Tree::find(root)?, GFP_KERNEL)?)
}
