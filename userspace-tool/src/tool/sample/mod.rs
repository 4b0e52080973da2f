// SPDX-License-Identifier: GPL-2.0

//! One reading of the machine, and what lies between two of them.

mod group;
mod processors;
mod promise;
mod rates;
mod reader;

pub(crate) use group::{Group, Groups};
pub(crate) use processors::Processors;
pub(crate) use promise::{cap, guaranteed, Promise, Promises};
pub(crate) use rates::{HostRates, Rates};
#[cfg(test)]
pub(crate) use reader::reason;
pub(crate) use reader::{Reader, GROUPS};

use super::figures::{Figures, Key};
use super::walk::Walk;
use std::sync::Arc;
use std::time::Instant;

/// What the machine and its hosts had used by an instant.
#[derive(Debug)]
pub(crate) struct Sample {
    /// When the hosts' figures were read.
    pub(crate) at: Instant,
    /// `off`, `live` or `deaf`.
    pub(crate) health: String,
    /// CPUs that are on line, 1 at least.
    pub(crate) cpus: u32,
    /// Percent of the machine that is left to everybody else.
    pub(crate) reserve: u32,
    /// What all CPUs did; `None`: the kernel does not say.
    pub(crate) processors: Option<Processors>,
    /// In the order of the table.
    pub(crate) hosts: Vec<Host>,
}

/// What one host had used.
#[derive(Debug)]
pub(crate) struct Host {
    /// What its row says.
    pub(crate) promise: Arc<Promise>,
    /// By `Key`.
    figures: [u64; Key::ALL.len()],
    /// Whether it has a group: a host of a large table has none before it is first used.
    pub(crate) has_group: bool,
    /// What its group says; `None`: that was not asked, or there is none.
    pub(crate) group: Option<Group>,
}

impl Host {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.promise.name
    }

    /// A figure of `/proc/vhqos/hosts`.
    pub(crate) fn number(&self, key: Key) -> u64 {
        self.figures[key as usize]
    }
}

/// The hosts that `/proc/vhqos/hosts` has, but for those whose rows came or went between its reading and the table's.
pub(crate) fn hosts(text: &str, promises: &Promises) -> Vec<Host> {
    let mut walk = Walk::default();
    let host = |line| {
        let (name, values, group) = Figures::parse(line)?;
        Some(Host {
            promise: promises.find(name, &mut walk)?.clone(),
            figures: values.map(|value| value.parse().unwrap_or(0)),
            has_group: group == "made",
            group: None,
        })
    };
    text.lines().filter_map(host).collect()
}
