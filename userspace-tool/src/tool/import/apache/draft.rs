// SPDX-License-Identifier: GPL-2.0

//! Virtual hosts while they are read.

use super::words::words;
use crate::tool::import::address::{served, split, Listen, Ports, Served, NO_PORT};
use crate::tool::import::{Note, Origin, Site};

/// A virtual host, or the main server, which is outside of all.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) origin: Origin,
    what: String,
    /// `ServerName`, and where it is said.
    pub(super) name: Option<(String, Origin)>,
    /// Each `ServerAlias`.
    pub(super) aliases: Vec<(String, Origin)>,
    /// Where it is served.
    pub(super) listens: Vec<Listen>,
    pub(super) notes: Vec<Note>,
}

impl Draft {
    /// The main server.
    pub(super) fn main(origin: Origin) -> Self {
        Self {
            origin,
            what: "the main server".to_owned(),
            name: None,
            aliases: Vec::new(),
            listens: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// `<VirtualHost ARGUMENT>`.
    pub(super) fn new(argument: &str, origin: &Origin) -> Self {
        let mut draft = Self {
            what: format!("<VirtualHost {argument}>"),
            ..Self::main(origin.clone())
        };
        for word in words(argument) {
            let (listens, why) = listen(&word);
            draft.listens.extend(listens);
            let note = why.map(|why| Note::new(origin, format!("address {word}: {why}")));
            draft.notes.extend(note);
        }
        draft
    }

    /// The site. `name` is what the main server is called; `listens` is where the server listens.
    pub(super) fn site(self, name: Option<&(String, Origin)>, listens: &[Listen]) -> Site {
        let mut site = Site::new(&self.origin, self.what);
        site.notes = self.notes;
        if let Some((name, origin)) = self.name.as_ref().or(name) {
            site.add_name(bare(name), origin);
        }
        for (alias, origin) in &self.aliases {
            site.add_name(alias, origin);
        }
        let own = self.listens.into_iter();
        site.listens = own.map(|listen| with_ports(listen, listens)).collect();
        site
    }
}

/// Reads an address of `<VirtualHost>`, or what `Listen` takes.
pub(super) fn listen(word: &str) -> Served {
    if let Some(ports) = Ports::parse(word) {
        return (vec![Listen::at(None, ports)], None);
    }
    let (host, port) = split(word);
    let (ports, why) = match port {
        None | Some("*" | "0") => (Ports::default(), None),
        Some(port) => match Ports::parse(port) {
            Some(ports) => (ports, None),
            None => (Ports::default(), Some(NO_PORT)),
        },
    };
    let (listens, other) = served(host, &ports);
    (listens, other.or(why))
}

/// A site on all ports is on those that the server listens at. Privileged ones need not be said.
fn with_ports(mut listen: Listen, all: &[Listen]) -> Listen {
    if listen.ports.are_all() {
        let here = |other: &&Listen| {
            let any = other.address.is_none() || listen.address.is_none();
            any || other.address == listen.address
        };
        let mut here = all.iter().filter(here).map(|other| &other.ports);
        if let Some(first) = here.next() {
            let mut ports = first.clone();
            here.for_each(|other| ports.join(other));
            if ports.has_unprivileged() {
                listen.ports = ports;
            }
        }
    }
    listen
}

/// The host of `ServerName [SCHEME://]HOST[:PORT]`.
fn bare(name: &str) -> &str {
    let host = name.split_once("://").map_or(name, |(_, host)| host);
    split(host).0
}
