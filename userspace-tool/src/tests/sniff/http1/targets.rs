// SPDX-License-Identifier: GPL-2.0

//! Targets that have an authority, and others.

use crate::check::sniff::answers;
use crate::check::sniff::said;
use crate::check::sniff::Event;
use crate::check::sniff::What;
use crate::sniff::Http1;

use super::{
    named,
    ABSENT,
    MALFORMED,
    NEXT, //
};

type Make = fn() -> Http1;

/// Connections in the clear and inside of TLS, with the scheme that each has.
const BOTH: [(Make, &str); 2] = [(Http1::new, "http"), (Http1::of_records, "https")];

/// What is said of a request with this first line and a `Host` field, and that the one behind it is read.
fn with_line(make: Make, line: &str) -> What {
    let bytes = format!("{line}\r\nHost: field.example\r\n\r\n{NEXT}");
    let said = answers(make, bytes.as_bytes());
    assert_eq!(said[1..], [named("next.example")], "{line}");
    said[0].clone()
}

#[test]
fn authority_in_the_target_is_said_as_soon_as_it_is_complete() {
    for (make, scheme) in BOTH {
        for line in [
            "GET http://a.example/ HTTP/1.1",
            "get HTTP://A.Example:8443?q HTTP/1.0",
            "GET hTTp://a.example#f HTTP/1.1",
            "OPTIONS http://a.example HTTP/1.1",
            "GET  http://a.example./  HTTP/1.1",
            "CONNECT a.example:443 HTTP/1.1",
            "CONNECT a.example HTTP/1.1",
        ] {
            let line = line
                .replace("http:", &format!("{scheme}:"))
                .replace("HTTP:", &format!("{}:", scheme.to_uppercase()))
                .replace("hTTp:", &format!("{}:", scheme.replace("tt", "TT")));
            let said = said(make, line.as_bytes());
            let before = line.to_lowercase().find("a.example").unwrap();
            let end = before + line[before..].find(['/', '?', '#', ' ']).unwrap() + 1;
            let event = Event {
                at: end as u64,
                what: named("a.example"),
            };
            assert_eq!(said, [event], "{line}");
            assert_eq!(with_line(make, &line), named("a.example"), "{line}");
        }
    }
}

#[test]
fn authority_of_another_scheme_makes_the_request_nobodys() {
    let other = ["https", "http"];
    for ((make, own), other) in BOTH.into_iter().zip(other) {
        let upper = other.to_uppercase();
        for scheme in [
            other,
            &upper,
            "httpss",
            "htt",
            "h",
            "Z",
            "ftp",
            "http+unix",
            "h2c",
            "x-1.y",
            &"h".repeat(300),
        ] {
            for rest in [
                "a.example/",
                "a.example",
                "field.example/x?y",
                "a.example:80#f",
                "[::1]/",
                "user@a.example/",
                "",
                "/",
                "?x",
            ] {
                let line = format!("GET {scheme}://{rest} HTTP/1.1");
                assert_eq!(with_line(make, &line), MALFORMED, "{line}");
            }
        }
        // As soon as the authority is complete, and for a request without fields too.
        let line = format!("GET {other}://a.example/x HTTP/1.1\r\n\r\n");
        let said = said(make, line.as_bytes());
        let at = line.find("/x").unwrap() as u64 + 1;
        assert_eq!(
            said,
            [Event {
                at,
                what: MALFORMED
            }],
            "{line}"
        );
        let line = format!("GET {own}://a.example/?x={other}://b.example/ HTTP/1.1");
        assert_eq!(with_line(make, &line), named("a.example"), "{line}");
    }
}

#[test]
fn odd_authority_is_malformed() {
    for (make, scheme) in BOTH {
        for rest in [
            "user@a.example/",
            "[2001:db8::1]/",
            "a%2eexample/",
            "a.example:port/",
            ":80/",
            "a.example\\@b.example/",
            "b\u{fc}cher.example/",
        ] {
            let line = format!("GET {scheme}://{rest} HTTP/1.1");
            assert_eq!(with_line(make, &line), MALFORMED, "{line}");
        }
        for target in ["a.example/path", "http://a.example", "[2001:db8::1]:443"] {
            let line = format!("CONNECT {target} HTTP/1.1");
            assert_eq!(with_line(make, &line), MALFORMED, "{line}");
        }
    }
}

#[test]
fn empty_authority_is_not_the_fields() {
    for (make, scheme) in BOTH {
        for rest in ["", "/", "/a.example/", "?a.example", "#"] {
            let line = format!("GET {scheme}://{rest} HTTP/1.1");
            assert_eq!(with_line(make, &line), ABSENT, "{line}");
        }
    }
}

#[test]
fn target_without_authority_leaves_it_to_the_field() {
    for target in [
        "/",
        "*",
        "**",
        "*://a.example/",
        "//a.example/",
        "/http://a.example/",
        "?",
        "a.example",
        "a.example:80",
        "http:/a.example/",
        "http:a.example",
        "http:",
        "http",
        "https:/:/a.example/",
        "1http://a.example/",
        "+http://a.example/",
        "://a.example/",
        "ht_tp://a.example/",
        "http%3a://a.example/",
        "a:b://a.example/",
        "b\u{fc}cher://a.example/",
        "/b\u{fc}cher",
    ] {
        for method in [
            "GET",
            "POST",
            "M-SEARCH",
            "get",
            "PRI",
            "GETS",
            "CONNECTED",
            "!#$%&'*+-.^_`|~09",
        ] {
            for (make, _) in BOTH {
                let line = format!("{method} {target} HTTP/1.1");
                assert_eq!(with_line(make, &line), named("field.example"), "{line}");
            }
        }
    }
}
