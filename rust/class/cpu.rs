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
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameters {
    share: Share,
    /// Microseconds in each period; `None` is no cap.
    quota_usec: Option<u64>,
    uclamp_min: Option<Uclamp>,
    uclamp_max: Option<Uclamp>,
}

impl Parameters {
    /// Those of a row with the given share of `machine`.
    pub(crate) fn of(params: &Params, share: Share, machine: &Machine) -> Self {
        Self {
            share,
            quota_usec: params
                .cpu_max
                .map(|max| max.quota_usec(machine, PERIOD_USEC)),
            uclamp_min: params.uclamp_min,
            uclamp_max: params.uclamp_max,
        }
    }

    /// The weight, for `/proc/vhqos/hosts`; an idle group has none.
    pub(crate) fn weight(&self) -> u16 {
        if self.share.idle {
            0
        } else {
            self.share.weight
        }
    }

    /// Writes what is different from `before` to the files of the group at `path`. A new group has the
    /// kernel's defaults.
    pub(crate) fn write(&self, before: Option<&Self>, tree: &Tree, path: &str) -> Result {
        let was_idle = before.is_some_and(|one| one.share.idle);
        if self.share.idle != was_idle {
            let idle = u8::from(self.share.idle);
            tree.write(path, "cpu.idle", format_args!("{idle}"))?;
        }
        // An idle group takes no weight, and one that is no longer idle starts with the default.
        let same = !was_idle && before.is_some_and(|one| one.share.weight == self.share.weight);
        if !self.share.idle && !same {
            tree.write(path, "cpu.weight", format_args!("{}", self.share.weight))?;
        }
        if self.quota_usec != before.and_then(|one| one.quota_usec) {
            match self.quota_usec {
                Some(quota) => {
                    tree.write(path, "cpu.max", format_args!("{quota} {PERIOD_USEC}"))?
                }
                None => tree.write(path, "cpu.max", format_args!("max {PERIOD_USEC}"))?,
            }
        }
        if self.uclamp_min != before.and_then(|one| one.uclamp_min) {
            let clamp = self.uclamp_min.unwrap_or(Uclamp::Percent(0));
            write_clamp(tree, path, "cpu.uclamp.min", clamp)?;
        }
        if self.uclamp_max != before.and_then(|one| one.uclamp_max) {
            write_clamp(
                tree,
                path,
                "cpu.uclamp.max",
                self.uclamp_max.unwrap_or(Uclamp::Max),
            )?;
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
