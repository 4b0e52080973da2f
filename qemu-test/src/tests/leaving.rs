// SPDX-License-Identifier: GPL-2.0
//! Rows that come and go, and processes that others move: nobody is lost, and everybody finds back.

use crate::cgroup;
use crate::client::ask;
use crate::client::at;
use crate::client::host4;
use crate::client::Connection;
use crate::load::Load;
use crate::load::Speech;
use crate::load::Target;
use crate::process::nice;
use crate::process::say;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::scene::row;
use crate::scene::rows;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::server::Prefork;
use crate::server::Work;
use crate::server::GROUP;
use crate::tests::shares::cpus;
use crate::vhqos;
use crate::wait::until;
use nix::sys::signal::kill;
use nix::sys::signal::Signal;
use nix::unistd::fork;
use nix::unistd::pause;
use nix::unistd::ForkResult;
use nix::unistd::Pid;
use std::io::BufRead;
use std::io::BufReader;
use std::time::Duration;
use std::time::Instant;

crate::tests! { "leaving";
    process_that_was_moved_out_is_bound_again(20, debug),
    rows_that_come_and_go_under_load_lose_nobody(120, debug),
    late_groups_follow_the_table(60),
    strangers_leave_with_the_group_and_the_root_keeps_its_own(30, debug),
    child_that_nobody_saw_goes_where_its_parent_is(20, debug),
}

/// An administrator, or PAM, puts a worker somewhere else; it serves in its host's class all the same, and so do its children.
fn process_that_was_moved_out_is_bound_again() {
    vhqos::load_with("", &plain_rows());
    let server = Prefork::usual(1);
    let worker = server.pids()[0];
    cgroup::make("user.slice/elsewhere");
    for host in [0, 1, 0] {
        assert_eq!(
            ask(&host4(host), Work::Burn(10)).group,
            shown(HOSTS[usize::from(host)])
        );
        cgroup::write("user.slice/elsewhere", "cgroup.procs", &worker.to_string());
        server.wait_blocked();
        let place = cgroup::of(worker);
        assert_eq!(place.as_deref(), Some("/user.slice/elsewhere"));
    }
    let mut connection = Connection::open(&host4(2));
    assert_eq!(connection.ask(Work::Burn(10)).group, shown("acme"));
    vhqos::write_table("flush\n");
    assert_eq!(cgroup::of(worker), Some(format!("/{GROUP}")));
}

/// Rows are taken away and given back while their hosts are served: no request fails, no worker stays where it does not
/// belong, and each finds back to where it came from.
fn rows_that_come_and_go_under_load_lose_nobody() {
    const ROUNDS: usize = 18;
    // A slow kernel has fewer.
    const TIME: Duration = Duration::from_secs(20);
    vhqos::load_with("", &rows(["nice=-3", "", ""]));
    let server = Prefork::usual(16);
    let targets = [0, 1, 2].map(|number| Target {
        address: at(&host4(number), 80),
        speech: Speech::Own(Work::Burn(300)),
        clients: 4,
        requests: 3,
    });
    let load = Load::start(&targets);
    let began = Instant::now();
    let rounds = (0..ROUNDS).take_while(|round| *round < 3 || began.elapsed() < TIME);
    for round in rounds {
        let number = round % 3;
        vhqos::write_table(&format!("del {}\n", HOSTS[number]));
        vhqos::write_table(&row(number, if number == 0 { "nice=-3" } else { "" }));
        let before = vhqos::host(HOSTS[number], "binds");
        until("it is served again", 20.0, || {
            vhqos::host(HOSTS[number], "binds") > before
        });
    }
    let outcomes = load.finish();
    assert!(outcomes.iter().all(|outcome| outcome.failed == 0));
    server.wait_blocked();
    for number in [0, 1, 2] {
        let group = shown(HOSTS[usize::from(number)]);
        let mut open: Vec<Connection> = (0..16).map(|_| Connection::open(&host4(number))).collect();
        for connection in &mut open {
            assert_eq!(connection.ask(Work::Burn(10)).group, group);
        }
    }
    for key in ["failed_restores", "failed_enrolments", "stale"] {
        assert_eq!(vhqos::status(key), "0", "{key}");
    }
    println!("note: {} moves failed", vhqos::status("failed_moves"));
    vhqos::write_table("flush\n");
    let home = format!("/{GROUP}");
    for worker in server.pids() {
        assert_eq!(cgroup::of(worker).as_ref(), Some(&home));
        assert_eq!(nice(worker), 0);
    }
    assert!(!cgroup::exists("vhqos"));
}

/// In a large table groups are made when they are needed: here while their rows are changed, and taken out.
fn late_groups_follow_the_table() {
    const HOSTS: u8 = 24;
    let address = |number: u8| format!("127.0.1.{number}");
    let rows = |words: &str| -> String {
        let row = |number| format!("host late{number} addr={} {words}\n", address(number));
        (1..=HOSTS).map(row).collect()
    };
    let gone = |number| format!("del late{number}\n");
    let late = || -> Vec<String> {
        let all = cgroup::children("vhqos").into_iter();
        all.filter(|name| name.starts_with("late")).collect()
    };
    vhqos::load("");
    super::scale::cat(&super::scale::many_rows(1100));
    let _server = Prefork::usual(HOSTS.into());
    for changed in [true, false].repeat(4) {
        vhqos::write_table(&rows("cpu.max=50%"));
        let mut open: Vec<Connection> = (1..=HOSTS)
            .map(|number| Connection::open(&address(number)))
            .collect();
        for connection in &mut open {
            connection.send(Work::Burn(20)).expect("sent");
        }
        let after: String = match changed {
            true => rows("cpu.max=20%"),
            false => (1..=HOSTS).map(gone).collect(),
        };
        vhqos::write_table(&after);
        for connection in &mut open {
            connection.receive().expect("an answer");
        }
        drop(open);
        let expected = (0.2 * 100_000.0 * cpus()) as u64;
        until("each group is what its row says", 10.0, || match changed {
            true => late().iter().all(|name| {
                let max = cgroup::read(&format!("vhqos/{name}"), "cpu.max");
                max == format!("{expected} 100000")
            }),
            false => late().is_empty(),
        });
        println!("note: {} groups", late().len());
    }
    vhqos::unload();
    assert!(!cgroup::exists("vhqos"));
}

/// A process that somebody put into a host's group is put out of it with the row, and one in the chosen root is not.
fn strangers_leave_with_the_group_and_the_root_keeps_its_own() {
    cgroup::make("system.slice/qos");
    let at_home = Child::new("system.slice/qos", |_| pause());
    until("it is in the root", 5.0, || {
        cgroup::of(at_home.pid()).as_deref() == Some("/system.slice/qos")
    });
    vhqos::load_with("cgroup_root=system.slice/qos", &plain_rows());
    let stranger = Child::new("system.slice/qos", |_| pause());
    until("it is in the root too", 5.0, || {
        cgroup::of(stranger.pid()).as_deref() == Some("/system.slice/qos")
    });
    let group = "system.slice/qos/bank";
    cgroup::write(group, "cgroup.threads", &stranger.pid().to_string());
    assert_eq!(
        cgroup::of(stranger.pid()),
        Some(format!("/{group}")),
        "nobody keeps root from that"
    );
    vhqos::write_table("flush\n");
    assert_eq!(cgroup::children("system.slice/qos"), [""; 0]);
    assert_eq!(
        cgroup::of(at_home.pid()).as_deref(),
        Some("/system.slice/qos")
    );
    assert_eq!(
        cgroup::of(stranger.pid()),
        Some(cgroup::own()),
        "where its parent is"
    );
}

/// What is left in a group when it goes: a child that a worker made while the hooks were disarmed would be there.
fn child_that_nobody_saw_goes_where_its_parent_is() {
    vhqos::load_with("", &plain_rows());
    let mut parent = Child::new(GROUP, |output| {
        // SAFETY: this process has one thread.
        if let ForkResult::Parent { child } = unsafe { fork() }.expect("fork") {
            say(output, &child.to_string());
        }
        loop {
            pause();
        }
    });
    let mut line = String::new();
    BufReader::new(parent.output())
        .read_line(&mut line)
        .expect("it writes");
    let child = line.trim().parse().expect("a number");
    cgroup::write("vhqos/bank", "cgroup.procs", line.trim());
    assert_eq!(cgroup::of(child), Some(shown("bank")));
    vhqos::write_table("flush\n");
    assert_eq!(cgroup::of(child), Some(format!("/{GROUP}")));
    kill(Pid::from_raw(child), Signal::SIGKILL).expect("it lives");
}
