// SPDX-License-Identifier: GPL-2.0

//! Amounts.

use crate::tool::units::{count, time};

#[test]
fn times_have_two_units_at_the_most() {
    for (microseconds, text) in [
        (0, "0.0s"),
        (99_999, "0.0s"),
        (1_250_000, "1.2s"),
        (59_999_999, "59.9s"),
        (60_000_000, "1m"),
        (192_300_000, "3m 12s"),
        (18_180_000_000, "5h 3m"),
        (1_054_800_000_000, "12days 5h"),
    ] {
        assert_eq!(time(microseconds), text);
    }
    assert!(!time(u64::MAX).is_empty());
}

#[test]
fn counts_are_grouped() {
    for (number, text) in [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (1_234_567, "1,234,567"),
        (u64::MAX, "18,446,744,073,709,551,615"),
    ] {
        assert_eq!(count(number), text);
    }
}
