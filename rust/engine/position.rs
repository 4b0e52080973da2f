// SPDX-License-Identifier: GPL-2.0

//! Where in the stream of its channel a byte is.
//!
//! TCP says it in each buffer. A UNIX socket does not, and not even which bytes of a buffer were read before; so what was read is
//! counted. Its readers take turns under `unix_sock::iolock`, which is all the order that is needed here.

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
    /// The number of the next byte.
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

    /// `received` is read, not only looked at.
    #[inline]
    pub(super) fn advance(&self, received: &Received<'_>, place: Place) {
        if !place.counted {
            return;
        }
        let end = place.offset.saturating_add(received.length());
        let left = end < received.buffer_length();
        let buffer = if left { received.buffer() } else { 0 };
        self.buffer.store(buffer, Relaxed);
        self.consumed.store(end, Relaxed);
        let next = place.start.wrapping_add(received.length());
        self.next.store(next, Relaxed);
    }
}
