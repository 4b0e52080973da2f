// SPDX-License-Identifier: GPL-2.0

//! `generate`: manual pages and completions, for packages.

use crate::tool::arguments::{Arguments, Generate};
use crate::tool::failure::Failure;
use clap::CommandFactory;
use std::fs;

/// The completions of a shell to be printed, or manual pages written into a directory.
pub(in crate::tool) fn generate(arguments: &Generate) -> Result<String, Failure> {
    let mut command = Arguments::command();
    if let Some(shell) = arguments.completions {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, "vhqos", &mut text);
        return Ok(String::from_utf8_lossy(&text).into_owned());
    }
    let Some(directory) = &arguments.manual else {
        return Ok(String::new());
    };
    let name = directory.display();
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(command, directory))
        .map_err(|error| Failure::io(format_args!("{name}"), &error))?;
    Ok(String::new())
}
