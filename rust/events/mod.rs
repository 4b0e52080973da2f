// SPDX-License-Identifier: GPL-2.0

//! What happens, for who watches: records of it, and the ring that keeps the last of them.

mod code;
mod print;
mod record;
mod ring;

pub(crate) use print::Line;
pub(crate) use record::{
    Cause,
    Change,
    End,
    Health,
    Record,
    Who, //
};
pub(crate) use ring::{
    Next,
    Position,
    Ring, //
};
