// SPDX-License-Identifier: GPL-2.0

//! The preface and the frames (RFC 9113).

use super::*;

#[test]
fn preface_is_compared() {
    for at in 0..PREFACE.len() {
        let mut bytes = PREFACE.to_vec();
        bytes[at] ^= 0x20;
        let expected = [(at + 1, none(Nameless::Foreign)), (at + 2, What::End)];
        let expected = expected.map(|(at, what)| Event {
            at: at as u64,
            what,
        });
        bytes.extend(b"\0\0\0");
        assert_eq!(said(Http2::new, &bytes), expected, "{at}");
        let behind = at
            .checked_sub(18)
            .map(|_| said(Http2::behind_line, &bytes[18..]));
        let what = behind.map(|events| events.into_iter().map(|event| event.what));
        let same = [none(Nameless::Foreign), What::End].into_iter();
        assert!(what.is_none_or(|what| what.eq(same)), "{at}");
    }
    assert_eq!(answers(Http2::new, PREFACE), []);
}

#[test]
fn name_is_known_when_its_value_is() {
    let block = [
        hex("828684"),
        literal(true, ":authority", "a.example"),
        hex("0f0d 0131"),
    ]
    .concat();
    let bytes = [PREFACE, &headers(1, &block)].concat();
    let events = said(Http2::new, &bytes);
    let at = (PREFACE.len() + 9 + 3 + 12 + 10) as u64;
    assert_eq!(
        events,
        [Event {
            at,
            what: is("a.example")
        }]
    );
}

#[test]
fn frames_around_requests() {
    let block = literal(false, ":authority", "a.example");
    let mut padded = vec![3];
    padded.extend(&block);
    padded.extend([0; 3]);
    let prioritized = [&[0x80, 0, 0, 0, 15][..], &block].concat();
    let both = [&[2, 0, 0, 0, 0, 15][..], &block, &[1, 1]].concat();
    let others = |stream| {
        [
            frame(0, PADDED, stream, &[5, 1, 2, 3, 4, 5, 6, 7]),
            frame(2, 0, stream, &[0; 5]),
            frame(3, 0, stream, &[0; 4]),
            frame(4, 0, 0, &[0, 1, 0, 1, 0, 0]),
            frame(4, 1, 0, &[]),
            frame(5, END_HEADERS, stream, &block),
            frame(6, 0, 0, &[0; 8]),
            frame(7, 0, 0, &[0; 20]),
            frame(8, 0, 0, &[0; 4]),
            frame(0x0a, 0xff, stream, &block),
            frame(0xff, 0xff, 0, &[]),
        ]
        .concat()
    };
    assert_eq!(
        of(&[
            others(0),
            frame(1, END_HEADERS | PADDED, 1, &padded),
            others(1),
            frame(1, END_HEADERS | PRIORITY, 0x8000_0003, &prioritized),
            frame(1, 0xff, 5, &both),
            others(5),
        ]),
        vec![is("a.example"); 3]
    );
}

#[test]
fn blocks_in_pieces() {
    let block = [
        hex("8286"),
        literal(true, ":authority", "a.example"),
        hex("84"),
    ]
    .concat();
    let next = hex("be");
    for cut in 0..=block.len() {
        let (one, two) = block.split_at(cut);
        let mut padded = vec![7];
        padded.extend(one);
        padded.extend([0; 7]);
        let said = of(&[
            frame(1, PADDED, 1, &padded),
            frame(9, 0, 1, &[]),
            frame(9, 0, 1, two),
            frame(9, END_HEADERS, 1, &[]),
            headers(3, &next),
        ]);
        assert_eq!(said, vec![is("a.example"); 2], "{cut}");
    }
}

#[test]
fn trailers_give_no_answer_and_count_for_the_table() {
    assert_eq!(
        of(&[
            headers(1, &literal(true, ":authority", "a.example")),
            frame(0, 0, 1, b"body"),
            headers(1, &literal(true, "host", "b.example")),
            headers(3, &hex("be")),
            headers(5, &hex("bf")),
            headers(3, &hex("81")),
        ]),
        [is("a.example"), is("b.example"), is("a.example")]
    );
}

#[test]
fn everything_is_lost_behind_broken_frames() {
    let block = literal(false, ":authority", "a.example");
    let late = [hex("8286"), block.clone()].concat();
    let half = frame(1, 0, 1, &late[..4]);
    for (name, frames) in [
        ("HEADERS of no stream", vec![headers(0, &block)]),
        ("HEADERS of a server's stream", vec![headers(2, &block)]),
        (
            "a piece of no block",
            vec![frame(9, END_HEADERS, 1, &block)],
        ),
        (
            "a piece of another block",
            vec![half.clone(), frame(9, END_HEADERS, 3, &late[4..])],
        ),
        ("HEADERS in a block", vec![half.clone(), headers(1, &block)]),
        ("DATA in a block", vec![half.clone(), frame(0, 0, 1, &[])]),
        (
            "SETTINGS in a block",
            vec![half.clone(), frame(4, 0, 0, &[])],
        ),
        (
            "an unknown frame in a block",
            vec![half, frame(0xfe, 0, 0, &[])],
        ),
        (
            "no length of the padding",
            vec![frame(1, END_HEADERS | PADDED, 1, &[])],
        ),
        (
            "half a priority",
            vec![frame(1, END_HEADERS | PRIORITY, 1, &[0; 4])],
        ),
        (
            "half of both",
            vec![frame(1, END_HEADERS | PRIORITY | PADDED, 1, &[0; 5])],
        ),
        (
            "too much padding",
            vec![frame(1, END_HEADERS | PADDED, 1, &[4, 0x82, 0, 0])],
        ),
        (
            "too much padding behind a priority",
            vec![frame(
                1,
                END_HEADERS | PADDED | PRIORITY,
                1,
                &[1, 0, 0, 0, 0, 0],
            )],
        ),
    ] {
        let rest = headers(5, &block);
        assert_eq!(of(&[frames.concat(), rest]), [What::Lost], "{name}");
    }
    // Nothing but padding is right.
    let empty = frame(1, END_HEADERS | PADDED, 1, &[3, 0, 0, 0]);
    assert_eq!(of(&[empty]), [none(Nameless::Absent)]);
}
