// SPDX-License-Identifier: GPL-2.0

//! Fields of a head.

use crate::check::sniff::said;
use crate::sniff::Http1;

use super::{
    named,
    read,
    ABSENT,
    MALFORMED,
    NEXT, //
};

/// Requests with these lines behind the request line, and one behind them that is read in any case.
fn check(cases: &[(&str, super::What)]) {
    for (lines, what) in cases {
        let bytes = format!("GET / HTTP/1.1\r\n{lines}\r\n{NEXT}");
        assert_eq!(
            read(&bytes),
            [what.clone(), named("next.example")],
            "{lines:?}"
        );
    }
}

#[test]
fn host_is_found_anywhere() {
    check(&[
        ("Host: a.example\r\n", named("a.example")),
        ("host:a.example\r\n", named("a.example")),
        ("HOST:\t A.Example:80 \t\r\n", named("a.example")),
        ("hOsT: a.example\n", named("a.example")),
        (
            "Accept: */*\r\nHost: a.example\r\nCookie: a=b\r\n",
            named("a.example"),
        ),
        (
            "Accept: */*\nHost: a.example\nCookie: a=b\n",
            named("a.example"),
        ),
        ("Host: a.example\r\r\n", named("a.example")),
        ("X: y\rz\r\nHost: a.example\r\n", named("a.example")),
        ("X:\r\nHost: a.example\r\n", named("a.example")),
        (
            "X: Host: b.example\r\nHost: a.example\r\n",
            named("a.example"),
        ),
    ]);
}

#[test]
fn other_fields_are_not_the_host() {
    check(&[
        ("", ABSENT),
        ("\x20Host: a.example\r\n", ABSENT),
        ("Host : a.example\r\n", ABSENT),
        ("Host\t: a.example\r\n", ABSENT),
        ("Host a.example\r\n", ABSENT),
        ("Host\r\n: a.example\r\n", ABSENT),
        ("Host\r\n a.example\r\n", ABSENT),
        ("Hos: a.example\r\n", ABSENT),
        ("Hostt: a.example\r\n", ABSENT),
        ("X-Host: a.example\r\n", ABSENT),
        ("X-Forwarded-Host: a.example\r\n", ABSENT),
        (":Host: a.example\r\n", ABSENT),
        (": a.example\r\n", ABSENT),
        ("\rHost: a.example\r\n", ABSENT),
        ("Ho\0st: a.example\r\n", ABSENT),
        ("Ho\rst: a.example\r\n", ABSENT),
        ("X: y\r\n Host: a.example\r\n", ABSENT),
    ]);
}

#[test]
fn empty_and_odd_hosts_are_told() {
    check(&[
        ("Host:\r\n", ABSENT),
        ("Host: \t \r\n", ABSENT),
        ("Host:\n", ABSENT),
        ("Host:\r\n \r\n", ABSENT),
        ("Host: a b\r\n", MALFORMED),
        ("Host: a, b\r\n", MALFORMED),
        ("Host: a\rb\r\n", MALFORMED),
        ("Host: a\0\r\n", MALFORMED),
        ("Host: [2001:db8::1]\r\n", MALFORMED),
        ("Host: user@a.example\r\n", MALFORMED),
        ("Host: http://a.example/\r\n", MALFORMED),
        ("Host: b\u{fc}cher.example\r\n", MALFORMED),
        (&format!("Host: {}\r\n", "a".repeat(254)), MALFORMED),
    ]);
}

#[test]
fn value_goes_on_in_the_next_line() {
    check(&[
        ("Host:\r\n a.example\r\n", named("a.example")),
        ("Host:\n\ta.example\n", named("a.example")),
        ("Host: a.example\r\n \r\n", named("a.example")),
        ("Host: a.example\r\n \r\n\t\r\nX: y\r\n", named("a.example")),
        ("Host: a.\r\n example\r\n", MALFORMED),
        ("Host: a.example\r\n b.example\r\n", MALFORMED),
        ("Host: a.example\r\nX: y\r\n z\r\n", named("a.example")),
        ("Host: a.example\r\nX\r\n z\r\n", named("a.example")),
    ]);
}

#[test]
fn first_host_counts() {
    check(&[
        ("Host: a.example\r\nHost: b.example\r\n", named("a.example")),
        ("Host: [a]\r\nHost: b.example\r\n", MALFORMED),
        ("Host:\r\nHost: b.example\r\n", ABSENT),
        (
            "Host : a.example\r\nHost: b.example\r\n",
            named("b.example"),
        ),
    ]);
}

#[test]
fn host_is_said_with_the_first_byte_of_the_next_line() {
    for (request, more) in [
        ("GET / HTTP/1.1\r\nHost: a.example\r\n\r", "\n"),
        (
            "GET / HTTP/1.1\r\nHost: a.example\r\nA",
            "ccept: */*\r\n\r\n",
        ),
        ("GET / HTTP/1.1\nHost: a.example\n\n", ""),
        ("GET / HTTP/1.1\r\nHost: a.example\r\n \r\nA", ": b\r\n\r\n"),
    ] {
        let said = said(Http1::new, format!("{request}{more}{NEXT}").as_bytes());
        assert_eq!(said[0].at, request.len() as u64, "{request:?}");
        assert_eq!(said[0].what, named("a.example"));
        assert_eq!(said[1].what, named("next.example"));
    }
}

#[test]
fn requests_are_answered_in_their_order() {
    let mut bytes = String::new();
    let mut names = Vec::new();
    for number in 0..20 {
        let (lines, what) = match number % 4 {
            0 => ("X: y\r\n".to_owned(), ABSENT),
            1 => ("Host: [::1]\r\n".to_owned(), MALFORMED),
            _ => (
                format!("Host: h{number}.example\r\n"),
                named(&format!("h{number}.example")),
            ),
        };
        bytes += &format!("GET /{number} HTTP/1.1\r\n{lines}\r\n");
        names.push(what);
    }
    assert_eq!(read(bytes), names);
}
