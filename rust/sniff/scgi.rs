// SPDX-License-Identifier: GPL-2.0

//! SCGI, from a web server to an application (SCGI: A Simple Common Gateway Interface alternative, section 3): a netstring of
//! variables, and the body. One request a connection.

use crate::sniff::{
    bytewise::{
        self,
        answer,
        LOOKED_BYTES, //
    },
    cgi::Variable,
    Name,
    Nameless,
    Parser,
    Step, //
};

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The colon behind the netstring's length.
    Colon,
    /// The name of a variable.
    Name,
    /// The value of a variable.
    Value,
    /// The comma behind the netstring.
    Comma,
    /// What is behind the answer.
    Over,
}

/// A parser of SCGI.
#[derive(Clone, Debug)]
pub(crate) struct Scgi {
    part: Part,
    variable: Variable,
    /// Bytes of the netstring that were not read.
    left: u32,
    /// Bytes of it that were read, up to [`LOOKED_BYTES`].
    looked: u32,
}

const _: () = assert!(size_of::<Scgi>() <= 16);

impl Scgi {
    /// At the start of a connection, behind the digits of the netstring's length.
    pub(crate) const fn new(length: u32) -> Self {
        Self {
            part: Part::Colon,
            variable: Variable::new(),
            left: length,
            looked: 0,
        }
    }

    /// Reads one byte.
    fn byte(&mut self, byte: u8, name: &mut Name) -> Step {
        match (self.part, byte) {
            (Part::Colon, b':') => {
                name.clear();
                self.part = match self.left {
                    0 => Part::Comma,
                    _ => Part::Name,
                };
                Step::More
            }
            (Part::Name | Part::Value, _) => self.variables(byte, name),
            (Part::Comma, b',') => self.say(answer(name)),
            (Part::Over, _) => Step::End,
            _ => self.say(Step::Nameless(Nameless::Foreign)),
        }
    }

    /// Reads a byte of the netstring: a name, NUL, its value, NUL, the next name.
    fn variables(&mut self, byte: u8, name: &mut Name) -> Step {
        if self.looked >= LOOKED_BYTES {
            return self.say(Step::Nameless(Nameless::TooLate));
        }
        self.looked = self.looked.saturating_add(1);
        self.left = self.left.saturating_sub(1);
        let value = self.part == Part::Value;
        let step = match byte {
            0 if value => self.variable.end(name),
            0 => Step::More,
            _ if !value => {
                self.variable.name(byte);
                Step::More
            }
            _ if self.variable.counts() => {
                self.variable.value(byte, name);
                Step::More
            }
            _ => Step::More,
        };
        self.part = match byte {
            0 if value => Part::Name,
            0 => Part::Value,
            _ => self.part,
        };
        match step {
            Step::More if self.left > 0 => Step::More,
            Step::More if value && byte == 0 => {
                self.part = Part::Comma;
                Step::More
            }
            Step::More => self.say(Step::Nameless(Nameless::Foreign)),
            answer => self.say(answer),
        }
    }

    /// Says the answer, behind which nothing is looked at.
    fn say(&mut self, answer: Step) -> Step {
        self.part = Part::Over;
        answer
    }
}

impl Parser for Scgi {
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        bytewise::read(self, bytes, |parser, byte| parser.byte(byte, name))
    }

    fn ahead(&self) -> u64 {
        0
    }

    fn pass(&mut self, _count: u64) {}
}
