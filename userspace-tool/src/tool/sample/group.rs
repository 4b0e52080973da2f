// SPDX-License-Identifier: GPL-2.0

//! What a host's cgroup says of itself (Documentation/admin-guide/cgroup-v2.rst, Documentation/accounting/psi.rst).

use super::Promise;
use crate::policy::GroupName;
use crate::tool::cgroup;
use procfs::parse_pressure_record;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// What one group says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    /// When it was read.
    pub(crate) at: Instant,
    /// `None`: the kernel has no PSI, or was booted with `psi=0`.
    pub(crate) pressure: Option<Pressure>,
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
    /// Reads the text of `cpu.pressure`, if there is one.
    pub(crate) fn parse(at: Instant, pressure: Option<&str>) -> Self {
        Self {
            at,
            pressure: pressure.and_then(Pressure::parse),
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
        // With the blank: the crate panics where a line ends behind its first word.
        let line = lines.find(|line| line.starts_with("some "))?;
        let record = parse_pressure_record(line).ok()?;
        record.avg10.is_finite().then_some(Self {
            avg10: record.avg10.into(),
            total: record.total,
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
        let at = Instant::now();
        let text = fs::read_to_string(self.path(promise).join("cpu.pressure")).ok();
        Group::parse(at, text.as_deref())
    }
}
