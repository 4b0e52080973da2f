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
use std::fmt::Write;

/// Makes the table what the file says; what was different.
pub(super) fn apply(arguments: &Apply) -> Result<String, Failure> {
    let configuration = file::read(&arguments.file)?;
    let module = Module::find()?;
    let table = judge(&configuration, &module.machine())?;
    let (before, after) = (module.table()?, print(&table));
    let (before, after) = (rows(&before), rows(&after));
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
