// SPDX-License-Identifier: GPL-2.0

//! A set of intervals.

use std::ops::Range;

/// Intervals in each word.
const WORD: usize = u64::BITS as usize;

/// Some intervals of a recording: a bit of each, as 100,000 hosts may have them.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<u64>);

impl Marks {
    /// Takes an interval in.
    pub(super) fn set(&mut self, at: usize) {
        let word = at / WORD;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (at % WORD);
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of both.
    pub(super) fn with(&self, other: &Self) -> Self {
        let words = 0..self.0.len().max(other.0.len());
        Self(words.map(|at| self.word(at) | other.word(at)).collect())
    }

    /// Those that are in a range.
    pub(super) fn within(&self, range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        range.filter(|at| (self.word(at / WORD) >> (at % WORD)) & 1 == 1)
    }

    fn word(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or(0)
    }
}
