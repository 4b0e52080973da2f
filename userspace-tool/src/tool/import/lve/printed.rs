// SPDX-License-Identifier: GPL-2.0

//! What `lvectl list`, `lvectl limits` and `lvectl list-user` print.

use super::cap::Cpu;
use super::limits::Limits;
use super::{Found, Whose};
use crate::tool::failure::Failure;
use crate::tool::import::Origin;
use serde_json::Value;
use std::sync::Arc;

/// What to do when it is not understood.
const HELP: &str = "expected /etc/container/ve.cfg, or what `lvectl list` prints";

/// Reads a table: a line of headings, `ID SPEED PMEM VMEM EP NPROC IO IOPS` for instance, and a line for each user.
///
/// Errors: there are no headings, or a value is no number.
pub(super) fn table(name: &Arc<str>, text: &str) -> Result<Found, Failure> {
    let mut found = Found::new();
    let mut headings: Vec<String> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let origin = Origin::new(name, number + 1);
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        if headings.is_empty() {
            headings = words.iter().map(|word| word.to_ascii_uppercase()).collect();
            if headings[0] != "ID" {
                let what = "the first column is not called ID";
                return Err(origin.failure(what).help(HELP));
            }
            continue;
        }
        let fields = headings.iter().map(String::as_str).zip(words);
        let fields = fields.map(|(key, value)| (key, value.to_owned()));
        found.extend(row(fields, origin)?);
    }
    Ok(found)
}

/// Reads the same with `--json`: a list of objects, alone or as `data`, whose keys are the headings.
///
/// Errors: as those of [`table`].
pub(super) fn json(name: &Arc<str>, text: &str) -> Result<Found, Failure> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let origin = Origin::new(name, error.line());
        origin.failure(format_args!("no JSON: {error}")).help(HELP)
    })?;
    let origin = Origin::new(name, 1);
    let rows = value.get("data").unwrap_or(&value).as_array();
    let Some(rows) = rows else {
        let what = "there is no list in it, and no list called data";
        return Err(origin.failure(what).help(HELP));
    };
    let mut found = Found::new();
    for fields in rows.iter().filter_map(Value::as_object) {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let fields = fields
            .iter()
            .map(|(key, value)| (key.as_str(), text(value)));
        found.extend(row(fields, origin.clone())?);
    }
    Ok(found)
}

/// The limits of a line; `None`: nobody's.
fn row<'a>(
    fields: impl Iterator<Item = (&'a str, String)>,
    origin: Origin,
) -> Result<Option<(Whose, Limits, Origin)>, Failure> {
    let mut limits = Limits::default();
    let mut whose = None;
    for (key, value) in fields {
        let key = key.to_ascii_uppercase();
        if key == "ID" {
            whose = match value.as_str() {
                "default" => Some(Whose::Default),
                // The sum of all, not a user.
                "limit" => None,
                id => Some(id.parse().map_or(Whose::User(value), Whose::Id)),
            };
            continue;
        }
        let place = match &*key {
            "SPEED" | "CPU" => {
                let percent = value.trim_end_matches('%').parse().ok();
                limits.cpu = Some(Cpu::OfCore(
                    percent.ok_or_else(|| wrong(&origin, &key, &value))?,
                ));
                continue;
            }
            "PMEM" => &mut limits.pmem,
            "VMEM" | "MEM" => &mut limits.vmem,
            "NCPU" => &mut limits.ncpu,
            "NPROC" => &mut limits.nproc,
            "EP" => &mut limits.entry_processes,
            "IO" => &mut limits.io,
            "IOPS" => &mut limits.iops,
            _ => continue,
        };
        *place = Some(amount(&value).ok_or_else(|| wrong(&origin, &key, &value))?);
    }
    Ok(whose.map(|whose| (whose, limits, origin)))
}

fn wrong(origin: &Origin, key: &str, value: &str) -> Failure {
    origin
        .failure(format_args!("{key} {value}: no limit"))
        .help("expected a number, of memory with K, M, G or T behind it")
}

/// A number, with `K`, `M`, `G` or `T` behind it if it is of bytes.
fn amount(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|one: char| one.is_ascii_alphabetic());
    let unit = match &*text[digits.len()..].to_ascii_uppercase() {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return None,
    };
    Some(digits.parse::<u64>().ok()?.saturating_mul(unit))
}
