// SPDX-License-Identifier: GPL-2.0

//! Where in the stream of its channel a byte is.
//!
//! TCP says it in each buffer. A UNIX socket does not, and not even which bytes of a buffer were read before; so what was read is
//! counted. Readers take turns, under `unix_sock::iolock` or the socket's own lock, which is all the order that is needed here.

use crate::sys::buffer::Received;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};

/// Where received bytes are.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The number of the first byte in the stream.
    pub(super) start: u32,
    /// Where it is in its buffer.
    pub(super) offset: u32,
    /// Whether `start` was counted.
    counted: bool,
}

/// What was counted.
pub(super) struct Position {
    /// The number of the byte behind all that were looked at.
    next: Atomic<u32>,
    /// The buffer that was read in last, as a number, 0 when nothing was left in it.
    buffer: Atomic<usize>,
    /// How many of its bytes were read.
    consumed: Atomic<u32>,
}

impl Position {
    /// Nothing was read yet.
    pub(super) fn new() -> Self {
        Self {
            next: Atomic::new(0),
            buffer: Atomic::new(0),
            consumed: Atomic::new(0),
        }
    }

    /// Where `received` is.
    #[inline]
    pub(super) fn of(&self, received: &Received<'_>) -> Place {
        let start = received.sequence();
        let offset = received.offset().unwrap_or_else(|| {
            match self.buffer.load(Relaxed) == received.buffer() {
                true => self.consumed.load(Relaxed),
                false => 0,
            }
        });
        Place {
            start: start.unwrap_or_else(|| self.next.load(Relaxed)),
            offset,
            counted: start.is_none(),
        }
    }

    /// Whether bytes in front of `place` were passed over by a reader that had read before. Out of band, say: the server gets
    /// such a byte by itself, and never in the stream.
    #[inline]
    pub(super) fn is_behind(&self, place: Place) -> bool {
        is_before(self.next.load(Relaxed), place.start)
    }

    /// `received` is read, or looked at if TCP numbers it.
    #[inline]
    pub(super) fn advance(&self, received: &Received<'_>, place: Place, first: bool) {
        let next = place.start.wrapping_add(received.length());
        if !place.counted {
            // What was only looked at is read again.
            if first || is_before(self.next.load(Relaxed), next) {
                self.next.store(next, Relaxed);
            }
            return;
        }
        let end = place.offset.saturating_add(received.length());
        let left = end < received.buffer_length();
        let buffer = if left { received.buffer() } else { 0 };
        self.buffer.store(buffer, Relaxed);
        self.consumed.store(end, Relaxed);
        self.next.store(next, Relaxed);
    }
}

/// Whether the sequence number `a` is before `b` (`before()` of include/net/tcp.h).
pub(super) fn is_before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}
