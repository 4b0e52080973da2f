// SPDX-License-Identifier: GPL-2.0

//! The file that is printed: rows, and comments that say where each came from and what was left out.

use super::hosts::{unique, Host, Hosts};
use super::parameters::Parameters;
use super::rows::rows;
use crate::limits::ROWS;
use crate::policy::Machine;
use crate::tool::failure::Failure;
use crate::tool::file;
use crate::tool::judge::judge;
use crate::tool::units::counted;
use std::collections::HashSet;
use std::fmt::{Display, Write};

/// How the printed file is spoken of when it is refused.
const NAME: &str = "what is to be printed";

/// What stands above the rows.
#[derive(Debug, Default)]
pub(crate) struct Heading {
    /// The format that was read.
    pub(crate) format: &'static str,
    /// Lines of packages, with comments, if what was read says what rows get.
    pub(crate) packages: String,
}

/// Prints the hosts; `machine` is the one that the file is for.
///
/// Errors: the tool's own check refuses it, because of parameters.
pub(crate) fn print(
    heading: &Heading,
    hosts: &Hosts,
    parameters: &Parameters,
    machine: &Machine,
) -> Result<String, Failure> {
    parameters.check(machine)?;
    let mut printer = Printer {
        text: String::new(),
        words: parameters.words(),
        bytes: parameters.bytes(),
        taken: hosts.hosts.iter().map(|host| host.host.clone()).collect(),
        count: 0,
    };
    for host in &hosts.hosts {
        printer.add(host);
    }
    let mut text = above(heading, &printer);
    if !heading.packages.is_empty() || parameters.package.is_some() {
        text.push('\n');
        text.push_str(&heading.packages);
        text.extend(parameters.line());
    }
    text.push_str(&printer.text);
    if !hosts.notes.is_empty() {
        text.push_str("\n# Of what follows, nothing became a row:\n");
        for note in &hosts.notes {
            comment(&mut text, note);
        }
    }
    let configuration = file::read_text(NAME, text.clone())?;
    match judge(&configuration, machine) {
        Ok(_) => Ok(text),
        // What rows have in common is wrong with all of them: to be told once.
        Err(Failure::Faults(faults)) => Err(Failure::Faults(faults.into_iter().take(1).collect())),
        Err(failure) => Err(failure),
    }
}

/// What stands above all.
fn above(heading: &Heading, printer: &Printer) -> String {
    let count = printer.count;
    let mut text = format!(
        "# {}, by `vhqos import {}`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.\n",
        counted(count.min(ROWS), "row"), heading.format
    );
    if count > ROWS {
        let more = count - ROWS;
        comment(
            &mut text,
            format_args!(
                "{} more are left out: a table has {ROWS} at most.",
                counted(more, "row")
            ),
        );
    }
    if heading.packages.is_empty() && printer.words.is_empty() {
        text.push_str(
            "# No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.\n",
        );
    }
    text.push_str("# What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.\n");
    text
}

/// Rows while they are printed.
struct Printer {
    text: String,
    /// What stands at the end of each, and how many bytes that has in the table.
    words: Vec<String>,
    bytes: usize,
    /// Names that hosts have.
    taken: HashSet<String>,
    /// How many there are.
    count: usize,
}

impl Printer {
    /// One host's rows. A second one is a host of its own, with its own guarantee.
    fn add(&mut self, host: &Host) {
        let text = &mut self.text;
        text.push('\n');
        let origins: Vec<String> = host.origins.iter().map(ToString::to_string).collect();
        comment(text, origins.join(", "));
        for note in &host.notes {
            comment(text, note);
        }
        let rows = rows(host, &self.words, self.bytes);
        for (number, words) in rows.iter().enumerate() {
            let name = match number {
                0 => host.host.clone(),
                _ => {
                    comment(text, format_args!("One row does not hold all of {}; this one is a host of its own, with what is promised to it alone:", host.host));
                    unique(&mut self.taken, &host.host)
                }
            };
            self.count += 1;
            if self.count > ROWS {
                text.push_str("# ");
            }
            let _ = writeln!(text, "host {name} {}", words.join(" "));
        }
    }
}

/// A comment of one line, whatever is in the names of files.
pub(super) fn comment(text: &mut String, what: impl Display) {
    text.push_str("# ");
    let what = what.to_string();
    text.extend(what.chars().map(|one| match one.is_control() {
        true => '\u{fffd}',
        false => one,
    }));
    text.push('\n');
}
