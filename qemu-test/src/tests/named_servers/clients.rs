// SPDX-License-Identifier: GPL-2.0
//! Clients that are widely used, three at the same time, one a host: each request is counted for the host that it names.

use super::apache;
use super::fpm;
use super::sites::resolve;
use crate::apache::http_address;
use crate::pages;
use crate::programs::Report;
use crate::programs::AB;
use crate::programs::H2LOAD;
use crate::programs::WRK;
use crate::scene::name;
use crate::scene::named_rows;
use crate::scene::HOSTS;
use crate::servers::apache_event;
use crate::servers::APACHE_MODULES;
use crate::tests::names::SHARED;
use crate::vhqos;
use std::process::Command;
use std::thread::scope;

crate::tests! { "names";
    each_request_of_curl_is_counted_for_its_host(60),
    each_request_of_ab_is_counted_for_its_host(60),
    each_request_of_wrk_is_counted_for_its_host(60),
    each_request_of_h2load_is_counted_for_its_host(60),
    each_request_of_http2_to_apache_is_counted_for_its_host(60),
    each_request_of_http2_to_nginx_is_counted_for_its_host(60),
}

/// Requests of the hosts' clients.
const REQUESTS: [u64; 3] = [40, 56, 72];

/// Connections of a client: of all of them no more than Apache has threads, since it closes kept ones when it has none left.
const CONNECTIONS: u64 = 2;

/// Runs `client` with the URL of a small page of each host and with how many requests it is to make; each may have made
/// `more` that it does not speak of.
#[track_caller]
fn each_is_counted(more: u64, client: fn(&str, u64) -> Report) {
    vhqos::load_with("", &named_rows([""; 3]));
    resolve();
    let reports = scope(|scope| {
        let run = |number| {
            let page = format!("http://{}/index.html", name(number));
            scope.spawn(move || client(&page, REQUESTS[number]))
        };
        let running = [0, 1, 2].map(run);
        running.map(|thread| thread.join().expect("a client that works"))
    });
    for (host, report) in HOSTS.iter().zip(reports) {
        let (answered, counted) = (report.answered, vhqos::host(host, "requests"));
        println!("note: {host}: {answered} answered, {counted} counted");
        assert_eq!(report.failed, 0, "{host}");
        assert!(answered > 0, "{host}");
        assert!(
            (answered..=answered + more).contains(&counted),
            "{host}: {counted} counted, {answered} answered"
        );
    }
}

/// Apache with its hosts at the shared address.
#[track_caller]
fn with_apache(more: u64, client: fn(&str, u64) -> Report) {
    let _server = apache::start(http_address(SHARED), &[], "");
    each_is_counted(more, client);
}

/// All requests over one connection.
fn each_request_of_curl_is_counted_for_its_host() {
    with_apache(0, |page, requests| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--write-out", "%{http_code} %{num_connects}\n"]);
        for _ in 0..requests {
            curl.args(["--output", "/dev/null", page]);
        }
        let done = curl.output().expect("curl is in the image");
        let text = String::from_utf8_lossy(&done.stdout);
        let count = |said| text.lines().filter(|line| *line == said).count() as u64;
        assert_eq!(count("200 1"), 1, "one connection: {done:?}");
        let answered = 1 + count("200 0");
        Report {
            answered,
            failed: requests - answered,
        }
    });
}

/// A new connection for each request, HTTP/1.0.
fn each_request_of_ab_is_counted_for_its_host() {
    with_apache(0, |page, requests| {
        let (requests, connections) = (requests.to_string(), CONNECTIONS.to_string());
        AB.start(&["-q", "-n", &requests, "-c", &connections, page])
            .finish()
    });
}

/// It stops in the middle of a request of each connection.
fn each_request_of_wrk_is_counted_for_its_host() {
    with_apache(CONNECTIONS, |page, _| {
        let connections = CONNECTIONS.to_string();
        let words = ["-t", "1", "-d", "4s", "--timeout", "60s", "-c"];
        WRK.start(&[&words[..], &[&connections, page]].concat())
            .finish()
    });
}

/// Runs h2load with more words.
fn h2load(words: &[&str], page: &str, requests: u64) -> Report {
    let (requests, connections) = (requests.to_string(), CONNECTIONS.to_string());
    H2LOAD
        .start(&[words, &["-n", &requests, "-c", &connections, page]].concat())
        .finish()
}

/// HTTP/1.1 on kept connections.
fn each_request_of_h2load_is_counted_for_its_host() {
    with_apache(0, |page, requests| h2load(&["--h1"], page, requests));
}

/// HTTP/2 in the clear, several requests at once on a connection.
fn http2(page: &str, requests: u64) -> Report {
    h2load(&["-m", "8"], page, requests)
}

fn each_request_of_http2_to_apache_is_counted_for_its_host() {
    pages::put();
    let lines = format!(
        "LoadModule http2_module {APACHE_MODULES}/mod_http2.so\nProtocols h2c\nDocumentRoot {}\n",
        pages::DIRECTORY
    );
    let _server = apache_event(&lines, &[http_address(SHARED)]);
    each_is_counted(0, http2);
}

fn each_request_of_http2_to_nginx_is_counted_for_its_host() {
    let _servers = fpm::start_with(http_address(SHARED), "", "http2 on;", 1);
    each_is_counted(0, http2);
}
