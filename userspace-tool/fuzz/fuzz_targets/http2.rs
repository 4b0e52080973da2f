// SPDX-License-Identifier: GPL-2.0

//! Connections of HTTP/2, and field blocks: what a whole decoder says, however they are cut.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vhqos::check::http2(bytes));
