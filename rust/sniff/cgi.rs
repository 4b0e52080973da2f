// SPDX-License-Identifier: GPL-2.0

//! The variables of a request that say which host it is for, as in RFC 3875, section 4.1.
//!
//! HTTP_HOST is what the client wrote into its Host field, SERVER_NAME what the web server has in its configuration if that was
//! nothing. The first HTTP_HOST counts, or else the last SERVER_NAME; an empty value is none.

use crate::sniff::{
    bytewise::answer,
    Name,
    Step, //
};

const HTTP_HOST: &[u8] = b"HTTP_HOST";
const SERVER_NAME: &[u8] = b"SERVER_NAME";

/// The variable that is being read.
///
/// A value of HTTP_HOST is the answer, so the one [`Name`] is enough: it holds a SERVER_NAME until a HTTP_HOST comes, which may be
/// before it as well as behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable {
    /// Bytes of its name that were read, 255 for more.
    length: u8,
    /// Whether they are the start of HTTP_HOST.
    host: bool,
    /// Whether they are the start of SERVER_NAME.
    server: bool,
    /// Whether no byte of its value was read.
    empty: bool,
}

impl Variable {
    /// No byte was read.
    pub(crate) const fn new() -> Self {
        Self {
            length: 0,
            host: true,
            server: true,
            empty: true,
        }
    }

    /// Whether a name of `length` bytes may be one that counts.
    pub(crate) fn may_count(length: u32) -> bool {
        [HTTP_HOST.len(), SERVER_NAME.len()]
            .iter()
            .any(|known| u32::try_from(*known) == Ok(length))
    }

    /// Reads the next byte of the name.
    pub(crate) fn name(&mut self, byte: u8) {
        let at = usize::from(self.length);
        self.host &= HTTP_HOST.get(at) == Some(&byte);
        self.server &= SERVER_NAME.get(at) == Some(&byte);
        self.length = self.length.saturating_add(1);
    }

    /// Whether the name is complete as HTTP_HOST.
    fn is_host(&self) -> bool {
        self.host && usize::from(self.length) == HTTP_HOST.len()
    }

    /// Whether the name, now that it has ended, is one that counts.
    pub(crate) fn counts(&self) -> bool {
        self.is_host() || (self.server && usize::from(self.length) == SERVER_NAME.len())
    }

    /// Reads the next byte of the value of a variable that counts.
    pub(crate) fn value(&mut self, byte: u8, name: &mut Name) {
        if self.empty {
            name.clear();
        }
        self.empty = false;
        name.push(byte);
    }

    /// Ends the value, and goes on to the next variable; says the answer if this was it.
    pub(crate) fn end(&mut self, name: &Name) -> Step {
        let step = match self.is_host() && !self.empty {
            true => answer(name),
            false => Step::More,
        };
        *self = Self::new();
        step
    }
}
