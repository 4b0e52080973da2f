// SPDX-License-Identifier: GPL-2.0

//! A header of version 1: one line of text (HAProxy's proxy-protocol.txt, section 2.1).

use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use crate::sniff::{
    Nameless,
    Step, //
};

/// What a line starts with.
const SIGNATURE: &[u8] = b"PROXY ";

/// Bytes in the longest line, with CR and LF.
const LINE_BYTES: u8 = 107;

/// Bytes in the longest word that is read: an IPv6 address that ends as an IPv4 address.
const WORD_BYTES: usize = 45;

/// Of which kind the addresses are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    /// Whether `word` is an address of the family.
    fn holds(self, word: &str) -> bool {
        match self {
            Self::V4 => word.parse::<Ipv4Addr>().is_ok(),
            Self::V6 => word.parse::<Ipv6Addr>().is_ok(),
        }
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Signature,
    Protocol,
    Source(Family),
    Destination(Family),
    SourcePort,
    DestinationPort,
    /// What stands in the line of an unknown protocol, which has no meaning.
    Ignored,
    /// The LF behind the CR.
    LineFeed,
}

/// A line while it is read.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    part: Part,
    /// Bytes of the line that were read, up to [`LINE_BYTES`].
    read: u8,
    /// Bytes of the word.
    length: u8,
    word: [u8; WORD_BYTES],
}

impl Line {
    /// No byte was read.
    pub(super) const fn new() -> Self {
        Self {
            part: Part::Signature,
            read: 0,
            length: 0,
            word: [0; WORD_BYTES],
        }
    }

    /// Reads one byte.
    pub(super) fn byte(&mut self, byte: u8) -> Step {
        let at = usize::from(self.read);
        self.read = self.read.saturating_add(1);
        let next = match (self.part, byte) {
            (Part::Signature, _) if SIGNATURE.get(at) != Some(&byte) => None,
            (Part::Signature, b' ') => Some(Part::Protocol),
            (Part::Signature, _) => Some(Part::Signature),
            (Part::Ignored, b'\r') => Some(Part::LineFeed),
            (Part::Ignored, _) => Some(Part::Ignored),
            (Part::LineFeed, b'\n') => return Step::Next,
            (Part::LineFeed, _) => None,
            (_, b' ' | b'\r') => self.word_ends(byte),
            (part, _) => self.keep(byte).then_some(part),
        };
        match next {
            Some(part) if self.read < LINE_BYTES => {
                self.part = part;
                Step::More
            }
            _ => Step::Nameless(Nameless::Foreign),
        }
    }

    /// What follows the word that ends with `byte`, if both are right.
    fn word_ends(&mut self, byte: u8) -> Option<Part> {
        let word = self.word.get(..usize::from(self.length))?;
        let word = core::str::from_utf8(word).ok()?;
        self.length = 0;
        match (self.part, word, byte) {
            (Part::Protocol, "TCP4", b' ') => Some(Part::Source(Family::V4)),
            (Part::Protocol, "TCP6", b' ') => Some(Part::Source(Family::V6)),
            (Part::Protocol, "UNKNOWN", b' ') => Some(Part::Ignored),
            (Part::Protocol, "UNKNOWN", b'\r') => Some(Part::LineFeed),
            (Part::Source(family), word, b' ') if family.holds(word) => {
                Some(Part::Destination(family))
            }
            (Part::Destination(family), word, b' ') if family.holds(word) => Some(Part::SourcePort),
            (Part::SourcePort, word, b' ') if is_port(word) => Some(Part::DestinationPort),
            (Part::DestinationPort, word, b'\r') if is_port(word) => Some(Part::LineFeed),
            _ => None,
        }
    }

    /// Puts a byte behind the word; says whether there was room.
    fn keep(&mut self, byte: u8) -> bool {
        let room = self.word.get_mut(usize::from(self.length));
        let kept = room.map(|place| *place = byte).is_some();
        self.length = self.length.saturating_add(1);
        kept
    }
}

/// Whether `word` is a port: decimal, without sign and leading zeros.
fn is_port(word: &str) -> bool {
    const MOST: &str = "65535";
    let canonical = word == "0" || word.starts_with(|first: char| matches!(first, '1'..='9'));
    // Numbers of as many digits are in the order of their texts.
    let fits = word.len() < MOST.len() || (word.len() == MOST.len() && word <= MOST);
    canonical && fits && word.bytes().all(|byte| byte.is_ascii_digit())
}
