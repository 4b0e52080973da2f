// SPDX-License-Identifier: GPL-2.0

//! What follows a request that may change the protocol.

use crate::check::sniff::said;
use crate::check::sniff::What;
use crate::limits::{
    HEAD_BYTES,
    HEAD_NAME_BYTES, //
};
use crate::sniff::Http1;

use super::{
    named,
    read,
    ABSENT,
    NEXT,
    TOO_LATE, //
};

const UPGRADE: &str =
    "GET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const CONNECT: &str = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n";
const PLAIN: &str = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

/// First bytes of frames of a WebSocket, of TLS, and of protocols that are not HTTP.
const OTHERS: [&str; 9] = [
    "\u{80}",
    "\u{82}",
    "\u{89}",
    "\x16\x03\x01",
    "\x01",
    "\0",
    "SSH-2.0-OpenSSH_9.2p1\r\n",
    "EHLO client.example\r\n",
    " GET / HTTP/1.1\r\n",
];

/// What is said of a request for `a.example` and of these bytes behind it, but for the request.
fn behind(request: &str, bytes: &str) -> Vec<What> {
    // Latin-1.
    let bytes = bytes.chars().map(|c| u8::try_from(c).unwrap());
    let all: Vec<u8> = request.bytes().chain(bytes).chain(NEXT.bytes()).collect();
    let said = read(all);
    assert_eq!(said[0], named("a.example"));
    said[1..].to_vec()
}

#[test]
fn bytes_of_another_protocol_are_the_end_behind_what_may_change_to_it() {
    for (request, what) in [
        (UPGRADE, What::End),
        (CONNECT, What::End),
        (PLAIN, What::Lost),
    ] {
        for bytes in OTHERS {
            assert_eq!(behind(request, bytes), [what.clone()], "{bytes:?}");
        }
        // The server has gone on.
        assert_eq!(behind(request, ""), [named("next.example")]);
    }
}

#[test]
fn field_says_that_the_protocol_may_change() {
    for (lines, what) in [
        ("Upgrade: websocket\r\n", What::End),
        ("upgrade:x\r\n", What::End),
        ("UPGRADE:\r\n", What::End),
        ("X: y\r\nUpgrade:\r\n x\r\nX: y\r\n", What::End),
        ("Upgrade: x\n", What::End),
        ("Upgrade : x\r\n", What::Lost),
        ("Upgrade\r\n", What::Lost),
        ("X-Upgrade: x\r\n", What::Lost),
        ("Upgrades: x\r\n", What::Lost),
        ("Connection: upgrade\r\n", What::Lost),
        ("X: y\r\n Upgrade: x\r\n", What::Lost),
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: a.example\r\n{lines}\r\n");
        assert_eq!(behind(&request, "\u{80}"), [what], "{lines:?}");
    }
}

#[test]
fn only_the_last_request_counts() {
    let lost = [named("next.example"), What::Lost];
    let end = [named("a.example"), What::End];
    for change in [UPGRADE, CONNECT] {
        assert_eq!(behind(change, &format!("{NEXT}\u{80}")), lost);
        assert_eq!(behind(PLAIN, &format!("{change}\u{80}")), end);
        // Whose name is not known matters no less.
        let nameless = change.replace("a.example", "[::1]");
        assert_eq!(behind(PLAIN, &format!("{nameless}\0"))[1], What::End);
    }
}

#[test]
fn what_began_as_a_request_is_of_no_other_protocol() {
    let line = "GET http://b.example/ HTTP/x\r\n";
    for request in [UPGRADE, CONNECT, PLAIN] {
        let lost = [named("b.example"), What::Lost];
        assert_eq!(behind(request, line), lost);
        let bad = "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n";
        assert_eq!(behind(request, bad), [ABSENT, What::Lost]);
        let chunks = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx";
        assert_eq!(behind(request, chunks), [ABSENT, What::Lost]);
        assert_eq!(behind(request, "GET /\r\n"), [ABSENT, What::Lost]);
    }
    for lines in ["Content-Length: x\r\n", "Transfer-Encoding: chunked\r\n"] {
        for request in [UPGRADE, CONNECT, PLAIN] {
            let request = request.replace("\r\n\r\n", &format!("\r\n{lines}\r\n"));
            assert_eq!(behind(&request, "x"), [What::Lost], "{request:?}");
        }
    }
}

#[test]
fn limits_are_of_requests() {
    let blank = "\r\n".repeat(HEAD_NAME_BYTES as usize / 2);
    let long = format!("GET /{}", "x".repeat(HEAD_BYTES as usize));
    for request in [UPGRADE, CONNECT, PLAIN] {
        let bytes = format!("{request}{blank}{NEXT}");
        let whats = said(Http1::new, bytes.as_bytes()).into_iter();
        let whats: Vec<What> = whats.map(|event| event.what).collect();
        assert_eq!(whats, [named("a.example"), What::Lost]);
        assert_eq!(behind(request, &long), [TOO_LATE, What::Lost]);
    }
}

#[test]
fn body_of_a_request_for_a_tunnel_is_passed_over() {
    // Servers that make no tunnel read it as they read each other one.
    for (lines, body) in [
        ("", ""),
        (
            "Content-Length: 38\r\n",
            "GET / HTTP/1.1\r\nHost: body.example\r\n\r\n",
        ),
        ("Transfer-Encoding: chunked\r\n", "5\r\nGET /\r\n0\r\n\r\n"),
    ] {
        let request = CONNECT.replace("\r\n\r\n", &format!("\r\n{lines}\r\n{body}"));
        assert_eq!(behind(&request, ""), [named("next.example")], "{lines:?}");
        assert_eq!(behind(&request, "\0"), [What::End], "{lines:?}");
    }
}
