// SPDX-License-Identifier: GPL-2.0

//! From a host name to the rows that have it.

use crate::{
    limits,
    mem::NoMemory, //
};

use super::{
    address::Endpoint,
    host_name::Key,
    ids::Ids,
    row::Row, //
};

/// Why a name cannot be added.
pub(super) enum NameError {
    /// This row has it, for the same addresses.
    Taken(u32),
    /// Too many rows have it.
    Crowded,
    /// No memory.
    NoMemory,
}

impl From<NoMemory> for NameError {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

/// How well a row with a name fits an address: the length of the prefix, and whether the port is named. A row that has no
/// addresses fits each, and every prefix fits better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit(Option<(u8, bool)>);

/// How well `row` fits `local`; `privileged` is whether its port is for privileged processes only.
fn fit(row: &Row, local: &Endpoint, privileged: bool) -> Option<Fit> {
    let covered = privileged || !row.servers().is_empty();
    if row.matches().is_empty() {
        return covered.then_some(Fit(None));
    }
    let fits = row.matches().iter().filter_map(|one| {
        let ports = row.ports(one);
        let named = ports.iter().any(|span| span.contains(local.port));
        let here = one.prefix().contains(local.address);
        let open = named || (ports.is_empty() && covered);
        (here && open).then(|| Fit(Some((one.prefix().length(), named))))
    });
    fits.max()
}

/// Whether there is an address at which no one could say which of the two rows is meant.
fn clash(one: &Row, other: &Row) -> bool {
    if one.matches().is_empty() || other.matches().is_empty() {
        return one.matches().is_empty() && other.matches().is_empty();
    }
    one.matches().iter().any(|mine| {
        other.matches().iter().any(|theirs| {
            let (my_ports, their_ports) = (one.ports(mine), other.ports(theirs));
            let same_ports = match (my_ports, their_ports) {
                ([], []) => true,
                _ => my_ports
                    .iter()
                    .any(|span| their_ports.iter().any(|port| span.overlaps(*port))),
            };
            mine.prefix() == theirs.prefix() && same_ports
        })
    })
}

/// Lengths of names, in labels, that are told apart: as many labels as names that rows are for have, and some more.
const LABELS: usize = 8;

/// How many names are for all names below one of so many labels; the last place is for all longer ones.
///
/// A count that has reached its end stays there, and says that there may be such names.
#[derive(Clone, Copy)]
struct Below([u16; LABELS]);

impl Below {
    /// Where names of so many labels are counted.
    fn place(labels: usize) -> usize {
        labels.min(LABELS).saturating_sub(1)
    }

    /// Adds a name, or takes one away.
    fn count(&mut self, name: &str, more: bool) {
        let place = self.0.get_mut(Self::place(labels(name)));
        if let Some(place) = place.filter(|place| **place < u16::MAX) {
            *place = match more {
                true => place.saturating_add(1),
                false => place.saturating_sub(1),
            };
        }
    }

    /// Whether there may be one of so many labels.
    fn may_have(&self, labels: usize) -> bool {
        self.0
            .get(Self::place(labels))
            .is_some_and(|count| *count > 0)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }
}

/// How many labels a name has.
fn labels(name: &str) -> usize {
    let dot = |byte| usize::from(byte == b'.');
    name.bytes()
        .fold(1, |labels: usize, byte| labels.saturating_add(dot(byte)))
}

/// The names of all rows of a table. Every call has to give the same `seed` of their hashes.
pub(super) struct Names {
    ids: Ids,
    /// How many names are of rows with addresses.
    tied: u32,
    /// How many are of rows without addresses that say which servers they are for.
    served: u32,
    /// Those for all names below.
    below: Below,
}

/// Adds one, or takes one away.
fn count(counter: &mut u32, more: bool) {
    *counter = match more {
        true => counter.saturating_add(1),
        false => counter.saturating_sub(1),
    };
}

impl Names {
    /// No names.
    pub(super) const fn new() -> Self {
        Self {
            ids: Ids::new(),
            tied: 0,
            served: 0,
            below: Below([0; LABELS]),
        }
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether a name may decide about a connection that arrived at a port.
    pub(super) fn may_decide(&self, privileged: bool) -> bool {
        let served_or_tied = self.tied > 0 || self.served > 0;
        served_or_tied || (privileged && self.len() > 0)
    }

    /// Calls `visit` with each row that has `key`, until it says that this is enough.
    fn each<'a>(
        &self,
        seed: u64,
        key: Key<'_>,
        row_of: impl Fn(u32) -> Option<&'a Row>,
        mut visit: impl FnMut(u32, &'a Row) -> bool,
    ) {
        self.ids.find(key.hash(seed), |id| {
            row_of(id).is_some_and(|row| {
                row.names().iter().any(|name| name.key() == key) && visit(id, row)
            })
        });
    }

    /// Adds a name of `row`. What is added before an error stays: the table is to be dropped.
    pub(super) fn add<'a>(
        &mut self,
        seed: u64,
        key: Key<'_>,
        id: u32,
        row: &Row,
        row_of: impl Fn(u32) -> Option<&'a Row>,
    ) -> Result<(), NameError> {
        let mut rows = 0usize;
        let mut taken = None;
        self.each(seed, key, row_of, |other, there| {
            rows = rows.saturating_add(1);
            if clash(row, there) {
                taken = Some(other);
            }
            taken.is_some()
        });
        if let Some(other) = taken {
            return Err(NameError::Taken(other));
        }
        if rows >= limits::ROWS_PER_NAME {
            return Err(NameError::Crowded);
        }
        self.ids.insert(key.hash(seed), id)?;
        self.count(key, row, true);
        Ok(())
    }

    /// Takes out a name of `row` that was added.
    pub(super) fn remove(
        &mut self,
        seed: u64,
        key: Key<'_>,
        id: u32,
        row: &Row,
    ) -> Result<(), NoMemory> {
        let found = self.ids.remove(key.hash(seed), |other| other == id)?;
        if found.is_some() {
            self.count(key, row, false);
        }
        Ok(())
    }

    fn count(&mut self, key: Key<'_>, row: &Row, more: bool) {
        if !row.matches().is_empty() {
            count(&mut self.tied, more);
        } else if !row.servers().is_empty() {
            count(&mut self.served, more);
        }
        if key.below {
            self.below.count(key.name, more);
        }
    }

    /// What rows may have of the keys that match `name`, in the order of [`Key::of`]. Whoever asks chooses how many labels there
    /// are, and each key is hashed.
    pub(super) fn keys<'a>(&self, name: &'a str) -> impl Iterator<Item = Key<'a>> {
        let below = self.below;
        let labels = if below.is_empty() { 1 } else { labels(name) };
        // Those of the key at hand: each has one less than the one before.
        let mut left = labels.saturating_add(1);
        Key::of(name).take(labels).filter(move |key| {
            left = left.saturating_sub(1);
            !key.below || below.may_have(left)
        })
    }

    /// The first row for which `admit` holds of those that have `name`, the most specific first: the name itself before those
    /// above it, the longest of these first, and for one name the row that fits `local` best.
    pub(super) fn lookup<'a>(
        &self,
        seed: u64,
        name: &str,
        local: &Endpoint,
        privileged: bool,
        row_of: impl Fn(u32) -> Option<&'a Row>,
        admit: &mut dyn FnMut(u32, &'a Row) -> bool,
    ) -> Option<u32> {
        for key in self.keys(name) {
            // The rows of one name fit an address differently, so each is found once.
            let mut last: Option<Fit> = None;
            loop {
                let mut best: Option<(Fit, u32, &Row)> = None;
                self.each(seed, key, &row_of, |id, row| {
                    let fits = fit(row, local, privileged)
                        .filter(|fit| last.is_none_or(|last| *fit < last));
                    if let Some(fit) = fits.filter(|fit| best.is_none_or(|(best, ..)| *fit > best))
                    {
                        best = Some((fit, id, row));
                    }
                    false
                });
                let Some((fit, id, row)) = best else {
                    break;
                };
                if admit(id, row) {
                    return Some(id);
                }
                last = Some(fit);
            }
        }
        None
    }

    /// The same at a place that is no address: a row's addresses do not matter, but a name that several rows have is nobody's
    /// unless one of them has no addresses. A row that has all names below another one does not get it either.
    pub(super) fn lookup_anywhere<'a>(
        &self,
        seed: u64,
        name: &str,
        row_of: impl Fn(u32) -> Option<&'a Row>,
        admit: &mut dyn FnMut(u32, &'a Row) -> bool,
    ) -> Option<u32> {
        for key in self.keys(name) {
            let mut only = None;
            let mut rows = 0usize;
            self.each(seed, key, &row_of, |id, row| {
                let untied = row.matches().is_empty();
                rows = if untied { 1 } else { rows.saturating_add(1) };
                only = Some((id, row));
                untied
            });
            match only {
                Some(_) if rows > 1 => return None,
                Some((id, row)) if admit(id, row) => return Some(id),
                _ => (),
            }
        }
        None
    }

    /// Makes all pages shareable.
    pub(super) fn freeze(&mut self) -> Result<(), NoMemory> {
        self.ids.freeze()
    }

    /// A copy that shares the frozen pages.
    pub(super) fn try_clone(&self) -> Result<Self, NoMemory> {
        Ok(Self {
            ids: self.ids.try_clone()?,
            ..*self
        })
    }
}
