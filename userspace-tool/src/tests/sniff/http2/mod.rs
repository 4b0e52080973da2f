// SPDX-License-Identifier: GPL-2.0

//! HTTP/2 in the clear.

mod captured;
mod client;
mod examples;
mod fields;
mod frames;
mod generated;
mod table;

use crate::check::sniff::answers;
use crate::check::sniff::http2::{
    compare,
    frame,
    END_HEADERS,
    PADDED,
    PREFACE,
    PRIORITY, //
};
use crate::check::sniff::said;
use crate::check::sniff::Event;
use crate::check::sniff::What;
use crate::sniff::Http2;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Parser;

/// The bytes that hexadecimal digits say; blanks do not count.
pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// HEADERS with all of a block.
pub(super) fn headers(stream: u32, block: &[u8]) -> Vec<u8> {
    frame(1, END_HEADERS, stream, block)
}

pub(super) fn is(name: &str) -> What {
    What::Named(name.to_owned())
}

pub(super) fn none(why: Nameless) -> What {
    What::Nameless(why)
}

/// What is said of frames, however they are cut, and by the reference too.
pub(super) fn of(frames: &[Vec<u8>]) -> Vec<What> {
    let frames = frames.concat();
    compare(&frames);
    let whole = [PREFACE, &frames].concat();
    let said = answers(Http2::new, &whole);
    assert_eq!(said, answers(Http2::behind_line, &whole[18..]));
    said
}

/// A literal with incremental indexing, or without.
pub(super) fn literal(indexed: bool, name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![if indexed { 0x40 } else { 0 }, name.len() as u8];
    bytes.extend(name.as_bytes());
    assert!(name.len() < 127 && value.len() < 127 + 128);
    match value.len() {
        length @ 0..127 => bytes.push(length as u8),
        length => bytes.extend([127, (length - 127) as u8]),
    }
    bytes.extend(value.as_bytes());
    bytes
}
