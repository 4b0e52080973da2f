// SPDX-License-Identifier: GPL-2.0

//! Whose a request for a name is.

use super::{addresses, lines, Candidate};
use crate::policy::{Endpoint, Row, Table};
use crate::sniff::name::Name;
use crate::tool::failure::Failure;
use std::net::SocketAddr;

/// Says whose requests for a name are, at an address or without regard to it.
pub(in crate::tool) fn name(
    table: &Table,
    asked: &str,
    at: Option<SocketAddr>,
    start: u16,
) -> Result<String, Failure> {
    let mut read = Name::new();
    read.extend(asked.as_bytes());
    let name = read.get().map_err(|_| {
        let failure = Failure::failed(format!("{asked} is no host name"));
        failure.help("expected a PID, an ADDRESS[:PORT], unix:/PATH, or a NAME of letters, digits, '-' and '_'")
    })?;
    let local = at.map(|at| Endpoint::new(at.ip(), at.port()));
    let chosen = match &local {
        Some(local) => table.lookup_name(name, local, start, &mut |_, _| true),
        None => table.lookup_name_at_path(name, &mut |_, _| true),
    };
    let row = |id| table.row(id).map(|row| &**row);
    let place = at.map_or(String::new(), |at| format!(" at {at}"));
    let mut text = match chosen.and_then(row) {
        Some(row) => format!("{name}{place} is {}'s\n", row.name()),
        None => format!("no row has {name}{place}: the row of the address has it, or default\n"),
    };
    let rows = table.each();
    let candidates =
        rows.filter_map(|(id, row)| of_row(row, name, local.as_ref(), chosen == Some(id)));
    text += &lines(candidates.collect());
    Ok(text)
}

/// How a row has the name, by the closest of its own.
fn of_row(row: &Row, name: &str, local: Option<&Endpoint>, chosen: bool) -> Option<Candidate> {
    let matching = row
        .names()
        .iter()
        .filter_map(|one| Some((one.distance(name)?, one.as_str())));
    let (distance, one) = matching.min_by_key(|(distance, _)| *distance)?;
    let covers = |local: &Endpoint| {
        let mut all = row.matches().iter();
        all.any(|one| one.prefix().contains(local.address))
    };
    let elsewhere = !row.matches().is_empty() && local.is_some_and(|local| !covers(local));
    let at = match row.matches().is_empty() {
        true => String::new(),
        false => format!(", at {}", addresses(row).join(", ")),
    };
    let why = match (chosen, elsewhere) {
        (true, _) => "the closest".to_owned(),
        (false, true) => "valid elsewhere".to_owned(),
        (false, false) => "another row says it closer, or has it too".to_owned(),
    };
    Some(Candidate {
        host: row.name().to_owned(),
        by: format!("name={one}{at}"),
        why,
        rank: (chosen, -i32::try_from(distance).unwrap_or(i32::MAX)),
    })
}
