// SPDX-License-Identifier: GPL-2.0
//! Event loops: one thread, many connections of several hosts.

use crate::cgroup;
use crate::client::host4;
use crate::client::Connection;
use crate::process::clock;
use crate::process::say;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::scene::IDLE;
use crate::server::burn;
use crate::server::listen;
use crate::server::Work;
use crate::server::ANSWER;
use crate::server::GROUP;
use crate::server::REQUEST;
use crate::vhqos;
use nix::sys::epoll::Epoll;
use nix::sys::epoll::EpollCreateFlags;
use nix::sys::epoll::EpollEvent;
use nix::sys::epoll::EpollFlags;
use nix::sys::epoll::EpollTimeout;
use std::collections::BTreeMap;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::os::fd::AsRawFd;

crate::tests! { "loops";
    event_loop_is_charged_and_stays_idle(60, debug),
    event_loop_is_moved_when_asked_to(30),
    worker_with_one_connection_at_a_time_is_no_loop(30),
}

/// Microseconds that a request of each host burns, and how many there are.
const BURNS: [u64; 3] = [4_000, 6_000, 9_000];
const REQUESTS: usize = 60;

/// What the server's thread used for each host, from one read to the next: a machine that is busy with something else
/// makes a burn longer than what was asked for.
#[derive(Default)]
struct Spent {
    seconds: [f64; 3],
    at_hand: Option<(usize, f64)>,
}

impl Spent {
    fn turn(&mut self, next: Option<usize>) {
        let now = clock(libc::CLOCK_THREAD_CPUTIME_ID);
        if let Some((host, since)) = self.at_hand {
            self.seconds[host] += now - since;
        }
        self.at_hand = next.map(|host| (host, now));
    }
}

/// A server with one thread for all connections; when the last one is closed it says what it used for each host, in
/// seconds of CPU time.
fn epoll_server() -> Child {
    let listener = listen("[::]:80");
    Child::new(GROUP, move |output| {
        let epoll = Epoll::new(EpollCreateFlags::empty()).expect("epoll");
        let listening = listener.as_raw_fd() as u64;
        let readable = |data| EpollEvent::new(EpollFlags::EPOLLIN, data);
        epoll.add(&listener, readable(listening)).expect("added");
        let mut open: BTreeMap<u64, TcpStream> = BTreeMap::new();
        let mut spent = Spent::default();
        let mut events = [EpollEvent::empty(); 8];
        loop {
            let count = epoll.wait(&mut events, EpollTimeout::NONE).expect("events");
            for event in &events[..count] {
                if event.data() == listening {
                    let (stream, _) = listener.accept().expect("accept");
                    epoll
                        .add(&stream, readable(stream.as_raw_fd() as u64))
                        .expect("added");
                    open.insert(stream.as_raw_fd() as u64, stream);
                    continue;
                }
                let stream = open.get_mut(&event.data()).expect("known");
                let mut request = [0; REQUEST];
                if stream.read_exact(&mut request).is_err() {
                    open.remove(&event.data());
                    if open.is_empty() {
                        spent.turn(None);
                        let [bank, flowers, acme] = spent.seconds;
                        say(output, &format!("{bank} {flowers} {acme}"));
                        return;
                    }
                    continue;
                }
                let local = stream.local_addr().expect("connected").to_string();
                spent.turn((0..3).find(|host| local.contains(&host4(*host as u8))));
                let text = String::from_utf8_lossy(&request);
                let number = text.trim_end().strip_prefix("burn ").expect("burn");
                burn(number.parse().expect("a number"));
                let text = format!("task={} group={}", std::process::id(), cgroup::own());
                let mut bytes = [b' '; ANSWER];
                bytes[..text.len()].copy_from_slice(text.as_bytes());
                stream.write_all(&bytes).expect("answered");
            }
        }
    })
}

/// One connection a host, all open; every host asks in turn. `look` looks before they are closed.
#[track_caller]
fn talk(look: impl FnOnce()) -> Vec<Vec<String>> {
    let mut open: Vec<Connection> = (0..3)
        .map(|number| Connection::open(&host4(number)))
        .collect();
    let mut groups = vec![Vec::new(); 3];
    for _ in 0..REQUESTS {
        for (number, connection) in open.iter_mut().enumerate() {
            groups[number].push(connection.ask(Work::Burn(BURNS[number])).group);
        }
    }
    look();
    groups
}

fn event_loop_is_charged_and_stays_idle() {
    vhqos::load_with("", &plain_rows());
    let server = epoll_server();
    let pid = server.pid();
    let groups = talk(|| {
        let record = vhqos::task(pid).expect("a record");
        assert_eq!(
            (record["kind"].as_str(), record["host"].as_str()),
            ("loops", "-")
        );
        let flag = &vhqos::records("flags")[0];
        assert_eq!(
            (flag["by"].as_str(), flag["guaranteed"].as_str()),
            ("loop", "0")
        );
    });
    // It is known for a loop when it comes to its second host.
    for groups in &groups {
        assert!(groups[1..].iter().all(|group| group == IDLE), "{groups:?}");
    }
    let spent = server.finish();
    for (host, spent) in HOSTS.iter().zip(spent.split_whitespace()) {
        let truth = spent.parse::<f64>().expect("a number") * 1e6;
        let shown = vhqos::host(host, "cpu_usec") as f64;
        println!("note: {host}: {:.1} of {:.1} ms", shown / 1e3, truth / 1e3);
        assert!(
            (shown - truth).abs() < 0.05 * truth,
            "{host}: {shown} us are shown, {truth} us were used"
        );
        assert!(vhqos::host(host, "binds") <= 1, "{host} was moved to");
    }
    assert_eq!(vhqos::read("flags"), "");
}

fn event_loop_is_moved_when_asked_to() {
    vhqos::load_with("loops=move", &plain_rows());
    let server = epoll_server();
    let pid = server.pid();
    let groups = talk(|| {
        let record = vhqos::task(pid).expect("a record");
        assert_eq!(record["kind"], "serves");
    });
    for (number, groups) in groups.iter().enumerate() {
        let expected = shown(HOSTS[number]);
        assert!(groups.iter().all(|group| *group == expected), "{groups:?}");
        assert_eq!(vhqos::host(HOSTS[number], "charged_usec"), 0);
    }
}

fn worker_with_one_connection_at_a_time_is_no_loop() {
    vhqos::load_with("", &plain_rows());
    let server = crate::server::Prefork::usual(1);
    for _ in 0..5 {
        for (number, host) in HOSTS.iter().enumerate() {
            let answer = crate::client::ask(&host4(number as u8), Work::Burn(100));
            assert_eq!(answer.group, shown(host));
        }
    }
    let record = vhqos::task(server.pids()[0]).expect("a record");
    assert_eq!(record["kind"], "serves");
}
