// SPDX-License-Identifier: GPL-2.0

//! Bytes in pieces, for inputs that are too many for [`super::said`].

use crate::sniff::Parser;

use super::events;
use super::Event;

/// What a parser says of `bytes`; panics unless it says the same when they come one by one, or in pieces that `seed` makes up,
/// and when what it would only count is passed over.
pub(crate) fn said_in_pieces<P: Parser>(
    make: impl Fn() -> P,
    seed: u8,
    bytes: &[u8],
) -> Vec<Event> {
    let whole = events(&mut make(), &[bytes], false);
    let singly: Vec<&[u8]> = bytes.chunks(1).collect();
    for pieces in [&[bytes], &singly[..], &pieces(seed, bytes)[..]] {
        for pass in [false, true] {
            let said = events(&mut make(), pieces, pass);
            assert_eq!(whole, said, "in {} pieces, pass: {pass}", pieces.len());
        }
    }
    whole
}

/// The same for the input of a fuzz target, whose first byte is the seed; gives the rest too.
pub(crate) fn cut<P: Parser>(make: impl Fn() -> P, input: &[u8]) -> Option<(&[u8], Vec<Event>)> {
    let (seed, bytes) = input.split_first()?;
    Some((bytes, said_in_pieces(make, *seed, bytes)))
}

/// Pieces of all lengths, many of them short.
fn pieces(seed: u8, mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut chance = u32::from(seed);
    while !bytes.is_empty() {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let most = 1 << ((chance >> 8) & 7);
        let length = 1 + (chance >> 16) as usize % most;
        let (piece, rest) = bytes.split_at(length.min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}
