// SPDX-License-Identifier: GPL-2.0

//! The protocol of a connection, told by its first bytes.

use crate::sniff::known::Known;
use crate::sniff::next;

/// A protocol. HTTP/2 starts as HTTP/1 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    FastCgi,
    Http1,
    Proxy,
    /// With the length of its netstring, the digits of which were taken.
    Scgi(u32),
    Tls,
    Uwsgi,
}

impl Kind {
    /// By the first byte: the type of a TLS record (RFC 8446, section 5.1: a handshake), the version of FastCGI
    /// (specification 1.0, section 3.3), or the `modifier1` of uwsgi (those of the languages whose requests have variables). None of
    /// them starts a method.
    fn new(first: u8) -> Self {
        match first {
            0x00 | 0x05 | 0x07 | 0x0e => Self::Uwsgi,
            0x01 => Self::FastCgi,
            0x16 => Self::Tls,
            _ => Self::Http1,
        }
    }
}

/// How the header of a proxy starts, in the order of its versions (the PROXY protocol, sections 2.1 and 2.2). HTTP/1 may start
/// with the same bytes: a method, or empty lines.
const PROXY: [&[u8]; 2] = [b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n"];

/// What stands for the digits in front of a method: as many as a length has. No method with a meaning has any.
const DIGITS: &[u8] = b"0000000000";

/// The first bytes, until it is known of which protocol they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// How far they are those of a proxy.
    proxy: Known,
    /// How many digits they are, if they are digits.
    digits: u8,
    /// The number that these are.
    length: u32,
}

impl Start {
    /// The start of a connection.
    pub(crate) const fn new() -> Self {
        Self {
            proxy: Known::new(),
            digits: 0,
            length: 0,
        }
    }

    /// What follows the header of a proxy or a change of protocol: another such header is none.
    pub(crate) fn later() -> Self {
        let mut start = Self::new();
        start.proxy.miss();
        start
    }

    /// Takes from the front of `bytes` what says nothing yet. Says the protocol once it is known, and with it what stands for the
    /// bytes that were taken, here or before: they are the first ones of the protocol.
    pub(crate) fn read(&mut self, bytes: &mut &[u8]) -> Option<(Kind, &'static [u8])> {
        loop {
            let first = *bytes.first()?;
            let at_start = self.proxy.length() == 0;
            let told = match self.digits > 0 || (at_start && first.is_ascii_digit()) {
                true => self.number(first),
                false => self.other(first),
            };
            if told.is_some() {
                return told;
            }
            next(bytes);
            if self.proxy.found(&PROXY).is_some() {
                return Some((Kind::Proxy, self.proxy.prefix(&PROXY)));
            }
        }
    }

    /// The next byte, at the start or behind digits. SCGI starts with a netstring, whose length has a colon behind it and no zero in
    /// front of other digits. A method may start with a digit, too: Apache takes each token.
    fn number(&mut self, byte: u8) -> Option<(Kind, &'static [u8])> {
        if byte == b':' {
            return Some((Kind::Scgi(self.length), &[]));
        }
        let first = self.digits == 0;
        let longer = match byte.is_ascii_digit() && (first || self.length > 0) {
            true => self.length.checked_mul(10),
            false => None,
        };
        let digit = u32::from(byte.wrapping_sub(b'0'));
        match longer.and_then(|length| length.checked_add(digit)) {
            Some(length) => {
                self.length = length;
                self.digits = self.digits.saturating_add(1);
                None
            }
            None => {
                let taken = DIGITS.get(..usize::from(self.digits));
                Some((Kind::Http1, taken.unwrap_or(DIGITS)))
            }
        }
    }

    /// The next byte, which is not behind digits.
    fn other(&mut self, byte: u8) -> Option<(Kind, &'static [u8])> {
        let before = self.proxy;
        self.proxy.push(byte, &PROXY);
        if self.proxy.is_possible(&PROXY) {
            return None;
        }
        let taken = before.prefix(&PROXY);
        let kind = match taken.is_empty() {
            true => Kind::new(byte),
            false => Kind::Http1,
        };
        Some((kind, taken))
    }
}
