// SPDX-License-Identifier: GPL-2.0

//! Whether the module would take a table: asked of its own code, which is a part of this program.

use super::failure::Failure;
use super::file::{Configuration, Line, FAULTS};
use super::refusal::Refused;
use super::row::Row;
use crate::mem::Boxed;
use crate::policy::{Machine, Outcome, Refusal, Supported, Table, Writer};
use std::collections::HashSet;

/// All that a kernel can have: what the running one has not, it refuses itself.
pub(super) const SUPPORTED: Supported = Supported {
    uclamp: true,
    cpuset: true,
    memory: true,
    pids: true,
    io: true,
};

/// The table that a file makes on `machine`.
///
/// Errors: what the module would refuse, the first of each line.
pub(crate) fn judge(
    configuration: &Configuration,
    machine: &Machine,
) -> Result<Boxed<Table>, Failure> {
    let mut refused: Vec<(&Line, Refused)> = Vec::new();
    for specimen in &configuration.specimens {
        if let Err((_, why)) = replace(Writer::new(), [&*specimen.text], machine) {
            refused.push((specimen, why));
        }
    }
    let mut bad = HashSet::new();
    let mut made = None;
    while made.is_none() && refused.len() < FAULTS {
        let good = configuration.lines.iter().enumerate();
        let good: Vec<_> = good.filter(|(number, _)| !bad.contains(number)).collect();
        let lines = good.iter().map(|(_, line)| &*line.text);
        match replace(Writer::new(), lines, machine) {
            Ok(table) => made = Some(table),
            Err((at, why)) => {
                let (number, line) = good[at];
                bad.insert(number);
                let full = why.errno == "ENOSPC" && why.reason.starts_with("the table is full");
                refused.push((line, why));
                if full {
                    break;
                }
            }
        }
    }
    match made {
        Some(table) if refused.is_empty() => Ok(table),
        _ => Err(Failure::Faults(
            refused
                .iter()
                .map(|(line, why)| why.at(configuration, line))
                .collect(),
        )),
    }
}

/// The table that the module printed, to ask it what the module asks its own.
pub(crate) fn table(rows: &str, machine: &Machine) -> Result<Boxed<Table>, Failure> {
    replace(Writer::of_admitted(), rows.lines(), machine).map_err(|(_, why)| why.failure())
}

/// Whether the module would take `row` into `table`, in place of the one of its name.
pub(crate) fn row(table: &[Row<'_>], row: &Row<'_>, machine: &Machine) -> Result<(), Failure> {
    let others = table.iter().filter(|other| other.name != row.name);
    let lines: Vec<_> = others.chain([row]).map(Row::line).collect();
    let lines = lines.iter().map(String::as_str);
    let last = lines.len().saturating_sub(1);
    match replace(Writer::new(), lines, machine) {
        Err((at, why)) if at == last => Err(why.failure()),
        // What the module has taken is not this row's fault.
        _ => Ok(()),
    }
}

/// Why no row has this key, if that is so.
pub(crate) fn unknown_key(key: &str) -> Option<Refused> {
    let machine = Machine {
        cpus: 1,
        reserve_ppm: 0,
        guests: 0,
    };
    // No key takes nothing as its value; which ones there are is said of others only.
    let line = format!("host specimen {key}=");
    let (_, why) = replace(Writer::new(), [&*line], &machine).err()?;
    why.reason.starts_with("unknown key").then_some(why)
}

/// The table with these rows and no others; or the number of the line that is refused, and why.
fn replace<'a>(
    mut writer: Writer,
    lines: impl IntoIterator<Item = &'a str>,
    machine: &Machine,
) -> Result<Boxed<Table>, (usize, Refused)> {
    let before = Table::new(0);
    let mut taken = 0;
    let mut write = |text: &str| {
        let outcome = writer.write(&before, machine, &SUPPORTED, taken, text.as_bytes());
        taken += text.len() as u64;
        outcome
    };
    let refused = |at: usize, refusal: Refusal| {
        let why = Refused::parse(&refusal.to_string()).expect("the form of all refusals");
        (at, why)
    };
    write("begin\n").map_err(|refusal| refused(0, refusal))?;
    let mut last = 0;
    for (at, line) in lines.into_iter().enumerate() {
        write(&format!("{line}\n")).map_err(|refusal| refused(at, refusal))?;
        last = at;
    }
    match write("commit\n").map_err(|refusal| refused(last, refusal))? {
        Outcome::Publish(table) => Ok(table),
        Outcome::Staged => unreachable!("commit makes a table"),
    }
}
