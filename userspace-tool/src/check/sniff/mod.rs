// SPDX-License-Identifier: GPL-2.0

//! What a parser says, however its bytes are cut; for tests and for fuzz targets.

#[cfg(any(test, fuzzing))]
pub(crate) mod cgi;
mod cut;
#[cfg(any(test, fuzzing))]
pub(crate) mod fastcgi;
#[cfg(any(test, fuzzing))]
pub(crate) mod http1;
#[cfg(any(test, fuzzing))]
pub(crate) mod http2;
#[cfg(any(test, fuzzing))]
pub(crate) mod proxy;
#[cfg(any(test, fuzzing))]
pub(crate) mod scgi;
#[cfg(any(test, fuzzing))]
pub(crate) mod stream;
#[cfg(any(test, fuzzing))]
pub(crate) mod tls;
#[cfg(any(test, fuzzing))]
pub(crate) mod uwsgi;

use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Parser;
use crate::sniff::Step;

/// What a parser said, and after how many bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) at: u64,
    pub(crate) what: What,
}

/// What a parser said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Named(String),
    Nameless(Nameless),
    Next,
    End,
    Lost,
}

/// Shows a parser all of `pieces`, up to a [`Step::Next`], [`Step::End`] or [`Step::Lost`]. With `pass`, the bytes that it would
/// only count are passed over instead.
pub(crate) fn events<P: Parser>(parser: &mut P, pieces: &[&[u8]], pass: bool) -> Vec<Event> {
    let mut name = Name::new();
    let mut events = Vec::new();
    let mut before = 0;
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            let ahead = parser.ahead().min(rest.len() as u64) as usize;
            if pass && ahead > 0 {
                parser.pass(ahead as u64);
                rest = &rest[ahead..];
                continue;
            }
            let step = parser.read(&mut rest, &mut name);
            let what = match step {
                Step::More => {
                    assert!(rest.is_empty(), "asks for more and leaves {}", rest.len());
                    continue;
                }
                Step::Named => What::Named(name.get().expect("a name").to_owned()),
                Step::Nameless(why) => What::Nameless(why),
                Step::Next => What::Next,
                Step::End => What::End,
                Step::Lost => What::Lost,
            };
            let at = before + (piece.len() - rest.len()) as u64;
            let last = matches!(what, What::Next | What::End | What::Lost);
            events.push(Event { at, what });
            if last {
                return events;
            }
        }
        before += piece.len() as u64;
    }
    events
}

/// What a parser says of `bytes`; panics unless it says the same, at the same bytes, when they come one by one, cut in two
/// anywhere (for short ones), and when what it would only count is passed over.
pub(crate) fn said<P: Parser>(make: impl Fn() -> P, bytes: &[u8]) -> Vec<Event> {
    let whole = events(&mut make(), &[bytes], false);
    let singly: Vec<&[u8]> = bytes.chunks(1).collect();
    for pass in [false, true] {
        assert_eq!(whole, events(&mut make(), &singly, pass), "byte by byte");
        assert_eq!(whole, events(&mut make(), &[bytes], pass), "at once");
        let cuts = if bytes.len() > 2048 { 0 } else { bytes.len() };
        for cut in 1..cuts {
            let (one, two) = bytes.split_at(cut);
            assert_eq!(
                whole,
                events(&mut make(), &[one, two], pass),
                "cut at {cut}"
            );
        }
    }
    whole
}

/// The same without the places.
pub(crate) fn answers<P: Parser>(make: impl Fn() -> P, bytes: &[u8]) -> Vec<What> {
    let events = said(make, bytes).into_iter();
    events.map(|event| event.what).collect()
}
