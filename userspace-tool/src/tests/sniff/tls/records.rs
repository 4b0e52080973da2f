// SPDX-License-Identifier: GPL-2.0

//! The records.

use crate::check::sniff::tls::record;
use crate::check::sniff::tls::CHANGE_CIPHER_SPEC;
use crate::check::sniff::tls::HANDSHAKE;
use crate::limits::CHANGE_RECORDS;
use crate::sniff::Name;
use crate::sniff::Parser;
use crate::sniff::Step;

use super::*;

fn message() -> Vec<u8> {
    let host = server_name(&[(0, b"flowers.example")]);
    hello(&[extension(43, &[2, 3, 4]), host, extension(23, &[])])
}

fn change() -> Vec<u8> {
    record(CHANGE_CIPHER_SPEC, &[1])
}

/// What is said of these records and a byte behind them.
fn answers_of(records: &[Vec<u8>]) -> Vec<What> {
    answers(Tls::new, &[&records.concat()[..], &[0]].concat())
}

fn found() -> Vec<What> {
    vec![named("flowers.example"), What::End]
}

#[test]
fn message_is_read_from_records_cut_anywhere() {
    let message = message();
    let handshake = |bytes: &[u8]| record(HANDSHAKE, bytes);
    for one in 1..message.len() {
        let (first, rest) = message.split_at(one);
        assert_eq!(answers_of(&[handshake(first), handshake(rest)]), found());
        let changed = [handshake(first), change(), handshake(rest)];
        assert_eq!(answers_of(&changed), found());
    }
    for length in 1..message.len() {
        let records: Vec<_> = message.chunks(length).map(handshake).collect();
        assert_eq!(answers_of(&records), found());
    }
}

#[test]
fn versions_of_records() {
    for (major, minor, sound) in [
        (3, 0, true),
        (3, 1, true),
        (3, 2, true),
        (3, 3, true),
        (3, 4, true),
        (3, 5, false),
        (3, 255, false),
        (2, 0, false),
        (4, 0, false),
        (0xfe, 0xfd, false),
    ] {
        let expected = if sound {
            found()
        } else {
            vec![FOREIGN, What::End]
        };
        let message = message();
        let (first, rest) = message.split_at(50);
        for place in [0, 1] {
            let mut records = [record(HANDSHAKE, first), record(HANDSHAKE, rest)];
            records[place][1..3].copy_from_slice(&[major, minor]);
            assert_eq!(answers_of(&records), expected, "{major} {minor}");
        }
    }
}

#[test]
fn lengths_of_records() {
    let host = server_name(&[(0, b"flowers.example")]);
    let message = hello(&[extension(21, &[0; 40_000]), host]);
    let cut = |bytes| {
        let records: Vec<_> = message
            .chunks(bytes)
            .map(|it| record(HANDSHAKE, it))
            .collect();
        answers_of(&records)
    };
    assert_eq!(cut(1 << 14), found());
    assert_eq!(cut((1 << 14) + 1), [FOREIGN, What::End]);

    let foreign = [FOREIGN, What::End];
    assert_eq!(answers_of(&[record(HANDSHAKE, &[])]), foreign);
    let (first, rest) = message.split_at(100);
    let empty = [
        record(HANDSHAKE, first),
        record(HANDSHAKE, &[]),
        record(HANDSHAKE, rest),
    ];
    assert_eq!(answers_of(&empty), foreign);
}

#[test]
fn other_protocols_are_foreign_at_their_first_byte() {
    for bytes in [
        &b"GET / HTTP/1.1\r\nHost: flowers.example\r\n\r\n"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        // SSL 2.0, as TLS 1.0 allowed it (RFC 2246, appendix E).
        b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x14\x03\x03\x00\x01\x01",
        b"\x17\x03\x03\x00\x01\x01",
        b"\x18\x03\x03\x00\x01\x01",
        b"\0\0",
    ] {
        assert_eq!(answers(Tls::new, bytes), [FOREIGN, What::End]);
        assert_eq!(answers(Tls::new, &bytes[..1]), [FOREIGN]);
    }
}

#[test]
fn change_of_ciphers_is_one_byte_between_records() {
    let message = message();
    let (first, rest) = message.split_at(60);
    let with = |between: Vec<u8>| {
        answers_of(&[record(HANDSHAKE, first), between, record(HANDSHAKE, rest)])
    };
    let most = usize::from(CHANGE_RECORDS);
    assert_eq!(with(change().repeat(most)), found());
    assert_eq!(with(change().repeat(most + 1)), [TOO_LATE, What::End]);
    for odd in [&[][..], &[0], &[2], &[1, 1], &[0; 5000]] {
        let odd = record(CHANGE_CIPHER_SPEC, odd);
        assert_eq!(with(odd), [FOREIGN, What::End]);
    }
}

#[test]
fn everything_is_lost_with_another_record_inside_the_message() {
    let message = message();
    for kind in (0..=255).filter(|kind| ![CHANGE_CIPHER_SPEC, HANDSHAKE].contains(kind)) {
        let bytes = [record(HANDSHAKE, &message[..60]), record(kind, &[2, 40])];
        assert_eq!(answers_of(&bytes), [What::Lost], "{kind}");
    }
}

#[test]
fn nothing_is_looked_at_behind_the_end() {
    let mut parser = Tls::new();
    let mut name = Name::new();
    let bytes = records(&message());
    let mut rest = &bytes[..];
    assert_eq!(parser.read(&mut rest, &mut name), Step::Named);
    assert!(!rest.is_empty());
    assert_eq!(parser.ahead(), 0);
    assert_eq!(parser.read(&mut &[][..], &mut name), Step::More);
    assert_eq!(parser.read(&mut rest, &mut name), Step::End);
    assert_eq!(parser.ahead(), u64::MAX);
    parser.pass(u64::MAX);
    for _ in 0..3 {
        assert_eq!(parser.read(&mut rest, &mut name), Step::More);
        rest = &bytes[..];
    }
    assert_eq!(name.get(), Ok("flowers.example"));
}

#[test]
fn only_what_is_no_length_and_no_name_is_counted() {
    let mut parser = Tls::new();
    let mut name = Name::new();
    let host = server_name(&[(0, b"flowers.example")]);
    let message = hello(&[extension(21, &[0; 40_000]), host]);
    let bytes = records(&message);
    let mut rest = &bytes[..];
    let mut read = 0;
    while name.is_empty() {
        let ahead = parser.ahead();
        assert!(ahead <= 1 << 14);
        if ahead == 0 {
            let (mut one, behind) = rest.split_at(1);
            assert_eq!(parser.read(&mut one, &mut name), Step::More);
            rest = behind;
            read += 1;
        } else {
            // More are taken for as many.
            parser.pass(ahead + 7);
            rest = &rest[ahead as usize..];
        }
    }
    // Three headers, 23 bytes of numbers, the last bytes of five counted fields, and one of the name.
    assert_eq!(read, 3 * 5 + 23 + 5 + 1);
}
