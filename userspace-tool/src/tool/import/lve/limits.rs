// SPDX-License-Identifier: GPL-2.0

//! The limits of one user, and what they are in rows.

use super::cap::Cpu;
use crate::limits::PIDS;
use crate::policy::{Device, Limit};

/// The highest rate that a row can have: rust/policy/amounts.rs.
const RATE: u64 = u64::MAX >> 1;

/// What is needed to say limits in the table's units.
#[derive(Debug, Default)]
pub(crate) struct Units {
    /// The speed of one core, for limits in MHz.
    pub(crate) megahertz: Option<u32>,
    /// How many CPUs LVE's machine has, for limits in percent of it beside some in CPUs.
    pub(crate) cpus: Option<u32>,
    /// The disk that limits of I/O are for.
    pub(crate) device: Option<Device>,
}

/// What is said of one user, or of a package; `None` is not said, 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) cpu: Option<Cpu>,
    /// CPUs at once.
    pub(crate) ncpu: Option<u64>,
    /// Bytes.
    pub(crate) pmem: Option<u64>,
    /// Bytes.
    pub(crate) vmem: Option<u64>,
    pub(crate) nproc: Option<u64>,
    /// KiB a second.
    pub(crate) io: Option<u64>,
    pub(crate) iops: Option<u64>,
    pub(crate) entry_processes: Option<u64>,
}

impl Limits {
    /// These, and of others what is not said here.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            cpu: self.cpu.or(other.cpu),
            ncpu: self.ncpu.or(other.ncpu),
            pmem: self.pmem.or(other.pmem),
            vmem: self.vmem.or(other.vmem),
            nproc: self.nproc.or(other.nproc),
            io: self.io.or(other.io),
            iops: self.iops.or(other.iops),
            entry_processes: self.entry_processes.or(other.entry_processes),
        }
    }

    /// The words of a row, or of a package.
    pub(crate) fn words(&self, units: &Units, is_vps: bool) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        words.extend(self.cap(units).map(|cap| format!("cpu.max={cap}")));
        if !is_vps {
            return words;
        }
        words.extend(
            self.pmem
                .map(|bytes| format!("memory.max={}", memory(bytes))),
        );
        let pids = self.nproc.map(|count| limit(count, PIDS));
        words.extend(pids.map(|count| format!("pids.max={count}")));
        if let (Some(device), true) = (&units.device, self.has_io()) {
            let bytes = self.io.map(|io| limit(io.saturating_mul(1024), RATE));
            let bytes = bytes.map(|io| format!(",rbps={io},wbps={io}"));
            let operations = self.iops.map(|iops| limit(iops, RATE));
            let operations = operations.map(|iops| format!(",riops={iops},wiops={iops}"));
            words.push(format!(
                "io.max={device}{}{}",
                bytes.unwrap_or_default(),
                operations.unwrap_or_default()
            ));
        }
        words
    }

    /// These as a row has to say them beside its package: the one `cpu.max` that a row has is of CPU and NCPU, and the one `io.max` of a
    /// disk is all of that disk.
    pub(super) fn beside(&self, package: &Self) -> Self {
        let from = |is_said: bool| match is_said {
            true => *package,
            false => Self::default(),
        };
        let (cpu, io) = (from(self.has_cpu()), from(self.has_io()));
        Self {
            cpu: self.cpu.or(cpu.cpu),
            ncpu: self.ncpu.or(cpu.ncpu),
            io: self.io.or(io.io),
            iops: self.iops.or(io.iops),
            ..*self
        }
    }

    fn has_cpu(&self) -> bool {
        self.cpu.is_some() || self.ncpu.is_some()
    }

    fn has_io(&self) -> bool {
        self.io.is_some() || self.iops.is_some()
    }

    /// Whether a row of a VPS limits reads and writes.
    pub(super) fn limits_io(&self) -> bool {
        [self.io, self.iops]
            .into_iter()
            .flatten()
            .any(|limit| limit > 0)
    }

    /// What the words do not say, and why, on one line.
    pub(crate) fn lost(&self, units: &Units, is_vps: bool) -> Option<String> {
        let set = |value: Option<u64>| value.filter(|value| *value > 0);
        let number = |what, value| set(value).map(|value| format!("{what} {value}"));
        let bytes = |what, value| set(value).map(|value| format!("{what} {}", memory(value)));
        let speed = match (self.cpu, units.megahertz) {
            (Some(Cpu::Megahertz(speed)), None) => Some(format!("SPEED {speed} MHz")),
            _ => None,
        };
        let io = [number("IO", self.io), number("IOPS", self.iops)];
        let held = [bytes("PMEM", self.pmem), number("NPROC", self.nproc)];
        let kinds = match (is_vps, &units.device) {
            (false, _) => Some((
                held.into_iter().chain(io).collect(),
                "only rows of VPSes have it",
            )),
            (true, None) => Some((io.into(), "--device says for which disk it is")),
            (true, Some(_)) => None,
        };
        let (ncpu, when) = self.undecided(units).unzip();
        let never = [
            (vec![speed], "--mhz says how fast a core is"),
            (vec![ncpu], when.as_deref().unwrap_or_default()),
            (vec![bytes("VMEM", self.vmem)], "nothing here limits it"),
            (
                vec![number("EP", self.entry_processes)],
                "the web server limits it",
            ),
        ];
        let lost = never.into_iter().chain(kinds).filter_map(|(what, why)| {
            let what: Vec<String> = what.into_iter().flatten().collect();
            (!what.is_empty()).then(|| format!("{} ({why})", what.join(", ")))
        });
        let lost: Vec<String> = lost.collect();
        (!lost.is_empty()).then(|| format!("left out: {}", lost.join("; ")))
    }
}

/// A limit of at most so much; of nothing, or of more, it is none.
fn limit(value: u64, most: u64) -> Limit {
    match (1..=most).contains(&value) {
        true => Limit::Number(value),
        false => Limit::Max,
    }
}

/// The value of `memory.max`.
fn memory(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")];
    if bytes == 0 || bytes > crate::limits::MEMORY_BYTES {
        return "max".to_owned();
    }
    let unit = UNITS.iter().find(|(size, _)| bytes % size == 0);
    match unit {
        Some((size, letter)) => format!("{}{letter}", bytes / size),
        None => bytes.to_string(),
    }
}
