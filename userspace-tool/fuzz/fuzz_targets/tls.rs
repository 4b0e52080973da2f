// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a TLS connection, or as the body of a ClientHello: the name that is read of it.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vhqos::check::tls(bytes));
