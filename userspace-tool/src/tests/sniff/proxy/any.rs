// SPDX-License-Identifier: GPL-2.0

//! Any headers of the PROXY protocol, as another parser and as a plain reading find them.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{
    binary,
    tlv,
    AUTHORITY,
    LOCAL,
    PROXY, //
};
use crate::check::sniff::{
    said,
    What, //
};
use crate::sniff::{
    Name,
    Proxy, //
};
use crate::tests::config::config;
use crate::tests::sniff::cgi::what;

/// Where another parser sees the end of a header, and the first host name in it.
fn reference(bytes: &[u8]) -> Option<(usize, Option<What>)> {
    if bytes.first() == Some(&b'P') {
        let header = ppp::v1::Header::try_from(bytes).ok()?;
        return Some((header.header.len(), None));
    }
    let header = ppp::v2::Header::try_from(bytes).ok()?;
    let mut named = None;
    if header.command == ppp::v2::Command::Proxy {
        for tlv in header.tlvs() {
            let tlv = tlv.ok()?;
            if tlv.kind == AUTHORITY && !tlv.value.is_empty() && named.is_none() {
                let mut name = Name::new();
                name.extend(&tlv.value);
                named = Some(what(name.get()));
            }
        }
    }
    Some((header.as_bytes().len(), named))
}

/// A word of a line, mostly right.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string()),
        (0u32..70_000).prop_map(|port| port.to_string()),
        "[0-9a-f:.]{0,12}",
        "TCP[4-6]",
    ]
}

fn line() -> impl Strategy<Value = String> {
    let v4 = any::<[std::net::Ipv4Addr; 2]>()
        .prop_map(|[source, destination]| format!("TCP4 {source} {destination}"));
    let v6 = any::<[std::net::Ipv6Addr; 2]>()
        .prop_map(|[source, destination]| format!("TCP6 {source} {destination}"));
    let ports = (0u32..66_000, 0u32..66_000)
        .prop_map(|(source, destination)| format!("{source} {destination}"));
    let right = (prop_oneof![v4, v6], ports)
        .prop_map(|(addresses, ports)| format!("PROXY {addresses} {ports}"));
    let other = vec(word(), 0..6).prop_map(|words| format!("PROXY {}", words.join(" ")));
    let unknown = vec(word(), 0..4).prop_map(|words| format!("PROXY UNKNOWN {}", words.join(" ")));
    (
        prop_oneof![3 => right, 1 => other, 1 => unknown],
        prop_oneof![9 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r")],
    )
        .prop_map(|(line, end)| line + end)
}

fn header() -> impl Strategy<Value = Vec<u8>> {
    let host = prop_oneof!["[a-zA-Z]{1,8}(\\.[a-z]{1,8}){0,3}", "[a-z.]{0,12}"];
    let value = prop_oneof![
        vec(any::<u8>(), 0..20).prop_map(|value| tlv(4, &value)),
        host.prop_map(|host| tlv(AUTHORITY, host.as_bytes())),
    ];
    let command = prop_oneof![4 => Just(PROXY), 1 => Just(LOCAL), 1 => 0x1f..0x23u8];
    let family = prop_oneof![4 => Just((0x11, 12)), 2 => Just((0x21, 36)), 1 => Just((0x31, 216)), 1 => Just((0, 0)), 1 => Just((0x14, 12))];
    (
        command,
        family,
        vec(value, 0..4),
        prop_oneof![4 => Just(0), 1 => 0usize..9],
    )
        .prop_map(|(command, (family, addresses), tlvs, less)| {
            let block = [vec![7; addresses], tlvs.concat()].concat();
            binary(command, family, &block[..block.len().saturating_sub(less)])
        })
}

/// Checks that the other parser says the same of `bytes`.
fn check_with_reference(bytes: &[u8]) {
    let events = said(Proxy::new, bytes);
    let next = events.iter().find(|event| event.what == What::Next);
    let named = events.iter().find(|event| event.what != What::Next);
    let expected = reference(bytes).map(|(end, named)| (end as u64, named));
    let got = next.map(|next| (next.at, named.map(|named| named.what.clone())));
    assert_eq!(got, expected);
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn another_parser_reads_lines_the_same(line in line()) {
        check_with_reference(&[line.as_bytes(), b"GET"].concat());
    }

    #[test]
    fn another_parser_reads_binary_headers_the_same(header in header()) {
        // It looks at the family also where that has no meaning, and not at TLVs where there is none.
        if !matches!(header[12..14], [LOCAL, 1..=255] | [PROXY, 0]) {
            check_with_reference(&[&header, &b"GET"[..]].concat());
        }
    }

    #[test]
    fn spoilt_headers_are_read_as_plainly(
        header in prop_oneof![line().prop_map(String::into_bytes), header()],
        seed in any::<u8>(),
        spoilt in vec((any::<prop::sample::Index>(), prop_oneof![0u8..5, b' '..b';', any::<u8>()]), 0..3),
    ) {
        let mut message = [&header, &b"GET"[..]].concat();
        for (at, byte) in spoilt {
            let at = at.index(message.len());
            message[at] = byte;
        }
        crate::check::proxy(&[&[seed][..], &message].concat());
    }
}
