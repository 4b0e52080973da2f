// SPDX-License-Identifier: GPL-2.0

//! The PROXY protocol, read from a whole header.

use std::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use super::{
    cgi::{
        event,
        said_by, //
    },
    cut::cut,
    Event,
    What, //
};
use crate::sniff::{
    Nameless,
    Proxy, //
};

/// Any bytes: however they are cut, the same is said of them, and it is what a plain reading of them says.
pub fn proxy(input: &[u8]) {
    if let Some((bytes, events)) = cut(Proxy::new, input) {
        check(bytes, events);
    }
}

/// What was said of `bytes` is right.
pub(crate) fn check(bytes: &[u8], mut events: Vec<Event>) {
    // A wrong header need not be read to its end, but nothing of what follows is.
    let foreign = What::Nameless(Nameless::Foreign);
    if let Some(at) = events.iter().position(|event| event.what == foreign) {
        assert_eq!(header(bytes), None, "foreign");
        let expected = What::End;
        for event in events.drain(at..).skip(1) {
            assert_eq!(event.what, expected);
        }
        assert!(!events.iter().any(|event| event.what == What::Next));
        return;
    }
    match header(bytes) {
        Some((end, named)) => {
            let mut expected: Vec<Event> = named.into_iter().collect();
            // The end behind a name is seen at the next byte.
            if expected.iter().all(|event| event.at < end as u64) || bytes.len() > end {
                expected.push(event(end, What::Next));
            }
            assert_eq!(events, expected);
        }
        None => assert!(events.iter().all(|event| event.what != What::Next)),
    }
}

/// The end of a complete and right header, and what it says of a host.
fn header(bytes: &[u8]) -> Option<(usize, Option<Event>)> {
    match bytes.strip_prefix(b"\r\n\r\n\0\r\nQUIT\n") {
        Some(rest) => binary(rest).map(|(end, named)| (end + 12, named)),
        None => line(bytes).map(|end| (end, None)),
    }
}

/// The end of a line of version 1.
fn line(bytes: &[u8]) -> Option<usize> {
    let return_at = bytes.iter().position(|byte| *byte == b'\r')?;
    let end = return_at + 2;
    if end > 107 || bytes.get(return_at + 1) != Some(&b'\n') {
        return None;
    }
    let words: Vec<&[u8]> = bytes[..return_at].split(|byte| *byte == b' ').collect();
    if let [b"PROXY", b"UNKNOWN", ..] = words[..] {
        return Some(end);
    }
    let words = std::str::from_utf8(&bytes[..return_at]).ok()?;
    let words: Vec<&str> = words.split(' ').collect();
    let ["PROXY", protocol, source, destination, ports @ ..] = &words[..] else {
        return None;
    };
    let addresses = [source, destination];
    let right = match *protocol {
        "TCP4" => addresses
            .iter()
            .all(|word| word.parse::<Ipv4Addr>().is_ok()),
        "TCP6" => addresses
            .iter()
            .all(|word| word.parse::<Ipv6Addr>().is_ok()),
        _ => false,
    };
    let is_port = |word: &&str| {
        word.parse::<u16>()
            .is_ok_and(|port| port.to_string() == **word)
    };
    (right && ports.len() == 2 && ports.iter().all(is_port)).then_some(end)
}

/// The end of a header of version 2, counted from behind its signature, and what it says of a host.
fn binary(bytes: &[u8]) -> Option<(usize, Option<Event>)> {
    let [command, family, high, low] = *bytes.get(..4)? else {
        return None;
    };
    let end = 4 + usize::from(u16::from_be_bytes([high, low]));
    let block = bytes.get(4..end)?;
    if command == 0x20 {
        return Some((end, None));
    }
    let addresses = match (command, family) {
        (0x21, 0x00..=0x02) => 0,
        (0x21, 0x10..=0x12) => 12,
        (0x21, 0x20..=0x22) => 36,
        (0x21, 0x30..=0x32) => 216,
        _ => return None,
    };
    let mut rest = block.get(addresses..)?;
    let mut named = None;
    while !rest.is_empty() {
        let [kind, high, low] = *rest.get(..3)? else {
            return None;
        };
        let size = usize::from(u16::from_be_bytes([high, low]));
        let value = rest.get(3..3 + size)?;
        rest = &rest[3 + size..];
        if kind == 2 && !value.is_empty() && named.is_none() {
            named = Some(event(12 + end - rest.len(), said_by(value)));
        }
    }
    Some((end, named))
}
