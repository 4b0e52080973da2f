// SPDX-License-Identifier: GPL-2.0

//! A row as the module takes it, and where its words come from.

use super::source::{Place, Sources};

/// A line for `/proc/vhqos/table`.
#[derive(Debug)]
pub(crate) struct Line {
    /// The line, without an end; its words are separated by one blank each.
    pub(crate) text: String,
    /// Where each word begins in the text, and where it was read.
    words: Vec<(u32, Place)>,
    /// Where the row says which package it takes, and from which word on they are the package's.
    package: Option<(Place, usize)>,
}

impl Line {
    /// A row that begins with its verb.
    pub(super) fn new(verb: &str, place: Place) -> Self {
        Self {
            text: verb.to_owned(),
            words: vec![(0, place)],
            package: None,
        }
    }

    /// Appends a word.
    pub(super) fn push(&mut self, sources: &Sources, word: Place) {
        self.push_text(sources.text(word), word);
    }

    /// Appends a word that stands nowhere, or only in short, because of what is at `place`.
    pub(super) fn push_text(&mut self, text: &str, place: Place) {
        self.text.push(' ');
        self.words.push((self.text.len() as u32, place));
        self.text.push_str(text);
    }

    /// All words from now on are those of the package that is named at `place`.
    pub(super) fn begin_package(&mut self, place: Place) {
        self.package = Some((place, self.words.len()));
    }

    /// The word at a column, in bytes and counted from 1, from there on; and where its package is named if it comes from one.
    pub(crate) fn place(&self, column: u64) -> (Place, Option<Place>) {
        let column = u32::try_from(column.saturating_sub(1)).unwrap_or(u32::MAX);
        let words = self.words.partition_point(|(start, _)| *start <= column);
        let number = words.saturating_sub(1);
        let (start, word) = self.words[number];
        let package = self.package.filter(|(_, from)| number >= *from);
        let place = word.behind(column - start);
        (place, package.map(|(place, _)| place))
    }
}
