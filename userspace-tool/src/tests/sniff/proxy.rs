// SPDX-License-Identifier: GPL-2.0

//! The PROXY protocol.

mod any;

use super::cgi::{
    said_with_a_used_name,
    what, //
};
use crate::check::sniff::{
    answers,
    said,
    Event,
    What, //
};
use crate::sniff::{
    Name,
    Nameless,
    Parser,
    Proxy,
    Step, //
};

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const LOCAL: u8 = 0x20;
const PROXY: u8 = 0x21;
const AUTHORITY: u8 = 2;

fn binary(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
    let length = (block.len() as u16).to_be_bytes();
    [SIGNATURE, &[command, family], &length, block].concat()
}

fn tlv(kind: u8, value: &[u8]) -> Vec<u8> {
    [&[kind], &(value.len() as u16).to_be_bytes()[..], value].concat()
}

fn event(at: usize, what: What) -> Event {
    let at = at as u64;
    Event { at, what }
}

fn foreign() -> What {
    What::Nameless(Nameless::Foreign)
}

/// Checks that the header `bytes` is right and says `named`, at once when the name is complete.
fn check_right(bytes: &[u8], named: Option<(usize, Result<&str, Nameless>)>) {
    let mut expected: Vec<Event> = named
        .map(|(at, name)| event(at, what(name)))
        .into_iter()
        .collect();
    expected.push(event(bytes.len(), What::Next));
    let more = [bytes, b"GET"].concat();
    assert_eq!(said(Proxy::new, &more), expected, "{bytes:?}");
    if named.is_some_and(|(at, _)| at == bytes.len()) {
        expected.pop();
    }
    assert_eq!(said(Proxy::new, bytes), expected, "{bytes:?}");
}

#[test]
fn lines_are_read() {
    let longest = format!("PROXY UNKNOWN {}\r\n", "f".repeat(91));
    assert_eq!(longest.len(), 107);
    for line in [
        // The specification's examples.
        "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
        "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "PROXY UNKNOWN\r\n",
        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "PROXY TCP6 ::1 2001:DB8::1 1 0\r\n",
        "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n",
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255 :: 1 2\r\n",
        "PROXY UNKNOWN \r\n",
        "PROXY UNKNOWN a b\n c  d e f g h i\r\n",
        &longest,
    ] {
        check_right(line.as_bytes(), None);
    }
}

#[test]
fn wrong_lines_are_known() {
    for (line, at) in [
        ("PROXX TCP4 ", 5),
        ("PROXY\r\n", 6),
        ("PROXYTCP4 ", 6),
        ("PROXY  TCP4 ", 7),
        ("PROXY tcp4 ", 11),
        ("PROXY TCP5 ", 11),
        ("PROXY TCP4\r\n", 11),
        ("PROXY UNKNOWNS\r\n", 15),
        ("PROXY UNKNOWN\n", 0),
        ("PROXY UNKNOWN\r\r", 15),
        ("PROXY UNKNOWN a\rb", 17),
        ("PROXY TCP4 192.0.2.256 ", 23),
        ("PROXY TCP4 192.0.2.01 ", 22),
        ("PROXY TCP4 ::1 ", 15),
        ("PROXY TCP4  ", 12),
        ("PROXY TCP4 192.0.2.1\r\n", 21),
        ("PROXY TCP6 192.0.2.1 ", 21),
        ("PROXY TCP6 ::1 1:2:3:4:5:6:7 ", 29),
        ("PROXY TCP6 ::1 fe80::1%lo ", 26),
        ("PROXY TCP6 ::1 ::1 65536 ", 25),
        ("PROXY TCP6 ::1 ::1 01 ", 22),
        ("PROXY TCP6 ::1 ::1 +1 ", 22),
        ("PROXY TCP6 ::1 ::1  ", 20),
        ("PROXY TCP6 ::1 ::1 1\r", 21),
        ("PROXY TCP6 ::1 ::1 1 2 ", 23),
        ("PROXY TCP6 ::1 ::1 1 \r", 22),
        ("PROXY TCP6 ::1 ::1 1 2\r ", 24),
        ("PROXY TCP6 ::1 ::1 1 2\n", 0),
        (
            "PROXY TCP4 1234567890123456789012345678901234567890123456",
            57,
        ),
        ("PROXY TCP4 \u{1}", 0),
        ("PROXY TCP4 b\u{fc}cher ", 19),
    ] {
        let more = [line.as_bytes(), b"x"].concat();
        let expected = [event(at, foreign()), event(at + 1, What::End)];
        match at {
            0 => assert_eq!(said(Proxy::new, line.as_bytes()), [], "{line:?}"),
            _ => assert_eq!(
                said(Proxy::new, &more)[..2],
                expected[..(more.len() - at + 1).min(2)],
                "{line:?}"
            ),
        }
    }
    let long = format!("PROXY UNKNOWN {}\r\n", "f".repeat(92));
    let expected = [event(107, foreign()), event(108, What::End)];
    assert_eq!(said(Proxy::new, long.as_bytes()), expected);
}

#[test]
fn binary_headers_are_read() {
    for (family, addresses) in [
        (0x00, 0),
        (0x01, 0),
        (0x10, 12),
        (0x11, 12),
        (0x12, 12),
        (0x21, 36),
        (0x22, 36),
        (0x31, 216),
        (0x32, 216),
    ] {
        let addresses = vec![2; addresses];
        check_right(&binary(PROXY, family, &addresses), None);
        let start = SIGNATURE.len() + 4 + addresses.len();
        let noop = tlv(4, &[0; 9]);
        let host = tlv(AUTHORITY, b"Flowers.example");
        let named = |at| Some((at, Ok("flowers.example")));
        for (tlvs, name) in [
            (noop.clone(), None),
            (tlv(AUTHORITY, b""), None),
            (tlv(5, b""), None),
            (host.clone(), named(start + 18)),
            ([&host[..], &noop].concat(), named(start + 18)),
            ([&noop[..], &host].concat(), named(start + 12 + 18)),
            (
                [&host[..], &tlv(AUTHORITY, b"other.example"), &noop].concat(),
                named(start + 18),
            ),
            (
                [&host[..], &tlv(AUTHORITY, b"[]")].concat(),
                named(start + 18),
            ),
            (
                [&tlv(AUTHORITY, b"")[..], &host].concat(),
                named(start + 3 + 18),
            ),
            (
                tlv(AUTHORITY, b"[::1]"),
                Some((start + 8, Err(Nameless::Malformed))),
            ),
            (
                [&tlv(AUTHORITY, b"[::1]")[..], &host].concat(),
                Some((start + 8, Err(Nameless::Malformed))),
            ),
        ] {
            check_right(
                &binary(PROXY, family, &[&addresses[..], &tlvs].concat()),
                name,
            );
        }
    }
}

/// What stands in the header of a connection that the proxy made on its own account has no meaning.
#[test]
fn local_headers_are_skipped() {
    for family in [0x00, 0x11, 0xff] {
        for block in [
            &b""[..],
            &[0; 12],
            &tlv(AUTHORITY, b"a.example"),
            b"\x02\xff",
        ] {
            check_right(&binary(LOCAL, family, block), None);
        }
    }
}

#[test]
fn wrong_binary_headers_are_known() {
    let with = |tlvs: &[u8]| binary(PROXY, 0x11, &[&[0; 12], tlvs].concat());
    for (header, at) in [
        (b"\r\n\r\n\r".to_vec(), 5),
        (b"\r\n\r\n\0\r\nQUIT\r".to_vec(), 12),
        (b"GET ".to_vec(), 1),
        (vec![0x16, 3, 1], 1),
        (binary(0x22, 0x11, &[0; 12]), 13),
        (binary(0x11, 0x11, &[0; 12]), 13),
        (binary(PROXY, 0x41, &[0; 12]), 14),
        (binary(PROXY, 0x13, &[0; 12]), 14),
        (binary(PROXY, 0x11, &[0; 11]), 16),
        (binary(PROXY, 0x21, &[]), 16),
        (binary(PROXY, 0x31, &[0; 215]), 16),
        (with(&[4]), 29),
        (with(&[AUTHORITY, 0]), 29),
        (with(&[AUTHORITY, 0, 1]), 31),
        (with(&[4, 0, 2, 0]), 31),
        (with(&[4, 255, 255, 0]), 31),
        (with(&[4, 0, 1, 0, 4, 0]), 33),
    ] {
        let more = [&header[..], b"x"].concat();
        let events = said(Proxy::new, &more);
        let expected = [event(at, foreign()), event(at + 1, What::End)];
        assert_eq!(events, expected, "{header:?}");
    }
    // What comes behind a name does not take it back.
    let events = said(Proxy::new, &with(b"\x02\0\x03a.b\x04"));
    assert_eq!(events, [event(34, what(Ok("a.b"))), event(35, foreign())]);
}

#[test]
fn what_does_not_count_is_passed_over() {
    let mut parser = Proxy::new();
    let mut name = Name::new();
    let block = [
        &[0; 12][..],
        &tlv(4, &[0; 300]),
        &tlv(AUTHORITY, b"a.b"),
        &tlv(4, &[0; 5]),
    ]
    .concat();
    let header = binary(PROXY, 0x11, &block);
    let mut read = |parser: &mut Proxy, from: usize, to: usize| {
        let mut bytes = &header[from..to];
        let step = parser.read(&mut bytes, &mut name);
        (step, bytes.len())
    };
    assert_eq!(read(&mut parser, 0, 16), (Step::More, 0));
    assert_eq!(parser.ahead(), 12);
    parser.pass(2);
    parser.pass(u64::MAX);
    assert_eq!(parser.ahead(), 0);
    assert_eq!(read(&mut parser, 28, 31), (Step::More, 0));
    assert_eq!(parser.ahead(), 300);
    parser.pass(300);
    assert_eq!(read(&mut parser, 331, 337), (Step::Named, 0));
    assert_eq!(read(&mut parser, 337, 340), (Step::More, 0));
    // The last byte is not only counted, as the end is said with it.
    assert_eq!(parser.ahead(), 4);
    parser.pass(4);
    assert_eq!(read(&mut parser, 344, 345), (Step::Next, 0));

    // Behind a name at the end nothing is left to take.
    let header = binary(PROXY, 0, &tlv(AUTHORITY, b"a.b"));
    let message = [&header[..], b"GET"].concat();
    let mut bytes = &message[..];
    let mut parser = Proxy::new();
    assert_eq!(parser.read(&mut bytes, &mut name), Step::Named);
    assert_eq!(bytes, b"GET");
    assert_eq!(parser.read(&mut bytes, &mut name), Step::Next);
    assert_eq!(bytes, b"GET");
    assert_eq!(parser.read(&mut bytes, &mut name), Step::End);
}

#[test]
fn the_name_of_another_parser_is_forgotten() {
    let header = binary(PROXY, 0, &tlv(AUTHORITY, b"a.b"));
    let said = said_with_a_used_name(Proxy::new(), &header);
    assert_eq!(said, what(Ok("a.b")));
}

#[test]
fn what_proxies_send_is_read() {
    for (seed, named) in [
        (
            &include_bytes!("../../../fuzz/seeds/proxy/haproxy_1_ipv4")[..],
            None,
        ),
        (
            include_bytes!("../../../fuzz/seeds/proxy/haproxy_1_ipv6"),
            None,
        ),
        (include_bytes!("../../../fuzz/seeds/proxy/haproxy_2"), None),
        (
            include_bytes!("../../../fuzz/seeds/proxy/haproxy_2_local"),
            None,
        ),
        (
            include_bytes!("../../../fuzz/seeds/proxy/haproxy_2_authority"),
            Some("bank.example"),
        ),
        (
            include_bytes!("../../../fuzz/seeds/proxy/haproxy_2_ipv6"),
            Some("bank.example"),
        ),
        (include_bytes!("../../../fuzz/seeds/proxy/curl_1"), None),
    ] {
        crate::check::proxy(seed);
        let message = &seed[1..];
        let mut expected: Vec<What> = named.map(|name| what(Ok(name))).into_iter().collect();
        expected.push(What::Next);
        assert_eq!(answers(Proxy::new, message), expected);
        let end = said(Proxy::new, message).last().unwrap().at as usize;
        assert_eq!(message[end..end + 4], *b"GET ");
    }
}
