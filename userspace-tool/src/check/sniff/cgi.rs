// SPDX-License-Identifier: GPL-2.0

//! What the variables of a request say, read from a whole message.

use super::{
    Event,
    What, //
};
use crate::sniff::{
    Name,
    Nameless, //
};

/// Bytes of a request that are looked at.
pub(super) const LOOKED: usize = 65_536;

/// What a value says.
pub(super) fn said_by(value: &[u8]) -> What {
    let mut name = Name::new();
    name.extend(value);
    match name.get() {
        Ok(name) => What::Named(name.to_owned()),
        Err(why) => What::Nameless(why),
    }
}

/// An event.
pub(super) fn event(at: usize, what: What) -> Event {
    let at = at as u64;
    Event { at, what }
}

/// The bytes are not of the protocol.
pub(super) fn foreign(at: usize) -> Event {
    event(at, What::Nameless(Nameless::Foreign))
}

/// The events on a connection of `length` bytes of which nothing is read behind the first answer.
pub(super) fn alone(answer: Option<Event>, length: usize) -> Vec<Event> {
    let mut events: Vec<Event> = answer.into_iter().collect();
    if let Some(at) = events.first().map(|event| event.at as usize) {
        if at < length {
            events.push(event(at + 1, What::End));
        }
    }
    events
}
