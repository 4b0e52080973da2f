// SPDX-License-Identifier: GPL-2.0

//! Why something is a host's: which rows match it, which one has it, and why no other one.

mod address;
mod name;
mod process;
mod socket;

pub(super) use address::address;
pub(super) use name::name;
pub(super) use process::{process, Files};
pub(super) use socket::socket;

use super::listing;
use super::row::Row;
use crate::policy;
use std::borrow::Cow;

/// A row that matches, or nearly so.
struct Candidate {
    host: String,
    /// The match, as it stands in the row.
    by: String,
    /// Why it has it, or why not.
    why: String,
    /// Those with more go first.
    rank: (bool, i32),
}

/// The candidates in their order, a line each.
fn lines(mut candidates: Vec<Candidate>) -> String {
    candidates.sort_by(|a, b| b.rank.cmp(&a.rank).then_with(|| a.host.cmp(&b.host)));
    let lines = candidates
        .into_iter()
        .map(|one| [one.host, one.by, one.why].map(Cow::Owned));
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        return String::new();
    }
    let table = listing::coloured(["ROW", "MATCH", "WHY"], lines.into_iter());
    let lines: Vec<_> = table.lines().map(|line| format!("  {line}\n")).collect();
    lines.concat()
}

/// The values of a row's `addr=` without those of UNIX sockets, in the order of its matches.
fn addresses(row: &policy::Row) -> Vec<String> {
    let text = row.to_string();
    let parsed = Row::parse(&text);
    let values = parsed.iter().flat_map(|row| row.values("addr"));
    values
        .filter(|value| !value.starts_with("unix:"))
        .map(str::to_owned)
        .collect()
}
