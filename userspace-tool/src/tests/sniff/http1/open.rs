// SPDX-License-Identifier: GPL-2.0

//! Requests that were told and of which more is to come.

use crate::sniff::Http1;
use crate::sniff::Name;
use crate::sniff::Parser;

/// Shows all of `bytes`, however often something is said.
fn show(parser: &mut Http1, mut bytes: &[u8], pass: bool) {
    let mut name = Name::new();
    while !bytes.is_empty() {
        let ahead = parser.ahead().min(bytes.len() as u64);
        if pass && ahead > 0 {
            parser.pass(ahead);
            bytes = &bytes[ahead as usize..];
            continue;
        }
        parser.read(&mut bytes, &mut name);
    }
}

/// Checks a connection at every byte. Behind `{` it is open, behind `}` it is not.
fn check(marked: &str) {
    let (mut bytes, mut open, mut is_open) = (Vec::new(), Vec::new(), false);
    for byte in marked.bytes() {
        match byte {
            b'{' => is_open = true,
            b'}' => is_open = false,
            _ => bytes.push(byte),
        }
        // The last one says how it is behind so many bytes.
        open.truncate(bytes.len());
        open.resize(bytes.len() + 1, is_open);
    }
    for (at, is_open) in open.iter().enumerate() {
        for pass in [false, true] {
            let (one, two) = bytes.split_at(at);
            let mut parser = Http1::new();
            show(&mut parser, one, pass);
            assert_eq!(parser.is_open(), *is_open, "behind {at} of {marked:?}");
            show(&mut parser, two, pass);
            assert_eq!(parser.is_open(), open[bytes.len()], "{marked:?}");
            let mut singly = Http1::new();
            one.iter()
                .for_each(|byte| show(&mut singly, &[*byte], pass));
            assert_eq!(singly.is_open(), *is_open, "behind {at} of {marked:?}");
        }
    }
}

#[test]
fn request_is_open_from_its_name_to_its_end() {
    for marked in [
        // The host is known with the next byte.
        "GET / HTTP/1.1\r\nHost: a.example\r\n\r{\n}",
        "GET / HTTP/1.1\r\nHost: a.example\r\nA{ccept: */*\r\n\r\n}",
        "GET / HTTP/1.1\nHost: a.example\n\n",
        "GET http://a.example/{ HTTP/1.1\r\nHost: b.example\r\n\r\n}",
        "GET https://a.example/{ HTTP/1.1\r\n\r\n}",
        "CONNECT a.example:443 {HTTP/1.1\r\n\r\n}",
        // Without one it is known at the end that there is none.
        "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n{body}",
        "POST / HTTP/1.1\r\nContent-Length: 4\r\nHost: a.example\r\n\r{\nbody}",
        "POST / HTTP/1.1\r\nHost: a.example\r\nC{ontent-Length: 0\r\n\r\n}",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{4\r\nbody\r\n1;x\r\n!\r\n0\r\nX: y\r\n\r\n}",
        "POST / HTTP/1.1\r\nHost: a.example\r\nT{ransfer-Encoding: chunked\r\n\r\n0\r\n\r\n}",
        // Behind the request at the front another one begins, which is not open before it was told.
        "POST / HTTP/1.1\r\nHost: a.example\r\nC{ontent-Length: 1\r\n\r\n!}\r\nGET / HTTP/1.1\r\nHost: b.example\r\n\r{\n}GET / HTT",
        // Nobody knows where these end.
        "POST / HTTP/1.1\nContent-Length: x\nHost: a.example\n\n{x}x",
        "POST / HTTP/1.1\r\nHost: a.example\r\nC{ontent-Length: x\r\n\r\n}x",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{1\r\nxx}x",
        "GET http://a.example/{ HTTP/x}x",
        "GET /\r\n{x}x",
        // None was told.
        "\r\n\r\n",
        "GET / HTTP/x",
        "PRI * HTTP/2.0\r\n\r\nSM",
        // What follows is of another protocol.
        "GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n\0xxx",
    ] {
        check(marked);
    }
}

#[test]
fn request_that_is_too_late_is_open_to_its_end() {
    let front = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(20_000));
    let mut parser = Http1::new();
    show(&mut parser, front.as_bytes(), false);
    assert!(parser.is_open());
    show(&mut parser, b"\r\n\r", false);
    assert!(parser.is_open());
    show(&mut parser, b"\n", false);
    assert!(!parser.is_open());
}
