// SPDX-License-Identifier: GPL-2.0

//! Any bytes as one write: taken and printed back, or refused and nothing changed.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vhqos::check::grammar(bytes));
