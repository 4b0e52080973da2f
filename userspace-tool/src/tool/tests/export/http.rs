// SPDX-License-Identifier: GPL-2.0

//! The server, without a module.

use crate::tool::export::serve;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// A server that runs until the tests end.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let at = listener.local_addr().expect("it is bound");
    thread::spawn(|| serve(listener));
    at
}

fn connect(at: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(at).expect("it listens");
    let limit = Some(Duration::from_secs(20));
    stream.set_read_timeout(limit).expect("it is no zero");
    stream
}

/// What is answered to some bytes; nothing when the connection is closed.
fn answer(at: SocketAddr, request: &str) -> String {
    let mut stream = connect(at);
    stream.write_all(request.as_bytes()).expect("it reads");
    read(stream)
}

fn read(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // It may be reset, when the server did not read all.
    let _ = stream.read_to_end(&mut text);
    String::from_utf8(text).expect("it is text")
}

/// A request with nothing special.
fn ask(at: SocketAddr, method: &str, path: &str) -> String {
    answer(at, &format!("{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
}

/// The status line.
fn status(answer: &str) -> &str {
    answer.lines().next().unwrap_or_default()
}

#[test]
fn metrics_are_answered() {
    let at = server();
    let said = ask(at, "GET", "/metrics?x=1");
    assert_eq!(status(&said), "HTTP/1.1 200 OK");
    assert!(said.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    assert!(said.contains("\nvhqos_up 0"), "{said}");
    let accept = "Accept: application/openmetrics-text;version=1.0.0;q=0.6,*/*;q=0.1";
    let said = answer(at, &format!("GET /metrics HTTP/1.0\r\n{accept}\r\n\r\n"));
    assert!(said.contains("content-type: application/openmetrics-text; version=1.0.0"));
    assert!(said.ends_with("# EOF\n"), "{said}");
    let said = ask(at, "HEAD", "/metrics");
    assert_eq!(status(&said), "HTTP/1.1 200 OK");
    assert!(said.ends_with("\r\n\r\n"), "{said}");
}

#[test]
fn other_requests_are_refused() {
    let at = server();
    assert!(ask(at, "GET", "/").contains("<a href=\"/metrics\">"));
    assert_eq!(status(&ask(at, "GET", "/x")), "HTTP/1.1 404 Not Found");
    let said = ask(at, "POST", "/metrics");
    assert_eq!(status(&said), "HTTP/1.1 405 Method Not Allowed");
    assert!(said.contains("allow: GET, HEAD\r\n"), "{said}");
    let said = answer(at, "\x16\x03\x01\x02\x00\r\n\r\n");
    assert_eq!(status(&said), "HTTP/1.1 400 Bad Request");
    let long = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", "a".repeat(100_000));
    let said = answer(at, &long);
    assert!(!said.contains("200 OK"), "{said}");
}

#[test]
fn a_stuck_client_stops_nobody() {
    let at = server();
    let mut silent = connect(at);
    let mut slow = connect(at);
    slow.write_all(b"GET /metrics HT").expect("it reads");
    let said = ask(at, "GET", "/metrics");
    assert!(said.contains("vhqos_up"), "{said}");
    slow.write_all(b"TP/1.1\r\nHost: a\r\n\r\n")
        .expect("it waits");
    assert!(read(slow).contains("vhqos_up"));
    // One that says nothing is closed in the end.
    assert_eq!(silent.read_to_end(&mut Vec::new()).ok(), Some(0));
}

#[test]
fn more_clients_than_places_wait() {
    let at = server();
    let silent: Vec<_> = (0..70).map(|_| connect(at)).collect();
    assert!(ask(at, "GET", "/metrics").contains("vhqos_up"));
    drop(silent);
}
