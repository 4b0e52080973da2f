// SPDX-License-Identifier: GPL-2.0
//! Clients that try to have their work done in another host's class.

use super::echo;
use super::get;
use super::Talk;
use super::IDLE;
use super::SHARED;
use super::TWO;
use crate::cgroup;
use crate::client::at;
use crate::process::Child;
use crate::scene::shown;
use crate::server::GROUP;
use crate::vhqos;
use crate::wait::until;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::mpsc::channel;

crate::tests! { "names";
    end_of_a_request_with_another_hosts_behind_it_is_nobodys(20, debug),
    byte_out_of_band_ends_what_is_known(20, debug),
    threads_that_share_a_connection_follow_its_requests(30, debug),
}

/// The server has the first one to serve when it has read both.
fn end_of_a_request_with_another_hosts_behind_it_is_nobodys() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let request = |host: &str, length: usize| {
        let head = format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n");
        head + &"x".repeat(length)
    };
    for cut in [1, 10, 70] {
        let mut talk = Talk::new();
        let first = request("b.example", 40);
        let (before, end) = first.split_at(first.len() - cut);
        talk.say(before);
        assert_eq!(talk.say(end.to_owned() + &get("a.example")), IDLE, "{cut}");
        // It is served now, since the server reads on.
        assert_eq!(talk.say("GET / HTTP/1.1\r\n"), shown("a"), "{cut}");
        assert_eq!(talk.say("Host: b.example\r\n\r\n"), shown("b"), "{cut}");
    }
    assert_eq!(vhqos::status("mixed_requests"), "3");
    // The whole of it in one read, and its end alone, are its own.
    let mut talk = Talk::new();
    assert_eq!(talk.say(request("b.example", 40)), shown("b"));
    assert_eq!(talk.say(get("a.example")), shown("a"));
    let first = request("b.example", 40);
    let (before, end) = first.split_at(first.len() - 10);
    assert_eq!(talk.say(before), shown("b"));
    assert_eq!(talk.say(end), shown("b"));
    assert_eq!(talk.say(get("a.example")), shown("a"));
    assert_eq!(vhqos::status("mixed_requests"), "3");
}

/// TCP gives the server such a byte by itself, so that it is not in what the server reads, and is in the numbers of the bytes.
fn byte_out_of_band_ends_what_is_known() {
    vhqos::load_with("", TWO);
    let _server = echo();
    for body in [0, 1000] {
        let mut talk = Talk::new();
        let head = format!("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: {body}\r\n\r\n");
        assert_eq!(talk.say(head), shown("a"));
        let half = "x".repeat(body / 2);
        if body > 0 {
            assert_eq!(talk.say(&half), shown("a"));
        }
        let socket = talk.0.get_ref().as_raw_fd();
        // SAFETY: the byte is there while it is copied.
        let sent = unsafe { libc::send(socket, b"!".as_ptr().cast(), 1, libc::MSG_OOB) };
        assert_eq!(sent, 1);
        let rest = if body > 0 { half } else { get("b.example") };
        assert_eq!(talk.say(rest), IDLE, "{body}");
        assert_eq!(talk.say(get("b.example")), IDLE, "{body}");
        assert_eq!(talk.say(get("a.example")), IDLE, "{body}");
    }
    assert_eq!(vhqos::status("lost_streams"), "2");
    assert_eq!(Talk::new().say(get("b.example")), shown("b"));
}

/// Two threads take turns at the requests of one connection, as the event MPM's do: whoever has one is in the class of its host,
/// also if the host was another one when he had the connection before.
fn threads_that_share_a_connection_follow_its_requests() {
    vhqos::load_with("", TWO);
    let _server = Child::new(GROUP, |_| {
        let listener = TcpListener::bind("[::]:80").expect("port 80 is free");
        let (mut connection, _) = listener.accept().expect("a connection");
        drop(listener);
        let second = connection.try_clone().expect("a descriptor");
        let (tell_second, hear_first) = channel();
        let (tell_first, hear_second) = channel();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut connection = second;
                while hear_first.recv().is_ok() {
                    answer_one(&mut connection);
                    tell_first.send(()).expect("told");
                }
            });
            loop {
                answer_one(&mut connection);
                tell_second.send(()).expect("told");
                hear_second.recv().expect("told");
            }
        });
    });
    let mut stream = None;
    until("the server listens", 10.0, || {
        stream = TcpStream::connect(at(SHARED, 80)).ok();
        stream.is_some()
    });
    let mut talk = Talk(std::io::BufReader::new(stream.expect("connected")));
    for host in ["a", "b", "b", "a", "a", "b", "a", "a", "b", "b"] {
        assert_eq!(talk.say(get(&format!("{host}.example"))), shown(host));
    }
}

/// Reads once, and answers with the group of this thread.
fn answer_one(connection: &mut TcpStream) {
    if let Ok(1..) = connection.read(&mut [0; 4096]) {
        let answer = format!("{}\n", cgroup::own());
        connection.write_all(answer.as_bytes()).expect("sent");
    }
}
