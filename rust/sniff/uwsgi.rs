// SPDX-License-Identifier: GPL-2.0

//! The uwsgi protocol, from a web server to an application (uWSGI's documentation, "The uwsgi Protocol"): one packet of variables,
//! and the body. One request a connection.

use crate::sniff::{
    bytewise::{
        self,
        answer,
        little_endian, //
    },
    cgi::Variable,
    Name,
    Nameless,
    Parser,
    Step, //
};

/// The values of modifier1 that stand for a request with variables: WSGI, PSGI, Rack, PHP.
const REQUESTS: [u8; 4] = [0, 5, 7, 14];

/// Bytes of a size in front of a name or value.
const SIZE_BYTES: u16 = 2;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// modifier1.
    Kind,
    /// The size of the variables: its first byte, or its second.
    DataSize(bool),
    /// modifier2.
    Modifier,
    /// The size of a name: its first byte, or its second.
    NameSize(bool),
    /// A name that may count.
    Name,
    /// A name that does not count.
    OtherName,
    /// The size of a value: its first byte, or its second.
    ValueSize(bool),
    /// A value that counts.
    Value,
    /// A value that does not count.
    OtherValue,
    /// What is behind the answer.
    Over,
}

/// A parser of the uwsgi protocol. As the packet's size has 16 bits, what it looks at is bounded by itself.
#[derive(Clone, Debug)]
pub(crate) struct Uwsgi {
    part: Part,
    variable: Variable,
    /// Bytes of the variables that were not read.
    left: u16,
    /// Bytes of the name or value that were not read.
    size: u16,
}

const _: () = assert!(size_of::<Uwsgi>() <= 12);

impl Uwsgi {
    /// At the start of a connection.
    pub(crate) const fn new() -> Self {
        Self {
            part: Part::Kind,
            variable: Variable::new(),
            left: 0,
            size: 0,
        }
    }

    /// Reads one byte that is not only counted.
    fn byte(&mut self, byte: u8, name: &mut Name) -> Step {
        match self.part {
            Part::Kind => {
                if !REQUESTS.contains(&byte) {
                    return self.say(Step::Nameless(Nameless::Foreign));
                }
                self.part = Part::DataSize(false);
                Step::More
            }
            Part::DataSize(second) => {
                self.left = little_endian(self.left, byte);
                self.part = match second {
                    true => Part::Modifier,
                    false => Part::DataSize(true),
                };
                Step::More
            }
            Part::Modifier => {
                name.clear();
                self.part = Part::NameSize(false);
                self.end_of_data(name)
            }
            Part::Over => Step::End,
            _ => {
                self.left = self.left.saturating_sub(1);
                match self.variables(byte, name) {
                    Step::More => self.end_of_data(name),
                    answer => self.say(answer),
                }
            }
        }
    }

    /// Says the answer if no variable follows.
    fn end_of_data(&mut self, name: &Name) -> Step {
        match (self.left, self.part) {
            (1.., _) => Step::More,
            (0, Part::NameSize(false)) => self.say(answer(name)),
            (0, _) => self.say(Step::Nameless(Nameless::Foreign)),
        }
    }

    /// Reads a byte of the variables.
    fn variables(&mut self, byte: u8, name: &mut Name) -> Step {
        match self.part {
            Part::NameSize(false) => {
                self.size = little_endian(self.size, byte);
                self.part = Part::NameSize(true);
            }
            Part::NameSize(true) => {
                self.size = little_endian(self.size, byte);
                if self.size.saturating_add(SIZE_BYTES) > self.left {
                    return Step::Nameless(Nameless::Foreign);
                }
                self.part = match self.size {
                    0 => Part::ValueSize(false),
                    size if Variable::may_count(u32::from(size)) => Part::Name,
                    _ => Part::OtherName,
                };
            }
            Part::ValueSize(false) => {
                self.size = little_endian(self.size, byte);
                self.part = Part::ValueSize(true);
            }
            Part::ValueSize(true) => {
                self.size = little_endian(self.size, byte);
                if self.size > self.left {
                    return Step::Nameless(Nameless::Foreign);
                }
                self.part = match self.variable.counts() {
                    true => Part::Value,
                    false => Part::OtherValue,
                };
                return self.end_of_text(name);
            }
            Part::Name => {
                self.variable.name(byte);
                self.size = self.size.saturating_sub(1);
                return self.end_of_text(name);
            }
            Part::Value => {
                self.variable.value(byte, name);
                self.size = self.size.saturating_sub(1);
                return self.end_of_text(name);
            }
            _ => {
                self.size = self.size.saturating_sub(1);
                return self.end_of_text(name);
            }
        }
        Step::More
    }

    /// Goes on to what follows a name or value that has ended.
    fn end_of_text(&mut self, name: &Name) -> Step {
        match (self.size, self.part) {
            (1.., _) => Step::More,
            (0, Part::Name | Part::OtherName) => {
                self.part = Part::ValueSize(false);
                Step::More
            }
            (0, _) => {
                self.part = Part::NameSize(false);
                self.variable.end(name)
            }
        }
    }

    /// Says the answer, behind which nothing is looked at.
    fn say(&mut self, answer: Step) -> Step {
        self.part = Part::Over;
        answer
    }
}

impl Parser for Uwsgi {
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        bytewise::read(self, bytes, |parser, byte| parser.byte(byte, name))
    }

    /// Never the last byte of the variables, at which the answer is said.
    fn ahead(&self) -> u64 {
        match self.part {
            Part::OtherName | Part::OtherValue => {
                u64::from(self.size.min(self.left.saturating_sub(1)))
            }
            _ => 0,
        }
    }

    fn pass(&mut self, count: u64) {
        let count = u16::try_from(count.min(self.ahead())).unwrap_or_default();
        self.left = self.left.saturating_sub(count);
        self.size = self.size.saturating_sub(count);
        self.part = match (self.part, self.size) {
            (Part::OtherName, 0) => Part::ValueSize(false),
            (Part::OtherValue, 0) => {
                self.variable = Variable::new();
                Part::NameSize(false)
            }
            (part, _) => part,
        };
    }
}
