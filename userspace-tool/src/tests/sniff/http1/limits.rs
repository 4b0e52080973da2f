// SPDX-License-Identifier: GPL-2.0

//! Bounds of a head.

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
    FOREIGN,
    NEXT,
    TOO_LATE, //
};

/// So many bytes: `front`, filler, `back`.
fn filled(bytes: u32, front: &str, back: &str) -> String {
    let filler = bytes as usize - front.len() - back.len();
    format!("{front}{}{back}", "x".repeat(filler))
}

#[test]
fn name_is_looked_for_in_the_first_bytes() {
    let host = "\r\nHost: a.example\r\n\r";
    for front in ["GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\nX"] {
        // The byte with which the name is known is the last one that counts.
        let bytes = filled(HEAD_NAME_BYTES, front, host) + "\n" + NEXT;
        assert_eq!(read(bytes), [named("a.example"), named("next.example")]);
        let bytes = filled(HEAD_NAME_BYTES + 1, front, host) + "\n" + NEXT;
        let said = said(Http1::new, bytes.as_bytes());
        assert_eq!(said[0].what, TOO_LATE);
        assert_eq!(said[0].at, u64::from(HEAD_NAME_BYTES));
        assert_eq!(said[1].what, named("next.example"));
        assert_eq!(said.len(), 2);
    }
    let back = " HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nbody";
    let bytes = filled(HEAD_NAME_BYTES + 60, "GET /", back) + NEXT;
    assert_eq!(read(bytes), [TOO_LATE, named("next.example")]);
    // The end of the head is no later than the name would be.
    let bytes = filled(HEAD_NAME_BYTES, "GET / HTTP/1.1\r\nX: ", "\r\n\r\n") + NEXT;
    assert_eq!(read(bytes), [ABSENT, named("next.example")]);
    // A method counts as everything else.
    let bytes = filled(HEAD_NAME_BYTES + 20, "METHOD", " / HTTP/1.1\r\n\r\n") + NEXT;
    assert_eq!(read(bytes), [TOO_LATE, named("next.example")]);
    // A long authority is no name.
    let bytes = filled(HEAD_NAME_BYTES + 20, "GET http://", "/ HTTP/1.1\r\n\r\n") + NEXT;
    assert_eq!(read(bytes), [TOO_LATE, named("next.example")]);
}

#[test]
fn head_is_read_to_its_end_for_the_body() {
    let front = "POST / HTTP/1.1\r\nHost: a.example\r\nX: ";
    let back = "\r\nContent-Length: 4\r\n\r\n";
    let bytes = filled(HEAD_BYTES, front, back) + "body" + NEXT;
    assert_eq!(read(bytes), [named("a.example"), named("next.example")]);
    for (front, what) in [
        (front, named("a.example")),
        ("GET / HTTP/1.1\r\nX: ", TOO_LATE),
        ("GET /", TOO_LATE),
    ] {
        let bytes = filled(HEAD_BYTES + 1, front, "") + NEXT;
        let said = said(Http1::new, bytes.as_bytes());
        assert_eq!(said[0].what, what);
        assert_eq!(said[1].what, What::Lost);
        assert_eq!(said[1].at, u64::from(HEAD_BYTES));
    }
}

#[test]
fn empty_lines_are_bounded() {
    for (blank, count) in [("\r\n", HEAD_NAME_BYTES / 2), ("\n", HEAD_NAME_BYTES)] {
        let lines = blank.repeat(count as usize);
        assert_eq!(read(format!("{lines}{NEXT}")), [FOREIGN, What::End]);
        assert_eq!(
            read(format!("{NEXT}{lines}{NEXT}")),
            [named("next.example"), What::Lost]
        );
        let some = blank.repeat(count as usize / 2);
        assert_eq!(
            read(format!("{some}{NEXT}{some}{NEXT}")),
            [named("next.example"), named("next.example")]
        );
    }
}

#[test]
fn each_request_has_its_own_bound() {
    let front = "GET / HTTP/1.1\r\nX: ";
    let request = filled(HEAD_NAME_BYTES, front, "\r\nHost: a.example\r\n\r") + "\n";
    assert_eq!(read(request.repeat(3)), vec![named("a.example"); 3]);
}
