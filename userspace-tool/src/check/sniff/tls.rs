// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a TLS connection, against `tls-parser`.

use tls_parser::parse_tls_client_hello_extensions;
use tls_parser::parse_tls_handshake_client_hello;
use tls_parser::parse_tls_raw_record;
use tls_parser::Err;
use tls_parser::TlsExtension;

use crate::limits::HELLO_BYTES;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Tls;

use super::events;
use super::What;

/// `ContentType` of a record: RFC 8446, section 5.1.
pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
/// See [`CHANGE_CIPHER_SPEC`].
pub(crate) const HANDSHAKE: u8 = 22;

/// The longest record, in bytes.
const RECORD_BYTES: usize = 1 << 14;

/// Numbers that look like chance, and are the same for the same seed.
pub(crate) struct Chance(u32);

impl Chance {
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// A number below `bound`, or 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % bound.max(1)
    }

    /// A length from 1 to `bound`: often a short one.
    fn length(&mut self, bound: usize) -> usize {
        let bound = match self.below(3) {
            0 => bound.min(4),
            1 => bound.min(64),
            _ => bound,
        };
        1 + self.below(bound)
    }
}

/// A handshake message: its type, its length, and what is in it.
pub(crate) fn message(body: &[u8]) -> Vec<u8> {
    let mut message = vec![1];
    message.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    message.extend_from_slice(body);
    message
}

/// A record of this type.
pub(crate) fn record(kind: u8, fragment: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, 3, 1];
    record.extend_from_slice(&(fragment.len() as u16).to_be_bytes());
    record.extend_from_slice(fragment);
    record
}

/// The message in as few records as it fits in.
pub(crate) fn records(message: &[u8]) -> Vec<u8> {
    let fragments = message.chunks(RECORD_BYTES);
    fragments.flat_map(|it| record(HANDSHAKE, it)).collect()
}

/// The message in records that are cut anywhere, some `change_cipher_spec` between them.
pub(crate) fn cut_records(mut message: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut changes = 0;
    while !message.is_empty() {
        let (fragment, rest) = message.split_at(chance.length(message.len().min(RECORD_BYTES)));
        bytes.extend(record(HANDSHAKE, fragment));
        message = rest;
        if changes < 8 && chance.below(8) == 0 {
            changes += 1;
            bytes.extend(record(CHANGE_CIPHER_SPEC, &[1]));
        }
    }
    bytes
}

/// What is said of `bytes`, however they are cut.
fn answers(bytes: &[u8], chance: &mut Chance) -> Vec<What> {
    let whole = events(&mut Tls::new(), &[bytes], false);
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(chance.length(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    let singly: Vec<&[u8]> = bytes.chunks(1).collect();
    for pieces in [&[bytes], &singly[..], &pieces[..]] {
        for pass in [false, true] {
            assert_eq!(whole, events(&mut Tls::new(), pieces, pass), "pass: {pass}");
        }
    }
    for event in &whole {
        assert!(event.at <= bytes.len() as u64);
    }
    whole.into_iter().map(|event| event.what).collect()
}

/// Any bytes: the first two say how they are cut and whether they are a connection or the body of a ClientHello. The answers are
/// the same however they are cut, and the name is the one that `tls-parser` reads, where it reads the message.
pub fn tls(bytes: &[u8]) {
    let [kind, seed, bytes @ ..] = bytes else {
        return;
    };
    let mut chance = Chance::new(u32::from_be_bytes([0, 0, *kind, *seed]));
    if kind % 2 == 0 {
        let answers = answers(bytes, &mut chance);
        assert!(answers.len() <= 2, "{answers:?}");
        if let Some(message) = handshake(bytes) {
            check_answer(&message, answers.first());
        }
    } else {
        let message = message(bytes);
        let mut whole = answers(&records(&message), &mut chance);
        let cut = answers(&cut_records(&message, &mut chance), &mut chance);
        assert_eq!(whole.first(), cut.first());
        check_answer(&message, whole.first());
        // What comes behind changes nothing but the end.
        let mut followed = records(&message);
        followed.extend(record(23, b"encrypted"));
        whole.truncate(1);
        whole.push(What::End);
        assert_eq!(answers(&followed, &mut chance), whole);
    }
}

/// The message at the start of a connection, if all of it is there in handshake records and nothing else.
fn handshake(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let (rest, record) = parse_tls_raw_record(bytes).ok()?;
        let sound = record.hdr.record_type.0 == HANDSHAKE
            && (0x300..=0x304).contains(&record.hdr.version.0)
            && (1..=RECORD_BYTES).contains(&record.data.len());
        if !sound {
            return None;
        }
        bytes = rest;
        message.extend_from_slice(record.data);
        if let [_, a, b, c, body @ ..] = &message[..] {
            let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
            if body.len() >= length {
                message.truncate(4 + length);
                return Some(message);
            }
        }
    }
}

/// Panics unless the answer is that of `tls-parser`, where it has one.
fn check_answer(message: &[u8], answer: Option<&What>) {
    let body = &message[4..];
    let expected = if message[0] != 1 {
        Some(What::Nameless(Nameless::Foreign))
    } else if body.len() > HELLO_BYTES as usize {
        Some(What::Nameless(Nameless::TooLate))
    } else {
        match parse_tls_handshake_client_hello(body) {
            Ok((rest, hello)) => match hello.ext {
                Some(extensions) => server_name(extensions, answer),
                None if rest.is_empty() => Some(What::Nameless(Nameless::Absent)),
                None => Some(What::Nameless(Nameless::Foreign)),
            },
            Err(Err::Incomplete(_)) => Some(What::Nameless(Nameless::Foreign)),
            // It looks at more than we do.
            Err(_) => None,
        }
    };
    match &expected {
        Some(_) => assert_eq!(answer, expected.as_ref()),
        None => assert!(answer.is_some()),
    }
}

/// What the extensions say; none if `tls-parser` does not read as far as we do.
fn server_name(extensions: &[u8], answer: Option<&What>) -> Option<What> {
    let (rest, list) = parse_tls_client_hello_extensions(extensions).ok()?;
    let names = list.iter().find_map(|extension| match extension {
        TlsExtension::SNI(names) => Some(names),
        _ => None,
    });
    match names {
        Some(names) => match names.iter().find(|(kind, _)| kind.0 == 0) {
            Some((_, bytes)) => {
                let mut name = Name::new();
                name.extend(bytes);
                Some(match name.get() {
                    Ok(name) => What::Named(name.to_owned()),
                    Err(why) => What::Nameless(why),
                })
            }
            // It does not say whether the list ends inside a name.
            None => match answer {
                Some(What::Nameless(Nameless::Foreign)) => None,
                _ => Some(What::Nameless(Nameless::Absent)),
            },
        },
        None if rest.is_empty() => Some(What::Nameless(Nameless::Absent)),
        None => None,
    }
}
