// SPDX-License-Identifier: GPL-2.0

//! The table of hosts.
//!
//! A published table never changes. A write makes a copy that shares all pages with it, changes the
//! copy, and publishes that.

use crate::{
    limits,
    mem::{
        Boxed,
        NoMemory,
        Shared, //
    },
};

use super::{
    cpu::Machine,
    hash::Hasher,
    ids::Ids,
    index::{
        AddError,
        Index, //
    },
    names::{
        NameError,
        Names, //
    },
    number::Fixed,
    paged::Paged,
    row::{
        Row,
        DEFAULT, //
    },
    shares::{
        Claim,
        Claims,
        Parts,
        Share, //
    },
};

/// The slot of a row. A name keeps it as long as it has a row, also when the whole table is
/// replaced, and no slot goes from one name to another in one step: it is empty in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HostId(pub(crate) u32);

impl HostId {
    fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Why a row cannot be put into a table, which is to be dropped then.
pub(super) enum PutError {
    /// No memory.
    NoMemory,
    /// There are too many rows.
    Full,
    /// The match is in a row of the table.
    Taken {
        which: Which,
        row: Shared<Row>,
        other: Shared<Row>,
    },
    /// Too many rows have the name with this number.
    Crowded(usize),
}

/// One of a row's matches: with its number among those of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// An address.
    Address(usize),
    /// The path of a UNIX socket.
    Path(usize),
    /// A host name.
    Name(usize),
    /// The VPS.
    Vps,
}

impl From<NoMemory> for PutError {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

/// See [`Table::changed`].
pub(crate) struct Changed<'a> {
    one: &'a Table,
    other: &'a Table,
    slot: usize,
}

impl Iterator for Changed<'_> {
    type Item = HostId;

    fn next(&mut self) -> Option<HostId> {
        let slots = self.one.slots().max(self.other.slots());
        while self.slot < slots {
            let slot = self.slot;
            if let Some(behind) = self.one.rows.shared_until(&self.other.rows, slot) {
                self.slot = behind;
                continue;
            }
            self.slot = slot.saturating_add(1);
            let id = HostId(u32::try_from(slot).ok()?);
            let same = match (self.one.row(id), self.other.row(id)) {
                (Some(one), Some(two)) => Shared::ptr_eq(one, two),
                (None, None) => true,
                _ => false,
            };
            if !same {
                return Some(id);
            }
        }
        None
    }
}

/// The row in a slot.
#[inline]
fn row_in(rows: &Paged<Option<Shared<Row>>>, id: HostId) -> Option<&Shared<Row>> {
    rows.get(id.index())?.as_ref()
}

/// All rows, and what finds them.
pub(crate) struct Table {
    pub(super) seed: u64,
    generation: u64,
    len: usize,
    rows: Paged<Option<Shared<Row>>>,
    names: Ids,
    /// The rows of VPSes, by the VPS's name, and those of UNIX sockets, by path.
    pub(super) others: Ids,
    pub(super) paths: u32,
    pub(super) index: Index,
    pub(super) host_names: Names,
    claims: Claims,
    pub(super) default: Option<HostId>,
    /// No slot below is free.
    first_free: usize,
    /// The lowest slot that was freed since the last [`Table::freeze`], or was passed because the published table has a row there.
    freed: usize,
}

impl Table {
    /// A table without rows. `seed` is to be a random number that stays secret.
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            seed,
            generation: 0,
            len: 0,
            rows: Paged::new(),
            names: Ids::new(),
            others: Ids::new(),
            paths: 0,
            index: Index::new(seed),
            host_names: Names::new(),
            claims: Claims::new(),
            default: None,
            first_free: 0,
            freed: usize::MAX,
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many tables were published before this one.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// One more than the largest slot in use, at most [`limits::HOST_IDS`].
    pub(crate) fn slots(&self) -> usize {
        self.rows.len()
    }

    /// The row in a slot.
    #[inline]
    pub(crate) fn row(&self, id: HostId) -> Option<&Shared<Row>> {
        row_in(&self.rows, id)
    }

    /// All rows, by slot.
    pub(crate) fn each(&self) -> impl Iterator<Item = (HostId, &Shared<Row>)> {
        (0..self.slots()).filter_map(|slot| {
            let id = HostId(u32::try_from(slot).ok()?);
            Some((id, self.row(id)?))
        })
    }

    /// The slots whose row is not the same in `other`. Takes no time for what both tables share.
    pub(crate) fn changed<'a>(&'a self, other: &'a Self) -> Changed<'a> {
        Changed {
            one: self,
            other,
            slot: 0,
        }
    }

    /// The slot of a name's row.
    pub(crate) fn find(&self, name: &str) -> Option<HostId> {
        self.names
            .find(self.hash(name), |id| self.is_named(HostId(id), name))
            .map(HostId)
    }

    pub(super) fn hash(&self, name: &str) -> u32 {
        Hasher::new(self.seed).text(name).finish()
    }

    fn is_named(&self, id: HostId, name: &str) -> bool {
        self.row(id).is_some_and(|row| row.name() == name)
    }

    /// What a host's class is given on `machine`.
    ///
    /// Takes constant time on the machine for which the table was made; after a change of the number
    /// of CPUs, make the table anew with [`Table::for_machine`].
    pub(crate) fn share_of(&self, id: HostId, machine: &Machine) -> Share {
        self.claims.of(id.index(), *machine)
    }

    /// What the class of a VPS without a row is given.
    pub(crate) fn share_of_guest(&self, machine: &Machine) -> Share {
        self.claims.of_guest(*machine)
    }

    /// The weight of who is given most.
    pub(crate) fn largest_weight(&self, machine: &Machine) -> u16 {
        self.claims.largest_weight(*machine)
    }

    /// What all hosts together and all VPSes together are given.
    pub(crate) fn parts(&self, machine: &Machine) -> Parts {
        self.claims.parts(*machine)
    }

    /// The slot of a VPS's row.
    pub(crate) fn find_vps(&self, name: &str) -> Option<HostId> {
        let is_it = |id| {
            self.row(HostId(id))
                .is_some_and(|row| row.vps() == Some(name))
        };
        self.others.find(self.hash(name), is_it).map(HostId)
    }

    /// The same rows on another machine.
    pub(crate) fn for_machine(&self, machine: &Machine) -> Result<Boxed<Self>, NoMemory> {
        let mut table = self.try_clone()?;
        table.freeze(self, machine)?;
        Ok(table)
    }

    /// All guarantees, in ticks.
    pub(super) fn guaranteed(&self, machine: &Machine) -> u64 {
        self.claims.guaranteed(*machine)
    }

    /// What the rows guarantee on `machine`, and what can be guaranteed, in 1/10000 %.
    pub(crate) fn guarantees(&self, machine: &Machine) -> (Fixed, Fixed) {
        let (whole, left) = Claims::room(*machine, self.guaranteed(machine));
        (Fixed(whole.0.saturating_sub(left.0)), whole)
    }

    /// Puts a row in, in place of the one of the same name. `published` is the table that the slots
    /// have to agree with.
    pub(super) fn put(&mut self, row: Row, published: &Self) -> Result<(), PutError> {
        self.put_shared(Shared::new(row)?, published)
    }

    fn put_shared(&mut self, row: Shared<Row>, published: &Self) -> Result<(), PutError> {
        let id = match self.find(row.name()) {
            Some(id) => {
                self.take_matches(id)?;
                id
            }
            None => self.add_name(row.name(), published)?,
        };
        self.rows.set(id.index(), Some(row.clone()))?;
        let claim = Claim::new(row.params(), row.vps().is_some());
        self.claims.set(id.index(), claim)?;
        if row.name() == DEFAULT {
            self.default = Some(id);
        }
        if let Some(vps) = row.vps() {
            self.add_vps(vps, id, &row)?;
        }
        if row.names().is_empty() {
            self.add_places(id, &row)
        } else {
            self.add_host_names(id, &row)
        }
    }

    fn add_places(&mut self, id: HostId, row: &Shared<Row>) -> Result<(), PutError> {
        for (number, one) in row.matches().iter().enumerate() {
            match self.index.add(one.prefix(), row.ports(one), id.0) {
                Ok(()) => {}
                Err(AddError::NoMemory) => return Err(PutError::NoMemory),
                Err(AddError::Taken(other)) => {
                    return Err(self.taken(Which::Address(number), row, HostId(other)))
                }
            }
        }
        for (number, path) in row.paths().iter().enumerate() {
            if let Some(other) = self.find_path(path.as_str().as_bytes()) {
                return Err(self.taken(Which::Path(number), row, other));
            }
            self.others.insert(self.hash(path.as_str()), id.0)?;
            self.paths = self.paths.saturating_add(1);
        }
        Ok(())
    }

    fn add_host_names(&mut self, id: HostId, row: &Shared<Row>) -> Result<(), PutError> {
        let rows = &self.rows;
        for (number, name) in row.names().iter().enumerate() {
            // The row is in its slot already; its earlier names are not this one.
            let row_of = |other| match other == id.0 {
                true => None,
                false => row_in(rows, HostId(other)).map(|row| &**row),
            };
            match self
                .host_names
                .add(self.seed, name.key(), id.0, row, row_of)
            {
                Ok(()) => {}
                Err(NameError::NoMemory) => return Err(PutError::NoMemory),
                Err(NameError::Crowded) => return Err(PutError::Crowded(number)),
                Err(NameError::Taken(other)) => {
                    return Err(self.taken(Which::Name(number), row, HostId(other)))
                }
            }
        }
        Ok(())
    }

    fn taken(&self, which: Which, row: &Shared<Row>, other: HostId) -> PutError {
        PutError::Taken {
            which,
            row: row.clone(),
            other: self.row(other).unwrap_or(row).clone(),
        }
    }

    fn add_vps(&mut self, name: &str, id: HostId, row: &Shared<Row>) -> Result<(), PutError> {
        // The row is in its slot already, but not yet here.
        if let Some(other) = self.find_vps(name) {
            return Err(self.taken(Which::Vps, row, other));
        }
        Ok(self.others.insert(self.hash(name), id.0)?)
    }

    /// Gives a slot to a name that has none.
    fn add_name(&mut self, name: &str, published: &Self) -> Result<HostId, PutError> {
        if self.len >= limits::ROWS {
            return Err(PutError::Full);
        }
        let kept = published.find(name).filter(|id| self.row(*id).is_none());
        let id = match kept {
            Some(id) => id,
            None => self.free_slot(published)?,
        };
        self.rows.grow(id.index().saturating_add(1), None)?;
        self.names.insert(self.hash(name), id.0)?;
        self.len = self.len.saturating_add(1);
        Ok(id)
    }

    /// The lowest slot that has no row here and none in the published table.
    fn free_slot(&mut self, published: &Self) -> Result<HostId, PutError> {
        let is_free = |table: &Self, slot: usize| table.rows.get(slot).is_none_or(Option::is_none);
        let mut slots = (self.first_free..limits::HOST_IDS).filter(|slot| is_free(self, *slot));
        let mut passed = None;
        let slot = slots.find(|slot| {
            let free = is_free(published, *slot);
            if !free {
                passed = passed.or(Some(*slot));
            }
            free
        });
        let slot = slot.ok_or(PutError::Full)?;
        // What only the published table has is free once it is replaced.
        self.freed = passed.map_or(self.freed, |passed| self.freed.min(passed));
        self.first_free = slot.saturating_add(1);
        u32::try_from(slot).map(HostId).map_err(|_| PutError::Full)
    }

    /// Takes a name's row out; false when there is none.
    pub(super) fn delete(&mut self, name: &str) -> Result<bool, NoMemory> {
        let Some(id) = self.find(name) else {
            return Ok(false);
        };
        self.take_matches(id)?;
        let rows = &self.rows;
        self.names.remove(self.hash(name), |found| {
            let row = rows.get(HostId(found).index()).and_then(Option::as_ref);
            row.is_some_and(|row| row.name() == name)
        })?;
        self.rows.set(id.index(), None)?;
        self.claims.set(id.index(), Claim::NONE)?;
        self.freed = self.freed.min(id.index());
        self.len = self.len.saturating_sub(1);
        if self.default == Some(id) {
            self.default = None;
        }
        Ok(true)
    }

    fn take_matches(&mut self, id: HostId) -> Result<(), NoMemory> {
        if let Some(row) = self.row(id).cloned() {
            if let Some(vps) = row.vps() {
                let hash = self.hash(vps);
                self.others.remove(hash, |found| found == id.0)?;
            }
            for name in row.names() {
                self.host_names.remove(self.seed, name.key(), id.0, &row)?;
            }
            if row.names().is_empty() {
                for one in row.matches() {
                    self.index.remove(one.prefix(), row.ports(one))?;
                }
            }
            for path in row.paths() {
                let hash = self.hash(path.as_str());
                self.others.remove(hash, |found| found == id.0)?;
                self.paths = self.paths.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// Takes all rows out.
    #[inline(never)]
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.seed);
    }

    /// A copy to be changed, which shares its pages with this table.
    pub(super) fn try_clone(&self) -> Result<Boxed<Self>, NoMemory> {
        // Part by part, because a whole table is too large for the kernel's stack.
        let mut table = self.emptied()?;
        table.rows = self.rows.try_clone()?;
        table.names = self.names.try_clone()?;
        table.others = self.others.try_clone()?;
        table.paths = self.paths;
        table.host_names = self.host_names.try_clone()?;
        table.index = self.index.try_clone()?;
        table.claims = self.claims.try_clone()?;
        table.generation = self.generation;
        table.len = self.len;
        table.default = self.default;
        table.first_free = self.first_free;
        table.freed = self.freed;
        Ok(table)
    }

    /// A copy whose names have the slots that they have in `published`.
    pub(super) fn rebased(&self, published: &Self) -> Result<Boxed<Self>, PutError> {
        let mut table = self.emptied()?;
        for row in self.rows.iter().flatten() {
            table.put_shared(row.clone(), published)?;
        }
        Ok(table)
    }

    /// An empty table with the same secret.
    #[inline(never)]
    pub(super) fn emptied(&self) -> Result<Boxed<Self>, NoMemory> {
        Boxed::new(Self::new(self.seed))
    }

    /// Makes a changed table ready to be published after `before`.
    pub(super) fn freeze(&mut self, before: &Self, machine: &Machine) -> Result<(), NoMemory> {
        self.rows.freeze()?;
        self.names.freeze()?;
        self.others.freeze()?;
        self.host_names.freeze()?;
        self.index.freeze()?;
        self.claims.freeze(*machine)?;
        self.generation = before.generation.saturating_add(1);
        self.first_free = self.first_free.min(self.freed);
        self.freed = usize::MAX;
        Ok(())
    }
}
