// SPDX-License-Identifier: GPL-2.0

//! What parsers have in common that look at bytes one by one.

use crate::sniff::{
    next,
    Name,
    Parser,
    Skip,
    Step, //
};

/// Bytes of a request's variables that are looked at before its answer: twice what nginx takes of a head by default.
pub(crate) const LOOKED_BYTES: u32 = 65_536;

/// Does what [`Parser::read`] promises: lets the parser pass over what it only counts, and hands it every other byte by `one`, until
/// it says something.
pub(crate) fn read<P: Parser>(
    parser: &mut P,
    bytes: &mut &[u8],
    mut one: impl FnMut(&mut P, u8) -> Step,
) -> Step {
    while !bytes.is_empty() {
        let ahead = parser.ahead();
        if ahead > 0 {
            let mut skip = Skip::default();
            skip.set(ahead);
            skip.take(bytes);
            parser.pass(ahead.saturating_sub(skip.left()));
            continue;
        }
        let step = next(bytes).map_or(Step::More, |byte| one(parser, byte));
        if step != Step::More {
            return step;
        }
    }
    Step::More
}

/// The answer that a complete name is.
pub(crate) fn answer(name: &Name) -> Step {
    name.get().map_or_else(Step::Nameless, |_| Step::Named)
}

/// A number of which the next byte follows, the highest first.
pub(crate) fn big_endian(number: u16, byte: u8) -> u16 {
    let [_, high] = number.to_be_bytes();
    u16::from_be_bytes([high, byte])
}

/// A number of which the next byte follows, the lowest first.
pub(crate) fn little_endian(number: u16, byte: u8) -> u16 {
    let [_, low] = number.to_le_bytes();
    u16::from_le_bytes([low, byte])
}
