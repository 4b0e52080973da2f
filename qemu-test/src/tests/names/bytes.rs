// SPDX-License-Identifier: GPL-2.0
//! The other protocols that have names, and bytes that are none of them.

use super::echo;
use super::get;
use super::own_group;
use super::protocols::client_hello;
use super::protocols::fastcgi;
use super::protocols::headers;
use super::protocols::proxy;
use super::protocols::scgi;
use super::protocols::uwsgi;
use super::protocols::HTTP2_BEGINNING;
use super::until_all_is_read;
use super::Talk;
use super::SHARED;
use super::TWO;
use crate::client::at;
use crate::memory;
use crate::scene::shown;
use crate::vhqos;
use crate::wait::until;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt;
use std::io::Write;
use std::net::TcpStream;

crate::tests! { "names";
    server_name_of_tls_binds(20, debug),
    authority_of_http2_binds_stream_by_stream(20, debug),
    proxy_header_is_read_before_the_request(20, debug),
    fastcgi_over_tcp_binds_request_by_request(20, debug),
    http2_by_upgrade_binds_stream_by_stream(20, debug),
    scgi_and_uwsgi_bind(20, debug),
    other_bytes_are_left_alone(20, debug),
    thousand_slow_senders_take_bounded_memory(120),
}

fn server_name_of_tls_binds() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let hello = client_hello("b.example");
    let mut talk = Talk::new();
    // Servers read the record's header first.
    assert_eq!(talk.say(&hello[..5]), own_group());
    assert_eq!(talk.say(&hello[5..]), shown("b"));
    // What follows cannot be read, and changes nothing.
    assert_eq!(talk.say([23, 3, 3, 0, 3, 1, 2, 3]), shown("b"));
    assert_eq!(talk.say(get("a.example")), shown("b"));
}

fn authority_of_http2_binds_stream_by_stream() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let mut talk = Talk::new();
    assert_eq!(talk.say(HTTP2_BEGINNING), own_group());
    for (stream, host) in [(1, "a"), (3, "b"), (5, "a")] {
        assert_eq!(
            talk.say(headers(stream, &format!("{host}.example"))),
            shown(host)
        );
        let data = [&[0, 0, 4, 0, 0, 0, 0, 0, stream][..], b"data"].concat();
        assert_eq!(talk.say(data), shown(host));
    }
}

fn proxy_header_is_read_before_the_request() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let header = "PROXY TCP4 198.51.100.1 192.0.2.80 5000 80\r\n";
    let mut talk = Talk::new();
    assert_eq!(talk.say(header), own_group());
    assert_eq!(talk.say(get("a.example")), shown("a"));
    drop(talk);
    let mut talk = Talk::new();
    assert_eq!(
        talk.say(format!("{header}{}", get("b.example"))),
        shown("b")
    );
    drop(talk);
    // Version 2: an authority, and the request's name, which is the later word.
    let header = proxy("a.example");
    let mut talk = Talk::new();
    assert_eq!(talk.say(header), shown("a"));
    assert_eq!(talk.say(get("b.example")), shown("b"));
}

fn fastcgi_over_tcp_binds_request_by_request() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let mut talk = Talk::new();
    for host in ["a", "b", "b", "a"] {
        let request = fastcgi(&format!("{host}.example"));
        assert_eq!(talk.say(request), shown(host));
    }
}

/// RFC 7540, section 3.2: the request that asks for it is the stream 1.
fn http2_by_upgrade_binds_stream_by_stream() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let mut talk = Talk::new();
    let request = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, HTTP2-Settings\r\n\
                   Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    assert_eq!(talk.say(request), shown("a"));
    assert_eq!(talk.say(HTTP2_BEGINNING), shown("a"));
    assert_eq!(talk.say(headers(3, "b.example")), shown("b"));
    assert_eq!(talk.say(headers(5, "a.example")), shown("a"));
}

/// One request a connection.
fn scgi_and_uwsgi_bind() {
    vhqos::load_with("", TWO);
    let _server = echo();
    for host in ["a", "b", "a"] {
        let name = format!("{host}.example");
        for request in [scgi(&name), uwsgi(&name)] {
            let mut talk = Talk::new();
            assert_eq!(talk.say(request), shown(host));
        }
    }
}

fn other_bytes_are_left_alone() {
    vhqos::load_with("", &format!("{TWO}host default\n"));
    let _server = echo();
    for bytes in [
        &b"SSH-2.0-OpenSSH_10.0\r\n"[..],
        b"\xff\xfe\xfd",
        b"EHLO mail.example\r\n",
    ] {
        let mut talk = Talk::new();
        assert_eq!(talk.say(bytes), shown("default"));
        assert_eq!(
            talk.say(get("a.example")),
            shown("default"),
            "it is no request there"
        );
    }
    assert_eq!(vhqos::status("foreign_bytes"), "3");
}

/// Clients that send the beginning of a head byte by byte, when the server has read it; they leave nothing behind.
fn slow_senders(count: usize) -> Vec<TcpStream> {
    let connect = |_| {
        let client = TcpStream::connect(at(SHARED, 80)).expect("connected");
        let reset = nix::libc::linger {
            l_onoff: 1,
            l_linger: 0,
        };
        setsockopt(&client, sockopt::Linger, &reset).expect("a socket");
        client
    };
    let mut clients: Vec<_> = (0..count).map(connect).collect();
    for byte in b"GET / HTTP/1.1\r\nHost: a.exa" {
        for client in &mut clients {
            client.write_all(&[*byte]).expect("sent");
        }
    }
    until_all_is_read();
    clients
}

/// By how many KiB kernel memory grows while there are so many slow senders; they are left then.
fn growth(senders: usize) -> i64 {
    let before = memory::kmalloc_settled();
    let _clients = slow_senders(senders);
    memory::kmalloc_settled() - before
}

/// A thousand clients that send a head byte by byte cost a KiB each beside their sockets.
fn thousand_slow_senders_take_bounded_memory() {
    const SENDERS: usize = 1000;
    let _server = super::poll_echo();
    // What sockets cost becomes less while the kernel's caches fill.
    growth(SENDERS);
    let without = growth(SENDERS);
    vhqos::load_with("", TWO);
    let with = growth(SENDERS);
    until("nothing is left", 60.0, || {
        vhqos::records("channels").is_empty()
    });
    assert!(vhqos::records("tasks").len() <= 1);
    let each = |kib: i64| kib as f64 / SENDERS as f64;
    let (more, sockets) = (each(with - without), each(without));
    println!("note: {more:.2} KiB a slow sender, beside {sockets:.2} of its sockets");
    // Less than a sniffer and a channel take would be a wrong measure.
    assert!((0.3..1.25).contains(&more), "{more} KiB");
}
