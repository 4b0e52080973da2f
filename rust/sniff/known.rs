// SPDX-License-Identifier: GPL-2.0

//! Words that are known, compared with bytes as they come.

/// How far the bytes since the last [`Known::new`] are one of a few known words: at most eight of them, each of at most 254
/// bytes. The words are given at every call, in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Bytes that were read; 255 is that many or more.
    length: u8,
    /// The words that start with them, one bit each.
    left: u8,
}

impl Known {
    /// No byte was read.
    pub(crate) const fn new() -> Self {
        Self {
            length: 0,
            left: u8::MAX,
        }
    }

    /// Reads the next byte. Upper and lower case differ.
    pub(crate) fn push(&mut self, byte: u8, words: &[&[u8]]) {
        let place = usize::from(self.length);
        self.length = self.length.saturating_add(1);
        if self.left == 0 {
            return;
        }
        let mut bit = 1u8;
        for word in words {
            if word.get(place) != Some(&byte) {
                self.left &= !bit;
            }
            bit = bit.wrapping_shl(1);
        }
    }

    /// What was read is none of the words, whatever follows.
    pub(crate) fn miss(&mut self) {
        self.left = 0;
    }

    /// How many bytes were read; 255 is that many or more.
    pub(crate) fn length(&self) -> u8 {
        self.length
    }

    /// Whether a word starts with what was read.
    pub(crate) fn is_possible(&self, words: &[&[u8]]) -> bool {
        words
            .iter()
            .enumerate()
            .any(|(place, _)| self.is_left(place))
    }

    /// The place of the word that was read.
    pub(crate) fn found(&self, words: &[&[u8]]) -> Option<usize> {
        let mut places = words.iter().enumerate();
        let length = usize::from(self.length);
        let found = places.find(|(place, word)| word.len() == length && self.is_left(*place));
        found.map(|(place, _)| place)
    }

    /// What was read, as far as a word starts with it.
    pub(crate) fn prefix<'a>(&self, words: &[&'a [u8]]) -> &'a [u8] {
        let mut places = words.iter().enumerate();
        let word = places.find(|(place, _)| self.is_left(*place));
        let prefix = word.and_then(|(_, word)| word.get(..usize::from(self.length)));
        prefix.unwrap_or_default()
    }

    fn is_left(&self, place: usize) -> bool {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        u32::from(self.left).checked_shr(place).unwrap_or(0) & 1 == 1
    }
}
