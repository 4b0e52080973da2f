// SPDX-License-Identifier: GPL-2.0
//! Who is bound, when, and who is not.

use crate::cgroup;
use crate::client::ask;
use crate::client::at;
use crate::client::host4;
use crate::client::host6;
use crate::client::try_ask;
use crate::client::Connection;
use crate::process::clock;
use crate::process::say;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::scene::shown;
use crate::scene::until_in;
use crate::scene::HOSTS;
use crate::scene::IDLE;
use crate::server::answer;
use crate::server::listen;
use crate::server::Prefork;
use crate::server::Work;
use crate::server::GROUP;
use crate::vhqos;
use crate::wait::until;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;

crate::tests! { "bind";
    worker_runs_in_the_class_of_the_address(20, debug),
    closing_puts_the_worker_back_to_idle(20, debug),
    keep_alive_stays_bound_between_requests(20),
    worker_goes_from_one_host_to_another(20, debug),
    accepts_blocked_before_the_load_are_seen(30, debug),
    sixty_four_blocked_accepts_are_seen(60),
    learned_server_is_bound_at_accept(20),
    forced_server_is_bound_at_its_first_accept(20),
    late_server_is_not_bound_at_accept(20),
    most_specific_row_wins(20),
    default_row_takes_the_rest(20),
    address_without_a_row_is_left_alone(20),
    port_range_matches_its_ports_only(20),
    threads_are_bound_one_by_one(20, debug),
    changed_row_takes_effect_on_a_bound_worker(20),
    records_show_the_worker_and_its_channel(20),
    exit_drops_what_the_task_had(20, debug),
}

#[track_caller]
fn in_group(address: &str, expected: &str) {
    let answer = ask(address, Work::Burn(50));
    assert_eq!(answer.group, expected, "who served {address}");
}

fn worker_runs_in_the_class_of_the_address() {
    vhqos::load_with("", &plain_rows());
    let _server = Prefork::usual(4);
    for _ in 0..3 {
        for (number, host) in HOSTS.iter().enumerate() {
            in_group(&host4(number as u8), &shown(host));
            in_group(&host6(number as u8), &shown(host));
        }
    }
    for host in HOSTS {
        assert_eq!(vhqos::host(host, "accepted"), 6);
        assert_eq!(vhqos::host(host, "binds"), 6);
    }
}

fn closing_puts_the_worker_back_to_idle() {
    vhqos::load_with("", &plain_rows());
    let _server = Prefork::usual(1);
    let mut connection = Connection::open(&host4(0));
    let answer = connection.ask(Work::Burn(50));
    assert_eq!(answer.group, shown("bank"));
    assert_eq!(
        cgroup::of(answer.task),
        Some(shown("bank")),
        "while the connection is open"
    );
    drop(connection);
    until_in(answer.task, IDLE);
    assert_eq!(vhqos::host("bank", "tasks"), 0);
    until("the channel is gone", 10.0, || {
        vhqos::host("bank", "channels") == 0
    });
}

fn keep_alive_stays_bound_between_requests() {
    vhqos::load_with("", &plain_rows());
    let _server = Prefork::usual(2);
    let mut connection = Connection::open(&host4(1));
    for _ in 0..20 {
        let answer = connection.ask(Work::Burn(50));
        assert_eq!(answer.group, shown("flowers"));
        assert_eq!(
            cgroup::of(answer.task),
            Some(shown("flowers")),
            "between two requests"
        );
    }
    assert_eq!(vhqos::host("flowers", "binds"), 1);
}

fn worker_goes_from_one_host_to_another() {
    vhqos::load_with("", &plain_rows());
    let server = Prefork::usual(1);
    for round in 0..30 {
        let number = round % 3;
        let answer = ask(&host4(number as u8), Work::Burn(20));
        assert_eq!(
            (answer.task, answer.group),
            (server.pids()[0], shown(HOSTS[number]))
        );
    }
}

fn accepts_blocked_before_the_load_are_seen() {
    let server = Prefork::usual(5);
    vhqos::load_with("", &plain_rows());
    assert_eq!(blocked_accepts_seen(&server, 5), 5);
}

fn sixty_four_blocked_accepts_are_seen() {
    let server = Prefork::usual(64);
    vhqos::load_with("", &plain_rows());
    assert_eq!(blocked_accepts_seen(&server, 64), 64);
}

/// One connection for each worker, all open at once: how many workers are bound and recorded.
fn blocked_accepts_seen(server: &Prefork, count: usize) -> usize {
    let mut connections: Vec<Connection> =
        (0..count).map(|_| Connection::open(&host4(0))).collect();
    let mut tasks: Vec<i32> = connections
        .iter_mut()
        .map(|connection| connection.ask(Work::Burn(10)).task)
        .collect();
    tasks.sort_unstable();
    tasks.dedup();
    assert_eq!(
        tasks.len(),
        server.workers.len(),
        "every worker has a connection"
    );
    assert_eq!(vhqos::host("bank", "accepted"), count as u64);
    let bound = tasks
        .iter()
        .filter(|task| cgroup::of(**task) == Some(shown("bank")))
        .count();
    let recorded = vhqos::records("tasks")
        .iter()
        .filter(|task| task.get("host").is_some_and(|host| host == "bank"))
        .count();
    assert_eq!(recorded, bound, "{}", vhqos::read("tasks"));
    bound
}

/// A worker that accepts, says its group before any byte was moved, then serves.
fn shy_worker(listener: &std::net::TcpListener) -> Child {
    Child::new(GROUP, |output| loop {
        let (mut stream, _) = listener.accept().expect("accept");
        say(output, &cgroup::own());
        answer(&mut stream);
    })
}

/// The groups of the worker right after accept, for so many connections to the first host.
fn groups_after_accept(parameters: &str, connections: usize) -> Vec<String> {
    vhqos::load_with(parameters, &plain_rows());
    let mut worker = shy_worker(&listen("[::]:80"));
    let mut lines = BufReader::new(worker.output().try_clone().expect("dup")).lines();
    (0..connections)
        .map(|_| {
            ask(&host4(0), Work::Echo);
            lines
                .next()
                .expect("a line for each connection")
                .expect("text")
        })
        .collect()
}

fn learned_server_is_bound_at_accept() {
    let groups = groups_after_accept("serves=0", 3);
    assert_ne!(
        groups[0],
        shown("bank"),
        "nothing is known at the first accept"
    );
    assert_eq!(
        groups[1..],
        [shown("bank"), shown("bank")],
        "it serves what it accepts"
    );
}

fn forced_server_is_bound_at_its_first_accept() {
    assert_eq!(
        groups_after_accept("serves=1", 2),
        [shown("bank"), shown("bank")]
    );
}

fn late_server_is_not_bound_at_accept() {
    assert_eq!(groups_after_accept("serves=2", 3), [IDLE, IDLE, IDLE]);
}

fn most_specific_row_wins() {
    vhqos::load_with(
        "",
        "host wide addr=192.0.2.0/24\nhost narrow addr=192.0.2.8/30\nhost one addr=192.0.2.10\n\
         host port addr=192.0.2.10:81\nhost six addr=2001:db8::/32\nhost six-port addr=[2001:db8::]/32:81\n",
    );
    let _server = Prefork::usual(2);
    let _other = Prefork::start(GROUP, 2, &listen("[::]:81"), answer);
    for (address, port, host) in [
        (host4(0), 80, "one"),
        (host4(0), 81, "port"),
        (host4(1), 80, "narrow"),
        (host4(1), 81, "narrow"),
        (host4(2), 80, "wide"),
        (host6(0), 80, "six"),
        (host6(0), 81, "six-port"),
    ] {
        let answer = try_ask(at(&address, port), Work::Burn(10)).expect("served");
        assert_eq!(answer.group, shown(host), "{address} {port}");
    }
}

fn default_row_takes_the_rest() {
    vhqos::load_with("", "host bank addr=192.0.2.10\nhost default\n");
    let _server = Prefork::usual(2);
    in_group(&host4(0), &shown("bank"));
    in_group(&host4(9), &shown("default"));
    in_group(&host6(9), &shown("default"));
}

fn address_without_a_row_is_left_alone() {
    vhqos::load_with("", "host bank addr=192.0.2.10\n");
    let _server = Prefork::usual(2);
    in_group(&host4(9), &format!("/{GROUP}"));
    assert_eq!(vhqos::read("channels"), "");
}

fn port_range_matches_its_ports_only() {
    vhqos::load_with("", "host bank addr=192.0.2.10:80,90-91,8080\n");
    let listeners =
        [80, 89, 90, 91, 92, 8080].map(|port| (port, listen(&format!("0.0.0.0:{port}"))));
    let _servers: Vec<Prefork> = listeners
        .iter()
        .map(|(_, listener)| Prefork::start(GROUP, 1, listener, answer))
        .collect();
    for (port, bound) in [
        (80, true),
        (89, false),
        (90, true),
        (91, true),
        (92, false),
        (8080, true),
    ] {
        let answer = try_ask(at(&host4(0), port), Work::Burn(10)).expect("served");
        assert_eq!(
            answer.group == shown("bank"),
            bound,
            "port {port}: {}",
            answer.group
        );
    }
}

/// A server with threads: each thread is bound for its own connection, the others are not moved.
fn threads_are_bound_one_by_one() {
    vhqos::load_with("", &plain_rows());
    let listener = listen("[::]:80");
    let server = Child::new(GROUP, |_| {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| loop {
                    let (mut stream, _) = listener.accept().expect("accept");
                    answer(&mut stream);
                });
            }
        });
    });
    let mut open: Vec<Connection> = (0..3)
        .map(|number| Connection::open(&host4(number)))
        .collect();
    for (connection, host) in open.iter_mut().zip(HOSTS) {
        assert_eq!(connection.ask(Work::Burn(20)).group, shown(host));
    }
    for host in HOSTS {
        // The module keeps a sleeping thread of its own in a group; only the server's count.
        let threads = cgroup::threads(&crate::scene::group(host));
        let own = threads.iter().filter(|task| {
            std::path::Path::new(&format!("/proc/{}/task/{task}", server.pid())).exists()
        });
        assert_eq!(own.count(), 1, "{host}: {threads:?}");
    }
    drop(open);
    until("all threads are idle", 10.0, || {
        HOSTS.iter().all(|host| vhqos::host(host, "tasks") == 0)
    });
}

/// A row that is replaced while a worker serves it: the host's next request runs under the new parameters.
fn changed_row_takes_effect_on_a_bound_worker() {
    vhqos::load_with("", "host bank addr=192.0.2.10 cpu.max=50%\n");
    let _server = Prefork::usual(1);
    let mut connection = Connection::open(&host4(0));
    connection.ask(Work::Burn(20));
    vhqos::write_table("host bank addr=192.0.2.10 cpu.max=max nice=7\n");
    assert!(
        cgroup::read("vhqos/bank", "cpu.max").starts_with("max"),
        "{}",
        cgroup::read("vhqos/bank", "cpu.max")
    );
    let answer = connection.ask(Work::Burn(20));
    assert_eq!(answer.group, shown("bank"));
    until("the worker has the row's nice value", 10.0, || {
        connection.ask(Work::Echo);
        crate::process::nice(answer.task) == 7
    });
}

fn records_show_the_worker_and_its_channel() {
    vhqos::load_with("", &plain_rows());
    let server = Prefork::usual(1);
    let worker = server.pids()[0];
    let now = || (clock(libc::CLOCK_BOOTTIME) * 1e9) as u64;
    let since = || vhqos::task(worker).expect("a record")["since"].clone();
    let before = now();
    let mut connection = Connection::open(&host4(2));
    connection.ask(Work::Burn(20));
    let bound: u64 = since().parse().expect("a number");
    assert!(before <= bound && bound <= now(), "since {bound}");
    let peer = connection.0.local_addr().expect("connected").port();
    let channels = vhqos::records("channels");
    assert_eq!(channels.len(), 1, "{}", vhqos::read("channels"));
    let channel = &channels[0];
    assert_eq!(channel["host"], "acme");
    assert_eq!(channel["local"], "192.0.2.12:80");
    assert!(
        channel["peer"].ends_with(&format!(":{peer}")),
        "{channel:?}"
    );
    assert_eq!(channel["acceptor"], worker.to_string());
    assert_eq!(channel["state"], "active");
    let task = vhqos::task(worker).expect("the worker has a record");
    assert_eq!(
        (task["group"].as_str(), task["host"].as_str()),
        (worker.to_string().as_str(), "acme")
    );
    assert_eq!(
        (
            &task["channel"],
            task["kind"].as_str(),
            task["enrolled"].as_str()
        ),
        (&channel["channel"], "serves", "1")
    );
    assert_eq!(
        (
            vhqos::host("acme", "tasks"),
            vhqos::host("acme", "channels")
        ),
        (1, 1)
    );
    connection.ask(Work::Burn(20));
    assert_eq!(since(), bound.to_string(), "it was moved once");
    drop(connection);
    until_in(worker, IDLE);
    until("it is idle since then", 10.0, || {
        since().parse().is_ok_and(|idle: u64| idle > bound)
    });
}

fn exit_drops_what_the_task_had() {
    vhqos::load_with("", &plain_rows());
    let listener = listen("[::]:80");
    let worker = Child::new(GROUP, |_| {
        let (mut stream, _) = listener.accept().expect("accept");
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a byte");
        stream.write_all(&byte).expect("a reader");
    });
    let mut connection = Connection::open(&host4(0));
    connection.0.write_all(b"x").expect("a reader");
    connection.0.read_exact(&mut [0]).expect("echoed");
    let pid = worker.pid();
    worker.finish();
    until("the task's record is gone", 10.0, || {
        vhqos::task(pid).is_none()
    });
    until("the channel's record is gone", 10.0, || {
        vhqos::read("channels").is_empty()
    });
    assert_eq!(vhqos::host("bank", "tasks"), 0);
}
