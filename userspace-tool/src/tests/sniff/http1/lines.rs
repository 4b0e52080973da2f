// SPDX-License-Identifier: GPL-2.0

//! Request lines.

use crate::check::sniff::said;
use crate::check::sniff::Event;
use crate::check::sniff::What;
use crate::sniff::Http1;
use crate::sniff::Parser;
use crate::sniff::Step;

use super::{
    named,
    read,
    ABSENT,
    FOREIGN,
    NEXT, //
};

/// A request with this first line and a `Host` field.
fn with_line(line: &str) -> Vec<What> {
    read(format!("{line}\r\nHost: field.example\r\n\r\n"))
}

#[test]
fn examples_of_the_rfc_are_read() {
    for (request, name) in [
        // RFC 9112, section 3.2.1: origin-form.
        (
            "GET /where?q=now HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
            "www.example.org",
        ),
        // RFC 9112, section 3.2.2: absolute-form.
        (
            "GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1\r\nHost: other.example\r\n\r\n",
            "www.example.org",
        ),
        // RFC 9112, section 3.2.4: asterisk-form.
        (
            "OPTIONS * HTTP/1.1\r\nHost: www.example.org:8001\r\n\r\n",
            "www.example.org",
        ),
        // RFC 9112, section 3.2.4: what a proxy gets that sends it.
        (
            "OPTIONS http://www.example.org:8001 HTTP/1.1\r\n\r\n",
            "www.example.org",
        ),
        // RFC 9112, section 3.
        (
            "GET /hello.txt HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\nHost: www.example.com\r\nAccept-Language: en, mi\r\n\r\n",
            "www.example.com",
        ),
        // RFC 9110, section 7.2.
        (
            "GET /pub/WWW/ HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
            "www.example.org",
        ),
        // RFC 9110, section 10.1.1.
        (
            "PUT /somewhere/fun HTTP/1.1\r\nHost: origin.example.com\r\nContent-Type: video/h264\r\n\
             Content-Length: 1234567890987\r\nExpect: 100-continue\r\n\r\n",
            "origin.example.com",
        ),
    ] {
        assert_eq!(read(request), [named(name)], "{request}");
    }
    // RFC 9112, section 3.2.3: authority-form.
    let connect = "CONNECT www.example.com:80 HTTP/1.1\r\nHost: www.example.com\r\n\r\n";
    assert_eq!(read(connect), [named("www.example.com")]);
    // RFC 9110, section 9.3.6.
    let connect = "CONNECT server.example.com:80 HTTP/1.1\r\nHost: server.example.com\r\n\
                   Proxy-Authorization: basic aGVsbG86d29ybGQ=\r\n\r\n";
    assert_eq!(read(connect), [named("server.example.com")]);
}

#[test]
fn lines_are_taken_as_servers_take_them() {
    for request in [
        "\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "\n\n\r\n\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "GET / HTTP/1.1\nHost: a.example\n\n",
        "GET / HTTP/1.1\nHost: a.example\r\n\n",
        "GET   /   HTTP/1.1   \r\nHost: a.example\r\n\r\n",
        "GET / HTTP/1.9\r\nHost: a.example\r\n\r\n",
        "GET / HTTP/1.10\r\nHost: a.example\r\n\r\n",
        "POST http: HTTP/1.0\r\nHost: a.example\r\n\r\n",
    ] {
        let twice = format!("{request}{NEXT}");
        let names = [named("a.example"), named("next.example")];
        assert_eq!(read(twice), names, "{request:?}");
    }
}

#[test]
fn any_version_and_any_method_is_read() {
    for version in [
        "0.9", "1.0", "1.1", "1.10", "2.0", "2.1", "3.0", "9.9", "2.01",
    ] {
        for start in [
            "GET /",
            "PRI /",
            "PRI **",
            "PRI *x",
            "OPTIONS *",
            "PRIX *",
            "pri *",
        ] {
            let line = format!("{start} HTTP/{version}");
            assert_eq!(with_line(&line), [named("field.example")], "{line}");
            let request = format!("{line}\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nbody");
            let names = [named("a.example"), named("next.example")];
            assert_eq!(read(format!("{request}{NEXT}")), names, "{line}");
        }
    }
    // Only this is how HTTP/2 starts.
    assert_eq!(with_line("PRI * HTTP/2.1"), [named("field.example")]);
    for length in [1, 32, 33, 254, 255, 256, 1000] {
        let line = format!("{} / HTTP/1.1", "A".repeat(length));
        assert_eq!(with_line(&line), [named("field.example")], "{length}");
    }
}

#[test]
fn what_is_no_request_is_foreign() {
    for bytes in [
        " GET / HTTP/1.1\r\n",
        "GET\r\n",
        "GET \r\n",
        "GET\t/ HTTP/1.1\r\n",
        "GET /\tHTTP/1.1\r\n",
        "G\u{e4}T / HTTP/1.1\r\n",
        "GET / HTTP/3\r\n",
        "GET / http/1.1\r\n",
        "GET / HTTP/1\r\n",
        "GET / HTTP/1.\r\n",
        "GET / HTTP/1. \r\n",
        "GET / HTTP/1.1 x\r\n",
        "GET / HTTP/1.1\rx\n",
        "GET / HTTP/1.x\r\n",
        "GET / HTTP/11\r\n",
        "GET / HTTP/10.0\r\n",
        "GET / HTTP/.1\r\n",
        "GET / HTTP/x.1\r\n",
        "GET / HTTP/2.\r\n",
        "GET / HTTP/2.x\r\n",
        "GET / HTTPS/1.1\r\n",
        "GET / x HTTP/1.1\r\n",
        "GET /\rx HTTP/1.1\r\n",
        "GET /\0 HTTP/1.1\r\n",
        "GET /\x7f HTTP/1.1\r\n",
        "GET http://a.exam\0ple/ HTTP/1.1\r\n",
        "GET http://a.example\r\n",
        "CONNECT a.example\r\n",
        "POST /\r\n",
        "POST / \r\n",
        "HEAD /\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2p1\r\n",
        "EHLO client.example\r\n",
        "PRI * HTTP/2.0\n",
        "PRI * HTTP/2.0\r\nHost: a.example\r\n",
        "PRI * HTTP/2.0\r\n\n",
        "PRI * HTTP/2.0 \r\n\r\n",
        "PRI * HTTP/2.00\r\n\r\n",
        "\x16\x03\x01\x02\0",
        "\0",
    ] {
        assert_eq!(
            read(format!("{bytes}\r\n\r\n")),
            [FOREIGN, What::End],
            "{bytes:?}"
        );
        // Behind a request nobody knows whom it is for.
        let behind = read(format!("{NEXT}{bytes}\r\n\r\n"));
        assert_eq!(behind, [named("next.example"), What::Lost], "{bytes:?}");
    }
}

#[test]
fn everything_is_lost_behind_a_line_that_fails_behind_its_authority() {
    for line in ["GET http://a.example/ HTTP/x", "CONNECT a.example:443 TCP"] {
        assert_eq!(with_line(line), [named("a.example"), What::Lost], "{line}");
    }
}

#[test]
fn request_without_version_has_no_name() {
    for line in [
        "GET /\r\n",
        "GET /\n",
        "GET / \r\n",
        "GET /index.html\r\n",
        "GET x\n",
        "GET /  \n",
    ] {
        assert_eq!(
            read(format!("{line}{NEXT}")),
            [ABSENT, What::Lost],
            "{line:?}"
        );
        let later = [named("next.example"), ABSENT, What::Lost];
        assert_eq!(read(format!("{NEXT}{line}{NEXT}")), later, "{line:?}");
    }
    let line = "GET http://a.example/\r\n";
    assert_eq!(
        read(format!("{line}{NEXT}")),
        [named("a.example"), What::Lost]
    );
}

#[test]
fn preface_of_http2_is_left_to_its_parser() {
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let upgrade = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, HTTP2-Settings\r\n\
                   Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";
    for before in ["", upgrade] {
        let bytes = format!("{before}{preface}");
        let said = said(Http1::new, bytes.as_bytes());
        let next = Event {
            at: before.len() as u64 + 18,
            what: What::Next,
        };
        assert_eq!(said.last(), Some(&next), "{bytes}");
        assert_eq!(said.len(), usize::from(!before.is_empty()) + 1);

        let (mut parser, mut name) = (Http1::new(), crate::sniff::Name::new());
        let mut rest = bytes.as_bytes();
        while parser.read(&mut rest, &mut name) != Step::Next {
            assert!(!parser.is_http2());
        }
        assert!(parser.is_http2());
        assert_eq!(rest, b"SM\r\n\r\n");
    }
    // The server has ignored the upgrade.
    let names = [named("a.example"), named("next.example")];
    assert_eq!(read(format!("{upgrade}{NEXT}")), names);
}
