// SPDX-License-Identifier: GPL-2.0

//! Connections as a real encoder writes them, in frames of any kind.

use httlib_hpack::Encoder;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::check::sniff::events;
use crate::check::sniff::http2::named;
use crate::tests::config::config;

/// A field: its name, its value, and the flags of httlib-hpack: Huffman code for either, indexing, look-up in the tables.
type Field = (String, Vec<u8>, u8);

#[derive(Clone, Debug)]
struct Block {
    /// Trailers of an earlier stream.
    trailers: bool,
    limits: Vec<u32>,
    fields: Vec<Field>,
    padding: Option<u8>,
    priority: bool,
    /// Lengths of the pieces.
    pieces: Vec<usize>,
    /// Frames in front of it: type, flags and payload.
    others: Vec<(u8, u8, Vec<u8>)>,
}

fn host() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => (0u32..30).prop_map(|at| format!("host-{at}.example").into_bytes()),
        4 => "[a-z0-9_.-]{1,60}(:[0-9]{1,4})?".prop_map(String::into_bytes),
        1 => "[A-Z.]{200,260}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..40),
    ]
}

fn field() -> impl Strategy<Value = Field> {
    let flags = || {
        (
            0u8..4,
            select(vec![0, 4, 4, 4, 8]),
            select(vec![0, 0x10, 0x10]),
        )
            .prop_map(|(coded, index, find)| coded | index | find)
    };
    let names = select(vec![
        ":method",
        ":path",
        "cookie",
        "x-a",
        "hosts",
        ":authoritx",
        "",
    ]);
    let other = prop_oneof![names.prop_map(str::to_owned), "[a-z-]{1,40}"];
    let value = prop_oneof![
        8 => "[ -~]{0,40}".prop_map(String::into_bytes),
        4 => vec(any::<u8>(), 0..300),
        1 => (0usize..5000).prop_map(|length| b"y".repeat(length)),
    ];
    prop_oneof![
        4 => (Just(":authority".to_owned()), host(), flags()),
        1 => (Just("host".to_owned()), host(), flags()),
        6 => (other, value, flags()),
    ]
}

fn block(largest: u32) -> impl Strategy<Value = Block> {
    let limits = prop_oneof![
        12 => Just(Vec::new()),
        1 => vec(0..=largest, 1..3),
        1 => Just(vec![0, 4096]),
    ];
    let kinds = select(vec![0u8, 2, 3, 4, 5, 6, 7, 8, 10, 200]);
    let other = (kinds, any::<u8>(), vec(any::<u8>(), 0..40));
    (
        prop::bool::weighted(0.1),
        limits,
        vec(field(), 0..6),
        prop::option::weighted(0.3, any::<u8>()),
        any::<bool>(),
        vec(0usize..40, 0..5),
        vec(other, 0..2),
    )
        .prop_map(
            |(trailers, limits, fields, padding, priority, pieces, others)| Block {
                trailers,
                limits,
                fields,
                padding,
                priority,
                pieces,
                others,
            },
        )
}

/// What the fields name; whether they name it by `:authority`.
fn naming(fields: &[Field]) -> What {
    let values = |name| {
        fields
            .iter()
            .filter(move |field| field.0 == name)
            .map(|field| &field.1)
    };
    let mut hosts = values("host");
    match (values(":authority").next(), hosts.next(), hosts.next()) {
        (Some(value), _, _) | (None, Some(value), None) => named(value),
        (None, None, _) => none(Nameless::Absent),
        (None, Some(_), Some(_)) => none(Nameless::Malformed),
    }
}

/// The frames, and what is to be said.
fn written(blocks: &[Block]) -> (Vec<u8>, Vec<What>) {
    let mut encoder = Encoder::with_dynamic_size(4096);
    let (mut bytes, mut whats) = (Vec::new(), Vec::new());
    let mut stream = 1;
    for (at, block) in blocks.iter().enumerate() {
        for (kind, flags, payload) in &block.others {
            bytes.extend(frame(*kind, *flags, stream, payload));
        }
        let mut coded = Vec::new();
        for limit in &block.limits {
            encoder.update_max_dynamic_size(*limit, &mut coded).unwrap();
        }
        for (name, value, flags) in &block.fields {
            let field = (name.as_bytes().to_vec(), value.clone(), *flags);
            encoder.encode(field, &mut coded).unwrap();
        }
        match block.trailers && at > 0 {
            true => bytes.extend(in_pieces(block, 1, &coded)),
            false => {
                bytes.extend(in_pieces(block, stream, &coded));
                whats.push(naming(&block.fields));
                stream += 2;
            }
        }
    }
    (bytes, whats)
}

/// The frames of a block.
fn in_pieces(block: &Block, stream: u32, mut coded: &[u8]) -> Vec<u8> {
    let mut pieces: Vec<&[u8]> = Vec::new();
    for length in &block.pieces {
        let (piece, rest) = coded.split_at(coded.len().min(*length));
        pieces.push(piece);
        coded = rest;
    }
    pieces.push(coded);
    let mut bytes = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let end = if at + 1 == pieces.len() {
            END_HEADERS
        } else {
            0
        };
        if at > 0 {
            bytes.extend(frame(9, end, stream, piece));
            continue;
        }
        let mut payload = Vec::new();
        payload.extend(block.padding);
        if block.priority {
            payload.extend([0, 0, 0, 0, 9]);
        }
        payload.extend(*piece);
        payload.extend(vec![0; usize::from(block.padding.unwrap_or(0))]);
        let padded = if block.padding.is_some() { PADDED } else { 0 };
        let priority = if block.priority { PRIORITY } else { 0 };
        bytes.extend(frame(1, end | padded | priority, stream, &payload));
    }
    bytes
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn what_an_encoder_writes_is_read(
        blocks in vec(block(4096), 1..12),
        cuts in vec(1usize..200, 1..20),
    ) {
        let (bytes, whats) = written(&blocks);
        let fields = blocks.iter().flat_map(|block| &block.fields);
        let hosts = fields.filter(|field| [":authority", "host"].contains(&field.0.as_str()));
        let kept: usize = hosts.map(|field| field.1.len()).sum();
        let said: Vec<What> = compare(&bytes).into_iter().map(|event| event.what).collect();
        prop_assert_eq!(said.len(), whats.len());
        for (said, what) in said.iter().zip(&whats) {
            let late = kept > 1024 && *said == none(Nameless::TooLate);
            prop_assert!(late || said == what, "{:?}, not {:?}", said, what);
        }
        // However it is cut.
        let whole = [PREFACE, &bytes].concat();
        let (mut rest, mut pieces) = (&whole[..], Vec::new());
        for cut in cuts.iter().cycle() {
            let (piece, behind) = rest.split_at(rest.len().min(*cut));
            pieces.push(piece);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        let at_once = events(&mut Http2::new(), &[&whole], false);
        prop_assert_eq!(&at_once, &events(&mut Http2::new(), &pieces, false));
        prop_assert_eq!(&at_once, &events(&mut Http2::new(), &pieces, true));
    }

    /// The reference knows what is lost.
    #[test]
    fn large_limits_are_followed(blocks in vec(block(65_536), 1..40)) {
        let (bytes, _) = written(&blocks);
        compare(&bytes);
    }

    /// A broken byte breaks the reference in the same way.
    #[test]
    fn broken_bytes_are_no_worse(
        blocks in vec(block(4096), 1..6),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let (mut bytes, _) = written(&blocks);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        compare(&bytes);
        compare(&bytes[..at]);
    }

    /// Any bytes, as the fuzz target has them.
    #[test]
    fn any_bytes_are_read(bytes in vec(any::<u8>(), 0..400)) {
        crate::check::http2(&bytes);
    }
}
