// SPDX-License-Identifier: GPL-2.0

//! HTTP/2: what the parser says of a connection, beside what a whole decoder says.

mod reference;

use std::cmp::min;

use crate::limits::NAME_BYTES;
use crate::sniff::Http2;
use crate::sniff::Name;
use crate::sniff::Nameless;

use reference::expected;
pub(crate) use reference::named;

use super::{
    events,
    Event,
    What, //
};

/// What every client sends first.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Flags of HEADERS.
pub(crate) const END_HEADERS: u8 = 0x04;
pub(crate) const PADDED: u8 = 0x08;
pub(crate) const PRIORITY: u8 = 0x20;

/// A frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Panics unless the parser says of a connection, behind the preface, what the reference says.
pub(crate) fn compare(bytes: &[u8]) -> Vec<Event> {
    let mut input = PREFACE[18..].to_vec();
    input.extend(bytes);
    let said = events(&mut Http2::behind_line(), &[&input], false);
    let expected = expected(bytes);
    let mut answers: Vec<&What> = said.iter().map(|event| &event.what).collect();
    let ended = matches!(answers.last(), Some(What::End | What::Lost));
    let end = if ended { answers.pop() } else { None };
    let malformed = answers.last() == Some(&&What::Nameless(Nameless::Malformed));
    let context = || format!("said {said:?}, {expected:?}");
    // Only behind a block that was found to be broken nothing is lost: it names nobody.
    assert!(malformed || end != Some(&What::End), "{}", context());
    for (at, answer) in answers.iter().enumerate() {
        let (what, names) = match expected.answers.get(at) {
            Some((what, names)) => (what, *names),
            None => {
                // Nothing but what is said of the block that is open, and in front of its end.
                assert_eq!(at, expected.answers.len(), "{}", context());
                let open = expected.open.as_ref();
                (open.unwrap_or_else(|| panic!("{}", context())), true)
            }
        };
        let late = names && **answer == What::Nameless(Nameless::TooLate);
        assert!(late || *answer == what, "{}", context());
    }
    let given_up = ended && expected.lost.is_some_and(|lost| lost <= answers.len());
    assert!(
        given_up || answers.len() >= expected.answers.len(),
        "{}",
        context()
    );
    let last = said.last().map_or(0, |event| event.at);
    if expected.ended {
        let at_end = malformed && last == input.len() as u64;
        assert!(ended || at_end, "{}", context());
    } else {
        assert!(!ended || given_up || expected.unfinished, "{}", context());
    }
    said
}

/// Bytes cut into pieces, of lengths that `seed` says.
fn cut(bytes: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let (mut rest, mut state) = (bytes, seed | 1);
    while !rest.is_empty() {
        // Numerical Recipes' generator.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = 1 + (state >> 16) as usize % 40;
        let (piece, behind) = rest.split_at(min(length, rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

/// Any bytes: the first says whether they are a whole connection, one behind the preface, or field blocks, of which each starts
/// with its length; the second how the connection is cut. The same is said however it is cut, and it is what the reference says.
pub fn http2(bytes: &[u8]) {
    let [kind, seed, bytes @ ..] = bytes else {
        return;
    };
    let mut input = Vec::new();
    match kind % 3 {
        0 => input.extend(bytes),
        1 => {
            input.extend(PREFACE);
            input.extend(bytes);
            compare(bytes);
        }
        _ => {
            let blocks = blocks(bytes, usize::from(*seed % 60) + 4);
            input.extend(PREFACE);
            input.extend(&blocks);
            compare(&blocks);
        }
    }
    let whole = events(&mut Http2::new(), &[&input], false);
    let pieces = cut(&input, u64::from(*seed));
    for pass in [false, true] {
        assert_eq!(whole, events(&mut Http2::new(), &[&input], pass));
        assert_eq!(whole, events(&mut Http2::new(), &pieces, pass));
    }
    for event in whole {
        if let What::Named(name) = event.what {
            assert!((1..=NAME_BYTES).contains(&name.len()), "{name}");
        }
    }
}

/// Frames of field blocks, of which each starts with its length; pieces of `size` bytes.
fn blocks(mut bytes: &[u8], size: usize) -> Vec<u8> {
    let mut connection = Vec::new();
    let mut stream = 1;
    while let [length, rest @ ..] = bytes {
        let (block, rest) = rest.split_at(min(usize::from(*length), rest.len()));
        bytes = rest;
        let mut pieces: Vec<&[u8]> = block.chunks(size).collect();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        for (at, piece) in pieces.iter().enumerate() {
            let kind = if at == 0 { 1 } else { 9 };
            let last = at + 1 == pieces.len();
            let flags = if last { END_HEADERS } else { 0 };
            connection.extend(frame(kind, flags, stream, piece));
        }
        stream += 2;
    }
    connection
}
