// SPDX-License-Identifier: GPL-2.0

//! `save`: writes the table to a file.

use crate::tool::arguments::Save;
use crate::tool::failure::Failure;
use crate::tool::module::Module;
use crate::tool::units::counted;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// The first line of what `save` writes.
const HEADING: &str =
    "# Written by `vhqos save`, which writes over it again. `vhqos apply` reads it.\n";

/// The mode of a new file.
const MODE: u32 = 0o644;

/// Writes the table to the file, in one step; for the standard output, what is to be printed.
pub(super) fn save(arguments: &Save) -> Result<String, Failure> {
    let module = Module::find()?;
    let table = module.table()?;
    let text = format!("{HEADING}{table}");
    if arguments.file == Path::new("-") {
        return Ok(text);
    }
    let name = arguments.file.display();
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
    replace(&arguments.file, &text)
        .map_err(|error| Failure::io(format_args!("{name} cannot be written"), &error))?;
    Ok(format!(
        "{name}: {}\n",
        counted(table.lines().count(), "host")
    ))
}

/// Puts a file in the place of another one, which keeps its mode.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // The file itself, not a link to it.
    let path = fs::canonicalize(path).unwrap_or(path.to_owned());
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mode = fs::metadata(&path).map_or(MODE, |found| found.permissions().mode());
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}
