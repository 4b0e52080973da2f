// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a connection whose protocol its first bytes tell.

use std::cell::RefCell;

use crate::sniff::start::Kind;
use crate::sniff::start::Start;
use crate::sniff::Http1;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Parser;
use crate::sniff::Room;
use crate::sniff::Skip;
use crate::sniff::Step;
use crate::sniff::Stream;

use super::cut::said_in_pieces;
use super::events;
use super::scgi::netstring;
use super::What;

/// A stream and its room as one parser, for [`super::said`].
pub(crate) struct Whole<R> {
    stream: RefCell<Stream>,
    room: RefCell<R>,
}

impl<R: Room> Whole<R> {
    pub(crate) fn new(room: R) -> Self {
        Self::of(Stream::new(false), room)
    }

    pub(crate) fn of(stream: Stream, room: R) -> Self {
        Self {
            stream: RefCell::new(stream),
            room: RefCell::new(room),
        }
    }
}

impl<R: Room> Parser for Whole<R> {
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        let stream = self.stream.get_mut();
        let step = stream.read(bytes, self.room.get_mut());
        *name = stream.name().clone();
        assert_ne!(step, Step::Next);
        step
    }

    fn ahead(&self) -> u64 {
        let room = &mut *self.room.borrow_mut();
        self.stream.borrow_mut().ahead(room)
    }

    fn pass(&mut self, count: u64) {
        self.stream.get_mut().pass(count, self.room.get_mut());
    }

    fn is_open(&self) -> bool {
        self.stream.borrow().is_open()
    }
}

/// A protocol in the place of HTTP/2: `n` names a host, `f` is foreign, a digit is followed by as many bytes that are only
/// counted, `x` is followed by another protocol, `e` is the end, `l` is lost, and the rest says nothing.
#[derive(Default)]
pub(crate) struct Stub(Skip);

impl Parser for Stub {
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        loop {
            self.0.take(bytes);
            match crate::sniff::next(bytes) {
                None => return Step::More,
                Some(b'n') => {
                    name.clear();
                    name.extend(b"stub.example");
                    return Step::Named;
                }
                Some(b'f') => return Step::Nameless(Nameless::Foreign),
                Some(b'x') => return Step::Next,
                Some(b'e') => return Step::End,
                Some(b'l') => return Step::Lost,
                Some(byte) => {
                    let digit = char::from(byte).to_digit(10).unwrap_or(0);
                    self.0.set(u64::from(digit));
                }
            }
        }
    }

    fn ahead(&self) -> u64 {
        self.0.left()
    }

    fn pass(&mut self, count: u64) {
        self.0.pass(count);
    }
}

/// Room for a [`Stub`], or none.
pub(crate) struct Lent(pub(crate) Option<Stub>);

impl Lent {
    pub(crate) fn some() -> Self {
        Self(Some(Stub::default()))
    }
}

impl Room for Lent {
    fn http2(&mut self) -> Option<&mut dyn Parser> {
        self.0.as_mut().map(|stub| stub as &mut dyn Parser)
    }
}

/// The protocol of the first bytes, if they tell.
pub(crate) fn kind(bytes: &[u8]) -> Option<Kind> {
    let proxy: [&[u8]; 2] = [b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n"];
    if proxy.iter().any(|it| bytes.starts_with(it)) {
        return Some(Kind::Proxy);
    }
    if proxy.iter().any(|it| it.starts_with(bytes)) {
        return None;
    }
    Some(match bytes[0] {
        0x16 => Kind::Tls,
        0x01 => Kind::FastCgi,
        0x00 | 0x05 | 0x07 | 0x0e => Kind::Uwsgi,
        b'0'..=b'9' => match netstring(bytes) {
            Some((_, length)) => Kind::Scgi(length),
            // It may become one.
            None if netstring(&[bytes, b":"].concat()).is_some() => return None,
            None => Kind::Http1,
        },
        _ => Kind::Http1,
    })
}

/// Panics unless `taken` stands for the bytes that were taken.
pub(crate) fn check_taken(kind: Kind, taken: &[u8], bytes: &[u8]) {
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    match kind {
        Kind::Scgi(_) => assert!(taken.is_empty() && digits(bytes)),
        _ if digits(bytes) => assert!(taken.len() == bytes.len() && digits(taken)),
        _ => assert_eq!(taken, bytes),
    }
}

/// Any bytes: the first one says how the others are cut, whether there is room, and whether they were decrypted. The answers are
/// the same however they are cut, the protocol is the one of the first bytes, and what HTTP/1 says is said.
pub fn stream(bytes: &[u8]) {
    let Some((seed, bytes)) = bytes.split_first() else {
        return;
    };
    let room = || match seed & 1 {
        0 => Lent::some(),
        _ => Lent(None),
    };
    let records = seed & 0x80 != 0;
    let whole = || match records {
        true => Whole::of(Stream::new(true), room()),
        false => Whole::new(room()),
    };
    let said = said_in_pieces(whole, *seed, bytes);
    let is_end = |what: &What| matches!(what, What::End | What::Lost);
    let ends = said.iter().filter(|event| is_end(&event.what)).count();
    assert!(ends <= 1 && said.iter().all(|event| event.what != What::Next));

    let (mut start, mut rest) = (Start::new(), bytes);
    let told = start.read(&mut rest);
    let told = told.map(|(kind, taken)| {
        check_taken(kind, taken, &bytes[..bytes.len() - rest.len()]);
        kind
    });
    assert_eq!(told, kind(bytes));

    if told == Some(Kind::Http1) {
        let mut parser = match records {
            true => Http1::of_records(),
            false => Http1::new(),
        };
        let http1 = events(&mut parser, &[bytes], false);
        let before = http1.iter().take_while(|event| event.what != What::Next);
        let before: Vec<&What> = before.map(|event| &event.what).collect();
        let said: Vec<&What> = said.iter().map(|event| &event.what).collect();
        assert!(said.starts_with(&before), "{said:?}, not {before:?}");
        assert!(said.len() == before.len() || before.len() < http1.len());
    }
}
