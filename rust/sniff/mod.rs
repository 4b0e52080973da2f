// SPDX-License-Identifier: GPL-2.0

//! Which host the bytes of a connection name: parsers that read what strangers send, inside a kernel.
//!
//! Pure: no unsafe, no panic, no allocation, no kernel type. Each parser is a state machine of a fixed size that is shown
//! the received bytes once, in order, in pieces of any length, and keeps nothing of them but the name. The same bytes give the
//! same answers however they are cut. None ever asks for bytes: it sees what the server reads, when the server reads it.

mod bytewise;
mod cgi;
pub(crate) mod fastcgi;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod known;
pub(crate) mod name;
pub(crate) mod proxy;
pub(crate) mod scgi;
pub(crate) mod start;
pub(crate) mod stream;
pub(crate) mod tls;
pub(crate) mod uwsgi;

pub(crate) use fastcgi::FastCgi;
pub(crate) use http1::Http1;
pub(crate) use http2::Http2;
pub(crate) use name::Name;
pub(crate) use proxy::Proxy;
pub(crate) use scgi::Scgi;
pub(crate) use stream::{
    Room,
    Stream, //
};
pub(crate) use tls::Tls;
pub(crate) use uwsgi::Uwsgi;

/// Why a request names no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nameless {
    /// It has no place for a name, or an empty one.
    Absent,
    /// What stands there is no host name: an address in brackets, odd bytes, more bytes than a name has.
    Malformed,
    /// The name did not come within the bytes that are looked at.
    TooLate,
    /// The bytes are not of the protocol.
    Foreign,
}

/// Why a parser stopped reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It has read everything that it was shown.
    More,
    /// It is known now which host the request at hand is for: the one in the [`Name`]. Said at most once a request, and as soon
    /// as no byte can change it.
    Named,
    /// It is known now that the request at hand names none. Said instead of [`Step::Named`].
    Nameless(Nameless),
    /// What follows is of another protocol, and is to be told apart as at the start of a connection.
    Next,
    /// Nothing more will be found on this connection, whatever follows: what was said last stays.
    End,
    /// What follows cannot be told apart: nobody knows whom it is for. Nothing more will be found, as behind [`Step::End`].
    Lost,
}

/// A parser of one protocol, in the direction from the client to the server.
pub(crate) trait Parser {
    /// Reads from the front of `bytes`, takes away what it has read, and says why it stopped. `name` is its own between two
    /// calls; nobody else writes it. Reads on in the next request of the connection by itself.
    ///
    /// Takes time in proportion to what it reads. Does not stop with [`Step::More`] before `bytes` is empty, and stops with
    /// another step only after it has made progress, so that calling it in a loop ends. Only a [`Step::Next`] right behind a
    /// [`Step::Named`] may take no byte: those that follow are not its own.
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step;

    /// How many of the bytes that come next it would only count: a body, a record of data.
    fn ahead(&self) -> u64;

    /// The same as being shown `count` bytes, at most [`Parser::ahead`] of them; more are taken for as many as that.
    fn pass(&mut self, count: u64);

    /// Whether of the request that was told last more is to come, of its head or of its body. What may have begun behind it and was
    /// not told yet does not count. Known for HTTP/1 alone.
    fn is_open(&self) -> bool {
        false
    }
}

/// Bytes that are only counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skip(u64);

impl Skip {
    /// Sets how many bytes are to be counted from here on.
    pub(crate) fn set(&mut self, count: u64) {
        self.0 = count;
    }

    /// How many are left.
    pub(crate) fn left(&self) -> u64 {
        self.0
    }

    /// Counts `count` bytes; more than are left count as those.
    pub(crate) fn pass(&mut self, count: u64) {
        self.0 = self.0.saturating_sub(count);
    }

    /// Takes the counted bytes from the front of `bytes`.
    pub(crate) fn take(&mut self, bytes: &mut &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let count = self.0.min(length);
        *bytes = usize::try_from(count)
            .ok()
            .and_then(|count| bytes.get(count..))
            .unwrap_or_default();
        self.pass(count);
    }
}

/// Takes the first byte from the front of `bytes`.
pub(crate) fn next(bytes: &mut &[u8]) -> Option<u8> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*first)
}
