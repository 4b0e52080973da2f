// SPDX-License-Identifier: GPL-2.0

//! `listen`.

use crate::tool::import::address::{addresses, split, Listen, Ports};

/// What a `listen` means for rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// Connections that rows can match.
    At(Vec<Listen>),
    /// The same, though not only there.
    Wide(Listen, &'static str),
    /// Nothing, and why.
    Not(&'static str),
}

/// Reads the words behind `listen`.
pub(crate) fn listen(words: &[String]) -> Served {
    let Some((address, flags)) = words.split_first() else {
        return Served::Not("an address is missing");
    };
    if flags.iter().any(|flag| flag == "quic") {
        return Served::Not("QUIC is not seen: its requests are no row's");
    }
    if address.starts_with("unix:") {
        return Served::Not(
            "a UNIX socket needs a row of its own, addr=unix:/PATH, where all names are valid",
        );
    }
    if let Some(ports) = Ports::parse(address) {
        return Served::At(vec![Listen::at(None, ports)]);
    }
    let (host, port) = split(address);
    let Some(ports) = port.map_or_else(|| Some(Ports::one(80)), Ports::parse) else {
        return Served::Not("the port is none from 1 to 65535");
    };
    match addresses(host) {
        Some(found) => {
            let found = found.into_iter();
            Served::At(
                found
                    .map(|address| Listen::at(address, ports.clone()))
                    .collect(),
            )
        }
        None => Served::Wide(
            Listen::at(None, ports),
            "a name, which only the server's resolver knows: the row is for all addresses, unless you write addr= there",
        ),
    }
}
