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
    Scgi,
    Tls,
    Uwsgi,
}

impl Kind {
    /// By the first byte: the type of a TLS record (RFC 8446, section 5.1: a handshake), the version of FastCGI
    /// (specification 1.0, section 3.3), the `modifier1` of uwsgi (those of the languages whose requests have variables), or the
    /// length of a netstring, with which SCGI starts. None of them starts a method that is in use.
    fn new(first: u8) -> Self {
        match first {
            0x00 | 0x05 | 0x07 | 0x0e => Self::Uwsgi,
            0x01 => Self::FastCgi,
            0x16 => Self::Tls,
            b'0'..=b'9' => Self::Scgi,
            _ => Self::Http1,
        }
    }
}

/// How the header of a proxy starts, in the order of its versions (the PROXY protocol, sections 2.1 and 2.2). HTTP/1 may start
/// with the same bytes: a method, or empty lines.
const PROXY: [&[u8]; 2] = [b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n"];

/// The first bytes, until it is known of which protocol they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start(Known);

impl Start {
    /// The start of a connection.
    pub(crate) const fn new() -> Self {
        Self(Known::new())
    }

    /// What follows the header of a proxy or a change of protocol: another such header is none.
    pub(crate) fn later() -> Self {
        let mut known = Known::new();
        known.miss();
        Self(known)
    }

    /// Takes from the front of `bytes` what says nothing yet. Says the protocol once it is known, and with it the bytes that were
    /// taken, here or before: they are the first ones of the protocol.
    pub(crate) fn read(&mut self, bytes: &mut &[u8]) -> Option<(Kind, &'static [u8])> {
        loop {
            let first = *bytes.first()?;
            let before = self.0;
            self.0.push(first, &PROXY);
            if !self.0.is_possible(&PROXY) {
                let taken = before.prefix(&PROXY);
                let kind = match taken.is_empty() {
                    true => Kind::new(first),
                    false => Kind::Http1,
                };
                return Some((kind, taken));
            }
            next(bytes);
            if self.0.found(&PROXY).is_some() {
                return Some((Kind::Proxy, self.0.prefix(&PROXY)));
            }
        }
    }
}
