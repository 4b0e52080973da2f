// SPDX-License-Identifier: GPL-2.0

//! A keyed hash, so that nobody can choose addresses or names that collide: SipHash-1-3.

/// The hash's state while words are put in.
pub(super) struct Hasher {
    a: u64,
    b: u64,
    c: u64,
    d: u64,
}

impl Hasher {
    pub(super) fn new(seed: u64) -> Self {
        // The second half of the key only has to differ from the first one.
        let other = seed.rotate_left(32) ^ 0x9e37_79b9_7f4a_7c15;
        Self {
            a: seed ^ 0x736f_6d65_7073_6575,
            b: other ^ 0x646f_7261_6e64_6f6d,
            c: seed ^ 0x6c79_6765_6e65_7261,
            d: other ^ 0x7465_6462_7974_6573,
        }
    }

    fn round(&mut self) {
        self.a = self.a.wrapping_add(self.b);
        self.b = self.b.rotate_left(13) ^ self.a;
        self.a = self.a.rotate_left(32);
        self.c = self.c.wrapping_add(self.d);
        self.d = self.d.rotate_left(16) ^ self.c;
        self.a = self.a.wrapping_add(self.d);
        self.d = self.d.rotate_left(21) ^ self.a;
        self.c = self.c.wrapping_add(self.b);
        self.b = self.b.rotate_left(17) ^ self.c;
        self.c = self.c.rotate_left(32);
    }

    /// Puts one word in.
    pub(super) fn word(mut self, word: u64) -> Self {
        self.d ^= word;
        self.round();
        self.a ^= word;
        self
    }

    /// Puts text in, and its length.
    pub(super) fn text(self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let words = bytes.chunks(8);
        let hasher = words.fold(self, |hasher, chunk| {
            hasher.word(
                chunk
                    .iter()
                    .fold(0, |word, byte| (word << 8) | u64::from(*byte)),
            )
        });
        hasher.word(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
    }

    /// The hash of all words.
    pub(super) fn finish(mut self) -> u32 {
        self.c ^= 0xff;
        self.round();
        self.round();
        self.round();
        let [e, f, g, h, ..] = (self.a ^ self.b ^ self.c ^ self.d).to_le_bytes();
        u32::from_le_bytes([e, f, g, h])
    }
}
