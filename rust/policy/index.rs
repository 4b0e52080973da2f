// SPDX-License-Identifier: GPL-2.0

//! From an address and a port to the rows that match it, the most specific one first.
//!
//! One hash table holds an entry for each prefix without ports, and one for each prefix and block
//! of [`BLOCK_PORTS`] ports in which ports are named. A look-up probes the prefix lengths that are in
//! use, longest first, so its cost depends on their number and not on the number of rows.

use core::net::IpAddr;

use crate::mem::{
    List,
    NoMemory,
    Shared, //
};

use super::{
    address::{
        Bits,
        Endpoint,
        Prefix, //
    },
    hash::Hasher,
    ids::Ids,
    paged::Paged,
    span::Span,
};

/// Ports of one entry as a power of two: a change of one row copies at most this many.
const BLOCK_SHIFT: u32 = 10;
/// Ports of one entry.
const BLOCK_PORTS: u16 = 1 << BLOCK_SHIFT;

/// The block of an entry without ports.
const NO_PORTS: u8 = u8::MAX;

/// Prefix lengths of both families: IPv4's 0 to 32, then IPv6's 0 to 128.
const LEVELS: usize = 33 + 129;
const FIRST_V6: u8 = 33;

/// The level of a family's prefix length.
fn level(address: IpAddr, length: u8) -> u8 {
    match address {
        IpAddr::V4(_) => length,
        IpAddr::V6(_) => length.saturating_add(FIRST_V6),
    }
}

/// What an entry is found by.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    bits: Bits,
    level: u8,
    block: u8,
}

impl Key {
    fn hash(&self, seed: u64) -> u32 {
        Hasher::new(seed)
            .word(self.bits.high)
            .word(self.bits.low)
            .word(u64::from(self.level) << 8 | u64::from(self.block))
            .finish()
    }
}

/// The block of a port.
fn block(port: u16) -> u8 {
    // Six bits are left of the port.
    u8::try_from(port >> BLOCK_SHIFT).unwrap_or(NO_PORTS)
}

/// Ports, all in one block, and the row that has them.
#[derive(Clone, Copy)]
struct Owned {
    span: Span,
    row: u32,
}

/// An entry: either the row of a prefix, or the rows of a prefix's ports in one block, ascending.
#[derive(Clone)]
struct Entry {
    key: Key,
    row: u32,
    ports: Option<Shared<List<Owned>>>,
}

/// Why a match cannot be added.
pub(super) enum AddError {
    /// This row has it.
    Taken(u32),
    /// No memory.
    NoMemory,
}

impl From<NoMemory> for AddError {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

/// The entries of all rows of a table.
pub(super) struct Index {
    seed: u64,
    ids: Ids,
    entries: Paged<Entry>,
    /// Entries that are not used, by their ids.
    free: List<u32>,
    /// How many entries each level has, and which levels have any.
    counts: List<u32>,
    levels: Levels,
}

/// A set of levels.
#[derive(Clone, Copy)]
struct Levels([u64; 3]);

impl Levels {
    fn bit(level: u8) -> u64 {
        1u64.wrapping_shl(u32::from(level))
    }

    fn set(&mut self, level: u8, used: bool) {
        if let Some(word) = self.0.get_mut(usize::from(level >> 6)) {
            if used {
                *word |= Self::bit(level);
            } else {
                *word &= !Self::bit(level);
            }
        }
    }

    /// The highest level of the set that is at most `level`.
    #[inline]
    fn down_from(&self, level: u8) -> Option<u8> {
        let mut index = level >> 6;
        let below = Self::bit(level).wrapping_sub(1) | Self::bit(level);
        let mut word = self.0.get(usize::from(index))? & below;
        loop {
            if let Some(bit) = word.checked_ilog2() {
                return u8::try_from(bit).ok().map(|bit| index << 6 | bit);
            }
            index = index.checked_sub(1)?;
            word = *self.0.get(usize::from(index))?;
        }
    }
}

impl Index {
    /// An empty index.
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            seed,
            ids: Ids::new(),
            entries: Paged::new(),
            free: List::new(),
            counts: List::new(),
            levels: Levels([0; 3]),
        }
    }

    fn find(&self, key: &Key) -> Option<(u32, &Entry)> {
        let id = self.ids.find(key.hash(self.seed), |id| {
            self.entry(id).is_some_and(|entry| entry.key == *key)
        })?;
        Some((id, self.entry(id)?))
    }

    fn entry(&self, id: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(id).ok()?)
    }

    /// The first row for which `admit` holds of those that match, the most specific first.
    #[inline]
    pub(super) fn lookup(
        &self,
        local: &Endpoint,
        mut admit: impl FnMut(u32, bool) -> bool,
    ) -> Option<u32> {
        let bits = Bits::new(local.address);
        let (width, lowest) = match local.address {
            IpAddr::V4(_) => (32, 0),
            IpAddr::V6(_) => (128, FIRST_V6),
        };
        let mut level = level(local.address, width);
        loop {
            level = self
                .levels
                .down_from(level)
                .filter(|level| *level >= lowest)?;
            let bits = bits.masked(level.saturating_sub(lowest));
            let with = Key {
                bits,
                level,
                block: block(local.port),
            };
            let ports = self.find(&with).and_then(|(_, entry)| entry.ports.as_ref());
            if let Some(row) = ports.and_then(|ports| owner(ports, local.port)) {
                if admit(row, true) {
                    return Some(row);
                }
            }
            let without = Key {
                block: NO_PORTS,
                ..with
            };
            if let Some((_, entry)) = self.find(&without) {
                if admit(entry.row, false) {
                    return Some(entry.row);
                }
            }
            level = level.checked_sub(1)?;
        }
    }

    /// Adds a match of `row`. What is added before an error stays: the index is to be dropped.
    pub(super) fn add(
        &mut self,
        prefix: &Prefix,
        ports: &[Span],
        row: u32,
    ) -> Result<(), AddError> {
        let key = key(prefix);
        if ports.is_empty() {
            if let Some((_, entry)) = self.find(&key) {
                return Err(AddError::Taken(entry.row));
            }
            self.insert(Entry {
                key,
                row,
                ports: None,
            })?;
        }
        for span in blocks(ports) {
            let key = Key {
                block: block(span.first),
                ..key
            };
            let found = self.find(&key).map(|(id, entry)| (id, entry.ports.clone()));
            let old = found.as_ref().and_then(|(_, ports)| ports.as_deref());
            let ports = Shared::new(with(old.map_or(&[], |old| old), Owned { span, row })?)?;
            match found {
                None => self.insert(Entry {
                    key,
                    row,
                    ports: Some(ports),
                })?,
                Some((id, _)) => self.set_ports(id, ports)?,
            }
        }
        Ok(())
    }

    /// Takes out a match that was added.
    pub(super) fn remove(&mut self, prefix: &Prefix, ports: &[Span]) -> Result<(), NoMemory> {
        let key = key(prefix);
        if ports.is_empty() {
            self.delete(&key)?;
        }
        for span in blocks(ports) {
            let key = Key {
                block: block(span.first),
                ..key
            };
            let Some((id, entry)) = self.find(&key) else {
                continue;
            };
            let old = entry.ports.as_ref();
            let ports = without(old.map_or(&[], |old| &**old), span)?;
            if ports.is_empty() {
                self.delete(&key)?;
            } else {
                self.set_ports(id, Shared::new(ports)?)?;
            }
        }
        Ok(())
    }

    fn set_ports(&mut self, id: u32, ports: Shared<List<Owned>>) -> Result<(), NoMemory> {
        let index = usize::try_from(id).unwrap_or(usize::MAX);
        if let Some(entry) = self.entries.get_mut(index)? {
            entry.ports = Some(ports);
        }
        Ok(())
    }

    fn insert(&mut self, entry: Entry) -> Result<(), NoMemory> {
        let key = entry.key;
        let id = match self.free.pop() {
            Some(id) => {
                self.entries
                    .set(usize::try_from(id).unwrap_or(usize::MAX), entry)?;
                id
            }
            None => {
                let id = u32::try_from(self.entries.len()).map_err(|_| NoMemory)?;
                self.entries.push(entry)?;
                id
            }
        };
        self.ids.insert(key.hash(self.seed), id)?;
        self.count(key.level, |count| count.saturating_add(1))
    }

    fn delete(&mut self, key: &Key) -> Result<(), NoMemory> {
        let entries = &self.entries;
        let removed = self.ids.remove(key.hash(self.seed), |id| {
            let entry = usize::try_from(id).ok().and_then(|id| entries.get(id));
            entry.is_some_and(|entry| entry.key == *key)
        })?;
        let Some(id) = removed else {
            return Ok(());
        };
        if let Some(entry) = self
            .entries
            .get_mut(usize::try_from(id).unwrap_or(usize::MAX))?
        {
            entry.ports = None;
        }
        self.free.push(id)?;
        self.count(key.level, |count| count.saturating_sub(1))
    }

    fn count(&mut self, level: u8, change: impl FnOnce(u32) -> u32) -> Result<(), NoMemory> {
        self.counts.resize(LEVELS, 0)?;
        if let Some(count) = self.counts.get_mut(usize::from(level)) {
            *count = change(*count);
            self.levels.set(level, *count > 0);
        }
        Ok(())
    }

    /// Makes all pages shareable.
    pub(super) fn freeze(&mut self) -> Result<(), NoMemory> {
        self.ids.freeze()?;
        self.entries.freeze()
    }

    /// A copy that shares the frozen pages.
    pub(super) fn try_clone(&self) -> Result<Self, NoMemory> {
        Ok(Self {
            seed: self.seed,
            ids: self.ids.try_clone()?,
            entries: self.entries.try_clone()?,
            free: self.free.try_clone()?,
            counts: self.counts.try_clone()?,
            levels: self.levels,
        })
    }
}

fn key(prefix: &Prefix) -> Key {
    Key {
        bits: Bits::new(prefix.address()),
        level: level(prefix.address(), prefix.length()),
        block: NO_PORTS,
    }
}

/// The spans, cut where blocks end.
fn blocks(spans: &[Span]) -> impl Iterator<Item = Span> + '_ {
    spans.iter().flat_map(|span| {
        let blocks = span.first >> BLOCK_SHIFT..=span.last >> BLOCK_SHIFT;
        blocks.map(|block| {
            let start = block << BLOCK_SHIFT;
            let end = start | (BLOCK_PORTS - 1);
            Span {
                first: span.first.max(start),
                last: span.last.min(end),
            }
        })
    })
}

/// The row that has `port`.
#[inline]
fn owner(ports: &[Owned], port: u16) -> Option<u32> {
    // `binary_search_by` is compiled with a check for an overflow that cannot be; a probe's handler
    // is to have no way to panic at all.
    let mut rest = ports;
    loop {
        let half = rest.len() / 2;
        let owned = rest.get(half)?;
        if port < owned.span.first {
            rest = rest.get(..half)?;
        } else if owned.span.last < port {
            rest = rest.get(half.wrapping_add(1)..)?;
        } else {
            return Some(owned.row);
        }
    }
}

/// `old` and `new`, which must not overlap.
fn with(old: &[Owned], new: Owned) -> Result<List<Owned>, AddError> {
    let at = old.partition_point(|owned| owned.span.last < new.span.first);
    let (before, after) = (
        old.get(..at).unwrap_or_default(),
        old.get(at..).unwrap_or_default(),
    );
    match after.first() {
        Some(next) if next.span.overlaps(new.span) => return Err(AddError::Taken(next.row)),
        _ => {}
    }
    let mut ports = List::with_capacity(old.len().saturating_add(1))?;
    ports.extend_from_slice(before)?;
    ports.push(new)?;
    ports.extend_from_slice(after)?;
    Ok(ports)
}

/// `old` without the ports of `gone`.
fn without(old: &[Owned], gone: Span) -> Result<List<Owned>, NoMemory> {
    let mut ports = List::with_capacity(old.len())?;
    for owned in old.iter().filter(|owned| owned.span != gone) {
        ports.push(*owned)?;
    }
    Ok(ports)
}
