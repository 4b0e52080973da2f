// SPDX-License-Identifier: GPL-2.0
//! Hosts that share a server behind a UNIX socket, as the sites of one PHP-FPM pool do.

use super::answer_reads;
use super::get;
use super::own_group;
use super::protocols::fastcgi;
use super::protocols::scgi;
use super::protocols::uwsgi;
use super::Talk;
use super::IDLE;
use super::TWO;
use crate::cgroup;
use crate::process::Child;
use crate::scene::shown;
use crate::scene::until_in;
use crate::server::GROUP;
use crate::vhqos;
use crate::wait::until;
use std::fs;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;

crate::tests! { "names";
    unix_socket_is_bound_by_its_names(20, debug),
    unix_socket_has_a_row_of_its_own(20, debug),
    unix_socket_is_known_after_its_server_starts_again(30),
    unix_socket_of_another_root_is_a_strangers(20),
    every_way_to_read_a_unix_socket_advances_once(60, debug),
    hooks_of_unix_sockets_are_armed_for_their_rows(20),
}

const PATH: &str = "/run/pool.sock";

/// A pool that all names share.
fn rows() -> String {
    format!("{TWO}host pool addr=unix:{PATH}\n")
}

fn listen() -> UnixListener {
    let _ = fs::remove_file(PATH);
    UnixListener::bind(PATH).expect("a socket")
}

/// A server that answers each read, one connection after the other.
fn pool() -> Child {
    let listener = listen();
    Child::new(GROUP, move |_| {
        for connection in listener.incoming() {
            answer_reads(connection.expect("a connection"));
        }
    })
}

fn talk() -> Talk<UnixStream> {
    Talk(BufReader::new(
        UnixStream::connect(PATH).expect("connected"),
    ))
}

fn unix_socket_is_bound_by_its_names() {
    let server = pool();
    vhqos::load_with("", &rows());
    for protocol in [fastcgi, scgi, uwsgi] {
        for host in ["a", "b", "b", "a"] {
            let mut talk = talk();
            assert_eq!(talk.say(protocol(&format!("{host}.example"))), shown(host));
            let channel = &vhqos::records("channels")[0];
            assert_eq!(
                (&*channel["host"], &*channel["local"]),
                (host, &*format!("unix:{PATH}"))
            );
        }
    }
    let mut talk = talk();
    for host in ["a", "b"] {
        let request = fastcgi(&format!("{host}.example"));
        let (head, tail) = request.split_at(20);
        talk.say(head);
        assert_eq!(talk.say(tail), shown(host));
    }
    assert_eq!(vhqos::host("b", "tasks"), 1);
    drop(talk);
    until_in(server.pid(), IDLE);
    assert_eq!(vhqos::host("a", "requests"), 7);
    assert_eq!(vhqos::status("odd_reads"), "0");
}

fn unix_socket_has_a_row_of_its_own() {
    let _server = pool();
    vhqos::load_with("", &rows());
    let mut talk = talk();
    assert_eq!(talk.say("GET / HTTP/1.1\r\n"), IDLE, "a name may follow");
    assert_eq!(talk.say("Host: c.example\r\n\r\n"), shown("pool"));
    assert_eq!(vhqos::status("unknown_names"), "1");
    assert_eq!(talk.say(get("b.example")), shown("b"));
    vhqos::write_table("flush\n");
    assert_eq!(talk.say(get("b.example")), own_group());
    vhqos::write_table(&format!("host pool addr=unix:{PATH}\n"));
    drop(talk);
    assert_eq!(
        self::talk().say(get("b.example")),
        shown("pool"),
        "no row has a name"
    );
}

fn unix_socket_is_known_after_its_server_starts_again() {
    vhqos::load_with("", &rows());
    for _ in 0..3 {
        let _server = pool();
        // The first connection to a new socket is what has it looked for.
        until("the socket is known", 10.0, || {
            talk().say(get("a.example")) == shown("a")
        });
        assert_eq!(talk().say(get("b.example")), shown("b"));
    }
}

/// Who binds the same path, but in mounts of its own, is not the server that the row means.
fn unix_socket_of_another_root_is_a_strangers() {
    let _true_one = pool();
    vhqos::load_with("", &rows());
    let mut stranger = Child::new(GROUP, |output| {
        use nix::mount::mount;
        use nix::mount::MsFlags;
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS).expect("a mount namespace");
        let none = None::<&str>;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).expect("private");
        mount(Some("none"), "/run", Some("tmpfs"), MsFlags::empty(), none).expect("tmpfs");
        let listener = listen();
        let client = std::thread::spawn(|| talk().say(get("a.example")));
        let (mut connection, _) = listener.accept().expect("a connection");
        let length = connection.read(&mut [0; 4096]).expect("bytes");
        writeln!(connection, "{} {length}", cgroup::own()).expect("sent");
        drop(connection);
        let group = client.join().expect("an answer");
        writeln!(output, "{group}").expect("a pipe");
    });
    let mut said = String::new();
    stranger.output().read_to_string(&mut said).expect("a line");
    let length = get("a.example").len();
    assert_eq!(said.trim_end(), format!("{} {length}", own_group()));
    assert_eq!(talk().say(get("a.example")), shown("a"));
}

/// How the server of the next test reads.
#[derive(Clone, Copy, Debug)]
enum How {
    Read,
    Bytes,
    PeekThenRead,
    Splice,
}

/// Reads `count` bytes in one way.
fn take(connection: &mut UnixStream, how: How, count: usize) {
    use nix::fcntl::splice;
    use nix::fcntl::SpliceFFlags;
    use nix::sys::socket::recv;
    use nix::sys::socket::MsgFlags;
    use std::os::fd::AsRawFd;
    let mut buffer = vec![0; count];
    match how {
        How::Read => connection.read_exact(&mut buffer).expect("bytes"),
        How::Bytes => buffer
            .chunks_mut(1)
            .for_each(|byte| connection.read_exact(byte).expect("a byte")),
        How::PeekThenRead => {
            for _ in 0..3 {
                recv(connection.as_raw_fd(), &mut buffer, MsgFlags::MSG_PEEK).expect("bytes");
            }
            let (one, two) = buffer.split_at_mut(count / 2);
            connection.read_exact(one).expect("bytes");
            connection.read_exact(two).expect("bytes");
        }
        How::Splice => {
            let (out, into) = nix::unistd::pipe().expect("a pipe");
            let mut left = count;
            while left > 0 {
                let some = left.min(7);
                let moved = splice(&*connection, None, &into, None, some, SpliceFFlags::empty());
                left -= moved.expect("spliced");
                let mut few = [0; 7];
                nix::unistd::read(&out, &mut few).expect("bytes");
            }
        }
    }
}

/// Pipelined requests in one buffer, read in every way: each byte counts once.
fn every_way_to_read_a_unix_socket_advances_once() {
    const HOSTS: [&str; 4] = ["a", "b", "b", "a"];
    vhqos::load("");
    let requests = HOSTS.map(|host| get(&format!("{host}.example")));
    let length = requests[0].len();
    for how in [How::Read, How::Bytes, How::PeekThenRead, How::Splice] {
        let listener = listen();
        let _server = Child::new(GROUP, move |_| {
            let (mut connection, _) = listener.accept().expect("a connection");
            for _ in HOSTS {
                take(&mut connection, how, length);
                writeln!(connection, "{}", cgroup::own()).expect("sent");
            }
        });
        vhqos::write_table(&rows());
        let mut talk = talk();
        let mut groups = vec![talk.say(requests.concat())];
        groups.extend((1..HOSTS.len()).map(|_| talk.line()));
        assert_eq!(groups, HOSTS.map(shown), "{how:?}");
    }
}

fn hooks_of_unix_sockets_are_armed_for_their_rows() {
    let armed = || {
        let hooks = vhqos::hooks().into_iter();
        let unix = hooks.filter(|hook| hook.armed && hook.symbol.starts_with("unix_"));
        unix.count()
    };
    vhqos::load_with("", TWO);
    assert_eq!(armed(), 0);
    vhqos::write_table(&rows());
    assert_eq!(armed(), 4);
    vhqos::write_table("flush\n");
    assert_eq!(armed(), 0);
}
