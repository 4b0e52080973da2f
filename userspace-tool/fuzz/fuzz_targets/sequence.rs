// SPDX-License-Identifier: GPL-2.0

//! Commands by two writers against a table that is a list.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vhqos::check::sequence(bytes));
