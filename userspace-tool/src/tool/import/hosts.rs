// SPDX-License-Identifier: GPL-2.0

//! From virtual hosts to hosts: what is one site becomes one, and a name that two claim at one place is the first one's.

use super::address::{Listen, Place, Scope};
use super::{name, Note, Origin, Site, Sites};
use crate::limits::ROWS_PER_NAME;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// A host: one row, or several if one cannot hold it.
#[derive(Debug)]
pub(crate) struct Host {
    /// Its name in the table.
    pub(crate) host: String,
    /// The user whose sites these are, if they were read by users.
    pub(crate) user: Option<String>,
    /// Where its virtual hosts are.
    pub(crate) origins: Vec<Origin>,
    /// `name=`.
    pub(crate) names: Vec<String>,
    /// `addr=`.
    pub(crate) scope: Scope,
    /// Other words of its row.
    pub(crate) words: Vec<String>,
    /// What was left out.
    pub(crate) notes: Vec<Note>,
}

/// All hosts, and what became none.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    pub(crate) hosts: Vec<Host>,
    pub(crate) notes: Vec<Note>,
}

/// Makes hosts of sites.
pub(crate) fn hosts(sites: Sites) -> Hosts {
    let mut claims = Claims::default();
    let mut left_out = sites.notes;
    for group in groups(sites.sites, &mut left_out) {
        match group.names.is_empty() {
            true => claims.add_nameless(group, &mut left_out),
            false => claims.add_named(group, &mut left_out),
        }
    }
    Hosts {
        hosts: claims.hosts,
        notes: left_out,
    }
}

/// Virtual hosts that have the same first name, or none and the same addresses: one site over HTTP and over TLS, say; or one user's.
struct Group {
    /// What the file calls the first one.
    what: String,
    user: Option<String>,
    origins: Vec<Origin>,
    names: Vec<String>,
    listens: Vec<Listen>,
    notes: Vec<Note>,
}

impl Group {
    /// The first one.
    fn new(site: Site) -> Self {
        Self {
            what: site.what,
            user: site.user,
            origins: vec![site.origin],
            names: site.names,
            listens: site.listens,
            notes: site.notes,
        }
    }

    /// Takes another one.
    fn add(&mut self, mut site: Site) {
        self.origins.push(site.origin);
        self.names.append(&mut site.names);
        self.listens.append(&mut site.listens);
        self.notes.append(&mut site.notes);
    }

    /// Says something of the first one.
    fn note(&mut self, text: String) {
        self.notes.push(Note::new(&self.origins[0], text));
    }

    /// Becomes no host.
    fn leave_out(mut self, why: &str, left_out: &mut Vec<Note>) {
        self.note(format!("{} is left out: {why}", self.what));
        left_out.append(&mut self.notes);
    }
}

/// Groups sites in the order of their first ones. What can be told apart by nothing is left out.
fn groups(sites: Vec<Site>, left_out: &mut Vec<Note>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for site in sites {
        let is_wide = site.listens.iter().any(|listen| listen.address.is_none());
        let is_nameless = site.names.is_empty();
        if is_nameless && (is_wide || site.listens.is_empty() || !site.catches_all) {
            let why = match site.catches_all {
                true => "it has no name: what asks for no name of a row is the default row's",
                false => "no name is left",
            };
            Group::new(site).leave_out(why, left_out);
            continue;
        }
        let key = match (&site.user, site.names.first()) {
            (Some(user), _) => format!("user {user}"),
            (None, Some(name)) => format!("name {name}"),
            (None, None) => format!("addr {:?}", site.listens),
        };
        match by_key.entry(key) {
            Entry::Occupied(group) => groups[*group.get()].add(site),
            Entry::Vacant(group) => {
                group.insert(groups.len());
                groups.push(Group::new(site));
            }
        }
    }
    groups
}

/// The hosts so far, and which of them has what.
#[derive(Default)]
struct Claims {
    hosts: Vec<Host>,
    taken: HashSet<String>,
    names: HashMap<String, Vec<usize>>,
    places: HashMap<Place, Vec<usize>>,
}

impl Claims {
    /// Takes a group that has names: as a host of its own, or as a part of the one that has its first name already.
    fn add_named(&mut self, mut group: Group, left_out: &mut Vec<Note>) {
        let scope = Scope::of(&group.listens);
        let owner = self.owner(&group.names[0], &scope);
        let is_same = |host: &usize| group.user.is_none() && self.hosts[*host].scope == scope;
        let number = owner.filter(is_same).unwrap_or(self.hosts.len());
        let mut names = Vec::new();
        for name in std::mem::take(&mut group.names) {
            match self.claim(number, &name, &scope) {
                Ok(true) => names.push(name),
                Ok(false) => {}
                Err(why) => group.note(why),
            }
        }
        if let Some(host) = self.hosts.get_mut(number) {
            host.origins.append(&mut group.origins);
            host.names.append(&mut names);
            host.notes.append(&mut group.notes);
        } else if names.is_empty() {
            group.leave_out("no name is left", left_out);
        } else {
            let wanted = name::host(group.user.as_ref().unwrap_or(&names[0]));
            self.push(&wanted, group, names, scope);
        }
    }

    /// The host that has this name where no row could tell it from one in `scope`.
    fn owner(&self, name: &str, scope: &Scope) -> Option<usize> {
        let owners = self.names.get(name)?;
        let clashes = |host: &&usize| self.hosts[**host].scope.clash(scope);
        owners.iter().find(clashes).copied()
    }

    /// Gives a name to a host; `false`: it has it already.
    ///
    /// Errors: another one has it.
    fn claim(&mut self, number: usize, name: &str, scope: &Scope) -> Result<bool, String> {
        let owners = self.names.get(name).map_or(&[][..], Vec::as_slice);
        if owners.contains(&number) {
            return Ok(false);
        }
        if let Some(owner) = self.owner(name, scope) {
            let Host { host, origins, .. } = &self.hosts[owner];
            return Err(format!(
                "`{name}` is left out: it is host {host}'s already, by {}",
                origins[0]
            ));
        }
        if owners.len() >= ROWS_PER_NAME {
            return Err(format!(
                "`{name}` is left out: {ROWS_PER_NAME} rows have it, and no more may"
            ));
        }
        self.names.entry(name.to_owned()).or_default().push(number);
        Ok(true)
    }

    /// Takes a group that has addresses only.
    fn add_nameless(&mut self, mut group: Group, left_out: &mut Vec<Note>) {
        let mut scope = Scope::of(&group.listens);
        let number = self.hosts.len();
        scope.0.retain(|place, ports| {
            let owners = self.places.entry(*place).or_default();
            let own = Scope([(*place, ports.clone())].into());
            let owner = owners
                .iter()
                .find(|host| self.hosts[**host].scope.clash(&own));
            if let Some(owner) = owner {
                group.note(format!(
                    "addr={} is left out: it is host {}'s already",
                    super::address::value(*place, ports),
                    self.hosts[*owner].host
                ));
                return false;
            }
            owners.push(number);
            true
        });
        let Some((place, _)) = scope.0.first_key_value() else {
            return group.leave_out("no address is left", left_out);
        };
        let wanted = match (&group.user, place) {
            (Some(user), _) => name::host(user),
            (None, Place::One(address)) => format!("addr-{address}").replace(':', "-"),
            (None, Place::Every4 | Place::Every6) => "addr-every".to_owned(),
        };
        self.push(&wanted, group, Vec::new(), scope);
    }

    /// Makes a host of a group, called so, or that with a number.
    fn push(&mut self, wanted: &str, group: Group, names: Vec<String>, scope: Scope) {
        let host = unique(&mut self.taken, wanted);
        self.hosts.push(Host {
            host,
            user: group.user,
            origins: group.origins,
            names,
            scope,
            words: Vec::new(),
            notes: group.notes,
        });
    }
}

/// `wanted`, or that with a number behind it which no other has; taken from now on.
pub(super) fn unique(taken: &mut HashSet<String>, wanted: &str) -> String {
    let mut host = wanted.to_owned();
    let mut number = 2usize;
    while !taken.insert(host.clone()) {
        let behind = format!("-{number}");
        host = name::shortened(wanted, behind.len()) + &behind;
        number += 1;
    }
    host
}
