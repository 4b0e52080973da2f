// SPDX-License-Identifier: GPL-2.0
//! TLS that the kernel decrypts: what the client asks for inside of it goes before the name in its ClientHello.

use super::get;
use super::protocols::client_hello;
use super::Talk;
use super::SHARED;
use super::TWO;
use crate::cgroup;
use crate::client::at;
use crate::process::Child;
use crate::scene::shown;
use crate::server::GROUP;
use crate::vhqos;
use crate::wait::until;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::fd::AsFd;

crate::tests! { "names";
    name_inside_of_kernel_tls_goes_before_the_server_name(20, debug),
    body_inside_of_kernel_tls_is_no_request(20),
    record_of_kernel_tls_that_is_read_in_pieces_is_the_last(20, debug),
    kernel_tls_1_2_has_the_server_name_alone(20),
}

/// The keys of one direction. A handshake would have made them; here they are what they are.
fn keys(version: u16) -> sockopt::TlsCryptoInfo {
    let info = nix::libc::tls_crypto_info {
        version,
        cipher_type: nix::libc::TLS_CIPHER_AES_GCM_128,
    };
    sockopt::TlsCryptoInfo::Aes128Gcm(nix::libc::tls12_crypto_info_aes_gcm_128 {
        info,
        iv: [1; 8],
        key: [2; 16],
        salt: [3; 4],
        rec_seq: [0; 8],
    })
}

fn begin_tls(connection: &impl AsFd) {
    setsockopt(connection, sockopt::TcpUlp::default(), b"tls").expect("the kernel has TLS");
}

/// A server that answers each read of at most `room` bytes with its group, and has the kernel decrypt what comes behind the
/// first one.
fn serve(version: u16, room: usize) -> Child {
    let server = Child::new(GROUP, move |_| {
        let listener = TcpListener::bind("[::]:80").expect("port 80 is free");
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let mut buffer = vec![0; 4096.max(room)];
            let mut begun = false;
            while let Ok(1..) = connection.read(&mut buffer) {
                let answer = format!("{}\n", cgroup::own());
                connection.write_all(answer.as_bytes()).expect("sent");
                if !begun {
                    begin_tls(&connection);
                    setsockopt(&connection, sockopt::TcpTlsRx, &keys(version)).expect("keys");
                    buffer.truncate(room);
                    begun = true;
                }
            }
        }
    });
    until("the server listens", 10.0, || {
        TcpStream::connect(at(SHARED, 80)).is_ok()
    });
    server
}

/// A client that has said hello to `a.example`, and has the kernel encrypt what it says next: a record each time.
#[track_caller]
fn hello(version: u16) -> Talk {
    let mut talk = Talk::new();
    assert_eq!(talk.say(client_hello("a.example")), shown("a"));
    let stream = talk.0.get_ref();
    begin_tls(stream);
    setsockopt(stream, sockopt::TcpTlsTx, &keys(version)).expect("keys");
    talk
}

const TLS_1_2: u16 = nix::libc::TLS_1_2_VERSION;
const TLS_1_3: u16 = nix::libc::TLS_1_3_VERSION;
/// Room for a whole record.
const WHOLE: usize = 1 << 15;

fn name_inside_of_kernel_tls_goes_before_the_server_name() {
    vhqos::load_with("", TWO);
    let _server = serve(TLS_1_3, WHOLE);
    let mut talk = hello(TLS_1_3);
    for (host, group) in [
        ("b.example", "b"),
        ("a.example", "a"),
        ("www.b.example", "b"),
        // Nobody's: whom the ClientHello was for.
        ("c.example", "a"),
        ("b.example", "b"),
    ] {
        assert_eq!(talk.say(get(host)), shown(group), "{host}");
    }
    assert_eq!(vhqos::records("channels")[0]["host"], "b");
    // A head in several records.
    let head = get("a.example");
    let (front, back) = head.split_at(20);
    assert_eq!(talk.say(front), shown("b"));
    assert_eq!(talk.say(back), shown("a"));
    drop(talk);
    // Another connection is read from its own start.
    let mut other = hello(TLS_1_3);
    assert_eq!(other.say(get("b.example")), shown("b"));
}

fn body_inside_of_kernel_tls_is_no_request() {
    vhqos::load_with("", TWO);
    let _server = serve(TLS_1_3, WHOLE);
    let mut talk = hello(TLS_1_3);
    let body = get("b.example");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    assert_eq!(talk.say(head), shown("a"));
    assert_eq!(talk.say(&body), shown("a"), "this is the body");
    assert_eq!(talk.say(&body), shown("b"), "and this is a request");
}

/// What is left of it is copied at the next read, which does not say of which socket it is: what follows is for whom the handshake
/// was.
fn record_of_kernel_tls_that_is_read_in_pieces_is_the_last() {
    vhqos::load_with("", TWO);
    let _server = serve(TLS_1_3, 40);
    let mut talk = hello(TLS_1_3);
    let request = get("b.example");
    assert!((41..=80).contains(&request.len()));
    assert_eq!(talk.say(&request), shown("b"));
    assert_eq!(talk.line(), shown("b"));
    assert_eq!(talk.say(&request), shown("a"));
    assert_eq!(vhqos::status("lost_streams"), "1");
}

/// The kernel decrypts into the reader's memory.
fn kernel_tls_1_2_has_the_server_name_alone() {
    vhqos::load_with("", TWO);
    let _server = serve(TLS_1_2, WHOLE);
    let mut talk = hello(TLS_1_2);
    let before = vhqos::host("a", "transfers");
    assert_eq!(talk.say(get("b.example")), shown("a"));
    assert_eq!(
        vhqos::host("a", "transfers"),
        before + 2,
        "a read and a write"
    );
    assert_eq!(vhqos::host("b", "requests"), 0);
}
