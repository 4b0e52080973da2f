// SPDX-License-Identifier: GPL-2.0

//! The rows of one prefix's ports, in blocks, so that a change copies no more than a block.

use crate::mem::{
    List,
    NoMemory, //
};

use super::{
    index::AddError,
    span::Span, //
};

/// Ports of a block as a power of two: 64 blocks.
const SHIFT: u32 = 10;

/// Ports of a block.
const PORTS: u16 = 1 << SHIFT;

/// The number of a port's block, below 64.
pub(super) fn block(port: u16) -> u8 {
    u8::try_from(port >> SHIFT).unwrap_or(u8::MAX)
}

/// The spans, cut where blocks end.
pub(super) fn cut(spans: &[Span]) -> impl Iterator<Item = Span> + '_ {
    spans.iter().flat_map(|span| {
        let blocks = span.first >> SHIFT..=span.last >> SHIFT;
        blocks.map(|block| {
            let start = block << SHIFT;
            let end = start | (PORTS - 1);
            Span {
                first: span.first.max(start),
                last: span.last.min(end),
            }
        })
    })
}

/// Ports, all in one block, and the row that has them.
#[derive(Clone, Copy)]
pub(super) struct Owned {
    pub(super) span: Span,
    pub(super) row: u32,
}

/// The row that has `port`; the ports ascend.
#[inline]
pub(super) fn owner(ports: &[Owned], port: u16) -> Option<u32> {
    // `binary_search_by` is compiled with a check for an overflow that cannot be; a probe's handler
    // is to have no way to panic at all.
    let mut rest = ports;
    loop {
        let half = rest.len() / 2;
        let owned = rest.get(half)?;
        if port < owned.span.first {
            rest = rest.get(..half)?;
        } else if owned.span.last < port {
            rest = rest.get(half.wrapping_add(1)..)?;
        } else {
            return Some(owned.row);
        }
    }
}

/// `old` and `new`, which must not overlap.
pub(super) fn with(old: &[Owned], new: Owned) -> Result<List<Owned>, AddError> {
    let at = old.partition_point(|owned| owned.span.last < new.span.first);
    let before = old.get(..at).unwrap_or_default();
    let after = old.get(at..).unwrap_or_default();
    match after.first() {
        Some(next) if next.span.overlaps(new.span) => return Err(AddError::Taken(next.row)),
        _ => {}
    }
    let mut ports = List::with_capacity(old.len().saturating_add(1))?;
    ports.extend_from_slice(before)?;
    ports.push(new)?;
    ports.extend_from_slice(after)?;
    Ok(ports)
}

/// `old` without the ports of `gone`.
pub(super) fn without(old: &[Owned], gone: Span) -> Result<List<Owned>, NoMemory> {
    let mut ports = List::with_capacity(old.len())?;
    for owned in old.iter().filter(|owned| owned.span != gone) {
        ports.push(*owned)?;
    }
    Ok(ports)
}
