// SPDX-License-Identifier: GPL-2.0

//! Text that is kept where it fits: what it tells may be that there is no memory.

use core::fmt::Write;
use kernel::fmt;
use kernel::prelude::*;

/// Text in room that was made before; empty at first.
pub(crate) struct Text(KVec<u8>);

impl Text {
    /// Room for `bytes`. Sleeps.
    pub(crate) fn with_room(bytes: usize) -> Result<Self> {
        Ok(Self(KVec::with_capacity(bytes, GFP_KERNEL)?))
    }

    /// Takes `text` in place of the one before, as much of it as there is room for; allocates nothing.
    pub(crate) fn set(&mut self, text: fmt::Arguments<'_>) {
        self.0.clear();
        // Cut at the end of the room.
        let _ = self.write_fmt(text);
    }

    /// Empties it.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The text.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes()
            .try_for_each(|byte| self.0.push_within_capacity(byte).map_err(|_| fmt::Error))
    }
}
