// SPDX-License-Identifier: GPL-2.0

//! A line's words and their places.

use super::refusal::{
    Reason,
    Refusal, //
};

/// A word of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// The word itself, never empty.
    pub(super) text: &'a str,
    /// Its first byte in the line, counted from 1.
    column: usize,
}

impl<'a> Word<'a> {
    /// Refuses the word.
    #[inline(never)]
    pub(super) fn refuse(self, reason: Reason) -> Refusal {
        let column = u64::try_from(self.column).unwrap_or(u64::MAX);
        Refusal::new(self.text.as_bytes(), column, reason)
    }

    /// Refuses the word as one that is not understood.
    pub(super) fn invalid(self, expected: &'static str) -> Refusal {
        self.refuse(Reason::invalid(expected))
    }

    /// The parts before and behind the first `=`.
    pub(super) fn key_and_value(self) -> Option<(&'a str, &'a str)> {
        let at = self.text.bytes().position(|byte| byte == b'=')?;
        Some((self.text.get(..at)?, self.text.get(at.saturating_add(1)..)?))
    }

    /// What stands behind the first `=`, as a word of its own.
    pub(super) fn behind_key(self) -> Self {
        let (_, value) = self.key_and_value().unwrap_or(("", self.text));
        let skipped = self.text.len().saturating_sub(value.len());
        Self {
            text: value,
            column: self.column.saturating_add(skipped),
        }
    }

    /// Whether it is `key=value` for this key.
    pub(super) fn has_key(self, key: &str) -> bool {
        self.key_and_value().is_some_and(|(found, _)| found == key)
    }

    /// Whether it stands before `other` on the same line.
    pub(super) fn is_before(self, other: Self) -> bool {
        self.column < other.column
    }
}

/// The words of a line, which are separated by blanks and tabs.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    rest: &'a str,
    column: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self {
            rest: line,
            column: 1,
        }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    /// By bytes, not by characters: large tables have hundreds of thousands of words.
    fn next(&mut self) -> Option<Word<'a>> {
        let is_blank = |byte: u8| byte == b' ' || byte == b'\t';
        let skipped = self.rest.bytes().position(|byte| !is_blank(byte))?;
        let line = self.rest.get(skipped..)?;
        let end = line.bytes().position(is_blank).unwrap_or(line.len());
        let text = line.get(..end)?;
        let column = self.column.saturating_add(skipped);
        self.rest = line.get(end..)?;
        self.column = column.saturating_add(end);
        Some(Word { text, column })
    }
}
