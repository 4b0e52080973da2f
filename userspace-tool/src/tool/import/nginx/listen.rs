// SPDX-License-Identifier: GPL-2.0

//! `listen`.

use crate::tool::import::address::{served, split, Listen, Ports, Served, NO_PORT};

/// Reads the words behind `listen`.
pub(super) fn listen(words: &[String]) -> Served {
    let nowhere = |why| (Vec::new(), Some(why));
    let Some((address, flags)) = words.split_first() else {
        return nowhere("an address is missing");
    };
    if flags.iter().any(|flag| flag == "quic") {
        return nowhere("QUIC is not seen: its requests are no row's");
    }
    if address.starts_with("unix:") {
        return nowhere(
            "a UNIX socket needs a row of its own, addr=unix:/PATH, where all names are valid",
        );
    }
    if let Some(ports) = Ports::parse(address) {
        return (vec![Listen::at(None, ports)], None);
    }
    let (host, port) = split(address);
    match port.map_or_else(|| Some(Ports::one(80)), Ports::parse) {
        Some(ports) => served(host, &ports),
        None => nowhere(NO_PORT),
    }
}
