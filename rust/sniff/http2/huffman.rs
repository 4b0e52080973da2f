// SPDX-License-Identifier: GPL-2.0

//! Strings in the Huffman code of RFC 7541, section 5.2 and appendix B.

use super::hpack::Stop;

/// How many symbols have a code of so many bits: (bits, symbols), RFC 7541, appendix B. Codes of the same length follow each
/// other as their symbols do, and the first one follows the last of those that are shorter. What is left over behind all of
/// them, 30 ones, is the end of string (EOS).
const LENGTHS: [(u8, u8); 21] = [
    (5, 10),
    (6, 26),
    (7, 32),
    (8, 6),
    (10, 5),
    (11, 3),
    (12, 2),
    (13, 6),
    (14, 2),
    (15, 3),
    (19, 3),
    (20, 8),
    (21, 13),
    (22, 26),
    (23, 29),
    (24, 12),
    (25, 4),
    (26, 15),
    (27, 19),
    (28, 29),
    (30, 3),
];

/// The symbols in the order of their codes.
#[rustfmt::skip]
const SYMBOLS: [u8; 256] = [
    48, 49, 50, 97, 99, 101, 105, 111, 115, 116,
    32, 37, 45, 46, 47, 51, 52, 53, 54, 55, 56, 57, 61, 65, 95, 98, 100, 102, 103, 104, 108, 109, 110, 112, 114, 117,
    58, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 89, 106, 107, 113, 118,
    119, 120, 121, 122,
    38, 42, 44, 59, 88, 90,
    33, 34, 40, 41, 63,
    39, 43, 124,
    35, 62,
    0, 36, 64, 91, 93, 126,
    94, 125,
    60, 96, 123,
    92, 195, 208,
    128, 130, 131, 162, 184, 194, 224, 226,
    153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230,
    129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228,
    232, 233,
    1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182, 183,
    188, 191, 197, 231, 239,
    9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237,
    199, 207, 234, 235,
    192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255,
    203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254,
    2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249,
    10, 13, 22,
];

/// A string while it is read.
///
/// After each byte all symbols that are there are to be taken, at most two of them. What is left of the bits is the front
/// of a code, at most 29 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Huffman {
    /// The bits that are left, from the highest bit on; zero behind them.
    bits: u64,
    /// How many they are.
    count: u8,
}

impl Huffman {
    pub(super) const fn new() -> Self {
        Self { bits: 0, count: 0 }
    }

    /// Adds the next byte.
    pub(super) fn feed(&mut self, byte: u8) {
        let place = 56u32.saturating_sub(u32::from(self.count));
        self.bits |= u64::from(byte).wrapping_shl(place);
        self.count = self.count.saturating_add(8);
    }

    /// Takes the next symbol, if all of its code is there. Looks at 21 lengths of codes at most, at 4 for what text is made of.
    pub(super) fn take(&mut self) -> Result<Option<u8>, Stop> {
        // No code is longer than the high half.
        let code = u32::try_from(self.bits >> 32).unwrap_or(u32::MAX);
        let (mut first, mut index) = (0u32, 0u32);
        for (length, symbols) in LENGTHS {
            if length > self.count {
                return Ok(None);
            }
            let unit = 32u32.saturating_sub(u32::from(length));
            let symbols = u32::from(symbols);
            let place = code.wrapping_sub(first).wrapping_shr(unit);
            if place < symbols {
                self.bits = self.bits.wrapping_shl(u32::from(length));
                self.count = self.count.saturating_sub(length);
                let place = usize::try_from(index.saturating_add(place)).ok();
                return Ok(place.and_then(|place| SYMBOLS.get(place)).copied());
            }
            first = first.wrapping_add(symbols.wrapping_shl(unit));
            index = index.saturating_add(symbols);
        }
        Err(Stop::Broken)
    }

    /// Ends the string: what is left is less than a byte of ones.
    pub(super) fn end(&self) -> Result<(), Stop> {
        let ones = self.bits.leading_ones() >= u32::from(self.count);
        match self.count < 8 && ones {
            true => Ok(()),
            false => Err(Stop::Broken),
        }
    }
}
