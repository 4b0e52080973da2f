// SPDX-License-Identifier: GPL-2.0
//! What a flood for one name does to the answers of another one, which was guaranteed its part of the machine.

use super::apache;
use super::fpm;
use crate::apache::http_address;
use crate::load::Load;
use crate::load::Target;
use crate::pages;
use crate::scene::cpu_seconds;
use crate::scene::difference;
use crate::scene::name;
use crate::statistics::percentile;
use crate::tests::names::SHARED;
use crate::tests::shares::cpus;
use crate::tests::shares::PAGE;
use crate::tests::shares::WORKERS;
use std::time::Duration;

crate::tests! { "names";
    apache_by_name_flood_does_not_delay_another_name(300),
    fpm_flood_does_not_delay_another_name(300),
}

/// By how much the flood may make the slowest answers but one in a hundred slower.
const SLOWER: f64 = 1.25;

/// What the guaranteed host has, with and without the flood: as much as it is guaranteed, and no more.
const SHARE: &str = "cpu.min=40% cpu.max=40%";

/// Clients of the guaranteed host, which want more than the share, and of the flood.
const CLIENTS: [usize; 2] = [6, 18];

/// Seconds of a phase.
const SECONDS: u64 = 20;

/// A machine that is busy with something else makes single answers late: so often at most it is looked at again.
const TRIES: usize = 3;

fn target(number: usize, clients: usize) -> Target {
    Target {
        address: http_address(SHARED),
        speech: pages::burn_of(&name(number), PAGE),
        clients,
        requests: 1,
    }
}

/// The waits of the first host's clients, with or without the flood, in microseconds, and its share of the machine in percent.
fn phase(flooded: bool) -> (Vec<u32>, f64) {
    let mut targets = vec![target(0, CLIENTS[0])];
    if flooded {
        targets.push(target(2, CLIENTS[1]));
    }
    let load = Load::start(&targets);
    let (before, after, time) = load.measure(
        Duration::from_secs(3),
        Duration::from_secs(SECONDS),
        cpu_seconds,
    );
    let mut outcomes = load.finish();
    let failed: usize = outcomes.iter().map(|outcome| outcome.failed).sum();
    assert_eq!(failed, 0, "requests failed");
    let used = difference(&before, &after)[0];
    (
        core::mem::take(&mut outcomes[0].latencies),
        100.0 * used / (time * cpus()),
    )
}

/// Asserts it of the server that runs; `load` loads the module.
#[track_caller]
fn is_not_delayed(load: fn([&str; 3])) {
    let (mut without, _) = phase(true);
    println!(
        "note: p99 flooded without the module {:.0} ms",
        f64::from(percentile(&mut without, 99)) / 1e3
    );
    load([SHARE, "", ""]);
    let (mut calm, mut flooded) = (Vec::new(), Vec::new());
    for _ in 0..TRIES {
        let (alone, alone_share) = phase(false);
        calm.extend(alone);
        let (beside, beside_share) = phase(true);
        flooded.extend(beside);
        let (calm_p99, flooded_p99) = (percentile(&mut calm, 99), percentile(&mut flooded, 99));
        let ratio = f64::from(flooded_p99) / f64::from(calm_p99);
        println!(
            "note: p99 of {} and {} requests {:.0} ms alone with {alone_share:.1} % of the machine, {:.0} ms flooded with \
             {beside_share:.1} %, ratio {ratio:.3}",
            calm.len(),
            flooded.len(),
            f64::from(calm_p99) / 1e3,
            f64::from(flooded_p99) / 1e3
        );
        if ratio <= SLOWER {
            return;
        }
    }
    panic!("a flood for one name delays another one");
}

fn apache_by_name_flood_does_not_delay_another_name() {
    let _server = apache::start(http_address(SHARED), &[], "");
    is_not_delayed(apache::load);
}

fn fpm_flood_does_not_delay_another_name() {
    let _servers = fpm::start(WORKERS);
    is_not_delayed(fpm::load);
}
