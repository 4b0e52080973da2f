// SPDX-License-Identifier: GPL-2.0

//! Rows of the table as text.

use std::borrow::Cow;
use std::collections::HashMap;

/// The row for what no other row matches.
const DEFAULT: &str = "default";

/// A row, as `host NAME KEY=VALUE...`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    /// The host's name.
    pub(crate) name: &'a str,
    /// `KEY=VALUE`.
    pub(crate) words: Vec<Cow<'a, str>>,
}

impl<'a> Row<'a> {
    /// Reads a line; `None`: it is no row.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        (words.next()? == "host").then_some(())?;
        Some(Self {
            name: words.next()?,
            words: words.map(Cow::Borrowed).collect(),
        })
    }

    /// All values of a key.
    pub(crate) fn values<'b, 'c>(
        &'b self,
        key: &'c str,
    ) -> impl Iterator<Item = &'b str> + use<'a, 'b, 'c> {
        let words = self.words.iter();
        words.filter_map(move |word| word.strip_prefix(key)?.strip_prefix('='))
    }

    /// Appends the line.
    pub(crate) fn push_to(&self, text: &mut String) {
        text.push_str("host ");
        text.push_str(self.name);
        for word in &self.words {
            text.push(' ');
            text.push_str(word);
        }
    }

    /// The line.
    pub(crate) fn line(&self) -> String {
        let mut text = String::new();
        self.push_to(&mut text);
        text
    }

    /// Whether anything can be this host's.
    pub(crate) fn matches_something(&self) -> bool {
        let keys = ["addr", "name", "vps"];
        self.name == DEFAULT || keys.iter().any(|key| self.values(key).next().is_some())
    }
}

/// The rows of a table, in its order.
pub(crate) fn rows(table: &str) -> Vec<Row<'_>> {
    table.lines().filter_map(Row::parse).collect()
}

/// The same by name.
pub(crate) fn by_name<'a, 'b>(rows: &'b [Row<'a>]) -> HashMap<&'a str, &'b Row<'a>> {
    rows.iter().map(|row| (row.name, row)).collect()
}

/// The key of `KEY=VALUE`.
pub(crate) fn key(word: &str) -> &str {
    word.split_once('=').map_or(word, |(key, _)| key)
}

/// Whether it is one word of a line: neither the table nor a file would make several, several lines or a comment of it.
pub(crate) fn is_word(text: &str) -> bool {
    let is_odd = |one: char| one == ' ' || one.is_ascii_control();
    !text.is_empty() && !text.starts_with('#') && !text.contains(is_odd)
}
