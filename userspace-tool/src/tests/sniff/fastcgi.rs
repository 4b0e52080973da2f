// SPDX-License-Identifier: GPL-2.0

//! FastCGI.

mod any;

use super::cgi::{
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
    FastCgi,
    Name,
    Nameless,
    Parser,
    Step, //
};

const BEGIN_REQUEST: u8 = 1;
const ABORT_REQUEST: u8 = 2;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const DATA: u8 = 8;
const GET_VALUES: u8 = 9;

fn record(kind: u8, id: u16, content: &[u8], padding: u8) -> Vec<u8> {
    let [id_1, id_0] = id.to_be_bytes();
    let [content_1, content_0] = (content.len() as u16).to_be_bytes();
    let header = [1, kind, id_1, id_0, content_1, content_0, padding, 0];
    [&header, content, &vec![1; padding.into()]].concat()
}

/// The start of a request to a responder that keeps the connection.
fn begin(id: u16) -> Vec<u8> {
    record(BEGIN_REQUEST, id, &[0, 1, 1, 0, 0, 0, 0, 0], 0)
}

fn length(bytes: &[u8], long: bool) -> Vec<u8> {
    match u8::try_from(bytes.len()) {
        Ok(length @ 0..=127) if !long => vec![length],
        _ => (bytes.len() as u32 | (1 << 31)).to_be_bytes().to_vec(),
    }
}

fn pair((name, value): &Variable, long: bool) -> Vec<u8> {
    [&length(name, long), &length(value, long), &name[..], value].concat()
}

fn pairs(variables: &[Variable]) -> Vec<u8> {
    variables
        .iter()
        .flat_map(|variable| pair(variable, false))
        .collect()
}

/// A request without a body.
fn request(id: u16, params: &[u8]) -> Vec<u8> {
    let mut records = begin(id);
    if !params.is_empty() {
        records.extend(record(PARAMS, id, params, 3));
    }
    records.extend([record(PARAMS, id, b"", 0), record(STDIN, id, b"", 0)].concat());
    records
}

fn absent() -> What {
    What::Nameless(Nameless::Absent)
}

#[test]
fn the_variables_say_the_host() {
    for (text, host) in CASES {
        let message = request(1, &pairs(&variables(text)));
        assert_eq!(answers(FastCgi::new, &message), [what(host)], "{text}");
    }
    assert_eq!(answers(FastCgi::new, &request(1, b"")), [absent()]);
}

#[test]
fn parameters_may_be_split_over_records_anywhere() {
    let variables = variables("A=b SERVER_NAME=b.example HTTP_HOST=a.example");
    for long in [false, true] {
        let params: Vec<u8> = variables
            .iter()
            .flat_map(|variable| pair(variable, long))
            .collect();
        for cut in 0..=params.len() {
            let (one, two) = params.split_at(cut);
            let mut message = begin(7);
            for part in [one, two].iter().filter(|part| !part.is_empty()) {
                message.extend(record(PARAMS, 7, part, cut as u8 % 8));
                message.extend(record(GET_VALUES, 0, b"\x0e\0FCGI_MAX_CONNS", 0));
            }
            message.extend(record(PARAMS, 7, b"", 0));
            assert_eq!(answers(FastCgi::new, &message), [what(Ok("a.example"))]);
        }
        let mut message = begin(7);
        message.extend(params.chunks(1).flat_map(|byte| record(PARAMS, 7, byte, 0)));
        assert_eq!(answers(FastCgi::new, &message), [what(Ok("a.example"))]);
    }
}

/// Examples 1, 3 and 4 of the specification's appendix B, with a variable that counts in the place of the dots.
#[test]
fn the_specifications_examples_are_read() {
    let params =
        b"\x0b\x02SERVER_PORT80\x0b\x0eSERVER_ADDR199.170.183.42\x0b\x09SERVER_NAMEa.example";
    let body = b"quantity=100&item=3047936";
    let (one, two) = params.split_at(14);
    let end = |id| [record(PARAMS, id, b"", 0), record(STDIN, id, b"", 0)].concat();
    let message = [begin(1), record(PARAMS, 1, params, 0), end(1)].concat();
    assert_eq!(answers(FastCgi::new, &message), [what(Ok("a.example"))]);

    let message = [
        begin(1),
        record(PARAMS, 1, one, 0),
        record(PARAMS, 1, two, 0),
        record(PARAMS, 1, b"", 0),
        record(STDIN, 1, &body[..13], 0),
        record(STDIN, 1, &body[13..], 0),
        record(STDIN, 1, b"", 0),
    ];
    assert_eq!(
        answers(FastCgi::new, &message.concat()),
        [what(Ok("a.example"))]
    );

    let message = [
        begin(1),
        record(PARAMS, 1, params, 0),
        record(PARAMS, 1, b"", 0),
        begin(2),
        record(PARAMS, 2, params, 0),
        record(STDIN, 1, b"", 0),
        end(2),
    ];
    let both = [what(Ok("a.example")), what(Ok("a.example"))];
    assert_eq!(answers(FastCgi::new, &message.concat()), both);
}

#[test]
fn each_request_of_a_connection_is_answered() {
    let texts = [
        "HTTP_HOST=a.example",
        "A=b",
        "SERVER_NAME=c.example",
        "HTTP_HOST=[::1]",
        "HTTP_HOST=e.example",
    ];
    let records = |text: &str| {
        let body = request(1, b"\x09\x09HTTP_HOSTx.example");
        [
            request(1, &pairs(&variables(text))),
            record(STDIN, 1, &body, 9),
            record(STDIN, 1, b"", 0),
        ]
        .concat()
    };
    let message: Vec<u8> = texts.iter().flat_map(|text| records(text)).collect();
    let expected = [
        what(Ok("a.example")),
        absent(),
        what(Ok("c.example")),
        What::Nameless(Nameless::Malformed),
        what(Ok("e.example")),
    ];
    assert_eq!(answers(FastCgi::new, &message), expected);
}

#[test]
fn the_answer_comes_as_soon_as_it_is_known() {
    let params = pairs(&variables("SERVER_NAME=b.c HTTP_HOST=a.b A=b"));
    let message = [begin(1), record(PARAMS, 1, &params, 5)].concat();
    let at = message.windows(3).position(|bytes| bytes == b"a.b");
    assert_eq!(said(FastCgi::new, &message)[0].at, at.unwrap() as u64 + 3);

    let params = pairs(&variables("SERVER_NAME=b.c A=b"));
    let message = [begin(1), record(PARAMS, 1, &params, 5)].concat();
    let end = message.len() as u64 + 8;
    let message = [message, record(PARAMS, 1, b"", 5)].concat();
    assert_eq!(said(FastCgi::new, &message)[0].at, end);
}

/// An answer stands only for the request that began last, and only for one that began.
#[test]
fn other_requests_are_not_looked_at() {
    let params = |id, text| record(PARAMS, id, &pairs(&variables(text)), 0);
    let end = |id| record(PARAMS, id, b"", 0);
    for (records, expected) in [
        (vec![params(1, "HTTP_HOST=a.b"), end(1)], None),
        (
            vec![begin(1), params(2, "HTTP_HOST=a.b"), end(2), end(1)],
            Some(absent()),
        ),
        (
            vec![begin(1), begin(2), params(1, "HTTP_HOST=a.b"), end(1)],
            None,
        ),
        (
            vec![
                begin(1),
                params(1, "SERVER_NAME=a.b"),
                begin(2),
                params(1, "HTTP_HOST=a.b"),
                end(1),
                end(2),
            ],
            Some(absent()),
        ),
        (
            vec![begin(1), params(1, "SERVER_NAME=a.b"), begin(1), end(1)],
            Some(absent()),
        ),
        (
            vec![
                begin(1),
                params(1, "HTTP_HOST=a.b"),
                params(1, "HTTP_HOST=c.d"),
                end(1),
                end(1),
            ],
            Some(what(Ok("a.b"))),
        ),
        (
            vec![begin(1), end(1), params(1, "HTTP_HOST=c.d"), end(1)],
            Some(absent()),
        ),
        (vec![begin(0), params(0, "HTTP_HOST=a.b"), end(0)], None),
        (
            vec![
                begin(1),
                begin(0),
                params(0, "HTTP_HOST=a.b"),
                params(1, "HTTP_HOST=c.d"),
            ],
            Some(what(Ok("c.d"))),
        ),
        (
            vec![
                begin(1),
                record(STDIN, 1, b"ab", 0),
                record(DATA, 1, b"ab", 1),
                record(99, 1, b"ab", 255),
                end(1),
            ],
            Some(absent()),
        ),
        (
            vec![
                begin(1),
                record(ABORT_REQUEST, 1, b"", 0),
                begin(1),
                params(1, "HTTP_HOST=a.b"),
            ],
            Some(what(Ok("a.b"))),
        ),
    ] {
        let expected: Vec<What> = expected.into_iter().collect();
        assert_eq!(
            answers(FastCgi::new, &records.concat()),
            expected,
            "{records:?}"
        );
    }
}

#[test]
fn parameters_that_end_within_a_pair_are_known() {
    let params = pairs(&variables("SERVER_NAME=a.b"));
    for end in 1..params.len() {
        let message = [request(1, &params[..end]), request(1, &params)].concat();
        let expected = [What::Nameless(Nameless::Foreign), what(Ok("a.b"))];
        assert_eq!(answers(FastCgi::new, &message), expected, "{end}");
    }
    for params in [
        &b"\0"[..],
        b"\x80",
        b"\x80\0\0",
        b"\x80\0\0\x01\x80\0\0\x01A",
        b"\x01\x80",
    ] {
        let foreign = [What::Nameless(Nameless::Foreign)];
        assert_eq!(
            answers(FastCgi::new, &request(1, params)),
            foreign,
            "{params:?}"
        );
    }
    for params in [
        &b"\0\0"[..],
        b"\0\x01A",
        b"\x01\0A",
        b"\x80\0\0\0\x80\0\0\0",
        b"\x80\0\0\x01\x80\0\0\x01AB",
    ] {
        assert_eq!(
            answers(FastCgi::new, &request(1, params)),
            [absent()],
            "{params:?}"
        );
    }
}

#[test]
fn another_version_is_foreign() {
    let request = request(1, &pairs(&variables("HTTP_HOST=a.b")));
    for version in [0, 2, b'G'] {
        for before in [&b""[..], &request] {
            let message = [before, &[version], &request].concat();
            let events = said(FastCgi::new, &message);
            let foreign = &events[events.len() - 2];
            assert_eq!(foreign.what, What::Nameless(Nameless::Foreign));
            assert_eq!(foreign.at, before.len() as u64 + 1);
            assert_eq!(events.last().unwrap().what, What::End);
        }
    }
}

#[test]
fn not_more_than_64_kib_of_parameters_are_looked_at() {
    let host = pairs(&variables("HTTP_HOST=a.b"));
    for (more, expected) in [
        (-1, what(Ok("a.b"))),
        (0, what(Ok("a.b"))),
        (1, What::Nameless(Nameless::TooLate)),
    ] {
        let fill = vec![b'x'; (65_536 - host.len() as i32 - 6 + more) as usize];
        let params = [pair(&(b"A".to_vec(), fill), false), host.clone()].concat();
        let mut message = begin(1);
        message.extend(
            params
                .chunks(30_000)
                .flat_map(|part| record(PARAMS, 1, part, 1)),
        );
        // The framing goes on.
        message.extend([record(PARAMS, 1, b"", 0), request(2, &host)].concat());
        let events = said(FastCgi::new, &message);
        assert_eq!(events.len(), 2);
        assert_eq!(events[0].what, expected, "{more}");
        assert_eq!(events[1].what, what(Ok("a.b")));
    }
}

#[test]
fn a_value_that_is_too_long_is_known_where_the_64_kib_end() {
    let fill = pair(&(b"A".to_vec(), vec![b'x'; 70_000]), false);
    let records = fill.chunks(65_535).map(|part| record(PARAMS, 1, part, 0));
    let message = [begin(1), records.collect::<Vec<_>>().concat()].concat();
    let events = said(FastCgi::new, &message);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].what, What::Nameless(Nameless::TooLate));
    assert_eq!(events[0].at, 16 + 8 + 8 + 65_537);
}

#[test]
fn what_does_not_count_is_passed_over() {
    let mut parser = FastCgi::new();
    let mut name = Name::new();
    let mut read = |parser: &mut FastCgi, mut bytes: &[u8]| {
        let step = parser.read(&mut bytes, &mut name);
        assert_eq!(bytes.len(), 0);
        step
    };
    assert_eq!(read(&mut parser, &begin(1)[..8]), Step::More);
    assert_eq!(parser.ahead(), 8);
    parser.pass(8);
    assert_eq!(parser.ahead(), 0);
    // A name of 3 and a value of 90 bytes, of which 20 are in the first record.
    let params = pair(&(b"ABC".to_vec(), vec![0; 90]), false);
    assert_eq!(
        read(&mut parser, &record(PARAMS, 1, &params[..22], 7)[..10]),
        Step::More
    );
    assert_eq!(parser.ahead(), 20);
    parser.pass(12);
    assert_eq!(parser.ahead(), 8);
    parser.pass(u64::MAX);
    assert_eq!(parser.ahead(), 7);
    parser.pass(7);
    assert_eq!(
        read(&mut parser, &record(PARAMS, 1, &params[22..], 0)[..8]),
        Step::More
    );
    assert_eq!(parser.ahead(), 73);
    parser.pass(73);
    assert_eq!(
        read(&mut parser, &record(PARAMS, 1, b"", 0)),
        Step::Nameless(Nameless::Absent)
    );
    let body = record(STDIN, 1, &[0; 65_535], 255);
    assert_eq!(read(&mut parser, &body[..8]), Step::More);
    assert_eq!(parser.ahead(), 65_790);
}
