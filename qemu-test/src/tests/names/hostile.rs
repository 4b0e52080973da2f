// SPDX-License-Identifier: GPL-2.0
//! Bytes of those who want the machine no good: nothing is kept of them, and nobody else notices.

use super::get;
use super::poll_echo;
use super::protocols::client_hello_behind;
use super::protocols::frame;
use super::protocols::headers;
use super::protocols::HTTP2_BEGINNING;
use super::until_all_is_read;
use super::SHARED;
use super::TWO;
use crate::cgroup;
use crate::client::at;
use crate::memory;
use crate::process::Child;
use crate::server::GROUP;
use crate::vhqos;
use crate::wait::until;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::time::Instant;

crate::tests! { "names";
    million_unknown_names_are_counted_and_not_kept(180),
    head_without_end_is_given_up(30, debug),
    client_hello_of_64_kib_is_read(30, debug),
    client_hello_over_the_bound_is_given_up(30),
    hpack_bomb_does_not_go_off(30, debug),
    names_with_odd_bytes_are_nobodys(30, debug),
    host_that_alternates_at_every_request_hurts_nobody(120),
}

/// KiB that what a test did may leave in the kernel: what the memory of sockets differs by from one look to another.
const NOISE: i64 = 32;

/// A server that only reads, the module with two hosts and a default row, and a client.
fn begin() -> (Child, TcpStream) {
    let server = poll_echo();
    vhqos::load_with("", &format!("{TWO}host default\n"));
    (server, connect())
}

fn connect() -> TcpStream {
    TcpStream::connect(at(SHARED, 80)).expect("connected")
}

/// Waits until a counter of `status` is `count`.
#[track_caller]
fn until_counted(counter: &str, count: u64) {
    until(&format!("{counter} is {count}"), 60.0, || {
        vhqos::status(counter) == count.to_string()
    });
}

/// Waits until the one channel, or the last of some, is `host`'s.
#[track_caller]
fn until_host(host: &str) {
    until(&format!("the channel is {host}'s"), 30.0, || {
        let channels = vhqos::records("channels");
        channels
            .iter()
            .max_by_key(|one| one["channel"].parse().unwrap_or(0u64))
            .is_some_and(|one| one["host"] == host)
    });
}

fn million_unknown_names_are_counted_and_not_kept() {
    const NAMES: u32 = 1_000_000;
    let (_server, mut client) = begin();
    client.write_all(get("a.example").as_bytes()).expect("sent");
    until_host("a");
    let before = memory::kmalloc_settled();
    let mut text = String::new();
    for number in 0..NAMES {
        text += &format!("GET / HTTP/1.1\r\nHost: n{number}.unknown.example\r\n\r\n");
        if text.len() > 1 << 16 || number + 1 == NAMES {
            client.write_all(text.as_bytes()).expect("sent");
            text.clear();
        }
    }
    until_counted("unknown_names", NAMES.into());
    let growth = memory::kmalloc_settled() - before;
    println!("note: what kmalloc gave grew by {growth} KiB");
    assert!(growth < NOISE, "{growth} KiB");
    client.write_all(get("b.example").as_bytes()).expect("sent");
    until_host("b");
}

fn head_without_end_is_given_up() {
    let (_server, mut client) = begin();
    let field = b"X-Filler: 0123456789012345678901234567890123456789\r\n";
    client.write_all(b"GET / HTTP/1.1\r\n").expect("sent");
    client.write_all(&field.repeat(1000)).expect("sent");
    until_counted("late_names", 1);
    until_host("default");
    // Neither what comes behind it nor another request is looked at.
    for _ in 0..20 {
        client.write_all(&field.repeat(4000)).expect("sent");
    }
    client.write_all(get("a.example").as_bytes()).expect("sent");
    let mut other = connect();
    other.write_all(get("b.example").as_bytes()).expect("sent");
    until_host("b");
    until_all_is_read();
    assert_eq!(vhqos::status("late_names"), "1");
    assert_eq!(vhqos::host("a", "requests"), 0);
}

fn client_hello_of_64_kib_is_read() {
    let (_server, mut client) = begin();
    let hello = client_hello_behind(65_000, "b.example");
    assert!(hello.len() > 65_000);
    let (first, rest) = hello.split_at(5);
    client.write_all(first).expect("sent");
    rest.chunks(1000)
        .for_each(|piece| client.write_all(piece).expect("sent"));
    until_host("b");
    assert_eq!(vhqos::host("b", "requests"), 1);
}

/// What a ClientHello says of its length is believed.
fn client_hello_over_the_bound_is_given_up() {
    let (_server, mut client) = begin();
    let mut hello = client_hello_behind(100, "b.example");
    // The high byte of the message's length (RFC 8446, section 4), behind the record's header and the message's type.
    hello[6] = 0x10;
    client.write_all(&hello).expect("sent");
    until_counted("late_names", 1);
    until_host("default");
    assert_eq!(vhqos::host("b", "requests"), 0);
}

/// A value of 4,000 bytes in the dynamic table, and frames full of references to it (RFC 7541, sections 6.1 and 6.2.1): half a
/// gigabyte for who makes a list of fields of it.
fn hpack_bomb_does_not_go_off() {
    let (_server, mut client) = begin();
    // The length is 127 and 3,873 in groups of seven bits (section 5.1).
    let mut block = vec![0x40, 1, b'x', 0x7f, 0xa1, 0x1e];
    block.extend([b'x'; 4000]);
    client.write_all(HTTP2_BEGINNING).expect("sent");
    client.write_all(&frame(1, 0, 1, &block)).expect("sent");
    let before = memory::kmalloc_settled();
    for _ in 0..8 {
        let bomb = frame(9, 0, 1, &[0xbe; 16_384]);
        client.write_all(&bomb).expect("sent");
    }
    client.write_all(&frame(9, 4, 1, &[0x82])).expect("sent");
    until_all_is_read();
    let said = ["late_names", "no_names"].map(vhqos::status);
    assert!(
        said.contains(&"1".to_owned()),
        "what was said of it: {said:?}"
    );
    let growth = memory::kmalloc_settled() - before;
    println!("note: what kmalloc gave grew by {growth} KiB");
    assert!(growth < NOISE, "{growth} KiB");
    let mut other = connect();
    other.write_all(HTTP2_BEGINNING).expect("sent");
    other.write_all(&headers(1, "b.example")).expect("sent");
    until_host("b");
}

fn names_with_odd_bytes_are_nobodys() {
    let (_server, mut client) = begin();
    let odd = ["a.exam\0ple", "\0", "a.example\u{e4}", "a..example"];
    for (index, name) in odd.iter().enumerate() {
        client.write_all(get("a.example").as_bytes()).expect("sent");
        until_host("a");
        client.write_all(get(name).as_bytes()).expect("sent");
        until_host("default");
        until_counted("malformed_names", index as u64 + 1);
    }
    client.write_all(get("A.EXAMPLE").as_bytes()).expect("sent");
    until_host("a");
}

/// Answers each request of `length` bytes with the last letter of the group in which it is then; one connection after the other.
fn answer_requests(listener: &TcpListener, length: usize) -> Child {
    Child::new(GROUP, |_| loop {
        let (mut connection, _) = listener.accept().expect("a connection");
        connection.set_nodelay(true).expect("TCP");
        let mut request = vec![0; length];
        while connection.read_exact(&mut request).is_ok() {
            let group = cgroup::own();
            let last = group.as_bytes().last().expect("a group");
            connection.write_all(&[*last]).expect("sent");
        }
    })
}

/// Sends requests and gives their answers.
#[track_caller]
fn ask(client: &mut TcpStream, hosts: &str) -> String {
    let requests = hosts.chars().map(|host| get(&format!("{host}.example")));
    let text: String = requests.collect();
    client.write_all(text.as_bytes()).expect("sent");
    let mut answers = vec![0; hosts.len()];
    client.read_exact(&mut answers).expect("answers");
    String::from_utf8(answers).expect("letters")
}

/// The worker is moved twice for each pair of requests, and another one serves its own host meanwhile.
fn host_that_alternates_at_every_request_hurts_nobody() {
    const REQUESTS: usize = 20_000;
    const AT_ONCE: usize = 100;
    let listener = TcpListener::bind("[::]:80").expect("port 80 is free");
    let length = get("a.example").len();
    let _workers = [(); 2].map(|()| answer_requests(&listener, length));
    vhqos::load_with("", &format!("{TWO}host c name=c.example\n"));
    let (mut hostile, mut other) = (connect(), connect());
    let turns = "ab".repeat(AT_ONCE / 2);
    let mut round = || {
        assert_eq!(ask(&mut hostile, &turns), turns);
        assert_eq!(ask(&mut other, "c"), "c");
    };
    round();
    let before = memory::kmalloc_settled();
    let began = Instant::now();
    (1..REQUESTS / AT_ONCE).for_each(|_| round());
    let each = began.elapsed().as_secs_f64() * 1e3 / REQUESTS as f64;
    let growth = memory::kmalloc_settled() - before;
    println!("note: {each:.2} ms a request; what kmalloc gave grew by {growth} KiB");
    assert!(growth < NOISE, "{growth} KiB");
    for host in ["a", "b"] {
        assert_eq!(vhqos::host(host, "requests"), REQUESTS as u64 / 2);
    }
    assert_eq!(vhqos::host("c", "requests"), (REQUESTS / AT_ONCE) as u64);
    assert_eq!(vhqos::host("c", "binds"), 1);
}
