// SPDX-License-Identifier: GPL-2.0

//! `apply`: the table becomes what a file says.

use crate::mem::Boxed;
use crate::policy::Table;
use crate::tool::arguments::Apply;
use crate::tool::difference::Difference;
use crate::tool::failure::Failure;
use crate::tool::file::{self, Configuration};
use crate::tool::judge::judge;
use crate::tool::module::{Module, Rejection};
use crate::tool::refusal::Refused;
use crate::tool::row::rows;
use crate::tool::units::counted;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// Makes the table what the file says; what was different.
pub(super) fn apply(arguments: &Apply) -> Result<String, Failure> {
    let configuration = file::read(&arguments.file)?;
    let module = Module::find()?;
    let table = judge(&configuration, &module.machine())?;
    let (before, after) = (module.table()?, print(&table));
    let (before, after) = (rows(&before), rows(&after));
    check_emptying(&arguments.file, before.len(), after.len())?;
    let difference = Difference::new(&before, &after);
    if !difference.is_empty() && !arguments.dry_run {
        let mut text = String::from("begin\n");
        for line in &configuration.lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        text.push_str("commit\n");
        module.write(&text).map_err(|rejection| match rejection {
            Rejection::Refused(why) => refused(&configuration, &why),
            other => other.into_failure(),
        })?;
    }
    Ok(match arguments.quiet {
        true => String::new(),
        false => difference.print(),
    })
}

/// Refuses to delete all rows because the standard input, or another pipe, has none: what was to write them into it has failed, most likely.
pub(in crate::tool) fn check_emptying(
    file: &Path,
    before: usize,
    after: usize,
) -> Result<(), Failure> {
    if before == 0 || after > 0 {
        return Ok(());
    }
    let name = match file.to_str() {
        Some("-") => "the standard input".to_owned(),
        _ if is_pipe(file) => file.display().to_string(),
        _ => return Ok(()),
    };
    let what = format!(
        "{name} has no rows, and the table has {}, which would be deleted",
        counted(before, "row")
    );
    Err(Failure::failed(what).help("if that is meant, `vhqos apply /dev/null` does it"))
}

fn is_pipe(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.file_type().is_fifo())
}

/// The refusal of a line as a fault of the file; the first line is `begin`.
fn refused(configuration: &Configuration, why: &Refused) -> Failure {
    let line = why
        .line
        .checked_sub(2)
        .and_then(|at| usize::try_from(at).ok());
    match line.and_then(|at| configuration.lines.get(at)) {
        Some(line) => Failure::Faults(vec![why.at(configuration, line)]),
        None => why.failure(),
    }
}

/// A table as the module prints it.
fn print(table: &Boxed<Table>) -> String {
    let mut text = String::new();
    for (_, row) in table.each() {
        let _ = writeln!(text, "{}", **row);
    }
    text
}
