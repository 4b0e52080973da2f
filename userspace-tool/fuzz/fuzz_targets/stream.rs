// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a connection whose protocol its first bytes tell.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vhqos::check::stream(bytes));
