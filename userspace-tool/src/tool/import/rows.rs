// SPDX-License-Identifier: GPL-2.0

//! From a host to rows, each of which fits into the table.

use super::address::value;
use super::hosts::Host;
use crate::limits::{LINE_BYTES, MATCHES_PER_ROW, NAMES_PER_ROW, NAME_BYTES};

/// Words that belong together on one row.
type Words = Vec<String>;

/// The words of each of the host's rows, without `host NAME`. `extra` are at the end of each; in the table, they have `bytes`.
pub(super) fn rows(host: &Host, extra: &[String], bytes: usize) -> Vec<Words> {
    let scope = host.scope.0.iter();
    let addresses: Words = scope
        .map(|(place, ports)| format!("addr={}", value(*place, ports)))
        .collect();
    let names: Words = host
        .names
        .iter()
        .map(|name| format!("name={name}"))
        .collect();
    let behind: Words = host.words.iter().chain(extra).cloned().collect();
    let used = "host ".len() + NAME_BYTES + length(&host.words) + bytes;
    // Half of the room for each, since each row of addresses is repeated for each row of names.
    let room = LINE_BYTES.saturating_sub(used);
    let for_addresses = if names.is_empty() { room } else { room / 2 };
    let mut rows = Vec::new();
    for addresses in parts(&addresses, MATCHES_PER_ROW, for_addresses) {
        let for_names = room.saturating_sub(length(addresses));
        for names in parts(&names, NAMES_PER_ROW, for_names) {
            let words = addresses.iter().chain(names).chain(&behind);
            rows.push(words.cloned().collect());
        }
    }
    rows
}

/// Bytes of words, each behind a blank.
fn length(words: &[String]) -> usize {
    words.iter().map(|word| word.len() + 1).sum()
}

/// The words in parts of at most so many words and bytes; one without words if there are none.
fn parts(words: &[String], most: usize, bytes: usize) -> Vec<&[String]> {
    let mut parts = Vec::new();
    let mut rest = words;
    loop {
        let mut used = 0;
        let fits = |word: &&String| {
            used += word.len() + 1;
            used <= bytes
        };
        let count = rest.iter().take(most).take_while(fits).count();
        // One that is too long alone is for the check to refuse.
        let (part, behind) = rest.split_at(count.max(1).min(rest.len()));
        parts.push(part);
        rest = behind;
        if rest.is_empty() {
            return parts;
        }
    }
}
