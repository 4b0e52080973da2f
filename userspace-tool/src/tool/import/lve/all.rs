// SPDX-License-Identifier: GPL-2.0

//! All limits that files say, by whose they are.

use super::limits::Limits;
use super::users::Passwd;
use super::Whose;
use crate::tool::import::Origin;
use std::collections::hash_map::Entry;
use std::collections::HashMap;

/// Limits of one who has a name, and where they are said.
pub(super) struct Said {
    pub(super) name: String,
    pub(super) limits: Limits,
    pub(super) origin: Origin,
}

/// Limits of all who have names, in the order in which they are first named; the last ones of each count.
#[derive(Default)]
pub(super) struct Named {
    all: Vec<Said>,
    places: HashMap<String, usize>,
}

impl Named {
    fn add(&mut self, said: Said) {
        match self.places.entry(said.name.clone()) {
            Entry::Occupied(place) => self.all[*place.get()] = said,
            Entry::Vacant(place) => {
                place.insert(self.all.len());
                self.all.push(said);
            }
        }
    }

    /// Those of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Said> {
        self.all.get(*self.places.get(name)?)
    }

    /// All.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Said> {
        self.all.iter()
    }
}

/// All limits, by whose they are; the last ones count.
#[derive(Default)]
pub(super) struct All {
    pub(super) default: Limits,
    pub(super) packages: Named,
    pub(super) users: Named,
}

impl All {
    /// All of them, whosever they are.
    pub(super) fn limits(&self) -> impl Iterator<Item = &Limits> {
        let named = self.packages.iter().chain(self.users.iter());
        std::iter::once(&self.default).chain(named.map(|said| &said.limits))
    }

    /// Takes limits; those of a number are its user's.
    pub(super) fn add(&mut self, whose: Whose, limits: Limits, origin: Origin, passwd: &Passwd) {
        let (named, name) = match whose {
            Whose::Default => {
                self.default = limits;
                return;
            }
            Whose::Package(name) => (&mut self.packages, name),
            Whose::Id(id) => (&mut self.users, passwd.name(id)),
            Whose::User(name) => (&mut self.users, name),
        };
        named.add(Said {
            name,
            limits,
            origin,
        });
    }
}
