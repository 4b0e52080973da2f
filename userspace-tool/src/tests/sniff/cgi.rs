// SPDX-License-Identifier: GPL-2.0

//! Variables of requests, for the tests of the protocols that carry them.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::check::sniff::{
    said,
    Event,
    What, //
};
use crate::sniff::{
    Name,
    Nameless,
    Parser,
    Step, //
};

/// A name and its value.
pub(super) type Variable = (Vec<u8>, Vec<u8>);

/// The variables of a text such as `A=b HTTP_HOST=c`.
pub(super) fn variables(text: &str) -> Vec<Variable> {
    let split = |word: &str| {
        let (name, value) = word.split_once('=').unwrap();
        (name.into(), value.into())
    };
    text.split_whitespace().map(split).collect()
}

/// What variables say, and a text of them.
pub(super) const CASES: [(&str, Result<&str, Nameless>); 17] = [
    ("HTTP_HOST=a.example SERVER_NAME=b.example", Ok("a.example")),
    ("SERVER_NAME=b.example HTTP_HOST=a.example", Ok("a.example")),
    ("SERVER_NAME=much.longer.example HTTP_HOST=a.b", Ok("a.b")),
    ("SERVER_NAME=b.example", Ok("b.example")),
    ("A=b SERVER_NAME=b.example C=d", Ok("b.example")),
    ("A=b HTTP_HOST=A.Example:8080 C=d", Ok("a.example")),
    ("HTTP_HOST= SERVER_NAME=b.example", Ok("b.example")),
    ("SERVER_NAME=b.example HTTP_HOST=", Ok("b.example")),
    ("SERVER_NAME=b.example SERVER_NAME=", Ok("b.example")),
    ("SERVER_NAME=[odd] SERVER_NAME=b.example", Ok("b.example")),
    (
        "HTTP_HOSX=a.example SERVER_NAMF=b.example",
        Err(Nameless::Absent),
    ),
    (
        "HTTP_HOST=[::1] SERVER_NAME=b.example",
        Err(Nameless::Malformed),
    ),
    (
        "SERVER_NAME=b.example HTTP_HOST=a..b",
        Err(Nameless::Malformed),
    ),
    ("SERVER_NAME=a..b", Err(Nameless::Malformed)),
    ("SERVER_NAME= HTTP_HOST=", Err(Nameless::Absent)),
    (
        "HTTP_HOS=a HTTP_HOSTS=a http_host=a HTTP_HOST_=b",
        Err(Nameless::Absent),
    ),
    (
        "SERVER_NAM=a SERVER_NAMES=a Server_Name=a HOST=b",
        Err(Nameless::Absent),
    ),
];

/// What a case says.
pub(super) fn what(result: Result<&str, Nameless>) -> What {
    match result {
        Ok(name) => What::Named(name.to_owned()),
        Err(why) => What::Nameless(why),
    }
}

/// What variables say: the first HTTP_HOST that is not empty, or else the last such SERVER_NAME.
pub(super) fn expected(variables: &[Variable]) -> What {
    let values = |wanted: &'static [u8]| {
        let found = variables
            .iter()
            .filter(move |(name, value)| name == wanted && !value.is_empty());
        found.map(|(_, value)| value)
    };
    let value = values(b"HTTP_HOST")
        .next()
        .or(values(b"SERVER_NAME").last());
    let mut name = Name::new();
    name.extend(value.map_or(b"", |value| value));
    what(name.get())
}

/// What was said, without the places, up to the end.
pub(super) fn answers(events: &[Event]) -> Vec<What> {
    let whats = events.iter().map(|event| event.what.clone());
    whats.filter(|what| *what != What::End).collect()
}

/// What a parser says first that is given the name of another one.
pub(super) fn said_with_a_used_name(mut parser: impl Parser, mut message: &[u8]) -> What {
    let mut name = Name::new();
    name.extend(b"[used]");
    match parser.read(&mut message, &mut name) {
        Step::Named | Step::Nameless(_) => what(name.get()),
        step => panic!("{step:?}"),
    }
}

/// The seeds of a protocol whose requests are one a connection are what servers were seen to send, behind the byte that says how
/// a fuzz target cuts them.
pub(super) fn servers_are_read<P: Parser>(protocol: &str, make: impl Fn() -> P, check: fn(&[u8])) {
    for (server, host) in [
        ("nginx", "shop.flowers.example"),
        ("nginx_post", "shop.flowers.example"),
        ("nginx_no_host", "flowers.example"),
        ("lighttpd", "light.flowers.example"),
    ] {
        let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
        let seed = std::fs::read(seeds.join(protocol).join(server)).unwrap();
        check(&seed);
        assert_eq!(
            answers(&said(&make, &seed[1..])),
            [what(Ok(host))],
            "{server}"
        );
    }
}

/// Bytes that stand in names and values.
fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    vec(
        prop_oneof![Just(b'_'), Just(b'.'), b'A'..=b'Z', 1u8..],
        length,
    )
}

/// Some variables, of which few count, with names that look alike.
pub(super) fn any_variables() -> impl Strategy<Value = Vec<Variable>> {
    const KNOWN: [&str; 7] = [
        "HTTP_HOST",
        "SERVER_NAME",
        "HTTP_HOSX",
        "SERVER_NAMX",
        "XTTP_HOST",
        "HTTP_HOSTS",
        "REMOTE_ADDR",
    ];
    let name = prop_oneof![
        3 => prop::sample::select(&KNOWN[..]).prop_map(|name| name.as_bytes().to_vec()),
        1 => text(1..14),
    ];
    let value = prop_oneof![
        3 => "[a-zA-Z0-9-]{1,8}(\\.[a-z]{1,8}){0,3}(:[0-9]{2})?".prop_map(String::into_bytes),
        1 => text(0..20),
        1 => text(120..140),
    ];
    vec((name, value), 0..5)
}
