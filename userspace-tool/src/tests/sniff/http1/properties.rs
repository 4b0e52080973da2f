// SPDX-License-Identifier: GPL-2.0

//! Generated connections: whole ones, whose answers are known, and odd ones, whose answers a model and `httparse` know.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{
    select,
    Index, //
};

use crate::check::http1;
use crate::check::sniff::answers;
use crate::check::sniff::http1::parsed;
use crate::check::sniff::What;
use crate::sniff::Http1;
use crate::tests::config::config;

use super::{
    named,
    ABSENT,
    MALFORMED, //
};

/// A request and what is said of it.
#[derive(Clone, Debug)]
struct Sent {
    bytes: Vec<u8>,
    what: What,
}

/// A host as it is sent, and what is said of it.
fn host() -> impl Strategy<Value = (String, What)> {
    let port = prop_oneof![Just(String::new()), "\\.?:[0-9]{0,5}", Just(".".to_owned())];
    let name = ("[a-zA-Z0-9_-]{1,12}(\\.[a-zA-Z0-9_-]{1,12}){0,4}", port);
    prop_oneof![
        6 => name.prop_map(|(name, port)| (format!("{name}{port}"), named(&name.to_lowercase()))),
        1 => select(vec!["[::1]", "a..b", "a_b@c", ":80", "a:123456", "%41"])
            .prop_map(|odd| (odd.to_owned(), MALFORMED)),
    ]
}

/// Fields that say nothing of the host and of the body.
fn others() -> impl Strategy<Value = String> {
    let some = prop_oneof![
        "X-[A-Za-z-]{1,8}: ?[ -~]{0,20}",
        select(vec![
            "Connection: keep-alive, Upgrade",
            "Upgrade: websocket",
            "Accept: */*",
            "Expect: 100-continue",
            "X-Forwarded-Host: other.example",
            "Hosts: other.example",
            "TE: chunked",
        ])
        .prop_map(str::to_owned),
    ];
    let fields = vec((some, line_end()), 0..4);
    fields.prop_map(|fields| fields.into_iter().map(|(field, end)| field + end).collect())
}

fn line_end() -> impl Strategy<Value = &'static str> {
    prop_oneof![9 => Just("\r\n"), 1 => Just("\n")]
}

/// In any case.
fn spelled(word: &'static str) -> impl Strategy<Value = String> {
    vec(any::<bool>(), word.len()).prop_map(move |upper| {
        let bytes = word.bytes().zip(upper).map(|(byte, upper)| match upper {
            true => byte.to_ascii_uppercase(),
            false => byte.to_ascii_lowercase(),
        });
        bytes.map(char::from).collect()
    })
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(" ".to_owned()), 1 => "[ \t]{0,3}"]
}

/// Bytes that may look like a request.
fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..80),
        Just(b"GET / HTTP/1.1\r\nHost: body.example\r\n\r\n".to_vec()),
        Just(b"\r\n0\r\n\r\n".to_vec()),
    ]
}

/// Fields that say how long a body is, and the body.
fn body() -> impl Strategy<Value = (String, Vec<u8>)> {
    let length =
        (spelled("content-length"), space(), content()).prop_map(|(name, space, content)| {
            (format!("{name}:{space}{}\r\n", content.len()), content)
        });
    let extension =
        prop_oneof![4 => Just(String::new()), 1 => "[ \t]?;[a-z]{1,3}(=\"[;, a-z]{0,4}\")?"];
    let chunk = (content(), extension, line_end(), any::<bool>());
    let trailers = vec("[A-Z][a-z]{0,6}: [ -~]{0,10}\r\n", 0..3);
    let chunks = (
        spelled("transfer-encoding"),
        spelled("chunked"),
        space(),
        vec(chunk, 0..4),
        trailers,
    );
    let chunks = chunks.prop_map(|(name, chunked, space, chunks, trailers)| {
        let mut body = Vec::new();
        for (content, extension, end, upper) in chunks {
            if content.is_empty() {
                continue;
            }
            let size = match upper {
                true => format!("{:X}", content.len()),
                false => format!("00{:x}", content.len()),
            };
            body.extend(format!("{size}{extension}{end}").into_bytes());
            body.extend(content);
            body.extend(end.bytes());
        }
        body.extend(b"0\r\n");
        body.extend(trailers.concat().bytes());
        body.extend(b"\r\n");
        (format!("{name}:{space}gzip, {chunked}\r\n"), body)
    });
    prop_oneof![
        3 => Just((String::new(), Vec::new())),
        2 => length,
        2 => chunks,
    ]
}

/// A request that servers take.
fn request() -> impl Strategy<Value = Sent> {
    let scheme = prop_oneof![
        4 => spelled("http://"),
        1 => spelled("https://"),
        1 => "[a-z][a-z0-9+.-]{0,8}://",
    ];
    let path = "(/[a-z0-9/.%?=&:@]{0,20})?";
    let target = prop_oneof![
        5 => path.prop_map(|path| if path.is_empty() { ("*".to_owned(), None) } else { (path, None) }),
        1 => (scheme, host(), path).prop_map(|(scheme, (host, what), path)| {
            let own = scheme.eq_ignore_ascii_case("http://");
            (format!("{scheme}{host}{path}"), Some(if own { what } else { MALFORMED }))
        }),
    ];
    let method = prop_oneof![
        select(vec!["GET", "POST", "PRI", "OPTIONS"]).prop_map(str::to_owned),
        "[A-Z-]{1,32}",
        "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,300}"
    ];
    let method = method.prop_filter("it makes a tunnel", |method| method != "CONNECT");
    let field = (spelled("host"), space(), host(), space());
    let field = prop::option::weighted(
        0.9,
        field.prop_map(|(name, before, (host, what), behind)| {
            (format!("{name}:{before}{host}{behind}\r\n"), what)
        }),
    );
    let fields = (others(), field, others(), body(), others());
    (method, target, line_end(), fields).prop_map(|(method, (target, first), end, fields)| {
        let (others, field, more, (framing, body), last) = fields;
        let (field, second) = field.map_or((None, None), |(field, what)| (Some(field), Some(what)));
        let field = field.unwrap_or_default();
        let mut bytes =
            format!("{method} {target} HTTP/1.1{end}{others}{field}{more}{framing}{last}{end}")
                .into_bytes();
        bytes.extend(body);
        let what = first.or(second).unwrap_or(ABSENT);
        Sent { bytes, what }
    })
}

/// A change that may make a request odd.
#[derive(Clone, Debug)]
enum Change {
    Put(Index, Vec<u8>),
    Cut(Index, u8),
    Copy(Index, Index, u8),
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        let place = |index: &Index| index.index(bytes.len() + 1);
        let end = |from: usize, length: u8| bytes.len().min(from + usize::from(length));
        match self {
            Self::Put(at, put) => {
                let at = place(at);
                bytes.splice(at..at, put.iter().copied());
            }
            Self::Cut(at, length) => {
                let at = place(at);
                bytes.drain(at..end(at, *length));
            }
            Self::Copy(from, to, length) => {
                let (from, to) = (place(from), place(to));
                let copied = bytes[from..end(from, *length)].to_vec();
                bytes.splice(to..to, copied);
            }
        }
    }
}

/// What means something somewhere.
const WORDS: [&str; 46] = [
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\0",
    ":",
    ",",
    ";",
    "/",
    "?",
    "#",
    "@",
    ".",
    "*",
    "0",
    "1",
    "f",
    "\r\n ",
    "\r\n\t",
    "\r\n\r\n",
    "\n\n",
    "GET ",
    "CONNECT ",
    "PRI * HTTP/2.0\r\n\r\n",
    " HTTP/1.1",
    " HTTP/1.0\r\n",
    " HTTP/2.0\r\n",
    "PRI * HTTP/",
    "http://",
    "HTTPS://",
    "x-1.y://",
    "://",
    "Host: ",
    "host:",
    "Host : b.example\r\n",
    "\r\nHost: c.example",
    "Content-Length: 3\r\n",
    "\r\nContent-Length: 3",
    "Transfer-Encoding: chunked\r\n",
    "Upgrade: websocket\r\n",
    "\r\nUpgrade:",
    "chunked",
    "0\r\n\r\n",
    "\u{e4}",
    "18446744073709551615",
];

fn word() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => select(WORDS.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..3),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => (any::<Index>(), word()).prop_map(|(at, put)| Change::Put(at, put)),
        1 => (any::<Index>(), 1..4u8).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => (any::<Index>(), any::<Index>(), 1..40u8).prop_map(|(from, to, length)| Change::Copy(from, to, length)),
    ]
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn each_request_is_answered(sent in vec(request(), 1..5)) {
        let bytes: Vec<u8> = sent.iter().flat_map(|sent| sent.bytes.clone()).collect();
        let expected: Vec<What> = sent.into_iter().map(|sent| sent.what).collect();
        prop_assert_eq!(&answers(Http1::new, &bytes), &expected);
        prop_assert_eq!(&parsed(&bytes, "http"), &expected);
        http1(&[&[0], &bytes[..]].concat());
    }

    #[test]
    fn changed_requests_are_read_as_the_references_read_them(
        seed in any::<u8>(),
        sent in vec(request(), 1..4),
        changes in vec(change(), 1..6),
    ) {
        let mut bytes: Vec<u8> = sent.into_iter().flat_map(|sent| sent.bytes).collect();
        changes.iter().for_each(|change| change.make(&mut bytes));
        http1(&[&[seed], &bytes[..]].concat());
    }

    #[test]
    fn any_words_are_read_as_the_references_read_them(seed in any::<u8>(), words in vec(word(), 0..40)) {
        http1(&[vec![seed], words.concat()].concat());
    }

    #[test]
    fn any_fields_are_read_as_the_references_read_them(seed in any::<u8>(), words in vec(word(), 0..20)) {
        let front = b"POST / HTTP/1.1\r\n".to_vec();
        let behind = b"\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: next.example\r\n\r\n".to_vec();
        http1(&[vec![seed], front, words.concat(), behind].concat());
    }
}
