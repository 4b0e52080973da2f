// SPDX-License-Identifier: GPL-2.0
//! Requests of HTTP/1, one after the other on a connection.

use super::echo;
use super::get;
use super::own_group;
use super::Talk;
use super::IDLE;
use super::SHARED;
use super::TWO;
use crate::client::at;
use crate::process::Child;
use crate::scene::shown;
use crate::scene::until_in;
use crate::server::GROUP;
use crate::vhqos;
use crate::wait::until;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;

crate::tests! { "names";
    read_that_completes_the_name_binds(20, debug),
    request_for_another_host_binds_anew(20, debug),
    every_split_of_a_head_binds_at_the_same_byte(60),
    body_that_looks_like_a_request_is_none(20, debug),
    pipelined_requests_are_nobodys_unless_they_are_for_one_host(20, debug),
    peeking_does_not_advance(20, debug),
    child_is_bound_by_the_name_and_the_parent_never(20, debug),
    closed_connection_leaves_nothing(20, debug),
}

fn read_that_completes_the_name_binds() {
    vhqos::load_with("", TWO);
    let server = echo();
    let mut talk = Talk::new();
    assert_eq!(talk.say("GET / HTTP/1.1\r\nHos"), own_group());
    assert_eq!(talk.say("t: b.exam"), own_group());
    // The name ends where the next line begins.
    assert_eq!(talk.say("ple\r\n"), own_group());
    assert_eq!(talk.say("\r\n"), shown("b"));
    assert_eq!(vhqos::host("b", "tasks"), 1);
    assert_eq!(vhqos::host("b", "channels"), 1);
    drop(talk);
    until_in(server.pid(), IDLE);
    assert_eq!(vhqos::host("b", "tasks"), 0);
}

fn request_for_another_host_binds_anew() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let mut talk = Talk::new();
    for (host, group) in [
        ("a.example", shown("a")),
        ("a.example:80", shown("a")),
        ("B.Example.", shown("b")),
        ("www.b.example", shown("b")),
        ("a.example", shown("a")),
        // Nobody's: back to what the connection is for without a name.
        ("c.example", IDLE.to_owned()),
        ("b.example", shown("b")),
        ("[2001:db8::1]", IDLE.to_owned()),
    ] {
        assert_eq!(talk.say(get(host)), group, "{host}");
    }
    assert_eq!(
        talk.say("GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n"),
        shown("a")
    );
    assert_eq!(vhqos::status("unknown_names"), "1");
    assert_eq!(vhqos::status("malformed_names"), "1");
    assert_eq!(vhqos::records("channels")[0]["host"], "a");
}

fn every_split_of_a_head_binds_at_the_same_byte() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let head = get("b.example");
    let known = head.find("Accept").expect("the next line") + 1;
    for cut in 1..head.len() {
        let mut talk = Talk::new();
        let before = talk.say(&head[..cut]);
        let bound = before == shown("b");
        assert_eq!(bound, cut >= known, "{cut} bytes: {before}");
        assert_eq!(talk.say(&head[cut..]), shown("b"), "cut at {cut}");
    }
}

fn body_that_looks_like_a_request_is_none() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let mut talk = Talk::new();
    let body = get("b.example");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    assert_eq!(talk.say(&head), shown("a"));
    assert_eq!(talk.say(&body), shown("a"), "after a 100 Continue, say");
    assert_eq!(talk.say(format!("{head}{body}")), shown("a"));
    assert_eq!(talk.say(get("b.example")), shown("b"));
    let chunked = "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(talk.say(chunked), shown("a"));
    assert_eq!(
        talk.say(format!("{:x}\r\n{body}\r\n", body.len())),
        shown("a")
    );
    assert_eq!(talk.say("0\r\n\r\n"), shown("a"));
    assert_eq!(talk.say(get("b.example")), shown("b"));
}

/// Those of one host are its own. Of those of several, nobody sees which of them the server has at hand, but for the last one:
/// that is what it serves before it reads on.
fn pipelined_requests_are_nobodys_unless_they_are_for_one_host() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let mut talk = Talk::new();
    assert_eq!(talk.say(get("a.example") + &get("a.example")), shown("a"));
    assert_eq!(talk.say(get("a.example") + &get("b.example")), IDLE);
    assert_eq!(talk.say("GET / HTTP/1.1\r\n"), shown("b"));
    assert_eq!(talk.say("Host: a.example\r\n\r\n"), shown("a"));
    assert_eq!(vhqos::status("mixed_requests"), "1");
}

/// Who peeks at a name serves it, and the bytes are not taken for other ones when they are read.
fn peeking_does_not_advance() {
    vhqos::load_with("", TWO);
    let mut server = Child::new(GROUP, |output| {
        let listener = TcpListener::bind("[::]:80").expect("port 80 is free");
        writeln!(output, "listens").expect("a pipe");
        let (mut connection, _) = listener.accept().expect("a connection");
        let mut buffer = [0; 4096];
        for _ in 0..3 {
            let count = connection.peek(&mut buffer).expect("bytes");
            let peeked = crate::cgroup::own();
            let mut groups = vec![peeked];
            for _ in 0..2 {
                let half = count.div_ceil(2);
                if connection.read(&mut buffer[..half]).expect("bytes") > 0 {
                    groups.push(crate::cgroup::own());
                }
            }
            let answer = format!("{}\n", groups.join(" "));
            connection.write_all(answer.as_bytes()).expect("sent");
        }
    });
    server.output().read_exact(&mut [0; 8]).expect("a line");
    let mut talk = Talk::new();
    for host in ["a", "b", "a"] {
        let group = shown(host);
        let text = get(&format!("{host}.example"));
        // An even number, so that both halves are read.
        let text = if text.len() % 2 == 0 {
            text
        } else {
            text.replace("*/*", "*/*;")
        };
        assert_eq!(talk.say(text), format!("{group} {group} {group}"));
    }
}

fn child_is_bound_by_the_name_and_the_parent_never() {
    vhqos::load_with("", TWO);
    let server = Child::new(GROUP, |_| {
        let listener = TcpListener::bind("[::]:80").expect("port 80 is free");
        for connection in listener.incoming() {
            let connection = connection.expect("a connection");
            // SAFETY: this process has one thread.
            if let nix::unistd::ForkResult::Child = unsafe { nix::unistd::fork() }.expect("fork") {
                super::answer_reads(connection);
                std::process::exit(0);
            }
        }
    });
    until("the server listens", 10.0, || {
        TcpStream::connect(at(SHARED, 80)).is_ok()
    });
    let (mut one, mut two) = (Talk::new(), Talk::new());
    for _ in 0..3 {
        assert_eq!(one.say(get("a.example")), shown("a"));
        assert_eq!(two.say(get("b.example")), shown("b"));
    }
    assert_eq!(one.say(get("b.example")), shown("b"));
    assert_eq!(vhqos::host("b", "tasks"), 2);
    let parent = crate::cgroup::of(server.pid()).expect("it lives");
    assert!(parent == own_group() || parent == IDLE, "{parent}");
}

fn closed_connection_leaves_nothing() {
    vhqos::load_with("", TWO);
    let server = echo();
    for round in 0..50 {
        let mut talk = Talk::new();
        let name = if round % 2 == 0 {
            "a.example"
        } else {
            "b.example"
        };
        talk.say(get(name));
    }
    drop(server);
    until("nothing is left", 10.0, || {
        ["channels", "tasks", "descriptors", "flags"]
            .iter()
            .all(|file| vhqos::records(file).is_empty())
    });
    assert_eq!(
        vhqos::host("a", "channels") + vhqos::host("b", "channels"),
        0
    );
    assert_eq!(vhqos::host("a", "requests"), 25);
}
