// SPDX-License-Identifier: GPL-2.0

//! The parameters of a request: name-value pairs (FastCGI Specification 1.0, section 3.4).

use crate::sniff::{
    bytewise::answer,
    cgi::Variable,
    Name,
    Nameless,
    Step, //
};

/// The bit of a length's first byte that says that it has three bytes more.
const LONG: u8 = 0x80;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A name's length: its first byte, or so many bytes more of it.
    NameLength(u8),
    /// The same of its value.
    ValueLength(u8),
    /// A name that may count.
    Name,
    /// A value that counts.
    Value,
    /// A name or value that does not count.
    Rest,
}

/// What was read of the parameters of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Params {
    part: Part,
    variable: Variable,
    /// Bytes of the name that were not read.
    name: u32,
    /// Bytes of the value that were not read; of both in [`Part::Rest`].
    value: u32,
}

impl Params {
    /// Before the first pair.
    pub(super) const fn new() -> Self {
        Self {
            part: Part::NameLength(0),
            variable: Variable::new(),
            name: 0,
            value: 0,
        }
    }

    /// Reads one byte.
    pub(super) fn byte(&mut self, byte: u8, name: &mut Name) -> Step {
        match self.part {
            Part::NameLength(more) => {
                self.part = match length(&mut self.name, more, byte) {
                    0 => Part::ValueLength(0),
                    more => Part::NameLength(more),
                };
            }
            Part::ValueLength(more) => match length(&mut self.value, more, byte) {
                0 => self.lengths_end(),
                more => self.part = Part::ValueLength(more),
            },
            Part::Name => {
                self.variable.name(byte);
                self.name = self.name.saturating_sub(1);
                if self.name == 0 {
                    return self.name_ends(name);
                }
            }
            Part::Value => {
                self.variable.value(byte, name);
                self.value = self.value.saturating_sub(1);
                if self.value == 0 {
                    return self.pair_ends(name);
                }
            }
            Part::Rest => self.pass(1),
        }
        Step::More
    }

    /// Starts on the pair of which both lengths were read.
    fn lengths_end(&mut self) {
        if Variable::may_count(self.name) {
            self.part = Part::Name;
        } else {
            // Both have at most 31 bits.
            self.value = self.value.saturating_add(self.name);
            self.part = Part::Rest;
            self.pass(0);
        }
    }

    /// Goes on to the value of the name that was read.
    fn name_ends(&mut self, name: &Name) -> Step {
        self.part = match self.variable.counts() {
            true => Part::Value,
            false => Part::Rest,
        };
        match self.value {
            0 => self.pair_ends(name),
            _ => Step::More,
        }
    }

    /// Goes on to the next pair; says the answer if this was it.
    fn pair_ends(&mut self, name: &Name) -> Step {
        self.part = Part::NameLength(0);
        self.variable.end(name)
    }

    /// The answer at the end of all pairs.
    pub(super) fn end(&self, name: &Name) -> Step {
        match self.part {
            Part::NameLength(0) => answer(name),
            _ => Step::Nameless(Nameless::Foreign),
        }
    }

    /// How many of the next bytes do not count.
    pub(super) fn ahead(&self) -> u32 {
        match self.part {
            Part::Rest => self.value,
            _ => 0,
        }
    }

    /// Passes over `count` bytes that do not count.
    pub(super) fn pass(&mut self, count: u32) {
        self.value = self.value.saturating_sub(count);
        if self.value == 0 {
            self.part = Part::NameLength(0);
            self.variable = Variable::new();
        }
    }
}

/// Reads a byte of a length, its first or one of `more`; says how many are still to come.
fn length(length: &mut u32, more: u8, byte: u8) -> u8 {
    match more {
        0 if byte & LONG == 0 => {
            *length = u32::from(byte);
            0
        }
        0 => {
            *length = u32::from(byte & !LONG);
            3
        }
        more => {
            *length = length.wrapping_shl(8) | u32::from(byte);
            more.saturating_sub(1)
        }
    }
}
