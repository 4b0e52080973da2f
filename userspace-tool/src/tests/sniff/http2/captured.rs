// SPDX-License-Identifier: GPL-2.0

//! What real clients sent to a server on the same machine; the fuzz target starts from it too.

use super::*;

#[test]
fn captured_connections_name_their_hosts() {
    let python = [0, 1, 2, 3, 4, 0, 1, 2].map(|at| format!("host-{at}.example"));
    let python: Vec<&str> = python.iter().map(String::as_str).collect();
    for (seed, hosts) in [
        (
            &include_bytes!("../../../../fuzz/seeds/http2/curl")[..],
            &["flowers.example"; 1][..],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/http2/curl-post"),
            &["flowers.example"],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/http2/nghttp"),
            &["flowers.example"; 6],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/http2/nghttp-padded"),
            &["bank.example"],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/http2/nghttp-table"),
            &["bank.example"; 3],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/http2/python-h2"),
            &python,
        ),
    ] {
        // The first two bytes are the fuzz target's: what follows, and how it is cut.
        let (kind, bytes) = (seed[0], &seed[2..]);
        let frames = match kind {
            0 => &bytes[PREFACE.len()..],
            _ => bytes,
        };
        let hosts: Vec<What> = hosts.iter().map(|host| is(host)).collect();
        assert_eq!(of(&[frames.to_vec()]), hosts);
        crate::check::http2(seed);
    }
}
