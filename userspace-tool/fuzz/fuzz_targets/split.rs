// SPDX-License-Identifier: GPL-2.0

//! A transaction in one write and in two; the first two bytes say where it is cut.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let [high, low, text @ ..] = bytes {
        vhqos::check::split(text, usize::from(u16::from_be_bytes([*high, *low])));
    }
});
