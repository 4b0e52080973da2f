// SPDX-License-Identifier: GPL-2.0

//! Reads samples, one after the other.

use super::{hosts, Groups, Processors, Promises, Sample};
use crate::policy::Machine;
use crate::tool::explain::Files;
use crate::tool::failure::Failure;
use crate::tool::module::Module;
use std::fs;
use std::time::Instant;

/// Groups that are read of one sample at the most: each takes a file.
pub(crate) const GROUPS: usize = 1000;

/// What is kept from one reading to the next: the table, as long as it is the same.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The table's generation, and the machine for which the promises hold.
    known: Option<(String, Machine)>,
    promises: Promises,
    groups: Option<Groups>,
}

impl Reader {
    /// Reads what all hosts used; not their groups.
    ///
    /// Errors: the module went, or the caller may not.
    pub(crate) fn read(&mut self) -> Result<Sample, Failure> {
        ask(|module| self.read_from(module))
    }

    /// Reads what the module shows of processes.
    ///
    /// Errors: as before.
    pub(crate) fn processes() -> Result<Files, Failure> {
        ask(Module::processes)
    }

    fn read_from(&mut self, module: &Module) -> Result<Sample, Failure> {
        let machine = module.machine();
        let known = (module.status("generation").to_owned(), machine);
        if self.known.as_ref() != Some(&known) {
            self.promises = Promises::parse(&module.table()?, &machine)?;
            self.groups = Some(Groups::below(module.status("cgroup_root")));
            self.known = Some(known);
        }
        let stat = fs::read_to_string("/proc/stat").ok();
        // The module reads all groups when the file is opened, before the text is made.
        let at = Instant::now();
        let text = module.hosts()?;
        Ok(Sample {
            at,
            health: module.status("health").to_owned(),
            cpus: machine.cpus.max(1),
            reserve: machine.reserve_ppm / 10_000,
            processors: stat.as_deref().and_then(Processors::parse),
            hosts: hosts(&text, &self.promises),
        })
    }

    /// Reads the groups of the hosts of `sample` at these places, the first [`GROUPS`] that there are.
    pub(crate) fn read_groups(&self, sample: &mut Sample, places: impl IntoIterator<Item = usize>) {
        let Some(groups) = &self.groups else {
            return;
        };
        let mut left = GROUPS;
        for place in places {
            if left == 0 {
                return;
            }
            if let Some(host) = sample.hosts.get_mut(place).filter(|host| host.has_group) {
                host.group = Some(groups.read(&host.promise));
                left -= 1;
            }
        }
    }

    /// One that reads these groups, and nothing else.
    #[cfg(test)]
    pub(crate) fn of(groups: Groups) -> Self {
        Self {
            groups: Some(groups),
            ..Self::default()
        }
    }
}

/// What the module answers.
fn ask<T>(question: impl FnOnce(&Module) -> Result<T, Failure>) -> Result<T, Failure> {
    let answer = Module::find().and_then(|module| question(&module));
    answer.map_err(reason)
}

/// Why it did not answer: when it went in the middle, that is the reason to be told.
pub(crate) fn reason(failure: Failure) -> Failure {
    Module::find().err().unwrap_or(failure)
}
