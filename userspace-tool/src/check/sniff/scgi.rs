// SPDX-License-Identifier: GPL-2.0

//! SCGI, read from a whole message, and by a connection that is told to be SCGI by its first bytes.

use super::{
    cgi::{
        alone,
        event,
        foreign,
        said_by,
        LOOKED, //
    },
    cut::cut,
    stream::{
        Lent,
        Whole, //
    },
    Event,
    What, //
};
use crate::sniff::Nameless;

/// A connection that has no room for HTTP/2.
pub(crate) fn connection() -> Whole<Lent> {
    Whole::new(Lent(None))
}

/// Any bytes: however they are cut, the same is said of them, and of SCGI it is what a plain reading of them says.
pub fn scgi(input: &[u8]) {
    if let Some((bytes, events)) = cut(connection, input) {
        if let Some((digits, length)) = netstring(bytes) {
            let answer = answer(bytes, digits + 1, length as usize);
            assert_eq!(events, alone(answer, bytes.len()));
        }
    }
}

/// The number of digits and the length of the netstring at the front of `bytes`, if there is one.
pub(crate) fn netstring(bytes: &[u8]) -> Option<(usize, u32)> {
    let digits = bytes.iter().position(|byte| *byte == b':')?;
    let number = std::str::from_utf8(&bytes[..digits]).ok()?;
    let length: u32 = number.parse().ok()?;
    (number == length.to_string()).then_some((digits, length))
}

/// What is to be said of a netstring that starts at `start`, and the comma behind it.
fn answer(bytes: &[u8], start: usize, length: usize) -> Option<Event> {
    let end = start + length;
    let block = &bytes[start..end.min(bytes.len())];
    let ends: Vec<usize> = (0..block.len()).filter(|at| block[*at] == 0).collect();
    let mut from = 0;
    let mut server: &[u8] = b"";
    for pair in ends.chunks_exact(2) {
        let (name, value) = (&block[from..pair[0]], &block[pair[0] + 1..pair[1]]);
        from = pair[1] + 1;
        match name {
            _ if from > LOOKED || value.is_empty() => {}
            b"HTTP_HOST" => return Some(event(start + from, said_by(value))),
            b"SERVER_NAME" => server = value,
            _ => {}
        }
    }
    if block.len() > LOOKED {
        let late = What::Nameless(Nameless::TooLate);
        return Some(event(start + LOOKED + 1, late));
    }
    if block.len() < length {
        return None;
    }
    if from != length {
        return Some(foreign(end));
    }
    match bytes.get(end)? {
        b',' => Some(event(end + 1, said_by(server))),
        _ => Some(foreign(end + 1)),
    }
}
