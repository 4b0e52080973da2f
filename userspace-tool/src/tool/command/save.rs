// SPDX-License-Identifier: GPL-2.0

//! `save`: writes the table to a file.

use super::destination::Destination;
use crate::tool::arguments::Save;
use crate::tool::failure::Failure;
use crate::tool::file::PACKAGE;
use crate::tool::module::Module;
use crate::tool::row::{key, Row};
use crate::tool::units::counted;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::str;

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
    let strange = before.and_then(|before| strange_line(&before));
    if let Some(line) = strange.filter(|_| !arguments.force) {
        let what = format!("{name}:{line}: not written by `vhqos save`, and it would be lost");
        return Err(Failure::failed(what).help("name another file, or use --force"));
    }
    to.write(&text).map_err(failed)?;
    Ok(format!(
        "{name}: {}\n",
        counted(table.lines().count(), "host")
    ))
}

/// The first line of a file that is not as `save` writes it: another heading, or what is no row, or has a comment or a package.
pub(in crate::tool) fn strange_line(file: &[u8]) -> Option<usize> {
    if file.is_empty() {
        return None;
    }
    let Some(rows) = file.strip_prefix(HEADING.as_bytes()) else {
        return Some(1);
    };
    let mut rows = rows.split_inclusive(|byte| *byte == b'\n');
    let strange = rows.position(|line| !str::from_utf8(line).is_ok_and(is_row));
    strange.map(|at| at + 2)
}

/// Whether it is a line of the table, with its end.
fn is_row(line: &str) -> bool {
    let is_odd = |word: &str| !word.contains('=') || word.starts_with('#') || key(word) == PACKAGE;
    let row = Row::parse(line);
    row.is_some_and(|row| row.line() + "\n" == line && !row.words.iter().any(|word| is_odd(word)))
}
