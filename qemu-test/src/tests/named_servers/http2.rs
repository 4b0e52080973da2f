// SPDX-License-Identifier: GPL-2.0
//! nginx with TLS, and with HTTP/2 inside of it, whose hosts share one address, and behind it one pool of PHP-FPM on a UNIX socket.

use super::fpm;
use super::sites::overload_secure;
use super::tls;
use crate::client::at;
use crate::daemon::Daemon;
use crate::programs::AB;
use crate::programs::H2LOAD;
use crate::scene::name;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::servers::answer_in;
use crate::tests::names::SHARED;
use crate::tests::shares::BESIDE_CLIENTS;
use crate::tests::shares::WORKERS;

crate::tests! { "names";
    fpm_behind_http2_is_in_the_class_of_the_name(60),
    fpm_behind_http2_is_in_the_class_of_the_request_whatever_the_handshake_said(60),
    fpm_behind_http2_overload_gives_each_host_its_guarantee(180),
    fpm_behind_tls_overload_gives_each_host_its_guarantee(180),
}

/// What makes h2load wait for an answer before it asks again, with the word before the seconds.
pub const ONE_AT_A_TIME: [&str; 3] = ["-m", "1", "-D"];

/// nginx and a pool of so many workers.
#[track_caller]
pub fn start(workers: usize) -> [Daemon; 2] {
    start_with("http2 on;", workers)
}

/// The same, with TLS and more lines for each host.
#[track_caller]
fn start_with(lines: &str, workers: usize) -> [Daemon; 2] {
    tls::certify();
    let (certificate, key) = (tls::CERTIFICATE, tls::KEY);
    fpm::start_with(
        at(SHARED, 443),
        "ssl",
        &format!("{lines} ssl_certificate {certificate}; ssl_certificate_key {key};"),
        workers,
    )
}

/// Two requests on a connection, whose handshake may be for another host; gives the groups of who served them.
#[track_caller]
fn ask(handshake: usize, request: usize) -> Vec<String> {
    let host = format!("Host: {}", name(request));
    let version = ["--http2", "--write-out", "version=%{http_version}\n"];
    let text = tls::ask(handshake, &[&version[..], &["--header", &host]].concat());
    let (versions, answers): (Vec<_>, Vec<_>) =
        text.lines().partition(|line| line.starts_with("version="));
    assert_eq!(versions, ["version=2"; 2], "{text}");
    assert_eq!(answers.len(), 2, "{text}");
    let answers = answers.into_iter().map(answer_in);
    answers.map(|answer| answer.group).collect()
}

/// Each host is asked twice on a connection.
fn fpm_behind_http2_is_in_the_class_of_the_name() {
    let _servers = start(1);
    fpm::load([""; 3]);
    for number in [0, 1, 2, 1, 0] {
        for group in ask(number, number) {
            assert_eq!(group, shown(HOSTS[number]));
        }
    }
}

fn fpm_behind_http2_is_in_the_class_of_the_request_whatever_the_handshake_said() {
    let _servers = start(1);
    fpm::load([""; 3]);
    for (handshake, request) in [(0, 1), (1, 0), (2, 1), (2, 0)] {
        for group in ask(handshake, request) {
            assert_eq!(group, shown(HOSTS[request]));
        }
    }
}

fn fpm_behind_http2_overload_gives_each_host_its_guarantee() {
    let _servers = start(WORKERS);
    fpm::load(BESIDE_CLIENTS);
    overload_secure(&H2LOAD, &ONE_AT_A_TIME);
    fpm::assert_pool_was_idle();
}

/// HTTP/1.1 inside of TLS.
fn fpm_behind_tls_overload_gives_each_host_its_guarantee() {
    let _servers = start_with("", WORKERS);
    fpm::load(BESIDE_CLIENTS);
    overload_secure(&AB, &tls::KEEP_ALIVE);
    fpm::assert_pool_was_idle();
}
