// SPDX-License-Identifier: GPL-2.0

//! Packages, and what the rows of users say beside them.

use super::all::{All, Said};
use super::limits::Limits;
use super::Beside;
use crate::tool::import::hosts::unique;
use crate::tool::import::print::comment;
use crate::tool::import::{name, Note};
use std::collections::{HashMap, HashSet};

/// A package as it is printed.
struct Package {
    /// Its name here.
    called: String,
    /// What it limits, with what everybody's limits are.
    limits: Limits,
}

/// `package` lines, and what is in them.
pub(super) struct Packages {
    /// The lines, with comments.
    pub(super) text: String,
    /// Whose who has no other.
    default: Package,
    /// By their names there.
    named: HashMap<String, Package>,
}

impl Packages {
    /// Prints all of them; everybody's limits are one called `default`.
    pub(super) fn new(all: &All, beside: &Beside) -> Self {
        let mut text = String::new();
        if beside.is_vps && beside.units.device.is_some() && all.limits().any(Limits::limits_io) {
            let what = "IO and IOPS of LVE are of reads and writes together; here each of the two gets all of it.";
            comment(&mut text, what);
        }
        let mut taken = HashSet::new();
        let mut print = |wanted: &str, limits: Limits, said: Option<&Said>| {
            let called = unique(&mut taken, wanted);
            if let Some(said) = said {
                comment(&mut text, &said.origin);
            }
            if let Some(note) = limits.lost(&beside.units, beside.is_vps) {
                comment(&mut text, note);
            }
            let mut words = vec!["package".to_owned(), called.clone()];
            words.extend(limits.words(&beside.units, beside.is_vps));
            text += &(words.join(" ") + "\n");
            Package { called, limits }
        };
        let default = print("default", all.default, None);
        let named = all.packages.iter().map(|said| {
            let limits = said.limits.or(&all.default);
            let package = print(&name::word(&said.name), limits, Some(said));
            (said.name.clone(), package)
        });
        let named = named.collect();
        Self {
            text,
            default,
            named,
        }
    }

    /// What the row of a user says: his package, and his own limits.
    pub(super) fn words(&self, user: &str, all: &All, beside: &Beside) -> (Vec<String>, Vec<Note>) {
        let plan = beside.plans.of(user);
        let package = plan.and_then(|plan| self.named.get(plan));
        let package = package.unwrap_or(&self.default);
        let mut words = vec![format!("package={}", package.called)];
        let mut notes = Vec::new();
        if let Some(said) = all.users.get(user) {
            let own = said.limits.beside(&package.limits);
            words.extend(own.words(&beside.units, beside.is_vps));
            let said_of_cpu = Limits {
                cpu: own.cpu,
                ncpu: own.ncpu,
                ..said.limits
            };
            let lost = said_of_cpu.lost(&beside.units, beside.is_vps);
            notes.extend(lost.map(|text| Note::new(&said.origin, text)));
        }
        (words, notes)
    }
}
