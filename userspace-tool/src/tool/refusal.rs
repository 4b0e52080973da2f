// SPDX-License-Identifier: GPL-2.0

//! A refusal of the table's, as `/proc/vhqos/last_error` has it and as the same code says it here:
//! `LINE:COLUMN: ERRNO: 'WORD': REASON`, the word only if there is one.

use super::failure::Failure;
use super::file::{Configuration, Fault, Line};

/// Why a line was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// From 1, since the file was opened.
    pub(crate) line: u64,
    /// In bytes, from 1.
    pub(crate) column: u64,
    /// The error's name in C.
    pub(crate) errno: String,
    /// The beginning of the word.
    pub(crate) word: Option<String>,
    /// The reason, and what is expected.
    pub(crate) reason: String,
}

impl Refused {
    /// Reads a refusal; `None`: this is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('\n');
        let (place, text) = text.split_once(": ")?;
        let (line, column) = place.split_once(':')?;
        let (errno, text) = text.split_once(": ")?;
        // A quote inside of the word is escaped.
        let parts = text
            .strip_prefix('\'')
            .and_then(|text| text.split_once("': "));
        let (word, reason) = match parts {
            Some((word, reason)) => (Some(word.to_owned()), reason),
            None => (None, text),
        };
        Some(Self {
            line: line.parse().ok()?,
            column: column.parse().ok()?,
            errno: errno.to_owned(),
            word,
            reason: reason.to_owned(),
        })
    }

    /// What is wrong, and what to do.
    pub(crate) fn parts(&self) -> (String, Option<&str>) {
        let (what, help) = match self.reason.split_once(": ") {
            Some((what, help)) => (what, Some(help)),
            None => (&*self.reason, None),
        };
        let what = match &self.word {
            Some(word) => format!("{word}: {what}"),
            None => what.to_owned(),
        };
        (what, help)
    }

    /// The refusal of what was not read from a file.
    pub(crate) fn failure(&self) -> Failure {
        let (what, help) = self.parts();
        let failure = Failure::failed(format!("refused: {what}"));
        match help {
            Some(help) => failure.help(help),
            None => failure,
        }
    }

    /// The refusal of `line` as a fault of the file that it was read from.
    pub(crate) fn at(&self, configuration: &Configuration, line: &Line) -> Fault {
        let sources = &configuration.sources;
        let (place, package) = line.place(self.column);
        let (what, help) = self.parts();
        let used = package.map(|place| format!("taken by the row in {}", sources.line_of(place)));
        let help: Vec<&str> = help.into_iter().chain(used.as_deref()).collect();
        let fault = Fault::new(sources, place, what);
        match help.is_empty() {
            true => fault,
            false => fault.help(help.join("; ")),
        }
    }
}
