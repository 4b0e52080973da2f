// SPDX-License-Identifier: GPL-2.0

//! The `:authority` of each request of a connection that speaks HTTP/2 in the clear (RFC 9113), from the client's bytes.
//!
//! Here are the frames, in `request` what one request names, in `hpack` the field blocks (RFC 7541), in `table` and `kept` what
//! they refer to, in `huffman` and `integer` what they are written in.

mod hpack;
mod huffman;
mod integer;
mod kept;
mod request;
mod table;

use crate::sniff;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Parser;
use crate::sniff::Skip;
use crate::sniff::Step;
use hpack::Decoder;
use hpack::Stop;
use request::Request;

/// What a client sends first (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much of it a parser of HTTP/1 takes for the line of a request and the end of its fields.
const LINE: u8 = 18;

/// Bytes of a frame's header (RFC 9113, section 4.1).
const HEADER: u8 = 9;

/// Bytes of the priority in HEADERS (RFC 9113, section 6.2).
const PRIORITY: u8 = 5;

/// The types of frames that carry field blocks here (RFC 9113, sections 6.2 and 6.10); clients send no PUSH_PROMISE.
const HEADERS: u8 = 0x01;
/// See [`HEADERS`].
const CONTINUATION: u8 = 0x09;

/// The flags of [`HEADERS`]; [`CONTINUATION`] has only END_HEADERS.
const END_HEADERS: u8 = 0x04;
/// See [`END_HEADERS`].
const PADDED: u8 = 0x08;
/// See [`END_HEADERS`].
const PRIORITIZED: u8 = 0x20;

/// The header of a frame, as far as it was read.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Bytes of the payload that are to come.
    left: u32,
    kind: u8,
    flags: u8,
    /// Without the reserved bit.
    stream: u32,
}

impl Frame {
    const fn new() -> Self {
        Self {
            left: 0,
            kind: 0,
            flags: 0,
            stream: 0,
        }
    }

    /// Reads the next byte of the header, in front of which there are `at`.
    fn push(&mut self, at: u8, byte: u8) {
        let place = match at {
            0..=2 => &mut self.left,
            3 => return self.kind = byte,
            4 => return self.flags = byte,
            _ => &mut self.stream,
        };
        *place = place.wrapping_shl(8) | u32::from(byte);
        self.stream &= 0x7fff_ffff;
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The preface, of which so many bytes have come.
    Preface(u8),
    /// The header of a frame, of which so many bytes have come.
    Header(u8),
    /// The length of the padding.
    Padding,
    /// The priority, of which so many bytes have come.
    Priority(u8),
    /// A piece of a field block.
    Block,
    /// Nothing that is read.
    Broken,
}

/// The parser.
///
/// HEADERS and CONTINUATION are read; all other frames are only counted, whatever their length, and whether they may stand
/// there is the server's business. A request is HEADERS on a stream with a higher number than all before it; on another stream
/// they are trailers, which are read for the sake of the dynamic table. Behind what breaks the order of the frames with field
/// blocks everything is [`Step::Lost`]. A broken field block is [`Nameless::Malformed`] and ends the parser. See [`Decoder`] for
/// which dynamic tables are followed: with another one everything is lost as well.
#[derive(Clone, Debug)]
pub(crate) struct Http2 {
    decoder: Decoder,
    /// What is counted before [`State::Header`].
    skip: Skip,
    frame: Frame,
    /// The stream whose field block has not ended.
    open: Option<u32>,
    /// The highest stream that was seen.
    highest: u32,
    state: State,
    /// Bytes of padding behind the piece of a field block.
    padding: u8,
    request: Request,
}

const _: () = assert!(size_of::<Http2>() <= 2048);

impl Http2 {
    /// At the start of a connection, in front of the whole preface.
    pub(crate) const fn new() -> Self {
        Self::at(0)
    }

    /// Behind the preface's `PRI * HTTP/2.0` and the empty line that follows it: in front of `SM` and another one.
    pub(crate) const fn behind_line() -> Self {
        Self::at(LINE)
    }

    const fn at(preface: u8) -> Self {
        Self {
            decoder: Decoder::new(),
            skip: Skip(0),
            frame: Frame::new(),
            open: None,
            highest: 0,
            state: State::Preface(preface),
            padding: 0,
            request: Request::Silent,
        }
    }

    /// Size of the dynamic table in bytes, and its entries.
    #[cfg(test)]
    pub(crate) fn table(&self) -> (u32, u8) {
        self.decoder.table().fill()
    }

    /// Reads a byte that is not of a field block.
    fn byte(&mut self, byte: u8) -> Step {
        match self.state {
            State::Preface(at) => self.preface(at, byte),
            State::Header(at) => {
                if at == 0 {
                    self.frame = Frame::new();
                }
                self.frame.push(at, byte);
                self.state = State::Header(at.saturating_add(1));
                match self.state {
                    State::Header(HEADER) => self.header(),
                    _ => Step::More,
                }
            }
            State::Padding => {
                self.frame.left = self.frame.left.saturating_sub(1);
                self.padding = byte;
                match self.frame.has(PRIORITIZED) {
                    true => self.state = State::Priority(0),
                    false => return self.block(),
                }
                Step::More
            }
            State::Priority(at) => {
                self.frame.left = self.frame.left.saturating_sub(1);
                self.state = State::Priority(at.saturating_add(1));
                match self.state {
                    State::Priority(PRIORITY) => self.block(),
                    _ => Step::More,
                }
            }
            State::Block | State::Broken => Step::End,
        }
    }

    fn preface(&mut self, at: u8, byte: u8) -> Step {
        if PREFACE.get(usize::from(at)) != Some(&byte) {
            self.state = State::Broken;
            return Step::Nameless(Nameless::Foreign);
        }
        let at = at.saturating_add(1);
        self.state = match usize::from(at) < PREFACE.len() {
            true => State::Preface(at),
            false => State::Header(0),
        };
        Step::More
    }

    /// The header of a frame was read.
    fn header(&mut self) -> Step {
        let stream = self.frame.stream;
        match (self.frame.kind, self.open) {
            (HEADERS, None) if stream & 1 == 1 => {
                self.request = match stream > self.highest {
                    true => Request::Open,
                    false => Request::Silent,
                };
                self.highest = self.highest.max(stream);
                self.decoder.begin();
                self.front()
            }
            (CONTINUATION, Some(open)) if stream == open => self.block(),
            // PROTOCOL_ERROR: no stream of a client's, a piece of no block, or another frame before its end.
            (HEADERS | CONTINUATION, _) | (_, Some(_)) => self.lose(),
            (_, None) => {
                self.skip.set(u64::from(self.frame.left));
                self.state = State::Header(0);
                Step::More
            }
        }
    }

    /// What stands in HEADERS in front of the piece of a field block (RFC 9113, section 6.2).
    fn front(&mut self) -> Step {
        let padded = u32::from(self.frame.has(PADDED));
        let priority = match self.frame.has(PRIORITIZED) {
            true => u32::from(PRIORITY),
            false => 0,
        };
        // FRAME_SIZE_ERROR.
        if self.frame.left < padded.saturating_add(priority) {
            return self.lose();
        }
        match (padded, priority) {
            (1, _) => self.state = State::Padding,
            (_, 0) => return self.block(),
            (_, _) => self.state = State::Priority(0),
        }
        Step::More
    }

    /// The piece of a field block starts here.
    fn block(&mut self) -> Step {
        // PROTOCOL_ERROR: more padding than there is room for.
        let padding = u32::from(self.padding);
        let Some(left) = self.frame.left.checked_sub(padding) else {
            return self.lose();
        };
        self.frame.left = left;
        self.state = State::Block;
        match left {
            0 => self.block_end(),
            _ => Step::More,
        }
    }

    /// Reads of the piece of a field block.
    fn read_block(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        let left = usize::try_from(self.frame.left).unwrap_or(usize::MAX);
        let all = *bytes;
        let mut piece = all.get(..left.min(all.len())).unwrap_or_default();
        let before = piece.len();
        let found = self.decoder.read(&mut piece, name);
        let count = before.saturating_sub(piece.len());
        *bytes = all.get(count..).unwrap_or_default();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.frame.left = self.frame.left.saturating_sub(count);
        let step = match found {
            Ok(Some(field)) => self.request.field(&self.decoder, field, name),
            Ok(None) => Step::More,
            Err(Stop::Broken) => return self.malformed(),
            Err(Stop::Lost) => return self.lose(),
        };
        match (self.frame.left, step) {
            (0, Step::More) => self.block_end(),
            (0, _) => {
                self.block_end();
                step
            }
            _ => step,
        }
    }

    /// The piece of a field block has ended.
    fn block_end(&mut self) -> Step {
        self.skip.set(u64::from(self.padding));
        self.padding = 0;
        self.state = State::Header(0);
        if !self.frame.has(END_HEADERS) {
            self.open = Some(self.frame.stream);
            return Step::More;
        }
        self.open = None;
        match self.decoder.is_between() {
            true => self.request.end(),
            false => self.malformed(),
        }
    }

    /// COMPRESSION_ERROR.
    fn malformed(&mut self) -> Step {
        self.skip.set(0);
        match self.request {
            Request::Silent => self.lose(),
            _ => {
                self.state = State::Broken;
                Step::Nameless(Nameless::Malformed)
            }
        }
    }

    fn lose(&mut self) -> Step {
        self.state = State::Broken;
        Step::Lost
    }
}

impl Parser for Http2 {
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        loop {
            self.skip.take(bytes);
            let step = match (self.state, bytes.is_empty()) {
                (_, true) => return Step::More,
                (State::Block, false) => self.read_block(bytes, name),
                (_, false) => match sniff::next(bytes) {
                    Some(byte) => self.byte(byte),
                    None => return Step::More,
                },
            };
            if step != Step::More {
                return step;
            }
        }
    }

    fn ahead(&self) -> u64 {
        self.skip.left()
    }

    fn pass(&mut self, count: u64) {
        self.skip.pass(count);
    }
}
