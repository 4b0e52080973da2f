// SPDX-License-Identifier: GPL-2.0

//! `name=NAME`, the host name that a client asks for, and `name=*.NAME`, every name below it.

use crate::limits;

use super::{
    hash::Hasher,
    refusal::Reason,
    row::Text, //
};

/// What a pattern for all names below another one starts with.
const BELOW: &str = "*.";

/// One `name=` of a row, in lower case and without the root's dot at the end.
#[cfg_attr(test, derive(Debug))]
#[derive(PartialEq, Eq)]
pub(crate) struct HostName(Text);

impl HostName {
    /// Reads the value of a `name=`.
    pub(crate) fn parse(value: &str) -> Result<Self, Reason> {
        let (start, name) = match value.strip_prefix(BELOW) {
            Some(name) => (BELOW, name),
            None => ("", value),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.len() > limits::NAME_BYTES {
            return Err(Reason::invalid("a name has at most 253 bytes"));
        }
        let odd = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let is_label = |label: &str| !label.is_empty() && !label.bytes().any(odd);
        if !name.split('.').all(is_label) {
            return Err(Reason::invalid(
                "bad name: expected NAME or *.NAME, with letters, digits, '_' and '-' between single dots",
            ));
        }
        let mut text = Text::with_capacity(start.len().saturating_add(name.len()))?;
        text.push(start)?;
        text.push_lower_case(name)?;
        Ok(Self(text))
    }

    /// As it is written in a row.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// How far from `name`, which is in lower case, it matches: 0 for the name itself, then from the longest on those above it.
    pub(crate) fn distance(&self, name: &str) -> Option<usize> {
        let own = self.key();
        Key::of(name).position(|key| key == own)
    }

    /// What it is found by.
    pub(super) fn key(&self) -> Key<'_> {
        let text = self.as_str();
        match text.strip_prefix(BELOW) {
            Some(name) => Key { name, below: true },
            None => Key {
                name: text,
                below: false,
            },
        }
    }
}

/// A name, or all names below it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key<'a> {
    /// In lower case.
    pub(super) name: &'a str,
    /// Not itself, but all below.
    pub(super) below: bool,
}

impl<'a> Key<'a> {
    /// Its hash.
    pub(super) fn hash(self, seed: u64) -> u32 {
        Hasher::new(seed)
            .word(u64::from(self.below))
            .text(self.name)
            .finish()
    }

    /// The keys that match `name`, which is in lower case: itself, then from the longest on those above it.
    pub(super) fn of(name: &'a str) -> impl Iterator<Item = Self> {
        let mut rest = Some(name);
        let above = core::iter::from_fn(move || {
            let (_, above) = rest?.split_once('.')?;
            rest = Some(above);
            Some(Self {
                name: above,
                below: true,
            })
        });
        core::iter::once(Self { name, below: false }).chain(above)
    }
}
