// SPDX-License-Identifier: GPL-2.0

//! Connections whose protocol is told by their first bytes.

use proptest::prelude::*;

use crate::check::sniff::answers;
use crate::check::sniff::said;
use crate::check::sniff::stream::check_taken;
use crate::check::sniff::stream::Lent;
use crate::check::sniff::stream::Whole;
use crate::check::sniff::What;
use crate::check::stream;
use crate::sniff::start::Kind;
use crate::sniff::start::Start;
use crate::sniff::Step;
use crate::sniff::Stream;
use crate::tests::config::config;

use super::http1::{
    named,
    FOREIGN,
    MALFORMED,
    NEXT,
    TOO_LATE, //
};

const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const SCGI: &str = "23:HTTP_HOST\0a.example\0A\0\0,";

/// What is said of a connection with room for HTTP/2, of which a stub takes the place.
fn read(bytes: impl AsRef<[u8]>) -> Vec<What> {
    answers(|| Whole::new(Lent::some()), bytes.as_ref())
}

#[test]
fn protocol_is_told_by_the_first_bytes() {
    for (bytes, kind) in [
        (&b"\x16\x03\x01"[..], Kind::Tls),
        (b"\x01\x01\0\x01", Kind::FastCgi),
        (b"\0\x10\0\0", Kind::Uwsgi),
        (b"\x05", Kind::Uwsgi),
        (b"\x07", Kind::Uwsgi),
        (b"\x0e", Kind::Uwsgi),
        (b"70:CONTENT_LENGTH", Kind::Scgi(70)),
        (b"0:,", Kind::Scgi(0)),
        (b"4294967295:", Kind::Scgi(u32::MAX)),
        (b"4294967296:", Kind::Http1),
        (b"42949672950", Kind::Http1),
        (b"99999999999:", Kind::Http1),
        (b"00:", Kind::Http1),
        (b"03:", Kind::Http1),
        (b"3;", Kind::Http1),
        (b"3 / HTTP/1.1", Kind::Http1),
        (b"7GET", Kind::Http1),
        (b"1234567890\n", Kind::Http1),
        (b"5PROXY ", Kind::Http1),
        (b"P5", Kind::Http1),
        (b"PROXY TCP4 ", Kind::Proxy),
        (b"\r\n\r\n\0\r\nQUIT\n!", Kind::Proxy),
        (b"GET / ", Kind::Http1),
        (b"PRI * HTTP/2.0", Kind::Http1),
        (b"PA", Kind::Http1),
        (b"PROXX", Kind::Http1),
        (b"PROXY\t", Kind::Http1),
        (b"proxy ", Kind::Http1),
        (b"\n", Kind::Http1),
        (b"\r\nG", Kind::Http1),
        (b"\r\n\r\n\0\r\nQUIT\r", Kind::Http1),
        (b"\r\n\r\n\x01", Kind::Http1),
        (b"\x15", Kind::Http1),
        (b"\x80\x2e\x01", Kind::Http1),
        (b"\xff", Kind::Http1),
    ] {
        // It is known with the last byte that differs, and not before.
        let mut start = Start::new();
        let mut seen = 0;
        let (told, taken) = loop {
            let mut rest = &bytes[seen..seen + 1];
            let told = start.read(&mut rest);
            seen += 1 - rest.len();
            match told {
                Some(told) => break told,
                None => assert_eq!(rest, b""),
            }
        };
        assert_eq!(told, kind, "{bytes:?}");
        check_taken(kind, taken, &bytes[..seen]);

        let mut rest = bytes;
        assert_eq!(Start::new().read(&mut rest), Some((kind, taken)));
        assert_eq!(rest, &bytes[seen..]);
    }
    for bytes in [
        &b""[..],
        b"P",
        b"PROXY",
        b"\r",
        b"\r\n\r\n\0\r\nQUIT",
        b"0",
        b"4294967295",
    ] {
        assert_eq!(Start::new().read(&mut { bytes }), None);
    }
}

#[test]
fn header_of_a_proxy_comes_only_once() {
    for (bytes, kind) in [
        (&b"PROXY TCP4 "[..], Kind::Http1),
        (b"\r\n\r\n\0\r\nQUIT\n", Kind::Http1),
        (b"GET", Kind::Http1),
        (b"\x16", Kind::Tls),
        (b":", Kind::Http1),
    ] {
        let mut rest = bytes;
        let taken: &[u8] = &[];
        assert_eq!(Start::later().read(&mut rest), Some((kind, taken)));
        assert_eq!(rest, bytes);
    }
}

#[test]
fn bytes_that_protocols_share_are_not_lost() {
    for front in [
        "PROPFIND",
        "POST",
        "PUT",
        "P",
        "PROX",
        "PROXYING",
        "\r\nGET",
        "\r\n\r\nGET",
        "\r\n\r\n\r\nGET",
        "\n\r\nPROXY",
        "\r\n\rGET",
        "\rPOST",
        // SCGI starts with digits.
        "7",
        "0",
        "007",
        "42",
        "1GET",
        "3.5",
        "0x10",
        "4294967295",
        "4294967296",
        "12345678901234567890",
    ] {
        let bytes = format!("{front} /x HTTP/1.1\r\nHost: a.example\r\n\r\n{NEXT}");
        assert_eq!(
            read(&bytes),
            [named("a.example"), named("next.example")],
            "{bytes:?}"
        );
    }
    for front in [
        "PROXYING\r\n",
        "PROXY\n",
        "\r\n\r\n\0",
        "\r\n\r\n\0\r\nQUIT\r\n",
    ] {
        assert_eq!(
            read(format!("{front}{NEXT}")),
            [FOREIGN, What::End],
            "{front:?}"
        );
    }
}

#[test]
fn netstring_is_scgi() {
    for before in ["", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"] {
        let bytes = format!("{before}{SCGI}");
        assert_eq!(read(&bytes), [named("a.example"), What::End]);
    }
    assert_eq!(
        read(format!("{NEXT}{SCGI}")),
        [named("next.example"), What::Lost]
    );
}

#[test]
fn nothing_is_read_behind_what_is_lost() {
    for (bytes, first) in [
        (format!("{PREFACE}nl{NEXT}"), "stub.example"),
        (format!("{NEXT}\0{NEXT}"), "next.example"),
    ] {
        assert_eq!(read(&bytes), [named(first), What::Lost]);
        let (mut stream, mut room) = (Stream::new(false), Lent::some());
        let mut rest = bytes.as_bytes();
        let mut steps = Vec::new();
        while !rest.is_empty() {
            steps.push(stream.read(&mut rest, &mut room));
        }
        assert_eq!(steps[..2], [Step::Named, Step::Lost]);
        assert!(steps.len() > 2 && steps[2..].iter().all(|step| *step == Step::End));
    }
}

#[test]
fn http2_is_read_in_its_room() {
    let upgrade = "GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: h2c\r\n\r\n";
    let stub = named("stub.example");
    assert_eq!(read(format!("{PREFACE}n")), [stub.clone()]);
    assert_eq!(read(format!("\r\n{PREFACE}n")), [stub.clone()]);
    assert_eq!(
        read(format!("{upgrade}{PREFACE}n 3nnn fn9nnnnnnnnnen")),
        [
            named("a.example"),
            stub.clone(),
            FOREIGN,
            stub.clone(),
            What::End
        ]
    );
    // Another protocol behind it, which is no proxy.
    for (behind, what) in [
        (NEXT, vec![named("next.example")]),
        (
            "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
            vec![FOREIGN, What::End],
        ),
        (&format!("{PREFACE}n"), vec![stub.clone()]),
    ] {
        let bytes = format!("{PREFACE}nx{behind}");
        assert_eq!(read(bytes), [vec![stub.clone()], what].concat());
    }
}

#[test]
fn scheme_of_the_connection_is_known() {
    let request = |scheme: &str| {
        format!("GET {scheme}://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n{NEXT}")
    };
    let proxy = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
    let later = format!("{PREFACE}x");
    for (records, own, other) in [(false, "http", "https"), (true, "https", "http")] {
        for (scheme, what) in [(own, named("a.example")), (other, MALFORMED)] {
            // Behind whatever the protocol starts anew, too.
            for before in ["", "\r\n", proxy, &later] {
                let bytes = format!("{before}{}", request(scheme));
                let said = answers(
                    || Whole::of(Stream::new(records), Lent::some()),
                    bytes.as_bytes(),
                );
                assert_eq!(said, [what.clone(), named("next.example")], "{bytes:?}");
            }
        }
    }
}

#[test]
fn http2_without_room_is_told_once() {
    let said = said(
        || Whole::new(Lent(None)),
        format!("{PREFACE}nnn{NEXT}").as_bytes(),
    );
    let whats: Vec<What> = said.iter().map(|event| event.what.clone()).collect();
    assert_eq!(whats, [TOO_LATE, What::End]);
    assert_eq!(said[0].at, 18);
    // Where nothing is left to be shown it is said as well.
    let said = answers(|| Whole::new(Lent(None)), &PREFACE.as_bytes()[..18]);
    assert_eq!(said, [TOO_LATE]);
    // A connection that never comes to it needs none.
    let said = answers(|| Whole::new(Lent(None)), NEXT.as_bytes());
    assert_eq!(said, [named("next.example")]);
}

#[test]
fn what_is_only_counted_can_be_passed_over() {
    let (mut stream, mut room) = (Stream::new(false), Lent::some());
    assert_eq!(stream.ahead(&mut room), 0);
    let head = "POST / HTTP/1.1\r\nContent-Length: 5000000000\r\nHost: a.example\r\n\r\n";
    let mut bytes = head.as_bytes();
    while !bytes.is_empty() {
        stream.read(&mut bytes, &mut room);
    }
    assert_eq!(stream.name().get(), Ok("a.example"));
    assert_eq!(stream.ahead(&mut room), 5_000_000_000);
    stream.pass(4_999_999_999, &mut room);
    assert_eq!(stream.ahead(&mut room), 1);
    stream.pass(u64::MAX, &mut room);
    assert_eq!(stream.ahead(&mut room), 0);
    let mut bytes = NEXT.as_bytes();
    stream.read(&mut bytes, &mut room);
    assert_eq!(stream.name().get(), Ok("next.example"));
}

#[test]
fn stream_says_whether_a_request_is_open_and_whether_there_are_several() {
    let shown = |bytes: &str| {
        let (mut stream, mut room) = (Stream::new(false), Lent::some());
        let mut bytes = bytes.as_bytes();
        while !bytes.is_empty() {
            stream.read(&mut bytes, &mut room);
        }
        (stream.is_open(), stream.is_multiplexed())
    };
    let post = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\n";
    for (bytes, expected) in [
        (String::new(), (false, false)),
        ("\r\n".to_owned(), (false, false)),
        (NEXT.to_owned(), (false, false)),
        (format!("{NEXT}{post}"), (true, false)),
        (format!("{NEXT}{post}bod"), (true, false)),
        (format!("{NEXT}{post}body"), (false, false)),
        (format!("{NEXT}{post}body\0"), (false, false)),
        (PREFACE[..17].to_owned(), (false, false)),
        (PREFACE.to_owned(), (false, true)),
        (format!("{PREFACE}n"), (false, true)),
        (format!("{PREFACE}nl"), (false, false)),
        (format!("{PREFACE}nx{post}"), (true, false)),
        (SCGI.to_owned(), (false, false)),
        (SCGI[..22].to_owned(), (false, false)),
    ] {
        assert_eq!(shown(&bytes), expected, "{bytes:?}");
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn any_connection_says_what_its_protocol_says(seed in any::<u8>(), parts in parts()) {
        let bytes = [vec![seed], parts.concat()].concat();
        stream(&bytes);
    }
}

/// Pieces of protocols, whole or cut, and some bytes of any kind.
fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let known = prop::sample::select(vec![
        "PROXY ",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
        "\r\n\r\n\0\r\nQUIT\n",
        PREFACE,
        NEXT,
        "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nnnnn",
        "n3nnnf",
        "x",
        "e",
        "\x16\x03\x01",
        SCGI,
        "4294967295",
        "7",
        "\r\n",
    ]);
    let known = (known, any::<prop::sample::Index>(), any::<bool>());
    let known = known.prop_map(|(text, end, whole)| match whole {
        true => text.as_bytes().to_vec(),
        false => text.as_bytes()[..end.index(text.len())].to_vec(),
    });
    let odd = prop::collection::vec(any::<u8>(), 0..4);
    prop::collection::vec(prop_oneof![4 => known, 1 => odd], 0..6)
}
