// SPDX-License-Identifier: GPL-2.0

//! Why a write was refused, kept where it fits: the reason may be that there is no memory.

use crate::limits;
use core::fmt::Write;
use kernel::fmt;
use kernel::prelude::*;

/// The reason of the last refused write; empty when none was.
pub(crate) struct Reason(KVec<u8>);

impl Reason {
    /// No reason yet, with room for every later one. Sleeps.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(KVec::with_capacity(limits::REASON_BYTES, GFP_KERNEL)?))
    }

    /// Takes `why` in place of the one before, as much of it as there is room for; allocates nothing.
    pub(crate) fn set(&mut self, why: fmt::Arguments<'_>) {
        self.0.clear();
        // Cut at the end of the room.
        let _ = self.write_fmt(why);
    }

    /// The reason.
    pub(crate) fn text(&self) -> &[u8] {
        &self.0
    }
}

impl Write for Reason {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes()
            .try_for_each(|byte| self.0.push_within_capacity(byte).map_err(|_| fmt::Error))
    }
}
