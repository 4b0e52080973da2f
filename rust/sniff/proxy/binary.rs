// SPDX-License-Identifier: GPL-2.0

//! A header of version 2: binary (HAProxy's proxy-protocol.txt, section 2.2).

use crate::sniff::{
    bytewise::{
        answer,
        big_endian, //
    },
    Name,
    Nameless,
    Step, //
};

/// What a header starts with.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Version 2, and a connection that the proxy made on its own account.
const LOCAL: u8 = 0x20;
/// Version 2, and a connection that the proxy relays.
const PROXY: u8 = 0x21;

/// The type of the TLV with the host name that the client asked for (section 2.2.2).
const AUTHORITY: u8 = 0x02;

/// Bytes of the size of a TLV.
const SIZE_BYTES: u16 = 2;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The signature, of which so many bytes were read.
    Signature(u8),
    Command,
    Family,
    /// How many bytes follow: its first byte, or its second.
    Length(bool),
    Type,
    /// How many bytes the TLV has: its first byte, or its second.
    Size(bool),
    /// The host name.
    Authority,
    /// Addresses, or a TLV that does not count.
    Rest,
}

/// A header while it is read. As its length has 16 bits, what is looked at is bounded by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binary {
    part: Part,
    /// Whether the proxy relays the connection.
    relayed: bool,
    /// Whether the TLV at hand has the host name.
    authority: bool,
    /// Whether a host name was said; more of them do not count.
    said: bool,
    /// Bytes of the header that were not read, once its length is known.
    left: u16,
    /// Bytes of the addresses or the TLV that were not read.
    size: u16,
}

impl Binary {
    /// No byte was read.
    pub(super) const fn new() -> Self {
        Self {
            part: Part::Signature(0),
            relayed: false,
            authority: false,
            said: false,
            left: 0,
            size: 0,
        }
    }

    /// Whether the header has no byte more.
    pub(super) fn has_ended(&self) -> bool {
        self.part == Part::Type && self.left == 0
    }

    /// Reads one byte that is not only counted.
    pub(super) fn byte(&mut self, byte: u8, name: &mut Name) -> Step {
        let next = match self.part {
            Part::Type | Part::Size(_) | Part::Authority | Part::Rest => {
                self.left = self.left.saturating_sub(1);
                self.block(byte, name)
            }
            _ => self.start(byte),
        };
        let Some(next) = next else {
            return Step::Nameless(Nameless::Foreign);
        };
        let named = (self.part, next) == (Part::Authority, Part::Type);
        self.part = next;
        match named {
            true => {
                self.said = true;
                answer(name)
            }
            false if self.has_ended() => Step::Next,
            false => Step::More,
        }
    }

    /// Reads a byte of the first 16; what follows it, if it is right.
    fn start(&mut self, byte: u8) -> Option<Part> {
        match self.part {
            Part::Signature(at) => {
                let is_right = SIGNATURE.get(usize::from(at)) == Some(&byte);
                let next = at.saturating_add(1);
                is_right.then_some(match usize::from(next) == SIGNATURE.len() {
                    true => Part::Command,
                    false => Part::Signature(next),
                })
            }
            Part::Command => {
                self.relayed = byte == PROXY;
                matches!(byte, LOCAL | PROXY).then_some(Part::Family)
            }
            Part::Family if self.relayed => {
                self.size = addresses(byte)?;
                Some(Part::Length(false))
            }
            // It has no meaning in a connection of the proxy's own.
            Part::Family => Some(Part::Length(false)),
            Part::Length(false) => {
                self.left = big_endian(self.left, byte);
                Some(Part::Length(true))
            }
            _ => {
                self.left = big_endian(self.left, byte);
                if !self.relayed {
                    self.size = self.left;
                }
                self.counted()
            }
        }
    }

    /// Reads a byte behind them; what follows it, if it is right.
    fn block(&mut self, byte: u8, name: &mut Name) -> Option<Part> {
        match self.part {
            Part::Type => {
                self.authority = byte == AUTHORITY && !self.said;
                (self.left >= SIZE_BYTES).then_some(Part::Size(false))
            }
            Part::Size(false) => {
                self.size = big_endian(self.size, byte);
                Some(Part::Size(true))
            }
            Part::Size(true) => {
                self.size = big_endian(self.size, byte);
                match self.counted() {
                    Some(Part::Rest) if self.authority => {
                        name.clear();
                        Some(Part::Authority)
                    }
                    next => next,
                }
            }
            part => {
                if part == Part::Authority {
                    name.push(byte);
                }
                self.size = self.size.saturating_sub(1);
                Some(match self.size {
                    0 => Part::Type,
                    _ => part,
                })
            }
        }
    }

    /// What follows, if there is room in the header for as many bytes as announced.
    fn counted(&self) -> Option<Part> {
        (self.size <= self.left).then_some(match self.size {
            0 => Part::Type,
            _ => Part::Rest,
        })
    }

    /// How many of the next bytes do not count; never the last one of the header, at which its end is said.
    pub(super) fn ahead(&self) -> u16 {
        match self.part {
            Part::Rest => self.size.min(self.left.saturating_sub(1)),
            _ => 0,
        }
    }

    /// Passes over `count` bytes, at most [`Binary::ahead`].
    pub(super) fn pass(&mut self, count: u16) {
        self.left = self.left.saturating_sub(count);
        self.size = self.size.saturating_sub(count);
        if self.part == Part::Rest && self.size == 0 {
            self.part = Part::Type;
        }
    }
}

/// Bytes of addresses of a family and protocol, if both are known.
fn addresses(family: u8) -> Option<u16> {
    match (family >> 4, family & 0x0f) {
        (0, 0..=2) => Some(0),
        (1, 0..=2) => Some(12),
        (2, 0..=2) => Some(36),
        (3, 0..=2) => Some(216),
        _ => None,
    }
}
