// SPDX-License-Identifier: GPL-2.0

//! The static and the dynamic table of RFC 7541, section 2.3: sizes of fields, and which of them name a host.

use super::hpack::Stop;
use super::kept::{
    Kept,
    Names, //
};
use crate::sniff::Name;
use crate::sniff::Nameless;

/// Bytes of the dynamic table until the client sets another limit: the initial SETTINGS_HEADER_TABLE_SIZE (RFC 9113,
/// section 6.5.2).
const LIMIT: u32 = 4096;

/// The largest limit that a client may set here: an entry's name and value have at most so many bytes less 32, which 16 bits
/// hold. A server that allows more than [`LIMIT`] says so in the direction that is not read.
const LIMIT_MAX: u32 = 65_536;

/// What an entry takes beside its name and value (RFC 7541, section 4.1).
const OVERHEAD: u32 = 32;

/// Entries that are known, the newest ones: all that fit into [`LIMIT`] bytes.
const ENTRIES: usize = 128;

const _: () = assert!(ENTRIES.is_power_of_two() && ENTRIES <= u8::MAX as usize);
const _: () = assert!(LIMIT <= OVERHEAD * ENTRIES as u32);
const _: () = assert!(LIMIT_MAX - OVERHEAD <= u16::MAX as u32);

/// Bytes of the names in the static table (RFC 7541, appendix A). Values count nowhere: a literal takes only the name.
#[rustfmt::skip]
const STATIC: [u8; 61] = [
    10, 7, 7, 5, 5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 14, 15, 15, 13, 6, 27, 3, 5, 13, 13, 19, 16, 16, 14, 16, 13, 12, 6, 4, 4, 6, 7,
    4, 4, 8, 17, 13, 8, 19, 13, 4, 8, 12, 18, 19, 5, 7, 7, 11, 6, 10, 25, 17, 10, 4, 3, 16,
];

/// Where `:authority` and `host` stand there.
const STATIC_AUTHORITY: u32 = 1;
/// See [`STATIC_AUTHORITY`].
const STATIC_HOST: u32 = 38;

/// Which of the two fields that name a host. Zero is left to what is neither, so that an empty table is made by zeroing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// `:authority` (RFC 9113, section 8.3.1).
    Authority = 1,
    /// `host` (RFC 9110, section 7.2).
    Host = 2,
}

impl Which {
    /// Its name as it is sent: in lower case (RFC 9113, section 8.2).
    pub(super) const fn name(self) -> &'static [u8] {
        match self {
            Self::Authority => b":authority",
            Self::Host => b"host",
        }
    }
}

/// The name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Host(Which),
    /// Another one, of so many bytes.
    Other(u32),
}

impl Key {
    /// Bytes of the name.
    fn length(self) -> u32 {
        match self {
            Self::Host(which) => u32::try_from(which.name().len()).unwrap_or(u32::MAX),
            Self::Other(length) => length,
        }
    }
}

/// What is known of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// It names a host, with a value of so many bytes that was kept there.
    Host { which: Which, length: u8, at: u16 },
    /// It does not; its name has so many bytes.
    Other { name: u16 },
}

/// An entry of the dynamic table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// Bytes of name and value.
    bytes: u16,
    field: Field,
}

const _: () = assert!(size_of::<Entry>() == 6);

impl Entry {
    const EMPTY: Self = Self {
        bytes: 0,
        field: Field::Other { name: 0 },
    };

    /// What it counts for (RFC 7541, section 4.1).
    fn size(&self) -> u32 {
        u32::from(self.bytes).saturating_add(OVERHEAD)
    }
}

/// A dynamic table and the names that its entries have for values.
///
/// The newest 128 entries are known, whatever their size. A limit of 4096 bytes has room for no more. Under a larger one there
/// may be older entries, and who refers to one of those is not followed any further.
#[derive(Clone, Debug)]
pub(super) struct Table {
    entries: [Entry; ENTRIES],
    names: Names,
    /// The sizes of the entries that are known, together.
    size: u32,
    limit: u32,
    /// Where the newest entry stands; each one's next older one stands below it, that of the lowest at the end.
    newest: u8,
    /// Entries that are known.
    count: u8,
    /// Whether there may be older ones.
    older: bool,
}

impl Table {
    /// A constant, so that it is not made elsewhere first.
    const NO_ENTRIES: [Entry; ENTRIES] = [Entry::EMPTY; ENTRIES];

    pub(super) const fn new() -> Self {
        Self {
            entries: Self::NO_ENTRIES,
            names: Names::new(),
            size: 0,
            limit: LIMIT,
            newest: 0,
            count: 0,
            older: false,
        }
    }

    /// Its size in bytes and its entries, as far as they are known.
    #[cfg(test)]
    pub(super) fn fill(&self) -> (u32, u8) {
        (self.size, self.count)
    }

    /// Sets how large it may get (RFC 7541, section 4.3).
    pub(super) fn resize(&mut self, limit: u32) -> Result<(), Stop> {
        if limit > LIMIT_MAX {
            return Err(Stop::Lost);
        }
        self.limit = limit;
        self.shrink(limit);
        Ok(())
    }

    /// Evicts the oldest entries until the others have at most `room` bytes.
    fn shrink(&mut self, room: u32) {
        while self.size > room {
            // Whatever is older than an entry that goes has gone.
            self.older = false;
            self.drop_oldest();
        }
        self.older &= room.saturating_sub(self.size) >= OVERHEAD;
    }

    fn drop_oldest(&mut self) {
        let oldest = u32::from(self.count.saturating_sub(1));
        let size = self.entry(oldest).map_or(self.size, |entry| entry.size());
        self.size = self.size.saturating_sub(size);
        self.count = self.count.saturating_sub(1);
    }

    /// The entry that so many are newer than.
    fn entry(&self, newer: u32) -> Option<&Entry> {
        let newer = u8::try_from(newer)
            .ok()
            .filter(|newer| *newer < self.count)?;
        self.entries.get(place(self.newest.wrapping_sub(newer)))
    }

    /// Adds an entry (RFC 7541, section 4.4) with a value of `value` bytes, which was read into `name` if it is that of a host.
    pub(super) fn insert(&mut self, key: Key, value: u32, name: &Name) {
        let bytes = key.length().saturating_add(value);
        let room = self.limit.checked_sub(OVERHEAD);
        let room = room.and_then(|room| room.checked_sub(bytes));
        self.shrink(room.unwrap_or(0));
        let (Some(_), Ok(bytes)) = (room, u16::try_from(bytes)) else {
            return;
        };
        let field = match key {
            Key::Host(which) => {
                let Kept { at, length } = self.names.keep(name);
                Field::Host { which, length, at }
            }
            Key::Other(name) => Field::Other {
                name: u16::try_from(name).unwrap_or(u16::MAX),
            },
        };
        let entry = Entry { bytes, field };
        if usize::from(self.count) >= ENTRIES {
            self.older = true;
            self.drop_oldest();
        }
        self.newest = self.newest.wrapping_add(1);
        if let Some(place) = self.entries.get_mut(place(self.newest)) {
            *place = entry;
        }
        self.count = self.count.saturating_add(1);
        self.size = self.size.saturating_add(entry.size());
    }

    /// The name of the field with that index, and its value if it names a host.
    pub(super) fn get(&self, index: u32) -> Result<(Key, Kept), Stop> {
        let key = match index.checked_sub(1).map(usize::try_from) {
            Some(Ok(place)) => STATIC.get(place).map(|length| u32::from(*length)),
            _ => return Err(Stop::Broken),
        };
        match (index, key) {
            (STATIC_AUTHORITY, _) => Ok((Key::Host(Which::Authority), Kept::EMPTY)),
            (STATIC_HOST, _) => Ok((Key::Host(Which::Host), Kept::EMPTY)),
            (_, Some(length)) => Ok((Key::Other(length), Kept::EMPTY)),
            (_, None) => self.dynamic(index),
        }
    }

    fn dynamic(&self, index: u32) -> Result<(Key, Kept), Stop> {
        let statics = u32::try_from(STATIC.len()).unwrap_or(0);
        let newer = index.saturating_sub(statics).saturating_sub(1);
        match self.entry(newer).map(|entry| entry.field) {
            Some(Field::Host { which, length, at }) => Ok((Key::Host(which), Kept { at, length })),
            Some(Field::Other { name }) => Ok((Key::Other(u32::from(name)), Kept::EMPTY)),
            None if self.older => Err(Stop::Lost),
            None => Err(Stop::Broken),
        }
    }

    /// Puts a value into `name`, if it is a host name and is known still.
    pub(super) fn load(&self, value: Kept, name: &mut Name) -> Result<(), Nameless> {
        self.names.load(value, name)
    }
}

/// Where in the ring.
fn place(at: u8) -> usize {
    usize::from(at) & ENTRIES.saturating_sub(1)
}
