// SPDX-License-Identifier: GPL-2.0

//! Integers of RFC 7541, section 5.1.

use super::hpack::Stop;

/// Bits of an integer behind its prefix: four bytes of seven. How many are taken is left to each decoder (RFC 7541, section 5.1);
/// the largest integer is 2^28 + 126, with a prefix of 7 bits.
const BITS: u8 = 28;

/// An integer while it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Integer {
    value: u32,
    /// Where the next byte's bits belong.
    shift: u8,
}

impl Integer {
    pub(super) const fn new() -> Self {
        Self { value: 0, shift: 0 }
    }

    /// Reads the first byte, of which the low bits that are set in `mask` count. The integer, if that is all of it.
    pub(super) fn start(&mut self, byte: u8, mask: u8) -> Option<u32> {
        let value = byte & mask;
        *self = Self {
            value: u32::from(value),
            shift: 0,
        };
        (value < mask).then_some(self.value)
    }

    /// Reads another byte. The integer, if that is all of it.
    pub(super) fn more(&mut self, byte: u8) -> Result<Option<u32>, Stop> {
        if self.shift >= BITS {
            return Err(Stop::Broken);
        }
        let add = u32::from(byte & 0x7f).wrapping_shl(u32::from(self.shift));
        self.value = self.value.checked_add(add).ok_or(Stop::Broken)?;
        self.shift = self.shift.saturating_add(7);
        Ok((byte & 0x80 == 0).then_some(self.value))
    }
}
