// SPDX-License-Identifier: GPL-2.0

//! The `vhqos` command.
//!
//! Each subcommand is a function that gives what is to be printed, or why it failed; nothing is half-done then, but that a VPS was
//! joined or made for a program that the kernel then refused to execute.

mod arguments;
mod cgroup;
mod command;
mod difference;
mod doctor;
mod event;
mod explain;
mod export;
mod failure;
mod figures;
mod file;
mod import;
mod judge;
mod listing;
mod module;
mod output;
mod pattern;
mod record;
mod refusal;
mod report;
mod row;
mod sample;
mod style;
#[cfg(test)]
mod tests;
mod top;
mod units;
mod vps;
mod walk;

use arguments::{Arguments, Command, Show};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

/// Does what the command line says.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let command = arguments.command.unwrap_or(Command::Show(Show::default()));
    let done = match command::run(command) {
        Ok(text) => output::print(&text),
        Err(Failure::Found(text)) => output::print(&text).and(Err(Failure::Found(text))),
        Err(failure) => Err(failure),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::report(&failure);
            ExitCode::from(failure.status())
        }
    }
}
