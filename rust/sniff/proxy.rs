// SPDX-License-Identifier: GPL-2.0

//! The PROXY protocol, from a proxy to the server behind it (HAProxy's proxy-protocol.txt): a header in front of what the proxy
//! relays, as a line of text (version 1) or binary (version 2).

mod binary;
mod line;

use crate::sniff::{
    bytewise,
    Name,
    Nameless,
    Parser,
    Step, //
};
use binary::Binary;
use line::Line;

/// A parser of the PROXY protocol, from the first byte of the header.
#[derive(Clone, Debug)]
pub(crate) enum Proxy {
    /// No byte was read.
    Start,
    /// Within a header of version 1.
    Line(Line),
    /// Within a header of version 2.
    Binary(Binary),
    /// Behind a header that ended with a host name.
    Next,
    /// Behind the header, or what is none.
    Over,
}

const _: () = assert!(size_of::<Proxy>() <= 52);

impl Proxy {
    /// At the start of a connection.
    pub(crate) const fn new() -> Self {
        Self::Start
    }

    /// Reads one byte that is not only counted.
    fn byte(&mut self, byte: u8, name: &mut Name) -> Step {
        if let Self::Start = self {
            *self = match byte {
                b'P' => Self::Line(Line::new()),
                _ => Self::Binary(Binary::new()),
            };
        }
        let step = match self {
            Self::Line(line) => line.byte(byte),
            Self::Binary(binary) => binary.byte(byte, name),
            Self::Start | Self::Next | Self::Over => Step::End,
        };
        match step {
            Step::Next | Step::Nameless(Nameless::Foreign) => *self = Self::Over,
            Step::Named | Step::Nameless(_) if self.has_ended() => *self = Self::Next,
            _ => {}
        }
        step
    }

    /// Whether the header has no byte more.
    fn has_ended(&self) -> bool {
        matches!(self, Self::Binary(binary) if binary.has_ended())
    }
}

impl Parser for Proxy {
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        if let Self::Next = self {
            *self = Self::Over;
            return Step::Next;
        }
        bytewise::read(self, bytes, |parser, byte| parser.byte(byte, name))
    }

    fn ahead(&self) -> u64 {
        match self {
            Self::Binary(binary) => u64::from(binary.ahead()),
            _ => 0,
        }
    }

    fn pass(&mut self, count: u64) {
        let count = u16::try_from(count.min(self.ahead()));
        if let (Self::Binary(binary), Ok(count)) = (self, count) {
            binary.pass(count);
        }
    }
}
