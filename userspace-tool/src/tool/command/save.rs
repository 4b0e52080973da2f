// SPDX-License-Identifier: GPL-2.0

//! `save`: writes the table to a file.

use super::destination::Destination;
use crate::tool::arguments::Save;
use crate::tool::failure::Failure;
use crate::tool::module::Module;
use crate::tool::units::counted;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The first line of what `save` writes.
const HEADING: &str =
    "# Written by `vhqos save`, which writes over it again. `vhqos apply` reads it.\n";

/// Writes the table to the file, in one step; for the standard output, what is to be printed.
pub(super) fn save(arguments: &Save) -> Result<String, Failure> {
    let module = Module::find()?;
    let table = module.table()?;
    let text = format!("{HEADING}{table}");
    if arguments.file == Path::new("-") {
        return Ok(text);
    }
    let name = arguments.file.display();
    let failed = |error: io::Error| Failure::io(format_args!("{name} cannot be written"), &error);
    let to = Destination::find(&arguments.file).map_err(failed)?;
    let before = match fs::read(&arguments.file) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(Failure::unreadable(&arguments.file, &error)),
    };
    let is_ours = before.is_none_or(|before| before.starts_with(HEADING.as_bytes()));
    if !is_ours && !arguments.force {
        let what = format!(
            "{name} was not written by `vhqos save`: what it has beside rows would be lost"
        );
        return Err(Failure::failed(what).help("name another file, or use --force"));
    }
    to.write(&text).map_err(failed)?;
    Ok(format!(
        "{name}: {}\n",
        counted(table.lines().count(), "host")
    ))
}
