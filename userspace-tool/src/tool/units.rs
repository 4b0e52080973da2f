// SPDX-License-Identifier: GPL-2.0

//! Amounts as people read them.

use std::time::Duration;

/// A time of so many microseconds: `0.3s`, `59.9s`, `3m 12s`, `5h 3m`, `12days 5h`.
pub(crate) fn time(microseconds: u64) -> String {
    let tenths = microseconds / 100_000;
    if tenths < 600 {
        return format!("{}.{}s", tenths / 10, tenths % 10);
    }
    let time = humantime::format_duration(Duration::from_secs(tenths / 10)).to_string();
    let parts: Vec<&str> = time.split(' ').take(2).collect();
    parts.join(" ")
}

/// A count: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 host`, `2 hosts`.
pub(crate) fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
