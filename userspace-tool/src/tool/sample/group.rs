// SPDX-License-Identifier: GPL-2.0

//! What a host's cgroup says of itself (Documentation/admin-guide/cgroup-v2.rst, Documentation/accounting/psi.rst).

use super::Promise;
use crate::policy::GroupName;
use crate::tool::cgroup;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// What the files of one group say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    /// When they were read.
    pub(crate) at: Instant,
    /// `None`: the kernel has no PSI, or was booted with `psi=0`.
    pub(crate) pressure: Option<Pressure>,
    /// Periods in which the group was at its cap; `None`: the group is not made.
    pub(crate) nr_throttled: Option<u64>,
    /// CPU time that was withheld from its CPUs by then, in microseconds.
    pub(crate) throttled_usec: Option<u64>,
}

/// The time in which a task of the group could run and did not, because all its CPUs did something else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pressure {
    /// Percent of the last ten seconds.
    pub(crate) avg10: f64,
    /// Microseconds since the group was made.
    pub(crate) total: u64,
}

impl Group {
    /// Reads the texts of `cpu.pressure` and `cpu.stat`, those that there are.
    pub(crate) fn parse(at: Instant, pressure: Option<&str>, stat: Option<&str>) -> Self {
        let number = |key| {
            let mut lines = stat?.lines().filter_map(|line| line.split_once(' '));
            lines.find(|(one, _)| *one == key)?.1.parse().ok()
        };
        Self {
            at,
            pressure: pressure.and_then(Pressure::parse),
            nr_throttled: number("nr_throttled"),
            throttled_usec: number("throttled_usec"),
        }
    }

    /// The pressure since `before`, in percent; of the last ten seconds when that says nothing.
    pub(super) fn pressure_since(&self, before: Option<&Self>) -> Option<f64> {
        let now = self.pressure?;
        let since = || {
            let before = before?;
            let passed = self.at.checked_duration_since(before.at)?.as_secs_f64();
            let waited = now.total.checked_sub(before.pressure?.total)?;
            (passed > 0.0).then(|| waited as f64 / passed / 1e4)
        };
        Some(since().unwrap_or(now.avg10).clamp(0.0, 100.0))
    }
}

impl Pressure {
    /// Reads the line `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let line = lines.find_map(|line| line.strip_prefix("some "))?;
        let mut fields = line.split(' ').filter_map(|word| word.split_once('='));
        let mut field = |key| Some(fields.find(|(one, _)| *one == key)?.1);
        let avg10: f64 = field("avg10")?.parse().ok()?;
        Some(Self {
            avg10: avg10.is_finite().then_some(avg10)?,
            total: field("total")?.parse().ok()?,
        })
    }
}

/// Where the hosts' groups are.
#[derive(Debug)]
pub(crate) struct Groups {
    mount: PathBuf,
    /// The module's `cgroup_root`, relative to the mount.
    root: String,
}

impl Groups {
    /// Those below the module's `cgroup_root`.
    pub(crate) fn below(root: &str) -> Self {
        Self::at(cgroup::mount().unwrap_or_default().into(), root)
    }

    /// The same, below a mount that is known.
    pub(crate) fn at(mount: PathBuf, root: &str) -> Self {
        let root = root.trim_matches('/').to_owned();
        Self { mount, root }
    }

    /// The directory of a host's group: a VPS's is in a domain beside that of the hosts.
    pub(crate) fn path(&self, promise: &Promise) -> PathBuf {
        let path = match &promise.vps {
            Some(vps) => format!("{}.vps/{}", self.root, GroupName(vps)),
            None => format!("{}/{}", self.root, GroupName(&promise.name)),
        };
        self.mount.join(path)
    }

    /// Reads a host's group; without it nothing is known.
    pub(crate) fn read(&self, promise: &Promise) -> Group {
        let path = self.path(promise);
        let text = |file: &str| fs::read_to_string(path.join(file)).ok();
        let at = Instant::now();
        let (pressure, stat) = (text("cpu.pressure"), text("cpu.stat"));
        Group::parse(at, pressure.as_deref(), stat.as_deref())
    }
}
