// SPDX-License-Identifier: GPL-2.0

//! The uwsgi protocol, read from a whole message.

use super::{
    cgi::{
        alone,
        event,
        foreign,
        said_by, //
    },
    cut::cut,
    Event, //
};
use crate::sniff::Uwsgi;

/// Any bytes: however they are cut, the same is said of them, and it is what a plain reading of them says.
pub fn uwsgi(input: &[u8]) {
    if let Some((bytes, events)) = cut(Uwsgi::new, input) {
        assert_eq!(events, expected(bytes));
    }
}

/// What a parser is to say of `bytes`.
pub(crate) fn expected(bytes: &[u8]) -> Vec<Event> {
    alone(answer(bytes), bytes.len())
}

fn answer(bytes: &[u8]) -> Option<Event> {
    if !matches!(bytes.first()?, 0 | 5 | 7 | 14) {
        return Some(foreign(1));
    }
    let size =
        |at: usize| Some(usize::from(*bytes.get(at)?) + 256 * usize::from(*bytes.get(at + 1)?));
    let end = 4 + size(1)?;
    bytes.get(3)?;
    let mut server: &[u8] = b"";
    let mut at = 4;
    while at < end {
        bytes.get(at)?;
        if end - at == 1 {
            return Some(foreign(end));
        }
        let name_end = at + 2 + size(at)?;
        if name_end + 2 > end {
            return Some(foreign(at + 2));
        }
        let name = bytes.get(at + 2..name_end)?;
        let value_end = name_end + 2 + size(name_end)?;
        if value_end > end {
            return Some(foreign(name_end + 2));
        }
        let value = bytes.get(name_end + 2..value_end)?;
        at = value_end;
        match name {
            _ if value.is_empty() => {}
            b"HTTP_HOST" => return Some(event(at, said_by(value))),
            b"SERVER_NAME" => server = value,
            _ => {}
        }
    }
    Some(event(end, said_by(server)))
}
