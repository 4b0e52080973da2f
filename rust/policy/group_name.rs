// SPDX-License-Identifier: GPL-2.0

//! The directory of a host's cgroup.
//!
//! A host may have the name of one of the files that the kernel puts beside the directory. Such a
//! name gets a `_` before it, and so does a name that starts with one, which keeps names apart:
//! the rule of systemd's `cg_escape()`.

use core::fmt::{
    self,
    Display,
    Formatter, //
};

/// What the kernel's interface files start with, before the dot.
const CONTROLLERS: [&str; 18] = [
    "blkio",
    "cgroup",
    "cpu",
    "cpuacct",
    "cpuset",
    "devices",
    "dmem",
    "freezer",
    "hugetlb",
    "io",
    "irq",
    "memory",
    "misc",
    "net_cls",
    "net_prio",
    "perf_event",
    "pids",
    "rdma",
];

/// Files of cgroup v1 that have no dot.
const FILES: [&str; 3] = ["notify_on_release", "release_agent", "tasks"];

/// A host's name; its [`Display`] is the name of the directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupName<'a>(pub(crate) &'a str);

impl GroupName<'_> {
    /// Whether a `_` goes before the name.
    pub(crate) fn is_escaped(&self) -> bool {
        let controller = self.0.split_once('.').map(|(front, _)| front);
        self.0.starts_with(['_', '.'])
            || FILES.contains(&self.0)
            || controller.is_some_and(|front| CONTROLLERS.contains(&front))
    }
}

impl Display for GroupName<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_escaped() {
            f.write_str("_")?;
        }
        f.write_str(self.0)
    }
}
