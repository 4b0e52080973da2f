// SPDX-License-Identifier: GPL-2.0

//! SCGI.

use proptest::prelude::*;

use super::cgi::{
    self,
    any_variables,
    variables,
    what,
    Variable,
    CASES, //
};
use crate::check::sniff::{
    answers,
    said,
    scgi::connection,
    What, //
};
use crate::sniff::{
    Nameless,
    Scgi, //
};
use crate::tests::config::config;

fn message(variables: &[Variable], body: &[u8]) -> Vec<u8> {
    let headers = variables
        .iter()
        .flat_map(|(name, value)| [name, &b"\0"[..], value, b"\0"].concat());
    let headers: Vec<u8> = headers.collect();
    [
        format!("{}:", headers.len()).as_bytes(),
        &headers,
        b",",
        body,
    ]
    .concat()
}

#[test]
fn the_variables_say_the_host() {
    for (text, host) in CASES {
        let message = message(&variables(text), b"");
        assert_eq!(
            cgi::answers(&said(connection, &message)),
            [what(host)],
            "{text}"
        );
    }
}

/// The example of the specification, section 4; it has neither variable.
#[test]
fn the_specifications_example_is_read() {
    let example = b"70:CONTENT_LENGTH\x0027\0SCGI\x001\0REQUEST_METHOD\0POST\0REQUEST_URI\0/deepthought\0,What is the answer to life?";
    let end = [What::Nameless(Nameless::Absent), What::End];
    assert_eq!(answers(connection, example), end);
}

#[test]
fn the_answer_comes_as_soon_as_it_is_known() {
    let message = message(&variables("SERVER_NAME=b.c HTTP_HOST=a.b A=b"), b"body");
    let at = message.windows(4).position(|bytes| bytes == b"a.b\0");
    let events = said(connection, &message);
    assert_eq!(events[0].at, at.unwrap() as u64 + 4);
    assert_eq!(events[1].what, What::End);
    assert_eq!(events.len(), 2);
    // Not before the comma, as without it this is no SCGI.
    assert_eq!(said(connection, b"19:SERVER_NAME\0a.b\0C\0\0,")[0].at, 23);
    assert_eq!(said(connection, b"19:SERVER_NAME\0a.b\0C\0\0"), []);
}

#[test]
fn what_is_no_scgi_is_known() {
    for (message, at) in [
        ("0:;", 3),
        ("3:a\0\0;", 6),
        ("3:a\0b,", 5),
        ("2:a\0,", 4),
        ("3:abc,", 5),
        ("4:a\0\0b,", 6),
        // No netstring: no method either.
        ("00:,", 3),
        ("03:a\0\0,", 3),
        ("4294967296:a\0\0,", 11),
        ("42949672950:a\0\0,", 12),
        ("3;a\0\0,", 2),
        (":,", 1),
        (" 3:a\0\0,", 1),
    ] {
        let events = said(connection, message.as_bytes());
        assert_eq!(
            events[0].what,
            What::Nameless(Nameless::Foreign),
            "{message:?}"
        );
        assert_eq!(events[0].at, at, "{message:?}");
    }
    for unfinished in ["", "4294967295", "4294967295:", "0:", "3:a\0\0", "3:a\0"] {
        assert_eq!(
            said(connection, unfinished.as_bytes()),
            [],
            "{unfinished:?}"
        );
    }
}

#[test]
fn not_more_than_64_kib_are_looked_at() {
    for (more, said_at_end) in [(-1, true), (0, true), (1, false)] {
        // `A`, `HTTP_HOST`, `a.b` and four times NUL.
        let fill = vec![b'x'; (65_536 - 17 + more) as usize];
        let variables = [
            (b"A".to_vec(), fill),
            (b"HTTP_HOST".to_vec(), b"a.b".to_vec()),
        ];
        let message = message(&variables, b"");
        let answer = match said_at_end {
            true => What::Named("a.b".to_owned()),
            false => What::Nameless(Nameless::TooLate),
        };
        let events = said(connection, &message);
        assert_eq!(events[0].what, answer, "{more}");
        assert_eq!(events[0].at, message.len() as u64 - 1);
    }
}

#[test]
fn the_name_of_another_parser_is_forgotten() {
    let said = cgi::said_with_a_used_name(Scgi::new(0), b":,");
    assert_eq!(said, What::Nameless(Nameless::Absent));
}

#[test]
fn what_servers_send_is_read() {
    cgi::servers_are_read("scgi", connection, crate::check::scgi);
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn any_variables_say_the_host(variables in any_variables(), body in "[0-9:,]{0,8}") {
        let variables: Vec<Variable> = variables.into_iter().filter(|(name, _)| !name.is_empty()).collect();
        let message = message(&variables, body.as_bytes());
        prop_assert_eq!(cgi::answers(&said(connection, &message)), [cgi::expected(&variables)]);
    }

    #[test]
    fn spoilt_messages_are_read_as_plainly(
        variables in any_variables(),
        seed in any::<u8>(),
        spoilt in any::<prop::sample::Index>(),
        byte in prop_oneof![Just(0), b'0'..=b'9', any::<u8>()],
    ) {
        let mut message = message(&variables, b"body");
        let at = spoilt.index(message.len());
        message[at] = byte;
        crate::check::scgi(&[&[seed][..], &message].concat());
    }

    #[test]
    fn any_bytes_are_read_as_plainly(
        seed in any::<u8>(),
        length in "[0-9]{0,2}:?",
        bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        crate::check::scgi(&[&[seed], length.as_bytes(), &bytes].concat());
    }
}
