// SPDX-License-Identifier: GPL-2.0

//! Bodies, and what follows them.

use crate::check::sniff::said;
use crate::check::sniff::What;
use crate::sniff::Http1;
use crate::sniff::Name;
use crate::sniff::Parser;
use crate::sniff::Step;

use super::{
    named,
    read,
    ABSENT,
    NEXT, //
};

/// What looks like a request.
const BODY: &str = "GET / HTTP/1.1\r\nHost: body.example\r\n\r\n";

/// What is said of a request with these lines and this body, and of the one behind it.
fn with_body(lines: &str, body: &str) -> Vec<What> {
    read(format!(
        "POST / HTTP/1.1\r\nHost: a.example\r\n{lines}\r\n{body}{NEXT}"
    ))
}

fn check_both(lines: &str, body: &str) {
    let names = [named("a.example"), named("next.example")];
    assert_eq!(with_body(lines, body), names, "{lines:?} {body:?}");
}

fn check_lost(lines: &str, body: &str) {
    let lost = [named("a.example"), What::Lost];
    assert_eq!(with_body(lines, body), lost, "{lines:?} {body:?}");
}

/// The connection is given up with the head.
fn check_lost_at_head(lines: &str) {
    let head = format!("POST / HTTP/1.1\r\nHost: a.example\r\n{lines}\r\n");
    let said = said(Http1::new, format!("{head}{NEXT}").as_bytes());
    let at = said.iter().map(|event| event.at).max();
    let whats: Vec<What> = said.into_iter().map(|event| event.what).collect();
    assert_eq!(whats, [named("a.example"), What::Lost], "{lines:?}");
    assert_eq!(at, Some(head.len() as u64), "{lines:?}");
}

#[test]
fn body_of_a_length_is_passed_over() {
    let length = BODY.len();
    for lines in [
        format!("Content-Length: {length}\r\n"),
        format!("content-length:{length}\t\r\n"),
        format!("Content-Length: 000{length}\r\n"),
        format!("Content-Length: {length}, {length}\r\n"),
        format!("Content-Length: {length} ,{length}\r\n"),
        format!("Content-Length: {length}\r\nX: y\r\nContent-Length: {length}\r\n"),
        format!("Content-Length:\r\n {length}\r\n"),
        format!("Content-Length: {length}\r\n ,{length}\r\n"),
        format!("Content-Length: {length}\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"),
    ] {
        check_both(&lines, BODY);
    }
    check_both("Content-Length: 0\r\n", "");
    check_both("Content-Length: 4\r\n", "\r\n\r\n");
    // What stands there is no such field.
    check_both("Content-Length : 4\r\n", "");
    check_both("X-Content-Length: 4\r\n", "");
}

#[test]
fn everything_is_lost_behind_a_bad_length() {
    for value in [
        "",
        " ",
        "-1",
        "+1",
        "1 1",
        "1\r\n 1",
        "1,2",
        "1,",
        ",1",
        "1,,1",
        "0x10",
        "1a",
        "1.0",
        "\"1\"",
        "18446744073709551616",
        "99999999999999999999999999",
        "1\r\nContent-Length: 2",
        "1\r\nContent-Length:",
        "x\r\nContent-Length: 1",
    ] {
        check_lost_at_head(&format!("Content-Length: {value}\r\n"));
    }
    let bad = "POST / HTTP/1.1\r\nContent-Length: x\r\n";
    assert_eq!(read(format!("{bad}\r\n{NEXT}")), [ABSENT, What::Lost]);
    // The name is known all the same.
    let late = format!("{bad}Host: a.example\r\n\r\n{NEXT}");
    assert_eq!(read(late), [named("a.example"), What::Lost]);
    // Even if it is known with the last byte of the head.
    let last = format!("POST / HTTP/1.1\nContent-Length: x\nHost: a.example\n\n{NEXT}");
    assert_eq!(read(last), [named("a.example"), What::Lost]);
}

#[test]
fn longest_body_is_counted() {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: {}\r\n\r\n",
        u64::MAX
    );
    let (mut parser, mut name) = (Http1::new(), Name::new());
    let mut bytes = head.as_bytes();
    assert_eq!(parser.read(&mut bytes, &mut name), Step::Named);
    assert_eq!(parser.read(&mut bytes, &mut name), Step::More);
    assert_eq!(parser.ahead(), u64::MAX);
    parser.pass(u64::MAX - 10);
    assert_eq!(parser.ahead(), 10);
    let mut bytes = "0123456789GET / HTTP/1.1\r\nHost: b.example\r\n\r\n".as_bytes();
    assert_eq!(parser.read(&mut bytes, &mut name), Step::Named);
    assert_eq!(name.get(), Ok("b.example"));
}

#[test]
fn body_in_chunks_is_passed_over() {
    let size = format!("{:x}", BODY.len());
    for body in [
        "0\r\n\r\n".to_owned(),
        "0\n\n".to_owned(),
        "000\r\n\r\n".to_owned(),
        "4\r\nWiki\r\n7\r\npedia i\r\nB\r\nn \r\nchunks.\r\n0\r\n\r\n".to_owned(),
        "4\nWiki\n5\npedia\n0\n\n".to_owned(),
        format!("{size}\r\n{BODY}\r\n0\r\n\r\n"),
        format!("0{}\r\n{BODY}\r\n0\r\n\r\n", size.to_uppercase()),
        format!("{size};name=value;other=\"quoted;\"\r\n{BODY}\r\n0;last\r\n\r\n"),
        format!("{size} ; name\r\n{BODY}\r\n0 \r\n\r\n"),
        format!("{size}\t\n{BODY}\n0\r\nExpires: never\r\nHost: trailer.example\r\n\r\n"),
        "0\r\nX: y\r\n z\r\n\r\n".to_owned(),
        "0\r\n\rX: y\r\n\r\n".to_owned(),
        "0\r\n X: y\r\nTransfer-Encoding: chunked\r\n\n".to_owned(),
    ] {
        for lines in [
            "Transfer-Encoding: chunked\r\n",
            "transfer-encoding:CHUNKED\t\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: gzip ,chunked , \r\n",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n",
            "Transfer-Encoding:\r\n chunked\r\n",
            "Transfer-Encoding: gzip,\r\n\tchunked\r\n",
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: x\r\n",
            "Transfer-Encoding: chunked\r\nTrailer: Expires\r\nTE: trailers\r\n",
        ] {
            check_both(lines, &body);
        }
    }
}

#[test]
fn everything_is_lost_behind_other_codings() {
    for value in [
        "",
        ",",
        "gzip",
        "identity",
        "chunked, gzip",
        "chunked\r\nTransfer-Encoding: gzip",
        "chunke",
        "chunkedd",
        "xchunked",
        "chun ked",
        "chunked x",
        "chunked;q=1",
        "chunked ;q",
        "\"chunked\"",
        "\x0bchunked",
    ] {
        check_lost_at_head(&format!("Transfer-Encoding: {value}\r\n"));
    }
}

#[test]
fn body_in_chunks_is_passed_over_whatever_the_version() {
    // RFC 9112, section 6.1, has none in HTTP/1.0: Apache reads them, nginx refuses the request.
    for version in ["1.0", "1.00", "1.1", "1.10"] {
        let head = format!(
            "POST / HTTP/{version}\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let bytes = format!("{head}26\r\n{BODY}\r\n0\r\n\r\n{NEXT}");
        let names = [named("a.example"), named("next.example")];
        assert_eq!(read(bytes), names, "{version}");
        let gzip = format!("{}{NEXT}", head.replace("chunked", "gzip"));
        assert_eq!(read(gzip), [named("a.example"), What::Lost], "{version}");
    }
}

#[test]
fn everything_is_lost_behind_bad_chunks() {
    for body in [
        "\r\n",
        " 1\r\n",
        ";x\r\n",
        "-1\r\n",
        "+1\r\n",
        "0x1\r\n",
        "g\r\n",
        "1,\r\n",
        "10000000000000000\r\n",
        "1\rx",
        "1;x\rx\r\n",
        "1\r\nxx",
        "1\r\nx\rx",
        "1\r\nx0\r\n\r\n",
    ] {
        check_lost("Transfer-Encoding: chunked\r\n", body);
    }
}

#[test]
fn chunks_are_only_counted() {
    let head = "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF;x\r\n";
    let (mut parser, mut name) = (Http1::new(), Name::new());
    let mut bytes = head.as_bytes();
    assert_eq!(parser.read(&mut bytes, &mut name), Step::Named);
    assert_eq!(parser.read(&mut bytes, &mut name), Step::More);
    assert_eq!(parser.ahead(), u64::MAX);
    parser.pass(u64::MAX);
    assert_eq!(parser.ahead(), 0);
    let mut bytes = "\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: b.example\r\n\r\n".as_bytes();
    assert_eq!(parser.read(&mut bytes, &mut name), Step::Named);
    assert_eq!(name.get(), Ok("b.example"));
}
