// SPDX-License-Identifier: GPL-2.0

//! FastCGI, read from a whole message.

use super::{
    cgi::{
        event,
        foreign,
        said_by,
        LOOKED, //
    },
    cut::cut,
    Event,
    What, //
};
use crate::sniff::{
    FastCgi,
    Nameless, //
};

/// Any bytes: however they are cut, the same is said of them, and it is what a plain reading of them says.
pub fn fastcgi(input: &[u8]) {
    if let Some((bytes, events)) = cut(FastCgi::new, input) {
        assert_eq!(events, expected(bytes));
    }
}

/// A request of which the parameters are being collected.
struct Request {
    id: u16,
    /// Their bytes.
    stream: Vec<u8>,
    /// Where each of them ends in the message.
    ends: Vec<usize>,
}

/// What a parser is to say of `bytes`.
pub(crate) fn expected(bytes: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut request: Option<Request> = None;
    let mut at = 0;
    while let Some(version) = bytes.get(at) {
        if *version != 1 {
            events.extend(answer(request, None));
            events.push(foreign(at + 1));
            if at + 1 < bytes.len() {
                events.push(event(at + 2, What::End));
            }
            return events;
        }
        let Some(&[_, kind, id_1, id_0, content_1, content_0, padding, _]) = bytes.get(at..at + 8)
        else {
            break;
        };
        let id = u16::from_be_bytes([id_1, id_0]);
        let content = usize::from(u16::from_be_bytes([content_1, content_0]));
        at += 8;
        match (kind, id) {
            (_, 0) => {}
            (1, _) => {
                let next = Request {
                    id,
                    stream: Vec::new(),
                    ends: Vec::new(),
                };
                events.extend(answer(request.replace(next), None));
            }
            (4, _) if request.as_ref().is_some_and(|request| request.id == id) => {
                if content == 0 {
                    events.extend(answer(request.take(), Some(at)));
                } else if let Some(request) = &mut request {
                    let part = &bytes[at..(at + content).min(bytes.len())];
                    request.stream.extend_from_slice(part);
                    request.ends.extend(at + 1..at + 1 + part.len());
                }
            }
            _ => {}
        }
        at += content + usize::from(padding);
    }
    events.extend(answer(request, None));
    events
}

/// The answer to a request of which the parameters ended at `end`, if they did.
fn answer(request: Option<Request>, end: Option<usize>) -> Option<Event> {
    let Request { stream, ends, .. } = request?;
    let looked = &stream[..stream.len().min(LOOKED)];
    let mut server: &[u8] = b"";
    let mut at = 0;
    while let Some((name, value, next)) = pair(looked, at) {
        at = next;
        match name {
            _ if value.is_empty() => {}
            // The empty record need not have come.
            b"HTTP_HOST" => return Some(event(ends[at - 1], said_by(value))),
            b"SERVER_NAME" => server = value,
            _ => {}
        }
    }
    if stream.len() > LOOKED {
        let late = What::Nameless(Nameless::TooLate);
        return Some(event(ends[LOOKED], late));
    }
    match at == stream.len() {
        true => Some(event(end?, said_by(server))),
        false => Some(foreign(end?)),
    }
}

/// The name and value that start at `at`, and where they end, if they are complete.
fn pair(stream: &[u8], at: usize) -> Option<(&[u8], &[u8], usize)> {
    let (name, at) = length(stream, at)?;
    let (value, at) = length(stream, at)?;
    let text = stream.get(at..at + name + value)?;
    let (name, value) = text.split_at(name);
    Some((name, value, at + text.len()))
}

/// The length that starts at `at`, and where it ends.
fn length(stream: &[u8], at: usize) -> Option<(usize, usize)> {
    match *stream.get(at)? {
        short @ 0..=127 => Some((usize::from(short), at + 1)),
        _ => {
            let bytes = stream.get(at..at + 4)?.try_into().unwrap();
            Some(((u32::from_be_bytes(bytes) & 0x7fff_ffff) as usize, at + 4))
        }
    }
}
