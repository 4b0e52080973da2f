// SPDX-License-Identifier: GPL-2.0

//! A ring of bytes that keeps the last records: a new one takes the place of the oldest, whoever has not read them yet.
//!
//! Made for use under a spinlock: nothing here allocates but `new`, and every call but `new` takes a bounded time.

use super::code::{
    self,
    Coded, //
};
use super::record::Record;
use crate::mem::{
    List,
    NoMemory, //
};

/// Where a reader is: what it reads next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// Bytes written before, since the ring was made.
    offset: u64,
    /// The number of the record.
    sequence: u64,
}

impl Position {
    /// The number of the record.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }
}

/// What a reader found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The record with this number was copied.
    Record { sequence: u64 },
    /// So many records, of which the first had this number, were overwritten before.
    Lost { first: u64, count: u64 },
}

/// The ring.
pub(crate) struct Ring {
    bytes: List<u8>,
    /// Where the oldest record is.
    oldest: Position,
    /// Where the next one will be.
    end: Position,
}

impl Ring {
    /// Bytes of the longest record.
    pub(crate) const RECORD_BYTES: usize = code::RECORD_BYTES;

    /// An empty ring of `bytes`; its first record has the number `sequence`. May sleep.
    pub(crate) fn new(bytes: usize, sequence: u64) -> Result<Self, NoMemory> {
        let mut list = List::new();
        list.resize(bytes, 0)?;
        let start = Position {
            offset: 0,
            sequence,
        };
        Ok(Self {
            bytes: list,
            oldest: start,
            end: start,
        })
    }

    /// Where the next record will be.
    pub(crate) fn end(&self) -> Position {
        self.end
    }

    /// The number of the next record.
    pub(crate) fn sequence(&self) -> u64 {
        self.end.sequence
    }

    /// Whether there is something to read at `position`.
    pub(crate) fn has_more(&self, position: Position) -> bool {
        position.sequence != self.end.sequence
    }

    /// Adds a record that happened at `time`, in nanoseconds.
    pub(crate) fn push(&mut self, record: &Record<'_>, time: u64) {
        let Some(coded) = Coded::new(record, time) else {
            return;
        };
        let length = coded.length();
        let sequence = self.end.sequence.wrapping_add(1);
        if !self.make_room(length) {
            // Larger than the ring: as if it had been overwritten at once.
            self.end.sequence = sequence;
            self.oldest = self.end;
            return;
        }
        let mut offset = self.end.offset;
        for piece in coded.pieces() {
            self.put(offset, piece);
            offset = offset.wrapping_add(piece.len() as u64);
        }
        self.end = Position { offset, sequence };
    }

    /// Copies the record at `position` to `out`, which has room for the longest one, and moves the position behind it.
    /// Nothing is copied when records were lost: the position is then at the oldest one that is left.
    pub(crate) fn next(&self, position: &mut Position, out: &mut [u8]) -> Option<Next> {
        if !self.has_more(*position) {
            return None;
        }
        let (first, oldest) = (position.sequence, self.oldest.sequence);
        // How far both are behind the end: numbers may begin anew.
        let end = self.end.sequence;
        let (behind, kept) = (end.wrapping_sub(first), end.wrapping_sub(oldest));
        if let Some(count) = behind.checked_sub(kept).filter(|count| *count > 0) {
            *position = self.oldest;
            return Some(Next::Lost { first, count });
        }
        let length = self.length_at(position.offset)?;
        let (one, two) = self.pieces(position.offset, length);
        let rest = copy(out, one);
        copy(rest, two);
        *position = Position {
            offset: position.offset.wrapping_add(length as u64),
            sequence: first.wrapping_add(1),
        };
        Some(Next::Record { sequence: first })
    }

    /// The record that [`Self::next`] copied to `bytes`, and when it happened.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(u64, Record<'_>)> {
        code::decode(bytes)
    }

    /// Drops the oldest records until `length` bytes are free; false if so many never are.
    fn make_room(&mut self, length: usize) -> bool {
        let size = self.bytes.len();
        loop {
            let used = self.end.offset.wrapping_sub(self.oldest.offset);
            let free = (size as u64).saturating_sub(used);
            if free >= length as u64 {
                return true;
            }
            if self.oldest == self.end {
                return false;
            }
            // A length that cannot be read would be an error of ours: then all is dropped.
            self.oldest = match self.length_at(self.oldest.offset) {
                Some(length) => Position {
                    offset: self.oldest.offset.wrapping_add(length as u64),
                    sequence: self.oldest.sequence.wrapping_add(1),
                },
                None => self.end,
            };
        }
    }

    /// The length of the record at `offset`.
    fn length_at(&self, offset: u64) -> Option<usize> {
        let mut head = [0; code::HEAD_BYTES];
        let (one, two) = self.pieces(offset, head.len());
        let rest = copy(&mut head, one);
        copy(rest, two);
        code::length(&head)
    }

    /// The place of `offset`.
    fn place(&self, offset: u64) -> usize {
        let place = offset.checked_rem(self.bytes.len() as u64);
        place.map_or(0, |place| place as usize)
    }

    /// So many bytes from `offset` on, in two pieces where they go around the end.
    fn pieces(&self, offset: u64, length: usize) -> (&[u8], &[u8]) {
        let (behind, before) = match self.bytes.split_at_checked(self.place(offset)) {
            Some((behind, before)) => (behind, before),
            None => (&[][..], &[][..]),
        };
        let one = before.get(..length).unwrap_or(before);
        let two = behind.get(..length.saturating_sub(one.len()));
        (one, two.unwrap_or(&[]))
    }

    /// Writes `piece` at `offset`.
    fn put(&mut self, offset: u64, piece: &[u8]) {
        let place = self.place(offset);
        let Some((behind, before)) = self.bytes.split_at_mut_checked(place) else {
            return;
        };
        let rest = piece.get(before.len()..).unwrap_or(&[]);
        copy(before, piece);
        copy(behind, rest);
    }
}

/// Copies as much as fits; gives the room that is left. (`copy_from_slice()` can panic.)
fn copy<'a>(to: &'a mut [u8], from: &[u8]) -> &'a mut [u8] {
    let length = to.len().min(from.len());
    let Some((to, rest)) = to.split_at_mut_checked(length) else {
        return &mut [];
    };
    for (to, byte) in to.iter_mut().zip(from) {
        *to = *byte;
    }
    rest
}
