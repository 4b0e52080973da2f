// SPDX-License-Identifier: GPL-2.0

//! The subcommands, one file each.

pub(super) mod apply;
mod check;
pub(super) mod destination;
mod doctor;
pub(super) mod explain;
pub(super) mod export;
pub(super) mod generate;
pub(super) mod import;
pub(super) mod monitor;
pub(super) mod report;
pub(super) mod row;
pub(super) mod run;
pub(super) mod save;
pub(super) mod show;
pub(super) mod top;
pub(super) mod vps;

use super::arguments::Command;
use super::failure::Failure;

/// Does what `command` says; what is to be printed.
pub(super) fn run(command: Command) -> Result<String, Failure> {
    match command {
        Command::Show(arguments) => show::show(&arguments),
        Command::Dump => show::dump(),
        Command::Set(arguments) => row::set(&arguments),
        Command::Del(arguments) => row::del(&arguments),
        Command::Rename(arguments) => row::rename(&arguments),
        Command::Apply(arguments) => apply::apply(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Doctor => doctor::doctor(),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Monitor(arguments) => monitor::monitor(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Import(arguments) => import::import(&arguments),
        Command::Save(arguments) => save::save(&arguments),
        Command::Top(arguments) => top::top(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Vps(action) => vps::run(&action),
        Command::Generate(arguments) => generate::generate(&arguments),
    }
}
