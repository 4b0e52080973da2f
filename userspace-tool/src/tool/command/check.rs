// SPDX-License-Identifier: GPL-2.0

//! `check`: whether a file is right.

use crate::policy::Machine;
use crate::tool::arguments::Check;
use crate::tool::failure::Failure;
use crate::tool::file;
use crate::tool::judge::judge;
use crate::tool::module::Module;
use crate::tool::units::counted;
use nix::unistd::{sysconf, SysconfVar};

/// What is left to others when nobody says anything else: the default of the module's parameter.
const RESERVE: u32 = 5;

/// Reads the file as `apply` does; what is in it.
pub(super) fn check(arguments: &Check) -> Result<String, Failure> {
    let configuration = file::read(&arguments.file)?;
    let machine = machine(arguments);
    let table = judge(&configuration, &machine)?;
    let (guaranteed, whole) = table.guarantees(&machine);
    Ok(format!(
        "{}: {}, {}, {}; {guaranteed}% of {whole}% of {} guaranteed\n",
        arguments.file.display(),
        counted(table.len(), "host"),
        counted(configuration.packages, "package"),
        counted(configuration.sources.len(), "file"),
        counted(machine.cpus as usize, "CPU"),
    ))
}

/// The machine that the file is for.
pub(super) fn machine(arguments: &Check) -> Machine {
    let online = || sysconf(SysconfVar::_NPROCESSORS_ONLN).ok().flatten();
    let online = || online().and_then(|cpus| u32::try_from(cpus).ok());
    let loaded = || Module::find().ok().map(|module| module.machine());
    let reserve = arguments.reserve.map(|percent| u32::from(percent) * 10_000);
    Machine {
        cpus: arguments.cpus.or_else(online).unwrap_or(1),
        reserve_ppm: reserve
            .or_else(|| Some(loaded()?.reserve_ppm))
            .unwrap_or(RESERVE * 10_000),
        guests: 0,
    }
}
