// SPDX-License-Identifier: GPL-2.0

//! What is different between two tables.

use super::row::{by_name, key, Row};
use super::style;
use std::borrow::Cow;

/// A row that is not the same.
#[derive(Debug, PartialEq, Eq)]
enum Change<'a> {
    Added(&'a Row<'a>),
    Removed(&'a Row<'a>),
    Changed {
        name: &'a str,
        /// Words that go, and words that come.
        gone: Vec<&'a str>,
        new: Vec<&'a str>,
    },
}

/// What changes from one table to another.
#[derive(Debug)]
pub(crate) struct Difference<'a> {
    changes: Vec<Change<'a>>,
    same: usize,
}

impl<'a> Difference<'a> {
    /// From `before` to `after`: what goes first, then what comes and what changes in the order of `after`.
    pub(crate) fn new(before: &'a [Row<'a>], after: &'a [Row<'a>]) -> Self {
        let (old, new) = (by_name(before), by_name(after));
        let gone = before.iter().filter(|row| !new.contains_key(row.name));
        let mut changes: Vec<_> = gone.map(Change::Removed).collect();
        let mut same = 0;
        for row in after {
            match old.get(row.name) {
                None => changes.push(Change::Added(row)),
                Some(before) => match changed(before, row) {
                    None => same += 1,
                    Some(change) => changes.push(change),
                },
            }
        }
        Self { changes, same }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What changes from one row to the next one of its name.
fn changed<'a>(before: &'a Row<'a>, after: &'a Row<'a>) -> Option<Change<'a>> {
    if before.words == after.words {
        return None;
    }
    let without = |words: &'a [Cow<'a, str>], others: &[Cow<'a, str>]| -> Vec<&'a str> {
        let kept = words.iter().filter(|word| !others.contains(word));
        kept.map(|word| &**word).collect()
    };
    let gone = without(&before.words, &after.words);
    let new = without(&after.words, &before.words);
    let same = gone.is_empty() && new.is_empty();
    (!same).then_some(Change::Changed {
        name: after.name,
        gone,
        new,
    })
}

impl Change<'_> {
    /// Appends the line that says it.
    fn push_to(&self, text: &mut String) {
        match self {
            Self::Added(row) => {
                text.push_str(&style::good("+"));
                text.push(' ');
                row.push_to(text);
            }
            Self::Removed(row) => {
                text.push_str(&style::bad("-"));
                text.push(' ');
                row.push_to(text);
            }
            Self::Changed { name, gone, new } => {
                text.push_str(&style::notable("~"));
                text.push_str(" host ");
                text.push_str(name);
                let of = |words: &[&str], of: &str| -> usize {
                    words.iter().filter(|word| key(word) == of).count()
                };
                // A value that takes another one's place.
                let is_pair = |key: &str| of(gone, key) == 1 && of(new, key) == 1;
                for word in gone {
                    let next = new.iter().find(|new| key(new) == key(word));
                    text.push(' ');
                    match next.filter(|_| is_pair(key(word))) {
                        None => text.push_str(&style::bad(&format!("-{word}"))),
                        Some(next) => {
                            let value = next.split_once('=').map_or("", |(_, value)| value);
                            text.push_str(&format!("{word} -> {value}"));
                        }
                    }
                }
                for word in new.iter().filter(|word| !is_pair(key(word))) {
                    text.push(' ');
                    text.push_str(&style::good(&format!("+{word}")));
                }
            }
        }
        text.push('\n');
    }
}

impl Difference<'_> {
    /// A line for each row that is not the same, and one that counts them.
    pub(crate) fn print(&self) -> String {
        let mut text = String::new();
        for change in &self.changes {
            change.push_to(&mut text);
        }
        let count = |is_it: fn(&Change<'_>) -> bool| {
            let all = self.changes.iter();
            all.filter(|change| is_it(change)).count()
        };
        let parts = [
            (count(|one| matches!(one, Change::Added(_))), "added"),
            (count(|one| matches!(one, Change::Removed(_))), "removed"),
            (
                count(|one| matches!(one, Change::Changed { .. })),
                "changed",
            ),
            (self.same, "unchanged"),
        ];
        let said = parts.iter().filter(|(number, _)| *number > 0);
        let said: Vec<_> = said
            .map(|(number, what)| format!("{number} {what}"))
            .collect();
        match said.is_empty() {
            true => text.push_str("no hosts"),
            false => text.push_str(&said.join(", ")),
        }
        text.push('\n');
        text
    }
}
