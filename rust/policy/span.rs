// SPDX-License-Identifier: GPL-2.0

//! Lists of numbers and ranges such as `80,443,8000-8100`: ports and CPUs.

use core::fmt::{
    self,
    Display,
    Formatter, //
};

use crate::mem::{
    List,
    NoMemory, //
};

use super::number::{
    whole,
    NumberError, //
};

/// The numbers from `first` to `last`, both of them included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The lowest number.
    pub(crate) first: u16,
    /// The highest number.
    pub(crate) last: u16,
}

impl Span {
    /// Whether `number` is one of them.
    pub(crate) fn contains(self, number: u16) -> bool {
        self.first <= number && number <= self.last
    }

    /// Whether a number is in both.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

impl Display for Span {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        if self.last != self.first {
            write!(f, "-{}", self.last)?;
        }
        Ok(())
    }
}

/// Why text is not a list of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpanError {
    /// Not written as numbers and ranges.
    Syntax,
    /// A number is outside of what it may be.
    Range,
    /// A range ends before it starts.
    Backward,
    /// A number is named twice.
    Twice,
    /// No memory.
    NoMemory,
}

impl From<NoMemory> for SpanError {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

/// Reads numbers from `min` to `max`, appending the spans to `to` in ascending order.
pub(super) fn parse(text: &str, min: u16, max: u16, to: &mut List<Span>) -> Result<(), SpanError> {
    let start = to.len();
    let number = |text: &str| match whole(text, u64::from(max)).map(u16::try_from) {
        Ok(Ok(number)) if number >= min => Ok(number),
        Err(NumberError::Syntax) => Err(SpanError::Syntax),
        _ => Err(SpanError::Range),
    };
    for part in text.split(',') {
        let span = match part.split_once('-') {
            None => {
                let first = number(part)?;
                Span { first, last: first }
            }
            Some((first, last)) => Span {
                first: number(first)?,
                last: number(last)?,
            },
        };
        if span.last < span.first {
            return Err(SpanError::Backward);
        }
        insert(span, start, to)?;
    }
    Ok(())
}

/// Puts `span` at its place among the sorted spans from `start` on.
fn insert(span: Span, start: usize, to: &mut List<Span>) -> Result<(), SpanError> {
    to.push(span)?;
    let mut spans = to.get_mut(start..).unwrap_or_default();
    while let [.., before, last] = spans {
        if before.overlaps(*last) {
            return Err(SpanError::Twice);
        }
        if before.first < last.first {
            break;
        }
        core::mem::swap(before, last);
        let shorter = spans.len().saturating_sub(1);
        spans = spans.get_mut(..shorter).unwrap_or_default();
    }
    Ok(())
}

/// Prints spans as they are read.
pub(crate) struct Spans<'a>(pub(crate) &'a [Span]);

impl Display for Spans<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, span) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            Display::fmt(span, f)?;
        }
        Ok(())
    }
}
