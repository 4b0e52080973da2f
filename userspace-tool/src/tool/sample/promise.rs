// SPDX-License-Identifier: GPL-2.0

//! What the rows promise, in percent of this machine, by the module's own code.

use crate::policy::{self, Cpu, Machine};
use crate::tool::failure::Failure;
use crate::tool::judge;
use crate::tool::walk::Walk;
use std::collections::HashMap;
use std::sync::Arc;

/// Microseconds of the period of a cap: that of `class/cpu.rs`.
const CAP_PERIOD: u64 = 100_000;

/// What one row promises.
#[derive(Debug)]
pub(crate) struct Promise {
    /// The host's name.
    pub(crate) name: Arc<str>,
    /// `cpu.min`, in percent of the machine; zero when the row has none.
    pub(crate) guaranteed: f64,
    /// `cpu.max` as it is in force, in percent of the machine; `None`: no cap.
    pub(crate) cap: Option<f64>,
    /// The VPS whose row it is.
    pub(crate) vps: Option<String>,
}

/// What `cpu.min` guarantees, in percent of the machine: CPUs may have gone since it was admitted.
pub(crate) fn guaranteed(min: Cpu, machine: &Machine) -> f64 {
    min.ppm(machine).min(1_000_000) as f64 / 1e4
}

/// `cpu.max` as it is in force, in percent of the machine.
pub(crate) fn cap(max: Cpu, machine: &Machine) -> f64 {
    let whole = u64::from(machine.cpus.max(1)) * CAP_PERIOD;
    (100.0 * max.quota_usec(machine, CAP_PERIOD) as f64 / whole as f64).min(100.0)
}

impl Promise {
    fn new(row: &policy::Row, machine: &Machine) -> Self {
        let params = row.params();
        Self {
            name: row.name().into(),
            guaranteed: params.cpu_min.map_or(0.0, |min| guaranteed(min, machine)),
            cap: params.cpu_max.map(|max| cap(max, machine)),
            vps: row.vps().map(str::to_owned),
        }
    }
}

/// What all rows promise.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    /// In the order of the table.
    all: Vec<Arc<Promise>>,
    /// Where each name's is.
    places: HashMap<Arc<str>, usize>,
}

impl Promises {
    /// Reads the table that the module printed.
    ///
    /// Errors: a row that this version does not know.
    pub(crate) fn parse(table: &str, machine: &Machine) -> Result<Self, Failure> {
        let table = judge::table(table, machine)?;
        let rows = table.each();
        let all = rows.map(|(_, row)| Arc::new(Promise::new(row, machine)));
        let all: Vec<_> = all.collect();
        let places = all.iter().enumerate();
        Ok(Self {
            places: places.map(|(at, one)| (one.name.clone(), at)).collect(),
            all,
        })
    }

    /// The promise to the next name of a walk.
    pub(super) fn find(&self, name: &str, walk: &mut Walk) -> Option<&Arc<Promise>> {
        let is_there = |at: usize| self.all.get(at).is_some_and(|one| *one.name == *name);
        let at = walk.step(is_there, || self.places.get(name).copied())?;
        self.all.get(at)
    }
}
