// SPDX-License-Identifier: GPL-2.0

//! FastCGI, from a web server to an application (FastCGI Specification 1.0).
//!
//! Web servers send one request after the other on a connection. Of requests that are sent at once, which the specification
//! allows and none of them does, only the one that began last is looked at. A request that is aborted before its parameters end
//! has no answer.

mod params;

use core::num::NonZeroU16;

use crate::sniff::{
    bytewise::{
        self,
        big_endian,
        LOOKED_BYTES, //
    },
    Name,
    Nameless,
    Parser,
    Skip,
    Step, //
};
use params::Params;

/// FCGI_VERSION_1 (section 8).
const VERSION: u8 = 1;
/// FCGI_BEGIN_REQUEST.
const BEGIN_REQUEST: u8 = 1;
/// FCGI_PARAMS.
const PARAMS: u8 = 4;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The header of a record (section 3.3), of which so many bytes were read.
    Header(u8),
    /// Parameters of the request at hand.
    Params,
    /// What of a record is not looked at.
    Rest,
    /// What is not FastCGI.
    Over,
}

/// A parser of FastCGI.
#[derive(Clone, Debug)]
pub(crate) struct FastCgi {
    part: Part,
    /// The type of the record.
    kind: u8,
    /// The request that the record belongs to; 0 if to none.
    id: u16,
    /// Bytes of the record's content that were not read.
    content: u16,
    /// Bytes of padding behind the content.
    padding: u8,
    /// Content and padding that are not looked at.
    rest: Skip,
    /// The request at hand, until its answer is known.
    request: Option<NonZeroU16>,
    /// Bytes of its parameters that were read, up to [`LOOKED_BYTES`].
    looked: u32,
    params: Params,
}

const _: () = assert!(size_of::<FastCgi>() <= 40);

impl FastCgi {
    /// At the start of a connection.
    pub(crate) const fn new() -> Self {
        Self {
            part: Part::Header(0),
            kind: 0,
            id: 0,
            content: 0,
            padding: 0,
            rest: Skip(0),
            request: None,
            looked: 0,
            params: Params::new(),
        }
    }

    /// Reads one byte that is not only counted.
    fn byte(&mut self, byte: u8, name: &mut Name) -> Step {
        match self.part {
            Part::Header(at) => self.header(at, byte, name),
            Part::Params => self.parameter(byte, name),
            Part::Rest => {
                self.pass(1);
                Step::More
            }
            Part::Over => Step::End,
        }
    }

    /// Reads byte `at` of a header.
    fn header(&mut self, at: u8, byte: u8, name: &mut Name) -> Step {
        match at {
            0 if byte != VERSION => {
                self.part = Part::Over;
                return Step::Nameless(Nameless::Foreign);
            }
            1 => self.kind = byte,
            2 | 3 => self.id = big_endian(self.id, byte),
            4 | 5 => self.content = big_endian(self.content, byte),
            6 => self.padding = byte,
            7 => return self.record(name),
            _ => {}
        }
        self.part = Part::Header(at.saturating_add(1));
        Step::More
    }

    /// Starts on the record of which the header was read.
    fn record(&mut self, name: &mut Name) -> Step {
        let id = NonZeroU16::new(self.id);
        match self.kind {
            BEGIN_REQUEST if id.is_some() => {
                self.request = id;
                self.looked = 0;
                self.params = Params::new();
                name.clear();
            }
            PARAMS if id.is_some() && id == self.request && self.content > 0 => {
                self.part = Part::Params;
                return Step::More;
            }
            PARAMS if id.is_some() && id == self.request => return self.say(self.params.end(name)),
            _ => {}
        }
        self.skip();
        Step::More
    }

    /// Reads a byte of the parameters of the request at hand.
    fn parameter(&mut self, byte: u8, name: &mut Name) -> Step {
        self.content = self.content.saturating_sub(1);
        if self.looked >= LOOKED_BYTES {
            return self.say(Step::Nameless(Nameless::TooLate));
        }
        self.looked = self.looked.saturating_add(1);
        match self.params.byte(byte, name) {
            Step::More => {
                if self.content == 0 {
                    self.skip();
                }
                Step::More
            }
            answer => self.say(answer),
        }
    }

    /// Says the answer to the request at hand, which is looked at no more.
    fn say(&mut self, answer: Step) -> Step {
        self.request = None;
        self.skip();
        answer
    }

    /// Skips what is left of the record.
    fn skip(&mut self) {
        let content = u64::from(self.content);
        self.rest
            .set(content.saturating_add(u64::from(self.padding)));
        self.part = match self.rest.left() {
            0 => Part::Header(0),
            _ => Part::Rest,
        };
    }
}

impl Parser for FastCgi {
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        bytewise::read(self, bytes, |parser, byte| parser.byte(byte, name))
    }

    fn ahead(&self) -> u64 {
        match self.part {
            Part::Params => {
                let room = LOOKED_BYTES.saturating_sub(self.looked);
                let ahead = self.params.ahead().min(room);
                u64::from(ahead.min(u32::from(self.content)))
            }
            Part::Rest => self.rest.left(),
            Part::Header(_) | Part::Over => 0,
        }
    }

    fn pass(&mut self, count: u64) {
        let count = count.min(self.ahead());
        if self.part == Part::Rest {
            self.rest.pass(count);
            if self.rest.left() == 0 {
                self.part = Part::Header(0);
            }
        } else if let Ok(count @ 1..) = u16::try_from(count) {
            self.content = self.content.saturating_sub(count);
            self.looked = self.looked.saturating_add(u32::from(count));
            self.params.pass(u32::from(count));
            if self.content == 0 {
                self.skip();
            }
        }
    }
}
