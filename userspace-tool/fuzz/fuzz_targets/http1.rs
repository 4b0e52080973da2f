// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a connection of HTTP/1, against a model and another parser.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vhqos::check::http1(bytes));
