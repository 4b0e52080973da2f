// SPDX-License-Identifier: GPL-2.0
//! Probes that are switched off from outside are noticed, and nobody stays in a class that nobody keeps.

use crate::cgroup;
use crate::client::ask;
use crate::client::host4;
use crate::client::Connection;
use crate::scene::plain_rows;
use crate::scene::shown;
use crate::server::Prefork;
use crate::server::Work;
use crate::server::GROUP;
use crate::tests::events;
use crate::vhqos;
use crate::wait::until;
use std::fs;
use std::time::Instant;

crate::tests! { "canary";
    ftrace_switched_off_is_deaf_within_15_s_and_recovers(90, debug),
    kprobes_switched_off_is_deaf_within_15_s_and_recovers(90),
}

/// The status turns deaf, workers go back to where they came from, and all of it comes back.
fn deaf_and_back(switch: &str) {
    vhqos::load_with("", &plain_rows());
    let server = Prefork::usual(3);
    until("the module is live", 20.0, || {
        vhqos::status("health") == "live"
    });
    let mut open = Connection::open(&host4(0));
    let bound = open.ask(Work::Burn(20)).task;
    assert_eq!(cgroup::of(bound), Some(shown("bank")));
    let mut events = events::open();
    let began = Instant::now();
    match fs::write(switch, "0") {
        // Linux 7.3 lets nobody do this with ftrace any more (`ftrace_enable_sysctl()` of kernel/trace/ftrace.c).
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => {
            println!("note: this kernel has no such switch");
            assert_eq!(vhqos::status("health"), "live");
            return;
        }
        other => other.expect("root may"),
    }
    until("the status says deaf", 15.0, || {
        vhqos::status("health") == "deaf"
    });
    println!("note: deaf after {:.1} s", began.elapsed().as_secs_f64());
    until("the workers are back in their own group", 10.0, || {
        server
            .pids()
            .iter()
            .all(|pid| cgroup::of(*pid) == Some(format!("/{GROUP}")))
    });
    assert_eq!(ask(&host4(1), Work::Burn(20)).group, format!("/{GROUP}"));
    fs::write(switch, "1").expect("root may");
    until("the status says live", 15.0, || {
        vhqos::status("health") == "live"
    });
    drop(open);
    let words = |one: &vhqos::Record| {
        ["event", "task", "by", "to"].map(|key| one.get(key).cloned().unwrap_or_default())
    };
    let expected = [
        ["health", "", "", "deaf"].map(str::to_owned),
        ["release", &bound.to_string(), "forgotten", ""].map(str::to_owned),
        ["health", "", "", "live"].map(str::to_owned),
    ];
    // The health is told after the status has it.
    let mut found = Vec::new();
    until("all is told", 10.0, || {
        let told = events::told(&mut events);
        found.extend(
            told.iter()
                .filter(|one| one["event"] != "trouble")
                .map(words),
        );
        found.len() >= expected.len()
    });
    assert_eq!(found, expected);
    until("requests are bound again", 10.0, || {
        ask(&host4(1), Work::Burn(20)).group == shown("flowers")
    });
}

fn ftrace_switched_off_is_deaf_within_15_s_and_recovers() {
    deaf_and_back("/proc/sys/kernel/ftrace_enabled");
}

fn kprobes_switched_off_is_deaf_within_15_s_and_recovers() {
    deaf_and_back("/sys/kernel/debug/kprobes/enabled");
}
