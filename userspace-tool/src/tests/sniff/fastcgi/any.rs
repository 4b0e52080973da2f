// SPDX-License-Identifier: GPL-2.0

//! FastCGI that servers send, and any, as a server and as a plain reading find it.

use std::future::Future;
use std::pin::pin;
use std::task::{
    Context,
    Poll,
    Waker, //
};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{
    begin,
    pair,
    record,
    GET_VALUES,
    PARAMS,
    STDIN, //
};
use crate::check::sniff::{
    answers,
    What, //
};
use crate::sniff::FastCgi;
use crate::tests::config::config;
use crate::tests::sniff::cgi::{
    self,
    any_variables,
    what,
    Variable, //
};

#[test]
fn what_servers_send_is_read() {
    for (seed, hosts) in [
        (
            &include_bytes!("../../../../fuzz/seeds/fastcgi/nginx")[..],
            &["shop.flowers.example"][..],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/fastcgi/nginx_post"),
            &["shop.flowers.example"],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/fastcgi/nginx_no_host"),
            &["flowers.example"],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/fastcgi/nginx_kept"),
            &[
                "a.flowers.example",
                "b.flowers.example",
                "c.flowers.example",
            ],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/fastcgi/haproxy"),
            &["fcgi.flowers.example"],
        ),
        (
            include_bytes!("../../../../fuzz/seeds/fastcgi/lighttpd"),
            &["light.flowers.example"],
        ),
    ] {
        crate::check::fastcgi(seed);
        let hosts: Vec<What> = hosts.iter().map(|host| what(Ok(host))).collect();
        assert_eq!(answers(FastCgi::new, &seed[1..]), hosts);
    }
}

/// What a future says that waits for nothing.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("waits"),
    }
}

/// What a server finds in complete requests.
fn served(message: &[u8]) -> Vec<What> {
    let mut requests = tokio_fastcgi::Requests::new(message, Vec::new(), 1, 1);
    let mut whats = Vec::new();
    while let Some(request) = ready(requests.next()).unwrap() {
        let variable = |name: &str| {
            let value = request.get_param(name)?;
            Some((name.as_bytes().to_vec(), value.clone()))
        };
        let known: Vec<Variable> = ["HTTP_HOST", "SERVER_NAME"]
            .into_iter()
            .filter_map(variable)
            .collect();
        whats.push(cgi::expected(&known));
    }
    whats
}

/// Records that have nothing to do with a request's parameters.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let header = (
        prop_oneof![Just((9, 0)), Just((77, 0)), Just((99, 3))],
        0u8..9,
    );
    let record = header.prop_map(|((kind, id), padding)| match kind {
        GET_VALUES => record(kind, id, b"\x0e\0FCGI_MAX_CONNS", padding),
        _ => record(kind, id, b"\0\x01\x04", padding),
    });
    prop_oneof![2 => Just(Vec::new()), 1 => record]
}

/// A request, and the records that carry it, its pairs cut anywhere.
fn any_request() -> impl Strategy<Value = (Vec<Variable>, Vec<u8>)> {
    let parts = vec((1usize..40, 0u8..9, noise()), 1..20);
    (any_variables(), vec(any::<bool>(), 5), 1u16..4, parts).prop_map(
        |(variables, long, id, parts)| {
            let params = variables
                .iter()
                .zip(long)
                .map(|(variable, long)| pair(variable, long));
            let params = params.collect::<Vec<_>>().concat();
            let mut rest = &params[..];
            let mut message = begin(id);
            for (count, padding, noise) in parts.iter().cycle() {
                message.extend(noise);
                if rest.is_empty() {
                    break;
                }
                let (part, after) = rest.split_at(rest.len().min(*count));
                rest = after;
                message.extend(record(PARAMS, id, part, *padding));
            }
            message.extend(record(PARAMS, id, b"", 2));
            message.extend(record(STDIN, id, b"\x01\x04 body", 2));
            message.extend(record(STDIN, id, b"", 0));
            (variables, message)
        },
    )
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn any_requests_say_their_hosts(requests in vec(any_request(), 1..3)) {
        let message: Vec<u8> = requests.iter().flat_map(|(_, message)| message.clone()).collect();
        let expected: Vec<What> = requests.iter().map(|(variables, _)| cgi::expected(variables)).collect();
        prop_assert_eq!(answers(FastCgi::new, &message), expected);
    }

    /// The server reads no pairs that are split over records, and keeps one value of a name.
    #[test]
    fn a_server_finds_the_same(
        requests in vec((any_variables(), 1u16..9, vec((0u8..9, noise()), 5)), 1..4),
    ) {
        let mut message = Vec::new();
        for (variables, id, parts) in &requests {
            message.extend(begin(*id));
            let mut seen = Vec::new();
            for ((name, value), (padding, noise)) in variables.iter().zip(parts) {
                let folded = name.to_ascii_lowercase();
                if seen.contains(&folded) {
                    continue;
                }
                seen.push(folded);
                message.extend(noise);
                message.extend(record(PARAMS, *id, &pair(&(name.clone(), value.clone()), *padding > 4), *padding));
            }
            message.extend(record(PARAMS, *id, b"", 0));
            message.extend(record(STDIN, *id, b"", 0));
        }
        prop_assert_eq!(answers(FastCgi::new, &message), served(&message));
    }

    #[test]
    fn spoilt_messages_are_read_as_plainly(
        request in any_request(),
        again in any_request(),
        seed in any::<u8>(),
        spoilt in vec((any::<prop::sample::Index>(), prop_oneof![0u8..9, any::<u8>()]), 1..3),
    ) {
        let mut message = [request.1, again.1].concat();
        for (at, byte) in spoilt {
            let at = at.index(message.len());
            message[at] = byte;
        }
        crate::check::fastcgi(&[&[seed][..], &message].concat());
    }
}
