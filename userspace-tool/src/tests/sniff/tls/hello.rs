// SPDX-License-Identifier: GPL-2.0

//! The message.

use crate::check::sniff::said;
use crate::check::sniff::tls::record;
use crate::check::sniff::tls::HANDSHAKE;
use crate::check::sniff::Event;
use crate::sniff::Name;
use crate::sniff::Parser;
use crate::sniff::Step;

use super::*;

const HOST: (u8, &[u8]) = (0, b"flowers.example");

/// Puts `byte` at this place of a message that is otherwise sound.
fn with(place: usize, byte: u8) -> Vec<u8> {
    let mut message = hello(&[server_name(&[HOST])]);
    message[place] = byte;
    message
}

#[test]
fn example_of_the_standard_has_its_name() {
    let message = hex(RFC_8448);
    assert_eq!(message.len(), 196);
    let bytes = [records(&message), record(23, b"encrypted")].concat();
    // At the last byte of the name, and at the first byte behind it.
    let at = 5 + message.windows(6).position(|it| it == b"server").unwrap() as u64 + 6;
    let events = [
        Event {
            at,
            what: named("server"),
        },
        Event {
            at: at + 1,
            what: What::End,
        },
    ];
    assert_eq!(said(Tls::new, &bytes), events);
}

#[test]
fn example_of_a_retry_has_the_name_of_its_first_message() {
    // `padding` of 175 bytes.
    let padding = extension(21, &[0; 175]);
    let [first, second] = RETRIED.map(hex);
    let second = [second, padding].concat();
    assert_eq!((first.len(), second.len()), (180, 512));
    let found = [named("server"), What::End];
    for bytes in [
        records(&first),
        records(&second),
        [records(&first), records(&second)].concat(),
    ] {
        assert_eq!(answers(Tls::new, &bytes), found);
    }
    // The second one is not looked at.
    let other = second.windows(6).position(|it| it == b"server").unwrap();
    let mut renamed = second.clone();
    renamed[other..other + 6].copy_from_slice(b"others");
    let bytes = [records(&first), records(&renamed)].concat();
    assert_eq!(answers(Tls::new, &bytes), found);
    assert_eq!(said_of(&renamed), [named("others"), What::End]);
}

#[test]
fn name_is_found_among_other_extensions() {
    let host = server_name(&[HOST]);
    let named = vec![named("flowers.example"), What::End];
    for extensions in [
        vec![host.clone(), extension(23, &[])],
        vec![host.clone(), extension(0xffff, &[0; 300])],
        vec![host.clone(), large()],
        vec![extension(23, &[]), host.clone(), extension(23, &[])],
        vec![large(), host.clone(), extension(41, &[0; 2000])],
        vec![
            extension(21, &vec![0; 60_000]),
            host.clone(),
            large()[..0].to_vec(),
            extension(23, &[]),
        ],
        // The first one counts.
        vec![host.clone(), server_name(&[(0, b"other.example")])],
        vec![host.clone(), extension(0, &[0xff])],
        // Names of other kinds, and what stands behind the list.
        vec![server_name(&[
            (1, b""),
            (255, &[0; 700]),
            HOST,
            (0, b"b.example"),
        ])],
        vec![
            extension(
                0,
                &[&vector(2, &[&[0, 0, 15], HOST.1].concat()), &[0; 9][..]].concat(),
            ),
            extension(23, &[]),
        ],
    ] {
        assert_eq!(said_of(&hello(&extensions)), named, "{extensions:?}");
    }
    assert_eq!(said_of(&hello(&[server_name(&[HOST])])), named[..1]);
}

#[test]
fn name_is_read_as_names_are() {
    let long = [b"a.".repeat(126), b"a".to_vec()].concat();
    for (name, what) in [
        (&b"FLOWERS.Example."[..], named("flowers.example")),
        (b"192.0.2.10", named("192.0.2.10")),
        (b"2001:db8::1", MALFORMED),
        (b"[2001:db8::1]", MALFORMED),
        (b"b\xc3\xbccher.example", MALFORMED),
        (b"flowers.example\0", MALFORMED),
        (b"*", MALFORMED),
        (b"", ABSENT),
        (&long, named(std::str::from_utf8(&long).unwrap())),
        (&[b'a'; 254], MALFORMED),
        (&[b'a'; 60_000], MALFORMED),
    ] {
        assert_eq!(said_of(&hello(&[server_name(&[(0, name)])])), [what]);
    }
}

#[test]
fn hello_without_a_name_is_known_at_its_end() {
    for message in [
        message(&front()),
        hello(&[]),
        hello(&[extension(23, &[])]),
        hello(&[extension(43, &[2, 3, 4])]),
        hello(&[large()]),
        hello(&[extension(0, &[])]),
        hello(&[extension(0, &vector(2, &[]))]),
        hello(&[server_name(&[(1, b"flowers.example")])]),
        hello(&[server_name(&[(1, b""), (2, b"")])]),
    ] {
        let bytes = [records(&message), vec![0]].concat();
        let events = said(Tls::new, &bytes);
        assert_eq!(events.len(), 2, "{message:?}");
        assert_eq!(events[0].what, ABSENT, "{message:?}");
        assert_eq!(events[0].at + 1, bytes.len() as u64);
        assert_eq!(events[1].what, What::End);
    }
    // The first list counts.
    let extensions = [extension(0, &[0, 0]), server_name(&[HOST])];
    assert_eq!(said_of(&hello(&extensions)), [ABSENT, What::End]);
}

#[test]
fn length_that_does_not_fit_is_known() {
    let message = hello(&[server_name(&[HOST])]);
    let body = &message[4..];
    let extensions = front().len() + 4;
    assert_eq!(message[extensions..][..2], [0, 24]);
    for (what, message) in [
        ("no body", super::message(&[])),
        ("random", super::message(&body[..33])),
        ("no session", super::message(&body[..34])),
        ("session", super::message(&body[..66])),
        ("no suites", super::message(&body[..67])),
        ("suites", super::message(&body[..72])),
        ("no methods", super::message(&body[..73])),
        ("methods", super::message(&body[..74])),
        ("extensions", super::message(&body[..76])),
        ("length of the session", with(38, 255)),
        ("length of the suites", with(71, 1)),
        ("length of the methods", with(77, 255)),
        ("longer extensions", with(extensions + 1, 25)),
        ("much longer extensions", with(extensions, 255)),
        ("shorter extensions", with(extensions + 1, 23)),
        ("cut extension", with(extensions + 1, 3)),
        ("longer extension", with(extensions + 5, 21)),
        ("shorter extension", with(extensions + 5, 19)),
        ("cut list", with(extensions + 5, 1)),
        ("longer list", with(extensions + 7, 19)),
        ("shorter list", with(extensions + 7, 17)),
        ("cut name", with(extensions + 7, 2)),
        ("longer name", with(extensions + 10, 16)),
        ("much longer name", with(extensions + 9, 1)),
        ("longer name of another kind", {
            let mut message = with(extensions + 8, 1);
            message[extensions + 10] = 16;
            message
        }),
        ("name of another kind, and two bytes", {
            let mut message = with(extensions + 8, 1);
            message[extensions + 10] = 13;
            message
        }),
        (
            "two bytes behind an extension",
            hello(&[extension(23, &[1]), vec![0, 0]]),
        ),
        (
            "one byte behind the methods",
            super::message(&[front(), vec![0]].concat()),
        ),
    ] {
        // The bytes that would be missing do not come to its help.
        let bytes = [records(&message), records(&message)].concat();
        assert_eq!(answers(Tls::new, &bytes), [FOREIGN, What::End], "{what}");
    }
}

#[test]
fn other_messages_are_foreign() {
    for kind in (0..=255).filter(|kind| *kind != 1) {
        assert_eq!(said_of(&with(0, kind)), [FOREIGN, What::End], "{kind}");
    }
}

#[test]
fn longest_message_is_read() {
    // As long as a message can be with a name, and longer than that.
    let fill = |bytes: usize| {
        let suites = vector(2, &[0xa; 65_534]);
        let fixed = [&[3, 3][..], &[0xa5; 32]].concat();
        let front = [fixed, vector(1, &[7; 32]), suites, vector(1, &[0; 1])].concat();
        let rest = bytes - front.len() - 2 - 4 - 24;
        let extensions = [extension(21, &vec![0; rest]), server_name(&[HOST])];
        message(&[front, vector(2, &extensions.concat())].concat())
    };
    let longest = fill(131_071);
    assert_eq!(longest[..4], [1, 1, 255, 255]);
    assert_eq!(said_of(&longest), [named("flowers.example")]);
    let mut longer = longest;
    longer[1..4].copy_from_slice(&[2, 0, 0]);
    assert_eq!(said_of(&longer), [TOO_LATE, What::End]);
    assert_eq!(said_of(&with(1, 255)), [TOO_LATE, What::End]);

    // The answer comes with the length.
    let bytes = record(HANDSHAKE, &[1, 2, 0, 0]);
    assert_eq!(answers(Tls::new, &bytes), [TOO_LATE]);
}

#[test]
fn nothing_is_said_before_it_is_known() {
    let message = hello(&[extension(23, &[]), server_name(&[HOST])]);
    let bytes = records(&message);
    for length in 0..bytes.len() {
        assert_eq!(answers(Tls::new, &bytes[..length]), []);
    }
}

#[test]
fn what_is_behind_a_block_is_not_read_as_a_part_of_it() {
    let cut = [extension(23, &[1]), vec![0x2a, 0x2a]].concat();
    let message = message(&[front(), vector(2, &cut), vec![0, 0]].concat());
    let events = said(Tls::new, &records(&message));
    // Known when the two bytes are the next.
    let at = 5 + message.len() as u64 - 4;
    assert_eq!(events[0], Event { at, what: FOREIGN });

    let cut = [&[1, 0, 0][..], &[1, 0]].concat();
    let list = extension(0, &[vector(2, &cut), vec![0]].concat());
    let message = hello(&[list]);
    let events = said(Tls::new, &records(&message));
    let at = 5 + message.len() as u64 - 3;
    assert_eq!(events[0], Event { at, what: FOREIGN });
}

#[test]
fn name_that_was_there_is_forgotten() {
    let bytes = records(&hello(&[server_name(&[HOST])]));
    let mut name = Name::new();
    name.extend(b"other.example");
    let step = Tls::new().read(&mut &bytes[..], &mut name);
    assert_eq!(step, Step::Named);
    assert_eq!(name.get(), Ok("flowers.example"));
}
