// SPDX-License-Identifier: GPL-2.0

//! A connection: the parsers of all protocols as one.

use crate::sniff::next;
use crate::sniff::start::Kind;
use crate::sniff::start::Start;
use crate::sniff::FastCgi;
use crate::sniff::Http1;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Parser;
use crate::sniff::Proxy;
use crate::sniff::Scgi;
use crate::sniff::Step;
use crate::sniff::Tls;
use crate::sniff::Uwsgi;

/// Where the state of HTTP/2 is kept: it is too large for every connection.
pub(crate) trait Room {
    /// The state, made when it is asked for at first, in front of `SM` in the preface; nothing if there is no memory for it.
    fn http2(&mut self) -> Option<&mut dyn Parser>;
}

/// What reads the bytes.
#[derive(Clone, Debug)]
enum Protocol {
    /// It is not known yet.
    Start(Start),
    /// HTTP/2, whose state is in the [`Room`].
    Http2,
    /// Nothing: no more will be found.
    End,
    FastCgi(FastCgi),
    Http1(Http1),
    Proxy(Proxy),
    Scgi(Scgi),
    Tls(Tls),
    Uwsgi(Uwsgi),
}

impl Protocol {
    /// What reads a protocol, inside of TLS (`records`) or in the clear.
    fn new(kind: Kind, records: bool) -> Self {
        match kind {
            Kind::FastCgi => Self::FastCgi(FastCgi::new()),
            Kind::Http1 if records => Self::Http1(Http1::of_records()),
            Kind::Http1 => Self::Http1(Http1::new()),
            Kind::Proxy => Self::Proxy(Proxy::new()),
            Kind::Scgi(length) => Self::Scgi(Scgi::new(length)),
            Kind::Tls => Self::Tls(Tls::new()),
            Kind::Uwsgi => Self::Uwsgi(Uwsgi::new()),
        }
    }

    fn parser<'a>(&'a mut self, room: &'a mut dyn Room) -> Option<&'a mut dyn Parser> {
        match self {
            Self::Start(_) | Self::End => None,
            Self::Http2 => room.http2(),
            Self::FastCgi(parser) => Some(parser),
            Self::Http1(parser) => Some(parser),
            Self::Proxy(parser) => Some(parser),
            Self::Scgi(parser) => Some(parser),
            Self::Tls(parser) => Some(parser),
            Self::Uwsgi(parser) => Some(parser),
        }
    }
}

/// What is read of a connection, in the direction from the client to the server: as a [`Parser`], but for the room that it is
/// lent and for [`Step::Next`], which it never says.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    name: Name,
    protocol: Protocol,
    /// Whether the bytes come out of the records of TLS.
    records: bool,
    /// The first bytes of the protocol, if they were taken before it was known.
    taken: &'static [u8],
}

const _: () = assert!(size_of::<Stream>() <= 352);

impl Stream {
    /// The start of a connection; `records`: what was decrypted of it.
    pub(crate) fn new(records: bool) -> Self {
        Self {
            name: Name::new(),
            protocol: Protocol::Start(Start::new()),
            records,
            taken: &[],
        }
    }

    /// Whether what was said last is of the header of a proxy: the request behind it says more.
    pub(crate) fn is_header(&self) -> bool {
        matches!(self.protocol, Protocol::Proxy(_))
    }

    /// The host that was [`Step::Named`] last, up to the next byte.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// See [`Parser::read`].
    pub(crate) fn read(&mut self, bytes: &mut &[u8], room: &mut dyn Room) -> Step {
        loop {
            if let Protocol::Start(start) = &mut self.protocol {
                let Some((kind, taken)) = start.read(bytes) else {
                    return Step::More;
                };
                self.protocol = Protocol::new(kind, self.records);
                self.taken = taken;
            }
            let Some(parser) = self.protocol.parser(room) else {
                return self.stop(bytes);
            };
            let step = match self.taken.is_empty() {
                true => parser.read(bytes, &mut self.name),
                false => match parser.read(&mut self.taken, &mut self.name) {
                    Step::More => continue,
                    step => step,
                },
            };
            match step {
                Step::Next => self.protocol = self.following(),
                Step::End | Step::Lost => {
                    self.protocol = Protocol::End;
                    return step;
                }
                step => return step,
            }
        }
    }

    /// What follows a protocol that said so.
    fn following(&self) -> Protocol {
        match &self.protocol {
            Protocol::Http1(parser) if parser.is_http2() => Protocol::Http2,
            _ => Protocol::Start(Start::later()),
        }
    }

    /// What is said where nothing reads: once, that there is no room for HTTP/2.
    fn stop(&mut self, bytes: &mut &[u8]) -> Step {
        if matches!(self.protocol, Protocol::Http2) {
            self.protocol = Protocol::End;
            return Step::Nameless(Nameless::TooLate);
        }
        match next(bytes) {
            Some(_) => Step::End,
            None => Step::More,
        }
    }

    /// See [`Parser::is_open`].
    pub(crate) fn is_open(&self) -> bool {
        matches!(&self.protocol, Protocol::Http1(parser) if parser.is_open())
    }

    /// Whether requests need not be served one after the other.
    pub(crate) fn is_multiplexed(&self) -> bool {
        matches!(self.protocol, Protocol::Http2)
    }

    /// See [`Parser::ahead`].
    pub(crate) fn ahead(&mut self, room: &mut dyn Room) -> u64 {
        match self.protocol.parser(room) {
            Some(parser) if self.taken.is_empty() => parser.ahead(),
            _ => 0,
        }
    }

    /// See [`Parser::pass`].
    pub(crate) fn pass(&mut self, count: u64, room: &mut dyn Room) {
        if let Some(parser) = self.protocol.parser(room) {
            parser.pass(count);
        }
    }
}
