// SPDX-License-Identifier: GPL-2.0

//! SCGI, read from a whole message.

use super::{
    cgi::{
        alone,
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
    Nameless,
    Scgi, //
};

/// Any bytes: however they are cut, the same is said of them, and it is what a plain reading of them says.
pub fn scgi(input: &[u8]) {
    if let Some((bytes, events)) = cut(Scgi::new, input) {
        assert_eq!(events, expected(bytes));
    }
}

/// What a parser is to say of `bytes`.
pub(crate) fn expected(bytes: &[u8]) -> Vec<Event> {
    alone(answer(bytes), bytes.len())
}

fn answer(bytes: &[u8]) -> Option<Event> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    let digits = digits.count();
    let mut length: usize = 0;
    for end in 1..=digits {
        let number = std::str::from_utf8(&bytes[..end]).unwrap();
        match number.parse::<u32>() {
            Ok(value) if number == value.to_string() => length = value as usize,
            _ => return Some(foreign(end)),
        }
    }
    let colon = *bytes.get(digits)?;
    if digits == 0 || colon != b':' {
        return Some(foreign(digits + 1));
    }

    let start = digits + 1;
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
