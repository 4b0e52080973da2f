// SPDX-License-Identifier: GPL-2.0

//! `run`: a command that is a member of a VPS from its first instruction.

use super::vps;
use crate::tool::failure::{Failure, Status};
use crate::tool::module::Module;
use crate::tool::vps::name;
use clap::Args;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(in crate::tool) const HELP: &str = "\
Examples:
  vhqos run --vps acme -- make -j4
  vhqos run --vps acme sh -c 'echo $$; exec sleep 60'

A VPS that there is not yet is made, with the command as its init; namespaces stay as they are (see `vhqos vps start`).
Exits with 127 when there is no such command and with 126 when it may not be executed, in which cases nothing was joined; also with
126 when the kernel refuses to execute it, which is known only after the VPS was joined or made.";

#[derive(Debug, Args)]
pub(in crate::tool) struct Run {
    /// The VPS.
    #[arg(long, value_name = "NAME", value_parser = name)]
    vps: String,
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Joins the VPS and becomes the command; returns only when that fails.
pub(super) fn run(arguments: &Run) -> Result<String, Failure> {
    let module = Module::find()?;
    let program = find(&arguments.command)?;
    vps::give(&module, "join", &arguments.vps, "")?;
    Err(execute(&program, &arguments.command))
}

/// The file that a command means, which is there and may be executed.
pub(super) fn find(command: &[OsString]) -> Result<PathBuf, Failure> {
    let word = command.first().map_or(OsStr::new(""), |word| word);
    which::which(word).map_err(|_| {
        let name = Path::new(word).display();
        match Path::new(word).exists() {
            true => Failure::new(Status::NotExecutable, format!("{name} may not be executed"))
                .help("it is no file with the permission to (chmod +x)"),
            false => Failure::new(Status::NoProgram, format!("there is no command {name}"))
                .help("name it with its path, or put its directory into PATH"),
        }
    })
}

/// Becomes a command whose file was found; returns only when that fails.
pub(super) fn execute(program: &Path, command: &[OsString]) -> Failure {
    let mut words = command.iter();
    let mut become_it = Command::new(program);
    if let Some(name) = words.next() {
        become_it.arg0(name);
    }
    let error = become_it.args(words).exec();
    let name = program.display();
    match Failure::io(format_args!("{name} cannot be executed"), &error) {
        Failure::Plain { what, .. } => Failure::new(Status::NotExecutable, what),
        other => other,
    }
}
