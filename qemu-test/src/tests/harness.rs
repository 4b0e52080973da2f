// SPDX-License-Identifier: GPL-2.0
//! What the other tests stand on, without the module: if one of these fails, look here first.

use crate::apache::http_address;
use crate::apache::Apache;
use crate::cgroup;
use crate::client::ask;
use crate::client::host4;
use crate::client::host6;
use crate::load::Load;
use crate::load::Target;
use crate::memory::steady_growth;
use crate::memory::Look;
use crate::pages;
use crate::process;
use crate::server::Prefork;
use crate::server::Work;
use crate::server::GROUP;
use crate::vhqos;
use std::time::Duration;

crate::tests! { "harness";
    module_is_not_loaded_at_first(10),
    prefork_server_answers_on_every_address(30),
    burning_uses_the_cpu_time_asked_for(20),
    apache_serves_every_address(90),
    small_leak_is_noticed(30),
}

fn module_is_not_loaded_at_first() {
    assert!(!vhqos::is_loaded());
    assert!(!std::path::Path::new("/proc/vhqos").exists());
    assert!(cgroup::read("", "cgroup.subtree_control").contains("cpu"));
}

fn prefork_server_answers_on_every_address() {
    let server = Prefork::usual(4);
    for number in 0..16 {
        for address in [host4(number), host6(number)] {
            let answer = ask(&address, Work::Burn(10));
            assert!(server.pids().contains(&answer.task), "{answer:?}");
            assert_eq!(answer.group, format!("/{GROUP}"));
        }
    }
}

fn burning_uses_the_cpu_time_asked_for() {
    let before = process::own_cpu_seconds();
    crate::server::burn(200_000);
    let used = process::own_cpu_seconds() - before;
    assert!((0.2..0.3).contains(&used), "{used} s");
}

fn apache_serves_every_address() {
    let addresses = [host4(0), host4(1), host6(0)];
    let server = Apache::start(&addresses, 8);
    assert_eq!(server.workers().len(), 8);
    let targets: Vec<Target> = addresses
        .iter()
        .map(|address| Target {
            address: http_address(address),
            speech: pages::burn(5000),
            clients: 2,
            requests: 1,
        })
        .collect();
    let load = Load::start(&targets);
    let look = || cgroup::cpu_seconds(GROUP);
    let (before, after, seconds) =
        load.measure(Duration::from_secs(1), Duration::from_secs(4), look);
    let outcomes = load.finish();
    for outcome in &outcomes {
        assert!(
            outcome.answered > 0 && outcome.failed == 0,
            "{} answered, {} failed",
            outcome.answered,
            outcome.failed
        );
    }
    let answered: usize = outcomes.iter().map(|outcome| outcome.answered).sum();
    let cost = 1e3 * (after - before) / answered as f64;
    println!("note: {answered} pages of 5 ms in {seconds:.1} s, {cost:.2} ms of CPU time each");
    assert!(cost > 4.5, "a page costs {cost:.2} ms of CPU time");
}

/// Each message of a System V queue is an object of 256 bytes; a queue has room for some eighty.
fn small_leak_is_noticed() {
    const MESSAGES: usize = 72;
    #[repr(C)]
    struct Message {
        kind: libc::c_long,
        bytes: [u8; 200],
    }
    let message = Message {
        kind: 1,
        bytes: [0; 200],
    };
    let mut looks = vec![Look::settled()];
    for _ in 0..4 {
        // SAFETY: the call takes numbers only.
        let queue = unsafe { libc::msgget(libc::IPC_PRIVATE, 0o600) };
        for _ in 0..MESSAGES {
            let start = (&raw const message).cast();
            // SAFETY: the message lives, and has so many bytes behind its kind.
            let sent = unsafe { libc::msgsnd(queue, start, message.bytes.len(), libc::IPC_NOWAIT) };
            assert_eq!(sent, 0);
        }
        looks.push(Look::settled());
    }
    let grown = steady_growth(&looks);
    let most = grown.first().expect("something grew");
    let leaked = (MESSAGES * 256) as f64 / 1024.0;
    assert!((leaked - 1.0..leaked + 1.0).contains(&most.1), "{grown:?}");
}
