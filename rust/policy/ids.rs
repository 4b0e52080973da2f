// SPDX-License-Identifier: GPL-2.0

//! A hash table from keys to ids. The keys stay where they are: the caller compares them.

use crate::mem::NoMemory;

use super::paged::Paged;

/// A used place holds the id plus one, and the hash so that most other keys are never looked at.
#[derive(Clone, Copy)]
struct Place {
    hash: u32,
    id_and_one: u32,
}

const EMPTY: Place = Place {
    hash: 0,
    id_and_one: 0,
};

impl Place {
    fn id(self) -> Option<u32> {
        self.id_and_one.checked_sub(1)
    }
}

/// Ids by the hash of their keys, with linear probing.
///
/// # Invariants
///
/// The number of places is zero or a power of two, and at most two thirds of them are used. Each
/// id is reached from its hash's place over used places only.
pub(super) struct Ids {
    places: Paged<Place>,
    used: usize,
}

impl Ids {
    /// An empty table.
    pub(super) const fn new() -> Self {
        Self {
            places: Paged::new(),
            used: 0,
        }
    }

    /// The number of ids.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    fn mask(&self) -> usize {
        self.places.len().saturating_sub(1)
    }

    fn start(&self, hash: u32) -> usize {
        usize::try_from(hash).unwrap_or(0) & self.mask()
    }

    fn next(&self, at: usize) -> usize {
        at.wrapping_add(1) & self.mask()
    }

    /// The place of the id with this hash for which `is_it` holds.
    #[inline]
    fn position(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<(usize, u32)> {
        let mut at = self.start(hash);
        loop {
            let place = *self.places.get(at)?;
            let id = place.id()?;
            if place.hash == hash && is_it(id) {
                return Some((at, id));
            }
            at = self.next(at);
        }
    }

    /// The id with this hash for which `is_it` holds.
    #[inline]
    pub(super) fn find(&self, hash: u32, is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        self.position(hash, is_it).map(|(_, id)| id)
    }

    /// Adds an id whose key is not in the table.
    pub(super) fn insert(&mut self, hash: u32, id: u32) -> Result<(), NoMemory> {
        let used = self.used.saturating_add(1);
        if used.saturating_mul(3) > self.places.len().saturating_mul(2) {
            self.double()?;
        }
        self.place(Place {
            hash,
            id_and_one: id.saturating_add(1),
        })?;
        self.used = used;
        Ok(())
    }

    fn place(&mut self, new: Place) -> Result<(), NoMemory> {
        let mut at = self.start(new.hash);
        while self
            .places
            .get(at)
            .is_some_and(|place| place.id().is_some())
        {
            at = self.next(at);
        }
        self.places.set(at, new)
    }

    fn double(&mut self) -> Result<(), NoMemory> {
        let len = self.places.len().saturating_mul(2).max(16);
        let old = core::mem::replace(&mut self.places, Paged::filled(len, EMPTY)?);
        for place in old.iter() {
            if place.id().is_some() {
                self.place(*place)?;
            }
        }
        Ok(())
    }

    /// Takes out the id with this hash for which `is_it` holds.
    pub(super) fn remove(
        &mut self,
        hash: u32,
        is_it: impl FnMut(u32) -> bool,
    ) -> Result<Option<u32>, NoMemory> {
        let Some((mut hole, id)) = self.position(hash, is_it) else {
            return Ok(None);
        };
        let mut at = self.next(hole);
        // Moves back what would no longer be reached over the hole.
        while let Some(place) = self.places.get(at).copied() {
            if place.id().is_none() {
                break;
            }
            let from_start = at.wrapping_sub(self.start(place.hash)) & self.mask();
            let from_hole = at.wrapping_sub(hole) & self.mask();
            if from_start >= from_hole {
                self.places.set(hole, place)?;
                hole = at;
            }
            at = self.next(at);
        }
        self.places.set(hole, EMPTY)?;
        self.used = self.used.saturating_sub(1);
        Ok(Some(id))
    }

    /// Makes all pages shareable.
    pub(super) fn freeze(&mut self) -> Result<(), NoMemory> {
        self.places.freeze()
    }

    /// A copy that shares the frozen pages.
    pub(super) fn try_clone(&self) -> Result<Self, NoMemory> {
        Ok(Self {
            places: self.places.try_clone()?,
            used: self.used,
        })
    }
}
