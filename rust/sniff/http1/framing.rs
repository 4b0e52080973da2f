// SPDX-License-Identifier: GPL-2.0

//! The fields that say how long a request's body is (RFC 9112, section 6).

use crate::sniff::known::Known;

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// A body of so many bytes.
    Length(u64),
    /// A body in chunks.
    Chunked,
    /// What nobody can tell the end of: servers refuse the request.
    Unknown,
}

/// Where in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Before,
    Digits,
    Behind,
}

/// `Content-Length` fields. A list of the same number is that number (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Length {
    /// The number that was read.
    known: Option<u64>,
    /// The number at hand.
    number: u64,
    part: Part,
    /// Whether something is no number, or another one than before.
    bad: bool,
}

impl Length {
    pub(super) const fn new() -> Self {
        Self {
            known: None,
            number: 0,
            part: Part::Before,
            bad: false,
        }
    }

    /// A field begins.
    pub(super) fn begin(&mut self) {
        self.number = 0;
        self.part = Part::Before;
    }

    /// Reads the next byte of a value.
    pub(super) fn read(&mut self, byte: u8) {
        match (self.part, byte) {
            (Part::Before | Part::Digits, b'0'..=b'9') => {
                let digit = u64::from(byte.wrapping_sub(b'0'));
                let number = self.number.checked_mul(10);
                let number = number.and_then(|number| number.checked_add(digit));
                self.bad |= number.is_none();
                self.number = number.unwrap_or(0);
                self.part = Part::Digits;
            }
            (Part::Before, b' ') => {}
            (_, b' ') => self.part = Part::Behind,
            (_, b',') => {
                self.close();
                self.begin();
            }
            _ => self.bad = true,
        }
    }

    /// A number is complete.
    pub(super) fn close(&mut self) {
        let known = *self.known.get_or_insert(self.number);
        self.bad |= self.part == Part::Before || known != self.number;
    }

    /// What the complete fields say.
    pub(super) fn framing(&self) -> Framing {
        match self.bad {
            true => Framing::Unknown,
            false => Framing::Length(self.known.unwrap_or(0)),
        }
    }
}

/// The coding that ends a message by itself, in lower case (RFC 9112, section 7).
const CHUNKED: [&[u8]; 1] = [b"chunked"];

/// What a list of codings says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// There is no such field.
    Absent,
    /// It ends with `chunked`.
    Chunked,
    /// It ends with another one, or is empty.
    Other,
}

/// `Transfer-Encoding` fields: a list of codings, of which the last counts (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Coding {
    /// The codings before the one at hand.
    last: Last,
    /// The coding at hand; nothing between two commas is none (RFC 9110, section 5.6.1).
    word: Known,
    /// Whether there is white space behind it.
    gap: bool,
}

impl Coding {
    pub(super) const fn new() -> Self {
        Self {
            last: Last::Absent,
            word: Known::new(),
            gap: false,
        }
    }

    /// A field begins.
    pub(super) fn begin(&mut self) {
        if self.last == Last::Absent {
            self.last = Last::Other;
        }
    }

    /// Reads the next byte of a value.
    pub(super) fn read(&mut self, byte: u8) {
        match byte {
            b' ' => self.gap = self.word.length() > 0,
            b',' => self.close(),
            _ => {
                if self.gap {
                    self.word.miss();
                }
                self.word.push(byte.to_ascii_lowercase(), &CHUNKED);
            }
        }
    }

    /// A coding is complete.
    pub(super) fn close(&mut self) {
        if self.word.length() > 0 {
            self.last = match self.word.found(&CHUNKED) {
                Some(_) => Last::Chunked,
                None => Last::Other,
            };
        }
        self.word = Known::new();
        self.gap = false;
    }

    /// What the complete fields say, if there are any.
    pub(super) fn framing(&self) -> Option<Framing> {
        match self.last {
            Last::Absent => None,
            Last::Chunked => Some(Framing::Chunked),
            Last::Other => Some(Framing::Unknown),
        }
    }
}
