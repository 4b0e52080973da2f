// SPDX-License-Identifier: GPL-2.0

//! Field blocks (RFC 7541), as far as they tell `:authority` and `host`.

use super::huffman::Huffman;
use super::integer::Integer;
use super::kept::Kept;
use super::table::{
    Key,
    Table,
    Which, //
};
use crate::sniff;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Skip;

/// Why a block cannot be read any further, nor any block behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is none: the server ends the connection with COMPRESSION_ERROR.
    Broken,
    /// It may be one, but it needs more of the dynamic table than is kept.
    Lost,
}

/// A field that names a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) which: Which,
    pub(super) value: Value,
}

/// Its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// It is in the [`Name`] into which the block was read.
    Read,
    /// It can be loaded.
    Kept(Kept),
}

/// How a field is represented (RFC 7541, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// By the index of name and value.
    Indexed,
    /// By its value, and its name or the index of one; it becomes an entry of the dynamic table.
    Inserted,
    /// The same without an entry; also what is never to be indexed.
    Literal,
    /// Not at all: this is another limit of the dynamic table.
    Limit,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The next field.
    Start,
    /// The rest of an index or of a limit.
    Index,
    /// The length of a string.
    Length(Part),
    /// The rest of it.
    More(Part),
    /// The string.
    String(Part),
}

/// A string of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Name,
    Value,
}

/// The name of a field while it is compared.
#[derive(Clone, Copy, Debug)]
struct Title {
    at: u8,
    authority: bool,
    host: bool,
}

impl Title {
    const fn new() -> Self {
        Self {
            at: 0,
            authority: true,
            host: true,
        }
    }

    /// Compares the next byte.
    fn push(&mut self, byte: u8) {
        let at = usize::from(self.at);
        self.authority &= Which::Authority.name().get(at) == Some(&byte);
        self.host &= Which::Host.name().get(at) == Some(&byte);
        self.at = self.at.saturating_add(1);
    }

    /// Whose name it was, all of it.
    fn key(&self, length: u32) -> Key {
        let length_of = |which: Which| usize::from(self.at) == which.name().len();
        match (self.authority, self.host) {
            (true, _) if length_of(Which::Authority) => Key::Host(Which::Authority),
            (_, true) if length_of(Which::Host) => Key::Host(Which::Host),
            _ => Key::Other(length),
        }
    }
}

/// Reads the field blocks of a connection, one after the other.
///
/// Strings are only counted and checked, but for the values of the two fields. The client may set the limit of the dynamic table
/// to up to 65536 bytes, since it is not known what the server allows; a larger one, and an index behind the newest 128 entries
/// under one that has room for more, end the reading as [`Stop::Lost`].
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    table: Table,
    state: State,
    form: Form,
    /// Whether no field was read yet in the block.
    fresh: bool,
    integer: Integer,
    /// The name of the field at hand.
    key: Key,
    title: Title,
    /// Whether the string at hand is in the Huffman code.
    coded: bool,
    huffman: Huffman,
    /// Bytes of the string that are to come, as it is sent.
    left: Skip,
    /// Bytes of it that have come, decoded.
    length: u32,
}

impl Decoder {
    pub(super) const fn new() -> Self {
        Self {
            table: Table::new(),
            state: State::Start,
            form: Form::Literal,
            fresh: true,
            integer: Integer::new(),
            key: Key::Other(0),
            title: Title::new(),
            coded: false,
            huffman: Huffman::new(),
            left: Skip(0),
            length: 0,
        }
    }

    #[cfg(test)]
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// Starts with a block.
    pub(super) fn begin(&mut self) {
        self.state = State::Start;
        self.fresh = true;
    }

    /// Whether a block may end here.
    pub(super) fn is_between(&self) -> bool {
        self.state == State::Start
    }

    /// Puts the value of a field into `name`, if it is a host name and is known still.
    pub(super) fn load(&self, field: Field, name: &mut Name) -> Result<(), Nameless> {
        match field.value {
            Value::Read => name.get().map(|_| ()),
            Value::Kept(kept) => self.table.load(kept, name),
        }
    }

    /// Reads from the front of `bytes`, which are of a block, up to the end of a field that names a host; no such one is left when
    /// there is none. `name` is overwritten when there is a literal that names one.
    pub(super) fn read(
        &mut self,
        bytes: &mut &[u8],
        name: &mut Name,
    ) -> Result<Option<Field>, Stop> {
        loop {
            let found = match self.is_counted() {
                true => self.count(bytes, name),
                false => match sniff::next(bytes) {
                    Some(byte) => self.byte(byte, name)?,
                    None => return Ok(None),
                },
            };
            if found.is_some() || bytes.is_empty() {
                return Ok(found);
            }
        }
    }

    /// Whether what comes next is a value of which only the length counts.
    fn is_counted(&self) -> bool {
        let other = matches!(self.key, Key::Other(_));
        self.state == State::String(Part::Value) && other && !self.coded
    }

    /// Reads of such a value.
    fn count(&mut self, bytes: &mut &[u8], name: &mut Name) -> Option<Field> {
        let before = bytes.len();
        self.left.take(bytes);
        let count = u32::try_from(before.saturating_sub(bytes.len())).unwrap_or(u32::MAX);
        self.length = self.length.saturating_add(count);
        match self.left.left() {
            0 => self.value(name),
            _ => None,
        }
    }

    /// Reads a byte.
    fn byte(&mut self, byte: u8, name: &mut Name) -> Result<Option<Field>, Stop> {
        match self.state {
            State::Start => {
                let (form, mask) = match byte {
                    0x80.. => (Form::Indexed, 0x7f),
                    0x40.. => (Form::Inserted, 0x3f),
                    0x20.. => (Form::Limit, 0x1f),
                    _ => (Form::Literal, 0x0f),
                };
                self.form = form;
                self.state = State::Index;
                match self.integer.start(byte, mask) {
                    Some(index) => self.index(index),
                    None => Ok(None),
                }
            }
            State::Index => match self.integer.more(byte)? {
                Some(index) => self.index(index),
                None => Ok(None),
            },
            State::Length(part) => {
                self.coded = byte & 0x80 != 0;
                self.state = State::More(part);
                match self.integer.start(byte, 0x7f) {
                    Some(length) => self.string(part, length, name),
                    None => Ok(None),
                }
            }
            State::More(part) => match self.integer.more(byte)? {
                Some(length) => self.string(part, length, name),
                None => Ok(None),
            },
            State::String(part) => self.letter(part, byte, name),
        }
    }

    /// An index or a limit was read.
    fn index(&mut self, index: u32) -> Result<Option<Field>, Stop> {
        // A limit stands at the start of a block (RFC 7541, section 4.2).
        if self.form == Form::Limit && !self.fresh {
            return Err(Stop::Broken);
        }
        self.fresh = self.form == Form::Limit;
        match (self.form, index) {
            (Form::Limit, limit) => {
                self.state = State::Start;
                self.table.resize(limit)?;
                Ok(None)
            }
            (Form::Indexed, index) => {
                self.state = State::Start;
                let (key, kept) = self.table.get(index)?;
                let value = Value::Kept(kept);
                Ok(match key {
                    Key::Host(which) => Some(Field { which, value }),
                    Key::Other(_) => None,
                })
            }
            (Form::Inserted | Form::Literal, 0) => {
                self.state = State::Length(Part::Name);
                Ok(None)
            }
            (Form::Inserted | Form::Literal, index) => {
                self.state = State::Length(Part::Value);
                (self.key, _) = self.table.get(index)?;
                Ok(None)
            }
        }
    }

    /// The length of a string was read.
    fn string(&mut self, part: Part, length: u32, name: &mut Name) -> Result<Option<Field>, Stop> {
        self.state = State::String(part);
        self.left.set(u64::from(length));
        self.length = 0;
        self.huffman = Huffman::new();
        match (part, self.key) {
            (Part::Name, _) => self.title = Title::new(),
            (Part::Value, Key::Host(_)) => name.clear(),
            (Part::Value, Key::Other(_)) => {}
        }
        match length {
            0 => self.end(part, name),
            _ => Ok(None),
        }
    }

    /// Reads a byte of a string.
    fn letter(&mut self, part: Part, byte: u8, name: &mut Name) -> Result<Option<Field>, Stop> {
        if self.coded {
            self.huffman.feed(byte);
            while let Some(symbol) = self.huffman.take()? {
                self.push(part, symbol, name);
            }
        } else {
            self.push(part, byte, name);
        }
        self.left.pass(1);
        match self.left.left() {
            0 => self.end(part, name),
            _ => Ok(None),
        }
    }

    /// A byte of a string, decoded.
    fn push(&mut self, part: Part, byte: u8, name: &mut Name) {
        self.length = self.length.saturating_add(1);
        match (part, self.key) {
            (Part::Name, _) => self.title.push(byte),
            (Part::Value, Key::Host(_)) => name.push(byte),
            (Part::Value, Key::Other(_)) => {}
        }
    }

    /// A string has ended.
    fn end(&mut self, part: Part, name: &mut Name) -> Result<Option<Field>, Stop> {
        if self.coded {
            self.huffman.end()?;
        }
        match part {
            Part::Name => {
                self.key = self.title.key(self.length);
                self.state = State::Length(Part::Value);
                Ok(None)
            }
            Part::Value => Ok(self.value(name)),
        }
    }

    /// A value has ended, and its field with it.
    fn value(&mut self, name: &mut Name) -> Option<Field> {
        self.state = State::Start;
        if self.form == Form::Inserted {
            self.table.insert(self.key, self.length, name);
        }
        match self.key {
            Key::Host(which) => Some(Field {
                which,
                value: Value::Read,
            }),
            Key::Other(_) => None,
        }
    }
}
