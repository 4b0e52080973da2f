// SPDX-License-Identifier: GPL-2.0

//! The host names that a dynamic table refers to.

use crate::limits::NAME_BYTES;
use crate::sniff::Name;
use crate::sniff::Nameless;

/// Bytes of names that are kept, the newest ones. A table of 4096 bytes with nothing but names of 14 bytes in it has as many;
/// with longer ones it has more, and then its oldest are not kept.
const ROOM: usize = 1024;

/// Stands for the length of a value that is no host name.
const MALFORMED: u8 = u8::MAX;

const _: () = assert!(NAME_BYTES < MALFORMED as usize);
const _: () = assert!(ROOM.is_power_of_two() && ROOM <= 1 << 15);

/// The value of a field that names a host: where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// How many bytes were kept before it, modulo 2^16. So many are not kept behind it while a table refers to it: 128 names.
    pub(super) at: u16,
    /// Bytes of the name; none if the value is empty.
    pub(super) length: u8,
}

impl Kept {
    /// An empty value.
    pub(super) const EMPTY: Self = Self { at: 0, length: 0 };
}

/// The names, in the form in which [`Name`] gives them, one behind the other in a ring: a new one overwrites the oldest.
#[derive(Clone, Debug)]
pub(super) struct Names {
    bytes: [u8; ROOM],
    /// How many were kept at all, modulo 2^16.
    written: u16,
}

impl Names {
    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; ROOM],
            written: 0,
        }
    }

    /// Keeps what was read. In the time of a copy.
    pub(super) fn keep(&mut self, name: &Name) -> Kept {
        let at = self.written;
        let name = match name.get() {
            Ok(name) => name.as_bytes(),
            Err(Nameless::Absent) => return Kept::EMPTY,
            Err(_) => {
                return Kept {
                    at,
                    length: MALFORMED,
                }
            }
        };
        for byte in name {
            if let Some(place) = self.bytes.get_mut(place(self.written)) {
                *place = *byte;
            }
            self.written = self.written.wrapping_add(1);
        }
        let length = u8::try_from(name.len()).unwrap_or(MALFORMED);
        Kept { at, length }
    }

    /// Puts what is kept into `name`, if it is one and was not overwritten.
    pub(super) fn load(&self, kept: Kept, name: &mut Name) -> Result<(), Nameless> {
        let behind = self.written.wrapping_sub(kept.at);
        match kept.length {
            0 => return Err(Nameless::Absent),
            MALFORMED => return Err(Nameless::Malformed),
            _ if usize::from(behind) > ROOM => return Err(Nameless::TooLate),
            _ => name.clear(),
        }
        for step in 0..u16::from(kept.length) {
            let byte = self.bytes.get(place(kept.at.wrapping_add(step)));
            byte.into_iter().for_each(|byte| name.push(*byte));
        }
        Ok(())
    }
}

/// Where in the ring the byte stands that was kept behind so many.
fn place(at: u16) -> usize {
    usize::from(at) & ROOM.saturating_sub(1)
}
