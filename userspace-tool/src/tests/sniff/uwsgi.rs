// SPDX-License-Identifier: GPL-2.0

//! The uwsgi protocol.

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
    What, //
};
use crate::sniff::{
    Name,
    Nameless,
    Parser,
    Step,
    Uwsgi, //
};
use crate::tests::config::config;

fn sized(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_le_bytes()[..], bytes].concat()
}

fn message(kind: u8, variables: &[Variable], body: &[u8]) -> Vec<u8> {
    let data = variables
        .iter()
        .flat_map(|(name, value)| [sized(name), sized(value)].concat());
    let data = sized(&data.collect::<Vec<u8>>());
    [&[kind], &data[..2], &[0], &data[2..], body].concat()
}

#[test]
fn the_variables_say_the_host() {
    for (text, host) in CASES {
        for kind in [0, 5, 7, 14] {
            let message = message(kind, &variables(text), b"");
            assert_eq!(
                cgi::answers(&said(Uwsgi::new, &message)),
                [what(host)],
                "{text}"
            );
        }
    }
}

#[test]
fn the_answer_comes_as_soon_as_it_is_known() {
    let text = "SERVER_NAME=b.c HTTP_HOST=a.b A=b";
    let message = message(0, &variables(text), b"body");
    let at = message.windows(3).position(|bytes| bytes == b"a.b");
    let events = said(Uwsgi::new, &message);
    assert_eq!(events[0].at, at.unwrap() as u64 + 3);
    assert_eq!(events[1].what, What::End);
    assert_eq!(events.len(), 2);
    // With the last byte of the variables, also when that is one that does not count.
    for text in ["SERVER_NAME=a.b A=b", "SERVER_NAME=a.b A=", "A=bc", "A="] {
        let message = super::uwsgi::message(0, &variables(text), b"");
        assert_eq!(
            said(Uwsgi::new, &message)[0].at,
            message.len() as u64,
            "{text}"
        );
    }
    let none = [0, 0, 0, 0];
    assert_eq!(
        answers(Uwsgi::new, &none),
        [What::Nameless(Nameless::Absent)]
    );
}

#[test]
fn what_does_not_count_is_passed_over() {
    let mut parser = Uwsgi::new();
    let mut name = Name::new();
    let message = message(0, &variables("ABC=defghijk A=bcd"), b"");
    let mut read = |parser: &mut Uwsgi, from: usize, to: usize| {
        assert_eq!(parser.read(&mut &message[from..to], &mut name), Step::More);
    };
    read(&mut parser, 0, 6);
    assert_eq!(parser.ahead(), 3);
    parser.pass(u64::MAX);
    assert_eq!(parser.ahead(), 0);
    read(&mut parser, 9, 11);
    assert_eq!(parser.ahead(), 8);
    parser.pass(8);
    read(&mut parser, 19, 22);
    assert_eq!(parser.ahead(), 0);
    read(&mut parser, 22, 24);
    // The last byte is not only counted, as the answer is said with it.
    assert_eq!(parser.ahead(), 2);
    parser.pass(2);
    assert_eq!(parser.ahead(), 0);
    let absent = Step::Nameless(Nameless::Absent);
    assert_eq!(parser.read(&mut &b"d"[..], &mut name), absent);
}

#[test]
fn what_is_no_uwsgi_is_known() {
    for (message, at) in [
        (&b"GET / HTTP/1.1\r\n"[..], 1),
        (&[1, 0, 0, 0], 1),
        (&[72, 4, 0, 0, 0, 0, 0, 0], 1),
        // Half a size.
        (&[0, 1, 0, 0, 3], 5),
        (&[0, 5, 0, 0, 0, 0, 0, 0, 9], 9),
        // No room for a value's size.
        (&[0, 2, 0, 0, 0, 0], 6),
        (&[0, 3, 0, 0, 0, 0, 0], 6),
        (&[0, 4, 0, 0, 1, 0, b'A', 0], 6),
        // A name or a value that is longer than the packet.
        (&[0, 6, 0, 0, 3, 0, b'A', b'A', b'A', 0], 6),
        (&[0, 255, 255, 0, 255, 255, b'A'], 6),
        (&[0, 6, 0, 0, 1, 0, b'A', 2, 0, b'b'], 9),
        (&[0, 6, 0, 0, 1, 0, b'A', 255, 255, b'b'], 9),
    ] {
        let events = said(Uwsgi::new, message);
        assert_eq!(
            events[0].what,
            What::Nameless(Nameless::Foreign),
            "{message:?}"
        );
        assert_eq!(events[0].at, at, "{message:?}");
    }
    assert_eq!(said(Uwsgi::new, &[0, 6, 0, 0, 1, 0, b'A', 1, 0]), []);
}

#[test]
fn the_largest_packet_is_read() {
    let last = (b"HTTP_HOST".to_vec(), b"a.b".to_vec());
    let fill = vec![b'x'; 65_535 - 5 - 16];
    let message = message(0, &[(b"A".to_vec(), fill), last], b"");
    assert_eq!(message[1..3], [255, 255]);
    assert_eq!(cgi::answers(&said(Uwsgi::new, &message)), [what(Ok("a.b"))]);
}

#[test]
fn the_name_of_another_parser_is_forgotten() {
    let said = cgi::said_with_a_used_name(Uwsgi::new(), &[0; 4]);
    assert_eq!(said, What::Nameless(Nameless::Absent));
}

#[test]
fn what_servers_send_is_read() {
    cgi::servers_are_read("uwsgi", Uwsgi::new, crate::check::uwsgi);
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn any_variables_say_the_host(variables in any_variables(), body in any::<[u8; 4]>()) {
        let message = message(0, &variables, &body);
        prop_assert_eq!(cgi::answers(&said(Uwsgi::new, &message)), [cgi::expected(&variables)]);
    }

    #[test]
    fn spoilt_messages_are_read_as_plainly(
        variables in any_variables(),
        seed in any::<u8>(),
        spoilt in any::<prop::sample::Index>(),
        byte in prop_oneof![0u8..16, any::<u8>()],
    ) {
        let mut message = message(0, &variables, b"body");
        let at = spoilt.index(message.len());
        message[at] = byte;
        crate::check::uwsgi(&[&[seed][..], &message].concat());
    }

    #[test]
    fn any_bytes_are_read_as_plainly(
        seed in any::<u8>(),
        size in 0u8..60,
        bytes in prop::collection::vec(prop_oneof![3 => 0u8..4, 1 => any::<u8>()], 0..80),
    ) {
        crate::check::uwsgi(&[&[seed][..], &[0, size, 0, 0], &bytes].concat());
    }
}
