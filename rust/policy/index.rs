// SPDX-License-Identifier: GPL-2.0

//! From an address and a port to the rows that match it, the most specific one first.
//!
//! One hash table holds an entry for each prefix without ports, and one for each prefix and block
//! of ports in which ports are named. A look-up probes the prefix lengths that are in use, longest
//! first, so its cost depends on their number and not on the number of rows.

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
    levels::{
        Level,
        Levels, //
    },
    paged::Paged,
    ports::{
        self,
        Owned, //
    },
    span::Span,
};

/// What an entry is found by.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    bits: Bits,
    level: Level,
    block: u8,
}

impl Key {
    /// The block of an entry without ports; there are 64 others.
    const NO_PORTS: u8 = u8::MAX;

    /// The key of a prefix without ports.
    fn new(prefix: &Prefix) -> Self {
        Self {
            bits: Bits::new(prefix.address()),
            level: Level::new(prefix.address(), prefix.length()),
            block: Self::NO_PORTS,
        }
    }

    /// The key of the same prefix with ports in a port's block.
    fn with_port(self, port: u16) -> Self {
        let block = ports::block(port);
        Self { block, ..self }
    }

    fn has_ports(&self) -> bool {
        self.block != Self::NO_PORTS
    }

    fn hash(&self, seed: u64) -> u32 {
        Hasher::new(seed)
            .word(self.bits.high)
            .word(self.bits.low)
            .word((u64::from(self.level.0) << 8) | u64::from(self.block))
            .finish()
    }
}

/// An entry: either the row of a prefix, or the rows of a prefix's ports in one block, ascending.
/// The key lies open, which saves a fifth.
#[derive(Clone)]
struct Entry {
    bits: Bits,
    row: u32,
    level: Level,
    block: u8,
    ports: Option<Shared<List<Owned>>>,
}

impl Entry {
    fn new(key: Key, row: u32, ports: Option<Shared<List<Owned>>>) -> Self {
        Self {
            bits: key.bits,
            row,
            level: key.level,
            block: key.block,
            ports,
        }
    }

    #[inline]
    fn has(&self, key: &Key) -> bool {
        self.bits == key.bits && self.level == key.level && self.block == key.block
    }
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
    levels: Levels,
}

impl Index {
    /// An empty index.
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            seed,
            ids: Ids::new(),
            entries: Paged::new(),
            free: List::new(),
            levels: Levels::new(),
        }
    }

    #[inline]
    fn find(&self, key: &Key) -> Option<(u32, &Entry)> {
        let is_it = |id| self.entry(id).is_some_and(|entry| entry.has(key));
        let id = self.ids.find(key.hash(self.seed), is_it)?;
        Some((id, self.entry(id)?))
    }

    #[inline]
    fn entry(&self, id: u32) -> Option<&Entry> {
        self.entries.get(place(id))
    }

    /// The first row for which `admit` holds of those that match, the most specific first. `admit`
    /// is told whether the port was named.
    #[inline]
    pub(super) fn lookup(
        &self,
        local: &Endpoint,
        mut admit: impl FnMut(u32, bool) -> bool,
    ) -> Option<u32> {
        let bits = Bits::new(local.address);
        let lowest = Level::lowest(local.address);
        let mut from = Level::highest(local.address);
        loop {
            let in_use = self.levels.down_from(from, lowest)?;
            let key = Key {
                bits: bits.masked(in_use.level.length(local.address)),
                level: in_use.level,
                block: Key::NO_PORTS,
            };
            if in_use.with_ports {
                let entry = self.find(&key.with_port(local.port));
                let ports = entry.and_then(|(_, entry)| entry.ports.as_ref());
                let row = ports.and_then(|ports| ports::owner(ports, local.port));
                if let Some(row) = row.filter(|row| admit(*row, true)) {
                    return Some(row);
                }
            }
            if in_use.without_ports {
                let row = self.find(&key).map(|(_, entry)| entry.row);
                if let Some(row) = row.filter(|row| admit(*row, false)) {
                    return Some(row);
                }
            }
            from = in_use.level.below()?;
        }
    }

    /// Adds a match of `row`. What is added before an error stays: the index is to be dropped.
    pub(super) fn add(
        &mut self,
        prefix: &Prefix,
        ports: &[Span],
        row: u32,
    ) -> Result<(), AddError> {
        let key = Key::new(prefix);
        if ports.is_empty() {
            return match self.find(&key) {
                Some((_, entry)) => Err(AddError::Taken(entry.row)),
                None => Ok(self.insert(Entry::new(key, row, None))?),
            };
        }
        for span in ports::cut(ports) {
            let key = key.with_port(span.first);
            let new = Owned { span, row };
            match self.find(&key) {
                None => {
                    let ports = Shared::new(ports::with(&[], new)?)?;
                    self.insert(Entry::new(key, row, Some(ports)))?;
                }
                Some((id, entry)) => {
                    let old = entry.ports.as_deref().map_or(&[][..], |old| old);
                    let ports = Shared::new(ports::with(old, new)?)?;
                    self.set_ports(id, Some(ports))?;
                }
            }
        }
        Ok(())
    }

    /// Takes out a match that was added.
    pub(super) fn remove(&mut self, prefix: &Prefix, ports: &[Span]) -> Result<(), NoMemory> {
        let key = Key::new(prefix);
        if ports.is_empty() {
            return self.delete(&key);
        }
        for span in ports::cut(ports) {
            let key = key.with_port(span.first);
            let Some((id, entry)) = self.find(&key) else {
                continue;
            };
            let old = entry.ports.as_deref().map_or(&[][..], |old| old);
            let ports = ports::without(old, span)?;
            if ports.is_empty() {
                self.delete(&key)?;
            } else {
                self.set_ports(id, Some(Shared::new(ports)?))?;
            }
        }
        Ok(())
    }

    fn set_ports(&mut self, id: u32, ports: Option<Shared<List<Owned>>>) -> Result<(), NoMemory> {
        if let Some(entry) = self.entries.get_mut(place(id))? {
            entry.ports = ports;
        }
        Ok(())
    }

    fn insert(&mut self, entry: Entry) -> Result<(), NoMemory> {
        let key = Key {
            bits: entry.bits,
            level: entry.level,
            block: entry.block,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.entries.set(place(id), entry)?;
                id
            }
            None => {
                let id = u32::try_from(self.entries.len()).map_err(|_| NoMemory)?;
                self.entries.push(entry)?;
                id
            }
        };
        self.ids.insert(key.hash(self.seed), id)?;
        self.levels.add(key.level, key.has_ports())
    }

    fn delete(&mut self, key: &Key) -> Result<(), NoMemory> {
        let entries = &self.entries;
        let is_it = |id| entries.get(place(id)).is_some_and(|entry| entry.has(key));
        if let Some(id) = self.ids.remove(key.hash(self.seed), is_it)? {
            self.set_ports(id, None)?;
            self.free.push(id)?;
            self.levels.remove(key.level, key.has_ports());
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
            levels: self.levels.try_clone()?,
        })
    }
}

/// Where the entry with this id is.
fn place(id: u32) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}
