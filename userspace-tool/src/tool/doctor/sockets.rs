// SPDX-License-Identifier: GPL-2.0

//! Whose the sockets are that servers listen at, and why nobody's.

use super::servers::{Place, Server};
use super::{Facts, Finding};
use crate::policy::{Endpoint, HostId, Row, Table};
use std::net::{IpAddr, SocketAddr};

/// How many of a list are said.
const SAID: usize = 3;

/// Whose the sockets of a server are.
#[derive(Default)]
pub(super) struct Whose {
    hosts: Vec<String>,
    /// Whether names may decide about some of their connections.
    by_name: bool,
    /// Nobody's, because no row has them.
    without_row: Vec<String>,
    /// Nobody's, because the row does not admit the server; and the row.
    not_admitted: Vec<(String, String)>,
    /// Nobody's, because the port is for everybody; and the row.
    open: Vec<(String, String)>,
    mptcp: Vec<String>,
}

impl Whose {
    pub(super) fn of(facts: &Facts, table: &Table, server: &Server) -> Self {
        let mut whose = Self::default();
        for socket in &server.sockets {
            match &socket.place {
                Place::Path(path) => whose.add_path(facts, table, path),
                Place::Address(at) => whose.add_address(facts, table, server, *at),
            }
            if let (Place::Address(at), true) = (&socket.place, socket.is_mptcp) {
                whose.mptcp.push(at.to_string());
            }
        }
        whose.hosts.sort();
        whose.hosts.dedup();
        whose
    }

    /// For whom the server listens, as the end of a sentence.
    pub(super) fn text(&self) -> String {
        match (some(&self.hosts), self.by_name) {
            (hosts, false) if hosts.is_empty() => String::new(),
            (hosts, true) if hosts.is_empty() => "; it listens for the hosts with names".to_owned(),
            (hosts, false) => format!("; it listens for {hosts}"),
            (hosts, true) => format!("; it listens for {hosts} and the hosts with names"),
        }
    }

    /// Whether nothing is to be said of a server that serves no sites.
    pub(super) fn is_quiet(&self) -> bool {
        self.hosts.iter().all(|host| host == "default")
    }

    fn add_path(&mut self, facts: &Facts, table: &Table, path: &str) {
        let is_it = |one: &str| facts.canonical.get(one).map_or(one, |path| path) == path;
        let has = |row: &Row| row.paths().iter().any(|one| is_it(one.as_str()));
        match table.each().find(|(_, row)| has(row)) {
            Some((_, row)) => self.hosts.push(row.name().to_owned()),
            None => self.without_row.push(format!("unix:{path}")),
        }
    }

    fn add_address(&mut self, facts: &Facts, table: &Table, server: &Server, at: SocketAddr) {
        let start = facts.port_start;
        let admitted = |_: HostId, row: &Row| server.is_admitted(row);
        let found = hosts(table, at, start, &admitted);
        let named =
            table.has_names() && table.asks_for_names(&Endpoint::new(at.ip(), at.port()), start);
        if !found.is_empty() || named {
            self.hosts.extend(found);
            self.by_name |= named;
            return;
        }
        let first = |start| hosts(table, at, start, &|_, _| true).into_iter().next();
        match (first(start), first(u16::MAX)) {
            (Some(host), _) => self.not_admitted.push((at.to_string(), host)),
            (None, Some(host)) => self.open.push((at.to_string(), host)),
            (None, None) if at.ip().is_loopback() => (),
            (None, None) => self.without_row.push(at.to_string()),
        }
    }

    /// What is not as it should be. What serves no sites may be nobody's.
    pub(super) fn complaints(&self, server: &Server) -> Vec<Finding> {
        if !server.is_for_sites() {
            return Vec::new();
        }
        let (name, program) = (server.name(), &server.program);
        let mut all = Vec::new();
        if let Some(first) = self.without_row.first() {
            // No connection arrives at all addresses.
            let mut everywhere = ["0.0.0.0:", "[::]:"].iter();
            let port = everywhere.find_map(|every| first.strip_prefix(every));
            let place = port.map_or(first.clone(), |port| format!("ADDRESS:{port}"));
            all.push(Finding::odd(
                format!(
                    "{name} listens where no row is: {}",
                    some(&self.without_row)
                ),
                format!(
                    "vhqos set HOST addr+={place}; until then its connections there are nobody's"
                ),
            ));
        }
        if let Some((at, host)) = self.not_admitted.first() {
            all.push(Finding::odd(
                format!("{name} listens at {at}, and the server= of row {host} says others"),
                format!("vhqos set {host} server+=exe:{program}"),
            ));
        }
        if let Some((at, host)) = self.open.first() {
            all.push(Finding::odd(
                format!("{name} listens at {at}, a port that everybody may use, and row {host} does not name it"),
                format!("vhqos set {host} server+=exe:{program}, or name the port in its addr="),
            ));
        }
        if let Some(at) = self.mptcp.first() {
            all.push(Finding::odd(
                format!("{name} listens with MPTCP at {at}, in whose connections names are not read"),
                "switch MPTCP off in the server (GODEBUG=multipathtcp=0 if it is written in Go), or give each host an address",
            ));
        }
        all
    }
}

/// The hosts of connections that arrive at `at`, which may be all addresses.
fn hosts(
    table: &Table,
    at: SocketAddr,
    start: u16,
    may: &dyn Fn(HostId, &Row) -> bool,
) -> Vec<String> {
    let look = |address: IpAddr| {
        let local = Endpoint::new(address, at.port());
        let found = table.lookup(&local, start, &mut |id, row| may(id, row));
        let row = found.and_then(|id| table.row(id));
        row.map(|row| row.name().to_owned())
    };
    if !at.ip().is_unspecified() {
        return look(at.ip()).into_iter().collect();
    }
    // The socket of all addresses of IPv6 takes those of IPv4 too, unless there is another one for these.
    let fits = |address: &IpAddr| at.is_ipv6() || address.is_ipv4();
    let rows = table.each().flat_map(|(_, row)| row.matches());
    let places = rows.map(|one| one.prefix().address()).filter(fits);
    places.chain([at.ip()]).filter_map(look).collect()
}

/// The first of them, and how many more there are.
fn some(all: &[String]) -> String {
    let first = all[..all.len().min(SAID)].join(", ");
    match all.len().saturating_sub(SAID) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
