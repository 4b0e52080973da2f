// SPDX-License-Identifier: GPL-2.0

//! HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112): the host of each request on a connection.
//!
//! The authority in a target counts before the `Host` field (RFC 9112, section 3.2.2). Where the RFC lets servers choose, it is
//! read as nginx and Apache read it; of what they refuse only that matters that nothing else goes wrong.

mod chunks;
mod field;
mod framing;
mod line;

use crate::limits::{
    HEAD_BYTES,
    HEAD_NAME_BYTES, //
};
use crate::sniff::next;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Parser;
use crate::sniff::Skip;
use crate::sniff::Step;

use chunks::Chunks;
use field::Head;
use framing::Framing;
use line::{
    is_special,
    Line,
    Scheme, //
};

const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// What is read.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The request line.
    Line(Line),
    /// The fields.
    Head(Head),
    /// A body in chunks.
    Chunks(Chunks),
    /// What is behind the start of the preface of HTTP/2.
    Http2,
    /// What cannot be told apart, which is to be said.
    Lost,
    /// What nothing is known of, as was said.
    End,
}

/// What was read before the request at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// No request.
    Nothing,
    /// A request that leaves the protocol as it is.
    Request,
    /// A request that may change it: with an `Upgrade` field (RFC 9110, section 7.8), or for a tunnel (section 9.3.6).
    Change,
}

/// The requests of a connection.
///
/// A first line that is no request is [`Nameless::Foreign`]. Behind a request that may change the protocol it is the end, since
/// servers may do so or go on with HTTP/1; behind another one it is [`Step::Lost`], as is everything else behind which nobody
/// knows where the next request starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Http1 {
    scheme: Scheme,
    place: Place,
    /// Bytes of a body or a chunk that are left.
    body: Skip,
    /// Bytes of the request at hand, up to the end of its head.
    head: u32,
    /// Whether the host of the request at hand was told, or that it has none.
    told: bool,
    before: Before,
}

const _: () = assert!(size_of::<Http1>() <= 80);

impl Http1 {
    /// At the start of a connection in the clear.
    pub(crate) const fn new() -> Self {
        Self::of_scheme(Scheme::Http)
    }

    /// At the start of a connection inside of TLS.
    pub(crate) const fn of_records() -> Self {
        Self::of_scheme(Scheme::Https)
    }

    const fn of_scheme(scheme: Scheme) -> Self {
        Self {
            scheme,
            place: Place::Line(Line::new(scheme)),
            body: Skip(0),
            head: 0,
            told: false,
            before: Before::Nothing,
        }
    }

    /// Whether what follows a [`Step::Next`] is HTTP/2, from `SM` in the preface on (RFC 9113, section 3.4).
    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.place, Place::Http2)
    }

    /// Reads the next byte.
    fn byte(&mut self, byte: u8, name: &mut Name) -> Option<Step> {
        let step = match &mut self.place {
            Place::Line(line) => {
                let read = line.read(byte, name);
                self.in_line(read, name)
            }
            Place::Head(head) => {
                let read = head.read(byte, name);
                self.in_head(read, name)
            }
            Place::Chunks(chunks) => {
                match chunks.read(byte) {
                    chunks::Read::More => {}
                    chunks::Read::Data(size) => self.body.set(size),
                    chunks::Read::End => self.place = Place::Line(Line::new(self.scheme)),
                    chunks::Read::Odd => self.place = Place::Lost,
                }
                None
            }
            Place::Lost => None,
            Place::Http2 | Place::End => Some(Step::End),
        };
        if step.is_none() && matches!(self.place, Place::Lost) {
            self.place = Place::End;
            return Some(Step::Lost);
        }
        step
    }

    /// A byte of the request line was read.
    fn in_line(&mut self, read: line::Read, name: &Name) -> Option<Step> {
        self.head = self.head.saturating_add(1);
        match (read, &self.place) {
            (line::Read::Authority, _) => self.tell(name.get()),
            (line::Read::OtherScheme, _) => self.tell(Err(Nameless::Malformed)),
            (line::Read::Line, Place::Line(line)) => {
                self.place = Place::Head(Head::new(line.is_tunnel()));
                self.check_limit()
            }
            (line::Read::Short, _) => self.end_head(Framing::Unknown),
            (line::Read::Http2, _) => {
                self.place = Place::Http2;
                Some(Step::Next)
            }
            (line::Read::Odd, _) => self.fail(),
            (line::Read::More | line::Read::Line, _) => self.check_limit(),
        }
    }

    /// A byte of the fields was read.
    fn in_head(&mut self, read: field::Read, name: &Name) -> Option<Step> {
        self.head = self.head.saturating_add(1);
        let step = if read.host {
            self.tell(name.get())
        } else {
            None
        };
        match &self.place {
            Place::Head(head) if read.end => {
                self.before = match head.may_change() {
                    true => Before::Change,
                    false => Before::Request,
                };
                let framing = head.framing();
                step.or(self.end_head(framing))
            }
            _ => step.or_else(|| self.check_limit()),
        }
    }

    /// The name is complete. The first one counts: the authority in the target before the `Host` field, and of several fields the
    /// first.
    fn tell(&mut self, name: Result<&str, Nameless>) -> Option<Step> {
        if self.told {
            return None;
        }
        self.told = true;
        Some(name.map_or_else(Step::Nameless, |_| Step::Named))
    }

    /// The head is complete.
    fn end_head(&mut self, framing: Framing) -> Option<Step> {
        let absent = (!self.told).then_some(Step::Nameless(Nameless::Absent));
        self.head = 0;
        self.told = false;
        self.place = match framing {
            Framing::Length(length) => {
                self.body.set(length);
                Place::Line(Line::new(self.scheme))
            }
            Framing::Chunked => Place::Chunks(Chunks::new()),
            Framing::Unknown => Place::Lost,
        };
        absent
    }

    /// The bytes are no request.
    fn fail(&mut self) -> Option<Step> {
        let step = match self.before {
            Before::Nothing if !self.told => Step::Nameless(Nameless::Foreign),
            Before::Change if !self.told => Step::End,
            _ => return self.lose(),
        };
        self.place = Place::End;
        Some(step)
    }

    /// Nobody knows what follows; it is said if nothing else is.
    fn lose(&mut self) -> Option<Step> {
        self.place = Place::Lost;
        None
    }

    /// Bytes of the head at which something is to be said, if nothing else was.
    fn limit(&self) -> u32 {
        match self.told {
            true => HEAD_BYTES,
            false => HEAD_NAME_BYTES,
        }
    }

    fn check_limit(&mut self) -> Option<Step> {
        if self.head < self.limit() {
            return None;
        }
        let blank = matches!(&self.place, Place::Line(line) if line.is_blank());
        match self.before {
            _ if !self.told && !blank => {
                self.told = true;
                Some(Step::Nameless(Nameless::TooLate))
            }
            Before::Nothing => self.fail(),
            // It is none of another protocol: a server may take more of it.
            Before::Request | Before::Change => self.lose(),
        }
    }

    /// Passes over bytes that only count.
    fn pass_idle(&mut self, bytes: &mut &[u8]) {
        // The byte that reaches the limit is read as any other.
        let room = self.limit().saturating_sub(self.head).saturating_sub(1);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let idle = bytes.get(..room).unwrap_or(bytes);
        let count = match &self.place {
            Place::Line(line) if line.is_idle() => idle.iter().position(|byte| is_special(*byte)),
            Place::Head(head) if head.is_idle() => idle.iter().position(|byte| *byte == LF),
            _ => return,
        };
        let count = count.unwrap_or(idle.len());
        *bytes = bytes.get(count..).unwrap_or_default();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.head = self.head.saturating_add(count);
    }
}

impl Parser for Http1 {
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        loop {
            self.body.take(bytes);
            self.pass_idle(bytes);
            let Some(byte) = next(bytes) else {
                return Step::More;
            };
            if let Some(step) = self.byte(byte, name) {
                return step;
            }
        }
    }

    fn ahead(&self) -> u64 {
        self.body.left()
    }

    fn pass(&mut self, count: u64) {
        self.body.pass(count);
    }

    fn is_open(&self) -> bool {
        match &self.place {
            Place::Line(_) => self.told || self.body.left() > 0,
            Place::Head(_) => self.told,
            Place::Chunks(_) | Place::Lost => true,
            Place::Http2 | Place::End => false,
        }
    }
}
