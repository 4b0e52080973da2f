// SPDX-License-Identifier: GPL-2.0

//! What the module shows at one moment.

use crate::policy::Machine;
use crate::tool::failure::Failure;
use crate::tool::module::Module;
use std::time::{Duration, Instant};

/// The module's files, read at once.
#[derive(Debug)]
pub(in crate::tool) struct Readings {
    pub(in crate::tool) status: String,
    pub(in crate::tool) table: String,
    pub(in crate::tool) hosts: String,
    pub(in crate::tool) vpses: String,
    /// The machine as the module counts it.
    pub(in crate::tool) machine: Machine,
}

impl Readings {
    /// Reads them, and how long that took; nothing when the module is not loaded or does not answer.
    pub(in crate::tool) fn take() -> (Option<Self>, Duration) {
        let began = Instant::now();
        (Self::read().ok(), began.elapsed())
    }

    fn read() -> Result<Self, Failure> {
        let module = Module::find()?;
        let (table, hosts) = module.table_and_hosts()?;
        Ok(Self {
            status: module.whole_status().to_owned(),
            table,
            hosts,
            vpses: module.vpses()?,
            machine: module.machine(),
        })
    }
}
