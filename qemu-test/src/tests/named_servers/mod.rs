// SPDX-License-Identifier: GPL-2.0
//! Unmodified servers whose hosts share one address and are told apart by their names.

mod apache;
mod clients;
mod fpm;
mod haproxy;
mod http2;
mod latency;
mod proxy_fcgi;
mod sites;
mod tls;

use crate::apache::http_address;
use crate::client::Answer;
use crate::dialogue::Dialogue;
use crate::pages;
use crate::runner::Test;
use crate::scene::name;
use crate::servers::answer_in;
use crate::tests::names::SHARED;
use crate::tests::shares;

/// The tests of this folder.
pub fn all() -> Vec<Test> {
    [
        apache::TESTS,
        clients::TESTS,
        fpm::TESTS,
        haproxy::TESTS,
        http2::TESTS,
        latency::TESTS,
        proxy_fcgi::TESTS,
        tls::TESTS,
    ]
    .concat()
}

/// Overloads the server at the shared address with so many requests a connection; see [`shares::overload`].
fn overload(requests: u32) {
    let speech = |number| pages::burn_of(&name(number), shares::PAGE);
    let places = [0, 1, 2].map(|number| (http_address(SHARED), speech(number)));
    shares::overload(places, requests);
}

/// A request of host `number` for the page that says who serves; gives the line that it is.
#[track_caller]
fn said(client: &mut Dialogue, number: usize) -> String {
    let (page, host) = (pages::WHO, name(number));
    client.send(format!("GET {page} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
    client.expect("HTTP/1.1 200");
    client.expect("task=")
}

/// The same; gives who serves.
#[track_caller]
fn who(client: &mut Dialogue, number: usize) -> Answer {
    answer_in(&said(client, number))
}
