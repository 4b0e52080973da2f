// SPDX-License-Identifier: GPL-2.0

//! The examples of RFC 7541.

use super::*;
use crate::check::sniff::events;
use crate::sniff::Step;

const EXAMPLE: &str = "www.example.com";

/// The table of a parser that has read these blocks.
fn table_behind(blocks: &[Vec<u8>]) -> (u32, u8) {
    let (mut parser, mut name) = (Http2::new(), Name::new());
    assert_eq!(parser.read(&mut &PREFACE[..], &mut name), Step::More);
    for block in blocks {
        events(&mut parser, &[&headers(1, block)], false);
    }
    parser.table()
}

#[test]
fn examples_of_integers() {
    // RFC 7541, appendix C.1: 10 and 1337 behind 3 bits are limits of the table, 42 behind one the length of a string.
    let entry = |size: usize| {
        let value = "y".repeat(size - 33);
        let encoded = [0x40, 1, b'x', 0x7f];
        let length = value.len() - 127;
        let length = [0x80 | (length & 0x7f) as u8, (length >> 7) as u8];
        [&encoded[..], &length, value.as_bytes()].concat()
    };
    for (size, table) in [(1336, (1336, 1)), (1337, (1337, 1)), (1338, (0, 0))] {
        let block = [hex("3f9a0a"), entry(size)].concat();
        assert_eq!(table_behind(&[block]), table, "{size}");
    }
    let smallest = literal(true, "", "");
    assert_eq!(table_behind(&[smallest.clone()]), (32, 1));
    assert_eq!(table_behind(&[[hex("2a"), smallest].concat()]), (0, 0));

    let value = b"y".repeat(42);
    let authority = literal(false, ":authority", EXAMPLE);
    let block = [&hex("0001 782a")[..], &value, &authority].concat();
    assert_eq!(of(&[headers(1, &block)]), [is(EXAMPLE)]);
}

#[test]
fn examples_of_fields() {
    // RFC 7541, appendix C.2: with indexing, without, never indexed, and an index; the size and the entries of the table.
    for (field, table) in [
        (
            "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
            (55, 1),
        ),
        ("040c 2f73 616d 706c 652f 7061 7468", (0, 0)),
        ("1008 7061 7373 776f 7264 0673 6563 7265 74", (0, 0)),
        ("82", (0, 0)),
    ] {
        let field = hex(field);
        assert_eq!(of(&[headers(1, &field)]), [none(Nameless::Absent)]);
        assert_eq!(table_behind(&[field.clone()]), table);
        let authority = literal(false, ":authority", EXAMPLE);
        let block = [field, authority].concat();
        assert_eq!(of(&[headers(1, &block)]), [is(EXAMPLE)]);
    }
}

#[test]
fn examples_of_requests() {
    // RFC 7541, appendix C.3 and C.4: each block, and the size and the entries of the table behind it.
    let plain = [
        ("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", (57, 1)),
        ("8286 84be 5808 6e6f 2d63 6163 6865", (110, 2)),
        (
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
            (164, 3),
        ),
    ];
    let coded = [
        ("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", (57, 1)),
        ("8286 84be 5886 a8eb 1064 9cbf", (110, 2)),
        (
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
            (164, 3),
        ),
    ];
    for blocks in [plain, coded] {
        let mut parser = Http2::new();
        let mut name = Name::new();
        assert_eq!(parser.read(&mut &PREFACE[..], &mut name), Step::More);
        let mut all = Vec::new();
        for (stream, (block, table)) in (1..).step_by(2).zip(blocks) {
            let frame = headers(stream, &hex(block));
            let events = events(&mut parser, &[&frame], false);
            assert_eq!(events.len(), 1);
            assert_eq!(events[0].what, is(EXAMPLE));
            assert_eq!(parser.table(), table, "{block}");
            all.push(frame);
        }
        assert_eq!(of(&all), vec![is(EXAMPLE); 3]);
    }
}

#[test]
fn examples_of_responses() {
    // RFC 7541, appendix C.5 and C.6, whose table has a limit of 256 bytes: blocks that name no host, and evict.
    let plain = [
        (
            "3fe101 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e \
             1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            (222, 4),
        ),
        ("4803 3330 37c1 c0bf", (222, 4)),
        (
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 \
             444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
            (215, 3),
        ),
    ];
    let coded = [
        (
            "3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b \
             97c8 e9ae 82ae 43d3",
            (222, 4),
        ),
        ("4883 640e ffc1 c0bf", (222, 4)),
        (
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b \
             3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
            (215, 3),
        ),
    ];
    for blocks in [plain, coded] {
        let mut parser = Http2::new();
        let mut name = Name::new();
        parser.read(&mut &PREFACE[..], &mut name);
        let mut all = Vec::new();
        for (stream, (block, table)) in (1..).step_by(2).zip(blocks) {
            let frame = headers(stream, &hex(block));
            events(&mut parser, &[&frame], false);
            assert_eq!(parser.table(), table, "{block}");
            all.push(frame);
        }
        assert_eq!(of(&all), vec![none(Nameless::Absent); 3]);
    }
}
