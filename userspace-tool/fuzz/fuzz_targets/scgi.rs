// SPDX-License-Identifier: GPL-2.0

//! Any bytes as SCGI; the first four bytes say where they are cut.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vhqos::check::scgi(bytes));
