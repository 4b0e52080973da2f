// SPDX-License-Identifier: GPL-2.0

//! A host name as it is sent, byte by byte, and in the form in which names are compared.

use crate::limits::NAME_BYTES;
use crate::sniff::Nameless;

/// Digits of a port. More are no port.
const PORT_DIGITS: u8 = 5;

/// What has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The name itself.
    Name,
    /// The dot at its end, if nothing but a port follows.
    Dot,
    /// A port, and so many digits of it.
    Port(u8),
    /// What is no name.
    Odd,
}

/// A host name while it is read: `uri-host [ ":" port ]` of RFC 9110, section 7.2, without the addresses in brackets.
///
/// Names are compared as RFC 4343 wants it, in lower case, without the dot of the root at the end and without the port. The
/// alphabet is that of RFC 952 and 1123 (letters, digits, hyphen, dot) and the underscore, which is in use. At most 253 bytes
/// (RFC 1035, section 2.3.4).
#[derive(Clone, Debug)]
pub(crate) struct Name {
    bytes: [u8; NAME_BYTES],
    length: u8,
    part: Part,
}

const _: () = assert!(NAME_BYTES <= u8::MAX as usize);

impl Name {
    /// No byte was read.
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; NAME_BYTES],
            length: 0,
            part: Part::Name,
        }
    }

    /// Forgets what was read.
    pub(crate) fn clear(&mut self) {
        self.length = 0;
        self.part = Part::Name;
    }

    /// Whether nothing was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0 && self.part == Part::Name
    }

    /// Reads the next byte.
    pub(crate) fn push(&mut self, byte: u8) {
        self.part = match (self.part, byte) {
            (Part::Name | Part::Dot, b':') => Part::Port(0),
            (Part::Port(digits), b'0'..=b'9') if digits < PORT_DIGITS => {
                Part::Port(digits.saturating_add(1))
            }
            (Part::Name, b'.') if self.length > 0 => Part::Dot,
            (Part::Name | Part::Dot, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') => {
                let dot = self.part == Part::Dot;
                match (!dot || self.keep(b'.')) && self.keep(byte.to_ascii_lowercase()) {
                    true => Part::Name,
                    false => Part::Odd,
                }
            }
            _ => Part::Odd,
        };
    }

    /// Reads some bytes.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.push(*byte));
    }

    /// Puts a byte behind the name; says whether there was room.
    fn keep(&mut self, byte: u8) -> bool {
        let room = self.bytes.get_mut(usize::from(self.length));
        let Some(place) = room else {
            return false;
        };
        *place = byte;
        self.length = self.length.saturating_add(1);
        true
    }

    /// The name, if what was read is one.
    pub(crate) fn get(&self) -> Result<&str, Nameless> {
        if self.is_empty() {
            return Err(Nameless::Absent);
        }
        let name = self.bytes.get(..usize::from(self.length));
        match name.map(core::str::from_utf8) {
            Some(Ok(name)) if self.part != Part::Odd && !name.is_empty() => Ok(name),
            _ => Err(Nameless::Malformed),
        }
    }
}
