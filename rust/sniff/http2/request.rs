// SPDX-License-Identifier: GPL-2.0

//! What a request names.

use super::hpack::Decoder;
use super::hpack::Field;
use super::table::Which;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Step;

/// A request while its field block is read.
///
/// The first `:authority` is what it names, known when it was read, and before `host` (RFC 9113, section 8.3.1). Without one,
/// `host` is, known at the end of the block; two of them are as none that is a name (RFC 9110, section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// It was answered, or it is none but the trailers of one.
    Silent,
    /// No field was there yet.
    Open,
    /// There is `host`, and what it names is in the [`Name`].
    Host,
    /// There is `host`, and it names none.
    Nameless(Nameless),
}

impl Request {
    /// A field that names a host was read.
    pub(super) fn field(&mut self, decoder: &Decoder, field: Field, name: &mut Name) -> Step {
        match (*self, field.which) {
            (Self::Silent, _) => Step::More,
            (_, Which::Authority) => {
                *self = Self::Silent;
                match decoder.load(field, name) {
                    Ok(()) => Step::Named,
                    Err(why) => Step::Nameless(why),
                }
            }
            (Self::Open, Which::Host) => {
                *self = match decoder.load(field, name) {
                    Ok(()) => Self::Host,
                    Err(why) => Self::Nameless(why),
                };
                Step::More
            }
            (Self::Host | Self::Nameless(_), Which::Host) => {
                *self = Self::Nameless(Nameless::Malformed);
                Step::More
            }
        }
    }

    /// Its field block has ended.
    pub(super) fn end(&mut self) -> Step {
        match core::mem::replace(self, Self::Silent) {
            Self::Silent => Step::More,
            Self::Open => Step::Nameless(Nameless::Absent),
            Self::Host => Step::Named,
            Self::Nameless(why) => Step::Nameless(why),
        }
    }
}
