// SPDX-License-Identifier: GPL-2.0

//! The tables and the strings of RFC 7541.

use httlib_hpack::Encoder;

use super::*;
use crate::check::sniff::events;
use crate::check::sniff::http2::named;

/// What httlib-hpack has for strings in the Huffman code, and for incremental indexing.
const NAME_CODED: u8 = 1;
const VALUE_CODED: u8 = 2;
const INDEXED: u8 = 4;

/// A parser that has read these blocks, each as trailers of the first, and what it said of the last one.
fn behind(blocks: &[Vec<u8>]) -> (Http2, Vec<What>) {
    let mut parser = Http2::behind_line();
    events(&mut parser, &[&PREFACE[18..]], false);
    let mut said = Vec::new();
    for block in blocks {
        said = events(&mut parser, &[&headers(1, block)], false);
    }
    (parser, said.into_iter().map(|event| event.what).collect())
}

/// A limit of the table.
fn limit(limit: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    Encoder::default()
        .update_max_dynamic_size(limit, &mut bytes)
        .unwrap();
    bytes
}

#[test]
fn names_of_the_static_table() {
    for index in 1..=61 {
        let block = [0x40 | index, 0];
        let fields = loona_hpack::Decoder::new().decode(&block).unwrap();
        let size = 32 + fields[0].0.len() as u32;
        let (parser, _) = behind(&[block.to_vec()]);
        assert_eq!(parser.table(), (size, 1), "{index}");
        let what = match &fields[0].0[..] {
            b":authority" | b"host" => is("a.example"),
            _ => none(Nameless::Absent),
        };
        let block = [&[0x40 | index, 9][..], b"a.example"].concat();
        assert_eq!(of(&[headers(1, &block)]), [what], "{index}");
    }
    let said = of(&[headers(1, &[0x7e, 0])]);
    assert_eq!(said, [none(Nameless::Malformed), What::End]);
}

#[test]
fn every_symbol() {
    for byte in 0..=u8::MAX {
        for length in 1..9 {
            // Every place in a byte, before and behind the longest code.
            let value = [&[b'a'].repeat(length)[..], &[byte, 0, byte, b'b']].concat();
            let mut block = Vec::new();
            let field = (
                b"x".to_vec(),
                value.clone(),
                NAME_CODED | VALUE_CODED | INDEXED,
            );
            Encoder::default().encode(field, &mut block).unwrap();
            let (parser, _) = behind(&[block]);
            assert_eq!(parser.table(), (33 + value.len() as u32, 1), "{byte}");

            let value = [&[b'a'].repeat(length)[..], &[byte, b'b']].concat();
            let mut block = Vec::new();
            let field = (
                b":authority".to_vec(),
                value.clone(),
                NAME_CODED | VALUE_CODED,
            );
            Encoder::default().encode(field, &mut block).unwrap();
            let said = compare(&headers(1, &block));
            assert_eq!(said[0].what, named(&value));
        }
    }
}

#[test]
fn oldest_entries_are_evicted() {
    // 10 + 9 + 32 = 51 bytes each: 80 of them have 4080.
    let names: Vec<String> = (0..100).map(|at| format!("a{at:02}.xmpl.")).collect();
    let mut blocks: Vec<_> = names
        .iter()
        .map(|name| literal(true, ":authority", name))
        .collect();
    assert_eq!(behind(&blocks[..80]).0.table(), (4080, 80));
    assert_eq!(behind(&blocks).0.table(), (4080, 80));
    let frames = |blocks: &[Vec<u8>]| {
        let blocks = (1..).step_by(2).zip(blocks);
        blocks
            .map(|(stream, block)| headers(stream, block))
            .collect::<Vec<_>>()
    };
    // The oldest that is left, the one before it, and a name by the index of a field.
    blocks.push(vec![0xff, 61 + 80 - 127]);
    blocks.push([&[0x7f, 61 + 80 - 63, 9][..], b"b.example"].concat());
    let said = of(&frames(&blocks));
    assert_eq!(said[100..], [is("a20.xmpl"), is("b.example")]);
    blocks.truncate(100);
    blocks.push(vec![0xff, 62 + 80 - 127]);
    let said = of(&frames(&blocks));
    assert_eq!(said[100..], [none(Nameless::Malformed)]);
    blocks.truncate(100);
    // One more byte of room is too little for another entry; 16 are enough for a short one.
    blocks.push(vec![0x40, 0, 0]);
    assert_eq!(behind(&blocks).0.table(), (4080 + 32 - 51, 80));
}

#[test]
fn limits_of_the_table() {
    let fields = [
        literal(true, ":authority", "a.example"),
        literal(true, "x", "y"),
        literal(true, "host", "b.example"),
    ];
    // 51, 34 and 45 bytes.
    let table = |last: &[Vec<u8>]| {
        behind(&[&[fields.concat()][..], &[last.concat()]].concat())
            .0
            .table()
    };
    assert_eq!(table(&[]), (130, 3));
    assert_eq!(table(&[limit(130)]), (130, 3));
    assert_eq!(table(&[limit(129)]), (79, 2));
    assert_eq!(table(&[limit(79)]), (79, 2));
    assert_eq!(table(&[limit(78)]), (45, 1));
    assert_eq!(table(&[limit(44)]), (0, 0));
    assert_eq!(table(&[limit(0), limit(4096)]), (0, 0));
    assert_eq!(table(&[limit(79), literal(true, "x", "y")]), (79, 2));
    assert_eq!(table(&[limit(79), literal(true, "x", "yz")]), (35, 1));
    // An entry that is larger than the table empties it; one that is as large does too, and is in it.
    assert_eq!(
        table(&[limit(79), literal(true, "x", &"y".repeat(46))]),
        (79, 1)
    );
    assert_eq!(
        table(&[limit(79), literal(true, "x", &"y".repeat(47))]),
        (0, 0)
    );
    assert_eq!(
        table(&[limit(79), literal(true, ":authority", &"y".repeat(38))]),
        (0, 0)
    );
    assert_eq!(table(&[limit(0), literal(true, ":authority", "")]), (0, 0));
    assert_eq!(table(&[limit(31), literal(true, "", "")]), (0, 0));
    assert_eq!(table(&[limit(32), literal(true, "", "")]), (32, 1));
    // 128 of the smallest.
    let small = vec![literal(true, "", ""); 200].concat();
    assert_eq!(table(&[limit(0), limit(4096), small]), (4096, 128));
}

#[test]
fn large_tables_are_followed_as_far_as_they_are_known() {
    let first = literal(true, ":authority", "a.example");
    let fill = |count| vec![literal(true, "x", "y"); count].concat();
    let of_table = |limits: Vec<u8>, count, index: u32| {
        let mut last = vec![0xff];
        let rest = index - 127;
        last.extend(match rest {
            0..128 => vec![rest as u8],
            _ => vec![0x80 | (rest & 0x7f) as u8, (rest >> 7) as u8],
        });
        let block = [limits, first.clone(), fill(count)].concat();
        of(&[headers(1, &block), headers(3, &last)])
    };
    let named = [is("a.example"), is("a.example")];
    let lost = [is("a.example"), What::Lost];
    assert_eq!(of_table(limit(65_536), 127, 62 + 127), named);
    assert_eq!(
        of_table(limit(65_536), 128, 62 + 127)[1],
        none(Nameless::Absent)
    );
    assert_eq!(of_table(limit(65_536), 128, 62 + 128), lost);
    // There is no room for an older one: it is known that there is none.
    assert_eq!(
        of_table(limit(4096 + 255), 128, 62 + 128)[1],
        none(Nameless::Malformed)
    );
    // There is room for just the smallest; it may be there, but it is not known. With a byte less it is not there.
    let small = |room: u32| {
        let block = [limit(65_536), literal(true, "", ""), fill(128)].concat();
        let last = [limit(128 * 34 + room), vec![0xff, 62 + 128 - 127]].concat();
        of(&[headers(1, &block), headers(3, &last)])[1].clone()
    };
    assert_eq!(small(32), What::Lost);
    assert_eq!(small(31), none(Nameless::Malformed));
    // An entry that is evicted leaves room behind it, but no older one.
    let large = literal(true, "x", &"y".repeat(100));
    let block = [limit(65_536), first.clone(), large, fill(127)].concat();
    let evict = [limit(127 * 34 + 132), vec![0xff, 62 + 127 - 127]].concat();
    let said = of(&[headers(1, &block), headers(3, &evict)]);
    assert_eq!(said[1], none(Nameless::Malformed));
    let larger = [limit(65_537), first.clone()].concat();
    assert_eq!(of(&[headers(1, &larger)]), [What::Lost]);
    // A table that was emptied is known again.
    let again = [limit(0), limit(4096), first.clone()].concat();
    let block = [limit(65_536), fill(300)].concat();
    let frames = [
        headers(1, &block),
        headers(3, &again),
        headers(5, &[0xbe]),
        headers(7, &[0xbf]),
    ];
    let absent = none(Nameless::Absent);
    assert_eq!(
        of(&frames),
        [
            absent,
            named[0].clone(),
            named[1].clone(),
            none(Nameless::Malformed)
        ]
    );
    // An entry of 65535 bytes and more has no place in the smaller table, and one in the larger.
    let large = |length: u32| {
        let mut block = vec![0x40, 0, 0x7f];
        let rest = length - 127;
        block.extend([
            0x80 | rest as u8,
            0x80 | (rest >> 7) as u8,
            (rest >> 14) as u8,
        ]);
        block.extend(vec![b'y'; length as usize]);
        block
    };
    for (length, table) in [
        (65_503, (65_535, 1)),
        (65_504, (65_536, 1)),
        (65_505, (0, 0)),
    ] {
        assert_eq!(
            behind(&[[limit(65_536), large(length)].concat()]).0.table(),
            table
        );
        assert_eq!(behind(&[large(length)]).0.table(), (0, 0));
    }
}

#[test]
fn newest_names_are_kept() {
    // 5 of 200 bytes fit into 1024.
    let names: Vec<String> = (0..6)
        .map(|at| format!("{at}.{}", "a".repeat(198)))
        .collect();
    let blocks = names.iter().map(|name| literal(true, ":authority", name));
    let indexed = (0..6).map(|newer| vec![0xbe + newer]);
    let blocks = (1..).step_by(2).zip(blocks.chain(indexed));
    let frames: Vec<_> = blocks
        .map(|(stream, block)| headers(stream, &block))
        .collect();
    let mut expected: Vec<What> = names.iter().map(|name| is(name)).collect();
    expected.extend(names[1..].iter().rev().map(|name| is(name)));
    expected.push(none(Nameless::TooLate));
    assert_eq!(of(&frames), expected);
    // All 1024 bytes are used, and no more.
    for (length, oldest) in [(12, is(&"a".repeat(253))), (13, none(Nameless::TooLate))] {
        let name =
            |byte: char, length| literal(true, ":authority", &byte.to_string().repeat(length));
        let names = ['a', 'b', 'c', 'd'].map(|byte| name(byte, 253)).concat();
        let block = [names, name('e', length)].concat();
        let said = of(&[headers(1, &block), headers(3, &hex("c2"))]);
        assert_eq!(said[1], oldest, "{length}");
    }
    // It is the same with `host`, but for `:authority` beside it.
    let blocks = names.iter().map(|name| literal(true, "host", name));
    let both = [hex("c3"), literal(false, ":authority", "b.example")].concat();
    let blocks = blocks.chain([hex("c2"), hex("c3"), both]);
    let blocks = (1..).step_by(2).zip(blocks);
    let frames: Vec<_> = blocks
        .map(|(stream, block)| headers(stream, &block))
        .collect();
    let late = [is(&names[1]), none(Nameless::TooLate), is("b.example")];
    assert_eq!(of(&frames)[6..], late);
}

#[test]
fn odd_values_stay_odd_in_the_table() {
    let odd = literal(true, ":authority", "[::1]");
    let empty = literal(true, "host", "");
    let mixed = literal(true, ":authority", "A.Example.:80");
    assert_eq!(
        of(&[
            headers(1, &odd),
            headers(3, &empty),
            headers(5, &mixed),
            headers(7, &hex("be")),
            headers(9, &hex("bf")),
            headers(11, &hex("c0")),
        ]),
        [
            none(Nameless::Malformed),
            none(Nameless::Absent),
            is("a.example"),
            is("a.example"),
            none(Nameless::Absent),
            none(Nameless::Malformed),
        ]
    );
}
