// SPDX-License-Identifier: GPL-2.0

//! What clients send: the seeds of the fuzz target, each behind its first byte, which says how it is cut.

use crate::check::http1;
use crate::check::sniff::What;

use super::{
    named,
    read, //
};

macro_rules! seed {
    ($name:literal) => {
        &include_bytes!(concat!("../../../../fuzz/seeds/http1/", $name))[..]
    };
}

/// What curl 7.88.1, Wget 1.21.3, `http.client` of Python, and Node.js sent to a server on the same machine.
#[test]
fn requests_of_clients_are_read() {
    let shop = || named("shop.example");
    for (seed, said) in [
        (seed!("curl_get"), vec![shop(), shop()]),
        (seed!("curl_post"), vec![shop(), shop()]),
        (seed!("curl_chunked"), vec![shop()]),
        (seed!("curl_expect"), vec![shop()]),
        (seed!("curl_http10"), vec![shop()]),
        (seed!("curl_proxy"), vec![shop()]),
        // The request in the tunnel, too.
        (seed!("curl_connect"), vec![shop(), shop()]),
        (seed!("curl_h2"), vec![What::Next]),
        (seed!("curl_h2c"), vec![shop(), What::Next]),
        (seed!("wget"), vec![named("flowers.example")]),
        (
            seed!("python_chunked"),
            vec![named("bank.example"), named("flowers.example")],
        ),
        (
            seed!("node_keepalive"),
            vec![named("a.example"), named("b.example")],
        ),
        (
            seed!("node_websocket"),
            vec![named("chat.example"), What::End],
        ),
    ] {
        assert_eq!(read(&seed[1..]), said, "{}", seed.escape_ascii());
        http1(seed);
    }
}

/// As the model of the fuzz target says it, too.
#[test]
fn preface_with_more_than_its_lines_is_none() {
    http1(seed!("preface_twice_in_a_line"));
    http1(seed!("preface_and_more"));
}
