// SPDX-License-Identifier: GPL-2.0

//! Records as bytes: five words of eight bytes, the lowest first, and then the texts.
//!
//! | word | of a record |
//! |---|---|
//! | 0 | bits 0-7 its kind, 8-15 a small number of it, 16-31 the length of the first text, 32-47 of the second, 48-63 of the third |
//! | 1 | when, in nanoseconds |
//! | 2-4 | its numbers |

use super::record::{
    Cause,
    Change,
    End,
    Health,
    Record,
    Who, //
};
use crate::limits;
use core::str::from_utf8;

/// Words of a record.
const WORDS: usize = 5;

/// Bytes of a record without its texts.
pub(super) const HEAD_BYTES: usize = WORDS * 8;

/// Bytes of the longest record: two names of hosts and a task's, or a reason.
pub(super) const RECORD_BYTES: usize = {
    let (bind, refusal) = (
        2 * limits::NAME_BYTES + limits::COMM_BYTES,
        limits::EVENT_REASON_BYTES,
    );
    HEAD_BYTES + if bind > refusal { bind } else { refusal }
};

const BIND: u8 = 0;
const RELEASE: u8 = 1;
const REFUSAL: u8 = 2;
const TROUBLE: u8 = 3;
const ROW: u8 = 4;
const TABLE: u8 = 5;
const HEALTH: u8 = 6;

/// What all records have.
struct Parts<'a> {
    kind: u8,
    code: u8,
    numbers: [u64; 3],
    texts: [&'a [u8]; 3],
}

/// A record as it is kept.
pub(super) struct Coded<'a> {
    pub(super) head: [u8; HEAD_BYTES],
    pub(super) texts: [&'a [u8]; 3],
}

impl<'a> Coded<'a> {
    /// `record`, which happened at `time`; nothing of one that is not kept.
    pub(super) fn new(record: &Record<'a>, time: u64) -> Option<Self> {
        let parts = parts(record)?;
        let mut first = u64::from(parts.kind) | (u64::from(parts.code) << 8);
        for (text, shift) in parts.texts.iter().zip([16u32, 32, 48]) {
            // A text that went through `cut` fits.
            let length = u16::try_from(text.len()).ok()?;
            first |= u64::from(length).checked_shl(shift)?;
        }
        let [one, two, three] = parts.numbers;
        let mut head = [0; HEAD_BYTES];
        for (to, word) in head.chunks_exact_mut(8).zip([first, time, one, two, three]) {
            for (to, byte) in to.iter_mut().zip(word.to_le_bytes()) {
                *to = byte;
            }
        }
        Some(Self {
            head,
            texts: parts.texts,
        })
    }

    /// All of its bytes, piece by piece.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::once(&self.head[..]).chain(self.texts.iter().copied())
    }

    /// How many bytes it takes.
    pub(super) fn length(&self) -> usize {
        self.pieces()
            .fold(0, |sum: usize, piece| sum.saturating_add(piece.len()))
    }
}

/// How many bytes the record takes that begins with `head`.
pub(super) fn length(head: &[u8]) -> Option<usize> {
    let texts = lengths(word(head, 0)?);
    Some(
        texts
            .iter()
            .fold(HEAD_BYTES, |sum, one| sum.saturating_add(*one)),
    )
}

/// The record in `bytes`, and when it happened.
pub(super) fn decode(bytes: &[u8]) -> Option<(u64, Record<'_>)> {
    let first = word(bytes, 0)?;
    let mut rest = bytes.get(HEAD_BYTES..)?;
    let mut texts: [&[u8]; 3] = [&[]; 3];
    for (text, length) in texts.iter_mut().zip(lengths(first)) {
        (*text, rest) = rest.split_at_checked(length)?;
    }
    let [kind, code, ..] = first.to_le_bytes();
    let parts = Parts {
        kind,
        code,
        numbers: [word(bytes, 2)?, word(bytes, 3)?, word(bytes, 4)?],
        texts,
    };
    Some((word(bytes, 1)?, record(&parts)?))
}

/// The word `index` of a record.
fn word(bytes: &[u8], index: usize) -> Option<u64> {
    let bytes = bytes.chunks_exact(8).nth(index)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// The lengths of the texts.
fn lengths(first: u64) -> [usize; 3] {
    let [_, _, a, b, c, d, e, f] = first.to_le_bytes();
    [[a, b], [c, d], [e, f]].map(|bytes| usize::from(u16::from_le_bytes(bytes)))
}

/// Two numbers in one word.
fn pair(low: u32, high: u32) -> u64 {
    u64::from(low) | (u64::from(high) << 32)
}

/// The numbers of [`pair`].
fn unpair(word: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = word.to_le_bytes();
    (
        u32::from_le_bytes([a, b, c, d]),
        u32::from_le_bytes([e, f, g, h]),
    )
}

/// The first `limit` bytes of a text.
fn cut(text: &[u8], limit: usize) -> &[u8] {
    text.get(..limit).unwrap_or(text)
}

fn host(name: &str) -> &[u8] {
    cut(name.as_bytes(), limits::NAME_BYTES)
}

fn of_who(who: &Who<'_>) -> u64 {
    pair(who.task as u32, who.group as u32)
}

fn parts<'a>(record: &Record<'a>) -> Option<Parts<'a>> {
    const NONE: &[u8] = &[];
    let (kind, code, numbers, texts) = match *record {
        Record::Bind {
            who,
            host: name,
            from,
            channel,
            by,
        } => {
            let texts = [host(name), host(from), cut(who.comm, limits::COMM_BYTES)];
            (BIND, by.code(), [of_who(&who), channel, 0], texts)
        }
        Record::Release {
            who,
            host: name,
            by,
        } => {
            let texts = [host(name), NONE, cut(who.comm, limits::COMM_BYTES)];
            (RELEASE, by.code(), [of_who(&who), 0, 0], texts)
        }
        Record::Refusal { why } => {
            let texts = [cut(why, limits::EVENT_REASON_BYTES), NONE, NONE];
            (REFUSAL, 0, [0; 3], texts)
        }
        Record::Trouble { what, count } => (TROUBLE, 0, [count, 0, 0], [host(what), NONE, NONE]),
        Record::Row {
            host: name,
            change,
            generation,
        } => {
            let texts = [host(name), NONE, NONE];
            (ROW, change.code(), [generation, 0, 0], texts)
        }
        Record::Table {
            rows,
            added,
            removed,
            changed,
            generation,
        } => {
            let numbers = [generation, pair(rows, added), pair(removed, changed)];
            (TABLE, 0, numbers, [NONE; 3])
        }
        Record::Health { from, to } => {
            let numbers = [u64::from(from.code()), 0, 0];
            (HEALTH, to.code(), numbers, [NONE; 3])
        }
        Record::Lost { .. } => return None,
    };
    Some(Parts {
        kind,
        code,
        numbers,
        texts,
    })
}

fn record<'a>(parts: &Parts<'a>) -> Option<Record<'a>> {
    let code = parts.code;
    let ([one, two, three], [first, second, third]) = (parts.numbers, parts.texts);
    let (low, high) = unpair(one);
    let who = Who {
        task: low as i32,
        group: high as i32,
        comm: third,
    };
    Some(match parts.kind {
        BIND => Record::Bind {
            who,
            host: from_utf8(first).ok()?,
            from: from_utf8(second).ok()?,
            channel: two,
            by: Cause::from_code(code)?,
        },
        RELEASE => Record::Release {
            who,
            host: from_utf8(first).ok()?,
            by: End::from_code(code)?,
        },
        REFUSAL => Record::Refusal { why: first },
        TROUBLE => Record::Trouble {
            what: from_utf8(first).ok()?,
            count: one,
        },
        ROW => Record::Row {
            host: from_utf8(first).ok()?,
            change: Change::from_code(code)?,
            generation: one,
        },
        TABLE => {
            let ((rows, added), (removed, changed)) = (unpair(two), unpair(three));
            Record::Table {
                rows,
                added,
                removed,
                changed,
                generation: one,
            }
        }
        HEALTH => Record::Health {
            from: Health::from_code(u8::try_from(one).ok()?)?,
            to: Health::from_code(code)?,
        },
        _ => return None,
    })
}
