// SPDX-License-Identifier: GPL-2.0

//! Texts with names, and places in them.

use std::sync::Arc;

/// A text that was read.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The name by which it is spoken of.
    pub(crate) name: Arc<str>,
    /// All of it.
    pub(crate) text: Arc<str>,
}

/// Bytes of a source, in the order of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Which one of [`Sources`].
    source: u32,
    start: u32,
    length: u32,
}

/// All texts that were read; at most 4 GiB each.
#[derive(Debug, Default)]
pub(crate) struct Sources(Vec<Source>);

impl Sources {
    /// Takes a text; its number.
    pub(super) fn add(&mut self, name: &str, text: String) -> u32 {
        let number = self.0.len();
        self.0.push(Source {
            name: name.into(),
            text: text.into(),
        });
        u32::try_from(number).expect("fewer files than memory for their names")
    }

    /// All of a source's text.
    pub(super) fn whole(&self, number: u32) -> Arc<str> {
        self.0[number as usize].text.clone()
    }

    /// The source of `place`.
    pub(crate) fn of(&self, place: Place) -> &Source {
        &self.0[place.source as usize]
    }

    /// The text at `place`.
    pub(crate) fn text(&self, place: Place) -> &str {
        let start = place.start as usize;
        &self.of(place).text[start..start + place.length as usize]
    }

    /// `NAME:LINE`, for a sentence.
    pub(crate) fn line_of(&self, place: Place) -> String {
        let source = self.of(place);
        let before = &source.text[..place.start as usize];
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        format!("{}:{line}", source.name)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Place {
    /// The first byte and how many there are.
    pub(crate) fn span(self) -> (usize, usize) {
        (self.start as usize, self.length as usize)
    }

    /// What is left behind so many bytes, but never nothing.
    pub(crate) fn behind(self, bytes: u32) -> Self {
        let cut = bytes.min(self.length.saturating_sub(1));
        Self {
            start: self.start + cut,
            length: self.length - cut,
            ..self
        }
    }
}

/// The words of a line, with their places.
#[derive(Debug, Clone, Default)]
pub(super) struct Words(pub(super) Vec<Place>);

/// The lines of a text, each as its words without a comment. `source` is the text's number.
pub(super) fn lines(source: u32, text: &str) -> impl Iterator<Item = Words> + '_ {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        words(source, start, line)
    })
}

/// The words of a line that begins at `start`.
fn words(source: u32, start: usize, line: &str) -> Words {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut words = Vec::new();
    let mut at = 0;
    let bytes = line.as_bytes();
    while let Some(blanks) = bytes[at..].iter().position(|byte| !is_blank(byte)) {
        at += blanks;
        if bytes[at] == b'#' {
            break;
        }
        let length = bytes[at..].iter().position(is_blank);
        let length = length.unwrap_or(bytes.len() - at);
        words.push(Place {
            source,
            start: (start + at) as u32,
            length: length as u32,
        });
        at += length;
    }
    Words(words)
}
