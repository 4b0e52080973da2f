// SPDX-License-Identifier: GPL-2.0

//! Any bytes as commands of VPSes: all of them read, or refused before anything is done.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vhqos::check::commands(bytes));
