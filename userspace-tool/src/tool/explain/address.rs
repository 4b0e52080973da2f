// SPDX-License-Identifier: GPL-2.0

//! Whose a connection is that arrives at an address.

use super::{addresses, lines, Candidate};
use crate::policy::{Endpoint, Match, Row, Table};
use std::fmt::Write;
use std::net::SocketAddr;

/// Says whose connections to `at` are that ask for no name; `start` is the first port that is for everybody.
pub(in crate::tool) fn address(table: &Table, at: SocketAddr, start: u16) -> String {
    let local = Endpoint::new(at.ip(), at.port());
    let chosen = table.lookup(&local, start, &mut |_, _| true);
    let row = |id| table.row(id).map(|row| &**row);
    let mut text = match chosen.and_then(row) {
        Some(row) => format!("{at} is {}'s\n", row.name()),
        None => format!("{at} is nobody's\n"),
    };
    let mut candidates = Vec::new();
    for (id, row) in table.each() {
        // The addresses of a row with names only say where these are valid.
        if row.names().is_empty() {
            candidates.extend(of_row(row, &local, start, chosen == Some(id)));
        }
    }
    text += &lines(candidates);
    if chosen.is_some_and(|id| row(id).is_some_and(|row| !row.servers().is_empty())) {
        text += "only for the processes that its server= says\n";
    }
    if table.asks_for_names(&local, start) {
        let _ = writeln!(
            text,
            "names go before addresses: a request for a name that a row has is that row's (vhqos explain NAME --at {at})"
        );
    }
    text
}

/// How a row matches, by its best match; the default row too.
fn of_row(row: &Row, local: &Endpoint, start: u16, chosen: bool) -> Option<Candidate> {
    let refused = refused(row, local.port, start);
    if row.name() == "default" {
        let why = match (chosen, &refused) {
            (true, _) => "no other row has it",
            (false, Some(why)) => why,
            (false, None) => "takes what no other row has",
        };
        return Some(Candidate {
            host: row.name().to_owned(),
            by: "-".to_owned(),
            why: why.to_owned(),
            rank: (chosen, -1),
        });
    }
    let texts = addresses(row);
    let matches = row.matches().iter().zip(&texts);
    let near = matches.filter(|(one, _)| one.prefix().contains(local.address));
    let rank = |one: &Match| {
        let ports = row.ports(one);
        let named = ports.iter().any(|span| span.contains(local.port));
        (
            named || ports.is_empty(),
            i32::from(one.prefix().length()) * 2 + i32::from(named),
        )
    };
    let (one, text) = near.max_by_key(|(one, _)| rank(one))?;
    let (fits, order) = rank(one);
    let why = match (chosen, fits, refused.filter(|_| row.ports(one).is_empty())) {
        (true, ..) => "the best match".to_owned(),
        (false, false, _) => "for other ports".to_owned(),
        (false, true, Some(why)) => why,
        (false, true, None) => "another row says it closer".to_owned(),
    };
    Some(Candidate {
        host: row.name().to_owned(),
        by: format!("addr={text}"),
        why,
        rank: (chosen, order),
    })
}

/// Why a row without ports does not take a port.
fn refused(row: &Row, port: u16, start: u16) -> Option<String> {
    let open = port >= start && row.servers().is_empty();
    open.then(|| {
        format!("port {port} is for everybody (from {start} on): name the port, or say server=")
    })
}
