// SPDX-License-Identifier: GPL-2.0

//! A row's CPU parameters as cgroup v2 writes them (Documentation/admin-guide/cgroup-v2.rst).

use crate::class::tree::Tree;
use crate::policy::{
    Machine,
    Params,
    Share,
    Uclamp, //
};
use kernel::prelude::*;

/// The period of every cap, in microseconds: cgroup v2's default.
const PERIOD_USEC: u64 = 100_000;

/// What the files of a host's group say.
#[derive(Clone, Copy)]
pub(crate) struct Parameters {
    /// 0: not known.
    weight: u16,
    idle: bool,
    /// Microseconds in each period; `None` is no cap.
    quota_usec: Option<u64>,
    uclamp_min: Option<Uclamp>,
    uclamp_max: Option<Uclamp>,
}

impl Parameters {
    /// Those of a row with the given share of `machine`.
    pub(crate) fn of(params: &Params, share: Share, machine: &Machine) -> Self {
        Self {
            weight: share.weight,
            idle: share.idle,
            quota_usec: params
                .cpu_max
                .map(|max| max.quota_usec(machine, PERIOD_USEC)),
            uclamp_min: params.uclamp_min,
            uclamp_max: params.uclamp_max,
        }
    }

    /// Those of a new group, which has the kernel's defaults.
    pub(crate) const fn new() -> Self {
        Self {
            weight: 0,
            idle: false,
            quota_usec: None,
            uclamp_min: None,
            uclamp_max: None,
        }
    }

    /// The weight, for `/proc/vhqos/hosts`; an idle group has none.
    pub(crate) fn weight(&self) -> u16 {
        match self.idle {
            true => 0,
            false => self.weight,
        }
    }

    /// Writes what is not `in_force` yet to the files of the group at `path`, and keeps account of it there: also on an
    /// error, before which some of the files may have been written.
    pub(crate) fn write(&self, in_force: &mut Self, tree: &Tree, path: &str) -> Result {
        if self.idle != in_force.idle {
            let idle = u8::from(self.idle);
            tree.write(path, "cpu.idle", format_args!("{idle}"))?;
            in_force.idle = self.idle;
            // An idle group takes no weight, and one that is no longer idle starts with the default.
            in_force.weight = 0;
        }
        if !self.idle && self.weight != in_force.weight {
            tree.write(path, "cpu.weight", format_args!("{}", self.weight))?;
            in_force.weight = self.weight;
        }
        if self.quota_usec != in_force.quota_usec {
            match self.quota_usec {
                Some(quota) => {
                    tree.write(path, "cpu.max", format_args!("{quota} {PERIOD_USEC}"))?
                }
                None => tree.write(path, "cpu.max", format_args!("max {PERIOD_USEC}"))?,
            }
            in_force.quota_usec = self.quota_usec;
        }
        if self.uclamp_min != in_force.uclamp_min {
            let clamp = self.uclamp_min.unwrap_or(Uclamp::Percent(0));
            write_clamp(tree, path, "cpu.uclamp.min", clamp)?;
            in_force.uclamp_min = self.uclamp_min;
        }
        if self.uclamp_max != in_force.uclamp_max {
            let clamp = self.uclamp_max.unwrap_or(Uclamp::Max);
            write_clamp(tree, path, "cpu.uclamp.max", clamp)?;
            in_force.uclamp_max = self.uclamp_max;
        }
        Ok(())
    }
}

fn write_clamp(tree: &Tree, path: &str, file: &str, clamp: Uclamp) -> Result {
    match clamp {
        Uclamp::Max => tree.write(path, file, format_args!("max")),
        Uclamp::Percent(hundredths) => {
            let (whole, part) = (hundredths / 100, hundredths % 100);
            tree.write(path, file, format_args!("{whole}.{part:02}"))
        }
    }
}
