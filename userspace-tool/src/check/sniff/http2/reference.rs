// SPDX-License-Identifier: GPL-2.0

//! What is to be said of a connection, by a whole decoder.
//!
//! The decoder of field blocks is that of the `loona-hpack` crate. It differs from the parser where both may:
//! it takes another limit of the table behind a field, and refuses one behind which its block ends.

use std::cmp::min;

use loona_hpack::decoder::DecoderError;

use crate::check::sniff::What;
use crate::sniff::Name;
use crate::sniff::Nameless;

use super::{
    END_HEADERS,
    PADDED,
    PRIORITY, //
};

/// Bytes of names that the parser keeps for its table.
const KEPT: usize = 1024;

/// Entries of its table.
const ENTRIES: usize = 128;

/// The integer at the front of `bytes`, and how long it is, if both decoders take it.
fn integer(bytes: &[u8], mask: u8) -> Option<(usize, usize)> {
    let mut value = usize::from(bytes.first()? & mask);
    if value < usize::from(mask) {
        return Some((value, 1));
    }
    for at in 1..5 {
        let byte = *bytes.get(at)?;
        value += usize::from(byte & 0x7f) << (7 * (at - 1));
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

/// Where the fields of a block start and end, as far as lengths tell; limits of the table too, with their values.
pub(crate) fn fields(block: &[u8]) -> Vec<(usize, usize, Option<usize>)> {
    let mut fields = Vec::new();
    let mut at = 0;
    while at < block.len() {
        let one = || {
            let rest = &block[at..];
            let mask = match rest[0] {
                0x80.. => 0x7f,
                0x40.. => 0x3f,
                0x20.. => 0x1f,
                _ => 0x0f,
            };
            let (index, mut length) = integer(rest, mask)?;
            let limit = (mask == 0x1f).then_some(index);
            let strings = match (mask, index) {
                (0x7f | 0x1f, _) => 0,
                (_, 0) => 2,
                _ => 1,
            };
            for _ in 0..strings {
                let (string, before) = integer(rest.get(length..)?, 0x7f)?;
                length += before + string;
            }
            (length <= rest.len()).then_some((at, at + length, limit))
        };
        let Some(field) = one() else { break };
        at = field.1;
        fields.push(field);
    }
    fields
}

/// What a value names.
pub(crate) fn named(value: &[u8]) -> What {
    let mut name = Name::new();
    name.extend(value);
    match name.get() {
        Ok(name) => What::Named(name.to_owned()),
        Err(why) => What::Nameless(why),
    }
}

/// What a block without `:authority` names at its end.
fn by_host(hosts: &[Vec<u8>]) -> What {
    match hosts {
        [] => What::Nameless(Nameless::Absent),
        [host] => named(host),
        _ => What::Nameless(Nameless::Malformed),
    }
}

/// How a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Whole,
    Broken,
    /// The limit is beyond what the parser follows.
    Lost,
}

/// A whole decoder of field blocks.
struct Reference {
    decoder: loona_hpack::Decoder<'static>,
    /// Bytes of host names so far.
    names: usize,
    /// Fields so far.
    fields: usize,
    /// The largest limit so far.
    limit: usize,
}

impl Reference {
    fn new() -> Self {
        let mut decoder = loona_hpack::Decoder::new();
        decoder.set_max_allowed_table_size(65_536);
        Self {
            decoder,
            names: 0,
            fields: 0,
            limit: 4096,
        }
    }

    /// Reads a block; the values of `:authority` and of `host` up to its end or to where it is broken.
    fn block(&mut self, block: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>, Ending) {
        let (mut authorities, mut hosts) = (Vec::new(), Vec::new());
        let mut count = 0;
        let parts = fields(block);
        let first = parts.iter().position(|(_, _, limit)| limit.is_none());
        let first = first.unwrap_or(parts.len());
        let late = parts[first..].iter().find(|(_, _, limit)| limit.is_some());
        let shown = late.map_or(block, |(at, _, _)| &block[..*at]);
        let result = self.decoder.decode_with_cb(shown, |name, value| {
            count += 1;
            match &name[..] {
                b":authority" => authorities.push(value.to_vec()),
                b"host" => hosts.push(value.to_vec()),
                _ => {}
            }
        });
        self.fields += count;
        self.names += authorities
            .iter()
            .chain(&hosts)
            .map(Vec::len)
            .sum::<usize>();
        let limits = parts[..first].iter().filter_map(|(_, _, limit)| *limit);
        self.limit = limits.fold(self.limit, usize::max);
        let ending = match result {
            Err(DecoderError::InvalidMaxDynamicSize) => Ending::Lost,
            Err(DecoderError::SizeUpdateAtEnd) if late.is_none() => Ending::Whole,
            Ok(()) if late.is_none() => Ending::Whole,
            _ => Ending::Broken,
        };
        (authorities, hosts, ending)
    }

    /// Whether the parser may have lost names, and entries, that this decoder has.
    fn lost(&self) -> (bool, bool) {
        let entries = self.limit > 4096 && self.fields > ENTRIES;
        (self.names > KEPT, entries)
    }
}

/// What is expected of a connection.
#[derive(Debug)]
pub(super) struct Expected {
    /// The answers, each with whether the parser may be [`Nameless::TooLate`].
    pub(super) answers: Vec<(What, bool)>,
    /// What may be said of a block that does not end in the bytes, if anything.
    pub(super) open: Option<What>,
    /// Whether there is such a block.
    pub(super) unfinished: bool,
    /// Whether the connection is broken.
    pub(super) ended: bool,
    /// After how many answers the parser may have given up.
    pub(super) lost: Option<usize>,
}

/// What is expected behind the preface.
pub(super) fn expected(mut rest: &[u8]) -> Expected {
    let mut reference = Reference::new();
    let mut expected = Expected {
        answers: Vec::new(),
        open: None,
        unfinished: false,
        ended: true,
        lost: None,
    };
    let (mut highest, mut open) = (0, None);
    let mut block = Vec::new();
    let mut silent = true;
    loop {
        if rest.len() < 9 {
            expected.ended = false;
            break;
        }
        let (header, behind) = rest.split_at(9);
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
        let stream = u32::from_be_bytes([header[5] & 0x7f, header[6], header[7], header[8]]);
        let (kind, flags) = (header[3], header[4]);
        let payload = &behind[..min(length, behind.len())];
        let mut piece = payload;
        let mut left = length;
        match (kind, open) {
            (1, None) if stream % 2 == 1 => {
                silent = stream <= highest;
                highest = highest.max(stream);
                let padded = usize::from(flags & PADDED != 0);
                let front = padded + if flags & PRIORITY != 0 { 5 } else { 0 };
                let padding = match (padded, payload.first()) {
                    (1, Some(padding)) => usize::from(*padding),
                    _ => 0,
                };
                if length < front {
                    break;
                }
                if payload.len() < front {
                    expected.ended = false;
                    break;
                }
                if length < front + padding {
                    break;
                }
                left = length - front - padding;
                piece = &payload[front..];
            }
            (9, Some(open)) if open == stream => {}
            (1 | 9, _) | (_, Some(_)) => break,
            _ => {
                rest = &behind[payload.len()..];
                continue;
            }
        }
        let whole = piece.len() >= left;
        block.extend(&piece[..min(left, piece.len())]);
        open = Some(stream);
        if !whole {
            expected.ended = false;
            break;
        }
        rest = &behind[payload.len()..];
        if flags & END_HEADERS == 0 {
            continue;
        }
        open = None;
        let (authorities, hosts, ending) = reference.block(&std::mem::take(&mut block));
        let (names, entries) = reference.lost();
        if entries && expected.lost.is_none() {
            expected.lost = Some(expected.answers.len());
        }
        let answer = match (authorities.first(), ending) {
            (Some(value), _) => Some(named(value)),
            (None, Ending::Whole) => Some(by_host(&hosts)),
            (None, Ending::Broken) => Some(What::Nameless(Nameless::Malformed)),
            (None, Ending::Lost) => None,
        };
        expected
            .answers
            .extend(answer.filter(|_| !silent).map(|what| (what, names)));
        if ending != Ending::Whole {
            return expected;
        }
    }
    expected.unfinished = open.is_some();
    if expected.unfinished && !silent {
        let (authorities, _, _) = reference.block(&block);
        let open = authorities.first().map(|value| named(value));
        expected.open = Some(open.unwrap_or(What::Nameless(Nameless::Malformed)));
    }
    expected
}
