// SPDX-License-Identifier: GPL-2.0

//! Numbers: decimal, without sign and leading zeros, of a stated width.

use core::fmt::{
    self,
    Display,
    Formatter,
    Write, //
};

/// Why text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// Not written as a number.
    Syntax,
    /// A number that is too large for its place.
    Range,
}

/// Reads a whole number of at most `max`.
pub(super) fn whole(text: &str, max: u64) -> Result<u64, NumberError> {
    let digits = text.as_bytes();
    if digits.is_empty() || (digits.len() > 1 && digits.first() == Some(&b'0')) {
        return Err(NumberError::Syntax);
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(NumberError::Syntax);
    }
    digits
        .iter()
        .try_fold(0u64, |sum, digit| {
            let digit = u64::from(digit.wrapping_sub(b'0'));
            sum.checked_mul(10)?.checked_add(digit)
        })
        .filter(|number| *number <= max)
        .ok_or(NumberError::Range)
}

/// A number with four decimals, in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fixed(pub(crate) u64);

impl Fixed {
    /// Ten-thousandths in one.
    pub(crate) const ONE: u64 = 10_000;

    /// Reads a number with at most `decimals` (up to 4) decimals that is at most `max` ten-thousandths.
    pub(super) fn parse(text: &str, decimals: usize, max: u64) -> Result<Self, NumberError> {
        let (front, back) = match text.split_once('.') {
            Some((_, "")) => return Err(NumberError::Syntax),
            Some(parts) => parts,
            None => (text, ""),
        };
        if back.len() > decimals || !back.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberError::Syntax);
        }
        let front = whole(front, u64::MAX)?;
        let digits = back.bytes().chain([b'0'; 4]).take(4);
        let back = digits.fold(0u64, |sum, digit| {
            let digit = u64::from(digit.wrapping_sub(b'0'));
            sum.wrapping_mul(10).wrapping_add(digit)
        });
        front
            .checked_mul(Self::ONE)
            .and_then(|front| front.checked_add(back))
            .filter(|number| *number <= max)
            .map(Self)
            .ok_or(NumberError::Range)
    }
}

impl Display for Fixed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 / Self::ONE)?;
        let mut rest = self.0 % Self::ONE;
        if rest == 0 {
            return Ok(());
        }
        f.write_char('.')?;
        let mut place = Self::ONE / 10;
        while rest > 0 && place > 0 {
            write!(f, "{}", rest.checked_div(place).unwrap_or(0))?;
            rest = rest.checked_rem(place).unwrap_or(0);
            place /= 10;
        }
        Ok(())
    }
}
