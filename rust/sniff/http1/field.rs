// SPDX-License-Identifier: GPL-2.0

//! The fields of a request (RFC 9112, section 5).

use crate::sniff::known::Known;
use crate::sniff::Name;

use super::framing::{
    Coding,
    Framing,
    Length, //
};
use super::{
    CR,
    LF, //
};

/// Names of fields that are read, in lower case (RFC 9110, section 5.1).
const FIELDS: [&[u8]; 4] = [b"host", b"content-length", b"transfer-encoding", b"upgrade"];

/// Where in a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// At the start of a line.
    Start,
    /// Behind a CR there.
    StartCr,
    /// In the name of a field.
    Name,
    /// In the value of a field, or behind the start of a name that is none of [`FIELDS`].
    Value,
    /// Behind a CR there.
    ValueCr,
}

/// The field whose value is read. It may go on in the next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Host,
    Length,
    Coding,
    Other,
}

/// What a byte was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// The first one behind the `Host` field, whose value is the name.
    pub(super) host: bool,
    /// The last one of the head.
    pub(super) end: bool,
}

/// A head behind the request line while it is read.
///
/// White space between a field's name and the colon makes it another field: nginx and Apache refuse the request, as RFC 9112,
/// section 5.1, wants it. Lines that are no field say nothing. CR that ends no line is a space (RFC 9112, section 2.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    part: Part,
    field: Field,
    word: Known,
    /// Whether there is white space behind what was read of the `Host` field.
    gap: bool,
    /// Whether what follows may be of another protocol.
    change: bool,
    coding: Coding,
    length: Length,
}

impl Head {
    /// No byte was read behind the request line.
    pub(super) const fn new(tunnel: bool) -> Self {
        Self {
            part: Part::Start,
            field: Field::Other,
            word: Known::new(),
            gap: false,
            change: tunnel,
            coding: Coding::new(),
            length: Length::new(),
        }
    }

    /// Whether of the bytes that come next only LF counts.
    pub(super) fn is_idle(&self) -> bool {
        self.part == Part::Value && self.field == Field::Other
    }

    /// Reads the next byte.
    pub(super) fn read(&mut self, byte: u8, name: &mut Name) -> Read {
        let mut read = Read::default();
        self.part = match (self.part, byte) {
            (Part::Start, b' ' | b'\t') => {
                self.value(b' ', name);
                Part::Value
            }
            (Part::Start, _) => {
                read.host = self.close();
                read.end = byte == LF;
                self.word = Known::new();
                match byte {
                    LF => Part::Start,
                    CR => Part::StartCr,
                    _ => self.in_name(byte, name),
                }
            }
            (Part::StartCr, LF) => {
                read.end = true;
                Part::Start
            }
            (Part::StartCr, _) => Part::Value,
            (Part::Name | Part::Value | Part::ValueCr, LF) => Part::Start,
            (Part::Name, _) => self.in_name(byte, name),
            (Part::Value, CR) => Part::ValueCr,
            (Part::Value, _) => {
                self.value(byte, name);
                Part::Value
            }
            (Part::ValueCr, _) => {
                self.value(b' ', name);
                self.value(byte, name);
                Part::Value
            }
        };
        read
    }

    /// Reads a byte of a name. Behind one that is not read it makes no difference where the value starts.
    fn in_name(&mut self, byte: u8, name: &mut Name) -> Part {
        if byte != b':' {
            self.word.push(byte.to_ascii_lowercase(), &FIELDS);
            return match self.word.is_possible(&FIELDS) {
                true => Part::Name,
                false => Part::Value,
            };
        }
        self.field = match self.word.found(&FIELDS) {
            Some(0) => {
                self.gap = false;
                name.clear();
                Field::Host
            }
            Some(1) => {
                self.length.begin();
                Field::Length
            }
            Some(2) => {
                self.coding.begin();
                Field::Coding
            }
            Some(3) => {
                self.change = true;
                Field::Other
            }
            _ => Field::Other,
        };
        Part::Value
    }

    /// Reads a byte of a value.
    fn value(&mut self, byte: u8, name: &mut Name) {
        let byte = match byte {
            b'\t' | CR => b' ',
            _ => byte,
        };
        match self.field {
            Field::Host if byte == b' ' => self.gap = !name.is_empty(),
            Field::Host => {
                if self.gap {
                    name.push(b' ');
                }
                self.gap = false;
                name.push(byte);
            }
            Field::Length => self.length.read(byte),
            Field::Coding => self.coding.read(byte),
            Field::Other => {}
        }
    }

    /// The field at hand is complete, since the next line does not go on with it; says whether it is `Host`.
    fn close(&mut self) -> bool {
        let field = self.field;
        self.field = Field::Other;
        match field {
            Field::Length => self.length.close(),
            Field::Coding => self.coding.close(),
            Field::Host | Field::Other => {}
        }
        field == Field::Host
    }

    /// Whether what follows the request may be of another protocol.
    pub(super) fn may_change(&self) -> bool {
        self.change
    }

    /// What follows a complete head (RFC 9112, section 6.3), whatever the method and the version: a server that makes no tunnel
    /// passes over the body of CONNECT and goes on, and Apache reads chunks in HTTP/1.0, which others refuse.
    pub(super) fn framing(&self) -> Framing {
        let coding = self.coding.framing();
        coding.unwrap_or_else(|| self.length.framing())
    }
}
