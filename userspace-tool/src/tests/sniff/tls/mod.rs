// SPDX-License-Identifier: GPL-2.0

//! The server's name in a ClientHello.

mod clients;
mod hello;
mod properties;
mod records;

use crate::check::sniff::answers;
use crate::check::sniff::tls::message;
use crate::check::sniff::tls::records;
use crate::check::sniff::What;
use crate::sniff::Nameless;
use crate::sniff::Tls;

/// The ClientHello of RFC 8448, section 3: for `server`.
const RFC_8448: &str = "\
    010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302\
    010000910000000b0009000006736572766572ff01000100000a00140012001d001700180019010001010102010301\
    0400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c\
    002b0003020304000d0020001e04030503060302030804080508060401050106010201040205020602020200\
    2d00020101001c00024001";

/// The two ClientHellos of RFC 8448, section 5, which a HelloRetryRequest is between; the second one without its padding.
const RETRIED: [&str; 2] = [
    "010000b00303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f000006130113031302\
     010000810000000b0009000006736572766572ff01000100000a00080006001d00170018003300260024001d0020\
     e8e8e3f3b93a25ed97a14a7dcacb8a272c6288e585c6484d05262fcad062ad1f002b0003020304000d0020001e\
     040305030603020308040805080604010501060102010402050206020202002d00020101001c00024001",
    "010001fc0303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f000006130113031302\
     010001cd0000000b0009000006736572766572ff01000100000a00080006001d001700180033004700450017004104\
     a6da7392ec591e17abfd535964b99894d13befb221b3def2ebe3830eac8f0151812677c4d6d2237e85cf01d6910cfb\
     83954e76ba7352830534159897e8065780002b0003020304000d0020001e0403050306030203080408050806040105\
     01060102010402050206020202002c0074007271dcd04bb88bc3189119398a00000000eefafc76c146b823b096f8aa\
     cad365dd0030953f4edf625636e5f21bb2e23fcc654b1b5b40318d10d137abcbb87574e36e8a1f025f7dfa5d6e5078\
     1b5eda4aa15b0c8be778257d16aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0002d00020101001c\
     00024001",
];

const ABSENT: What = What::Nameless(Nameless::Absent);
const FOREIGN: What = What::Nameless(Nameless::Foreign);
const MALFORMED: What = What::Nameless(Nameless::Malformed);
const TOO_LATE: What = What::Nameless(Nameless::TooLate);

fn named(name: &str) -> What {
    What::Named(name.to_owned())
}

fn hex(digits: &str) -> Vec<u8> {
    let digits = digits.as_bytes().chunks(2);
    let pairs = digits.map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// Bytes with their length before them, in `width` bytes.
fn vector(width: usize, bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u32).to_be_bytes();
    [&length[4 - width..], bytes].concat()
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &vector(2, data)].concat()
}

/// `server_name` with these names, each with its type.
fn server_name(names: &[(u8, &[u8])]) -> Vec<u8> {
    let entries = names.iter().map(|(kind, name)| {
        let name = vector(2, name);
        [&[*kind], &name[..]].concat()
    });
    extension(0, &vector(2, &entries.collect::<Vec<_>>().concat()))
}

/// What stands before the extensions of a ClientHello.
fn front() -> Vec<u8> {
    let fixed = [&[3, 3][..], &[0xa5; 32]].concat();
    let suites = vector(2, &[0x13, 1, 0x13, 2]);
    [fixed, vector(1, &[7; 32]), suites, vector(1, &[0])].concat()
}

/// A ClientHello with these extensions.
fn hello(extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = vector(2, &extensions.concat());
    message(&[front(), extensions].concat())
}

/// What is said of a message in as few records as it fits in.
fn said_of(message: &[u8]) -> Vec<What> {
    answers(Tls::new, &records(message))
}

/// Many bytes of extensions of other kinds, as a client with post-quantum keys has them: `supported_groups`, `key_share` and
/// `encrypted_client_hello`, GREASE (RFC 8701) around them.
fn large() -> Vec<u8> {
    let share = |group: u16, bytes: usize| {
        let key = vector(2, &vec![group as u8; bytes]);
        [&group.to_be_bytes()[..], &key].concat()
    };
    let shares = [
        share(0xdada, 1),
        share(0x11ec, 1216),
        share(0x0202, 15_000),
        share(29, 32),
    ];
    [
        extension(0x2a2a, &[]),
        extension(10, &vector(2, &[0xda, 0xda, 0x11, 0xec, 2, 2, 0, 29])),
        extension(51, &vector(2, &shares.concat())),
        extension(0xfe0d, &[0xec; 281]),
        extension(0xfafa, &[0]),
    ]
    .concat()
}
