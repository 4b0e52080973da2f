// SPDX-License-Identifier: GPL-2.0
//! What a flood for one name does to the answers of another one, which was guaranteed its part of the machine.

use super::apache;
use super::fpm;
use super::haproxy;
use super::http2;
use super::proxy_fcgi;
use super::sites::resolve;
use super::sites::secure_page;
use super::tls;
use crate::apache::http_address;
use crate::load::Load;
use crate::load::Target;
use crate::pages;
use crate::programs::Program;
use crate::programs::AB;
use crate::programs::H2LOAD;
use crate::scene::cpu_seconds;
use crate::scene::difference;
use crate::scene::name;
use crate::statistics::percentile;
use crate::tests::names::SHARED;
use crate::tests::shares::cpus;
use crate::tests::shares::measure;
use crate::tests::shares::PAGE;
use crate::tests::shares::WORKERS;
use std::fs;
use std::time::Duration;

crate::tests! { "names";
    apache_by_name_flood_does_not_delay_another_name(300, long),
    apache_with_tls_flood_does_not_delay_another_name(300, long),
    apache_behind_haproxy_flood_does_not_delay_another_name(300, long),
    fpm_flood_does_not_delay_another_name(300),
    fpm_behind_http2_flood_does_not_delay_another_name(300, long),
    fpm_behind_apache_flood_does_not_delay_another_name(300, long),
}

/// By how much the flood may make the slowest answers but one in a hundred slower.
const SLOWER: f64 = 1.25;

/// What the guaranteed host has, with and without the flood: as much as it is guaranteed, and no more.
const SHARE: &str = "cpu.min=40% cpu.max=40%";

/// Clients of the guaranteed host, which want more than the share, and of the flood.
const CLIENTS: [usize; 2] = [6, 30];

/// Seconds of a phase: before it is measured, while it is, and what a flood that is not stopped goes on for.
const SECONDS: [u32; 3] = [3, 20, 5];

/// A machine that is busy with something else makes single answers late: so often at most it is looked at again.
const TRIES: usize = 3;

/// Who the clients are.
#[derive(Clone, Copy)]
enum Clients {
    /// Our own, with a connection for each request, in the clear.
    Own,
    /// A program with these words, which keeps its connections, over TLS.
    Of(&'static Program, &'static [&'static str]),
}

impl Clients {
    /// The waits of the first host's clients, with or without the flood, in microseconds, and its share of the machine in
    /// percent.
    fn phase(self, flooded: bool) -> (Vec<u32>, f64) {
        match self {
            Self::Own => own_phase(flooded),
            Self::Of(program, words) => program_phase(program, words, flooded),
        }
    }
}

fn target(number: usize, clients: usize) -> Target {
    Target {
        address: http_address(SHARED),
        speech: pages::burn_of(&name(number), PAGE),
        clients,
        requests: 1,
    }
}

fn own_phase(flooded: bool) -> (Vec<u32>, f64) {
    let mut targets = vec![target(0, CLIENTS[0])];
    if flooded {
        targets.push(target(2, CLIENTS[1]));
    }
    let load = Load::start(&targets);
    let seconds = |index: usize| Duration::from_secs(SECONDS[index].into());
    let (before, after, time) = load.measure(seconds(0), seconds(1), cpu_seconds);
    let mut outcomes = load.finish();
    let failed: usize = outcomes.iter().map(|outcome| outcome.failed).sum();
    assert_eq!(failed, 0, "requests failed");
    let used = difference(&before, &after)[0];
    (
        core::mem::take(&mut outcomes[0].latencies),
        100.0 * used / (time * cpus()),
    )
}

fn program_phase(program: &'static Program, words: &[&str], flooded: bool) -> (Vec<u32>, f64) {
    const LOG: &str = "/run/requests.log";
    resolve();
    let [before, while_measured, behind] = SECONDS;
    let seconds = before + while_measured;
    let flood = flooded.then(|| {
        program.start_for(
            words,
            seconds + behind,
            &secure_page(2),
            CLIENTS[1],
            "/dev/null",
        )
    });
    // h2load adds to one that is there.
    let _ = fs::remove_file(LOG);
    let clients = program.start_for(words, seconds, &secure_page(0), CLIENTS[0], LOG);
    let used = measure(before.into(), while_measured.into())[0];
    let report = clients.finish();
    assert!(report.failed == 0 && report.answered > 0, "requests failed");
    drop(flood);
    let requests = program.requests(LOG);
    let first = requests.iter().map(|request| request.sent).min();
    let counted = first.expect("there are some") + u64::from(before) * 1_000_000;
    let counted = requests.iter().filter(|request| request.sent >= counted);
    (counted.map(|request| request.took).collect(), used)
}

/// Asserts it of the server that runs; `load` loads the module.
#[track_caller]
fn is_not_delayed(clients: Clients, load: fn([&str; 3])) {
    let (mut without, _) = clients.phase(true);
    let without_p99 = percentile(&mut without, 99);
    println!(
        "note: p99 flooded without the module {:.0} ms",
        f64::from(without_p99) / 1e3
    );
    load([SHARE, "", ""]);
    let (mut calm, mut flooded) = (Vec::new(), Vec::new());
    for _ in 0..TRIES {
        let (alone, alone_share) = clients.phase(false);
        calm.extend(alone);
        let (beside, beside_share) = clients.phase(true);
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
            assert!(
                f64::from(without_p99) > SLOWER * f64::from(calm_p99),
                "the flood ruins nothing without the module either"
            );
            return;
        }
    }
    panic!("a flood for one name delays another one");
}

fn apache_by_name_flood_does_not_delay_another_name() {
    let _server = apache::start(http_address(SHARED), &[], "");
    is_not_delayed(Clients::Own, apache::load);
}

fn apache_with_tls_flood_does_not_delay_another_name() {
    let _server = tls::start();
    is_not_delayed(Clients::Of(&AB, &tls::KEEP_ALIVE), apache::load);
}

fn apache_behind_haproxy_flood_does_not_delay_another_name() {
    let _servers = haproxy::start();
    is_not_delayed(Clients::Own, apache::load);
}

fn fpm_flood_does_not_delay_another_name() {
    let _servers = fpm::start(WORKERS);
    is_not_delayed(Clients::Own, fpm::load);
}

fn fpm_behind_http2_flood_does_not_delay_another_name() {
    let _servers = http2::start(WORKERS);
    is_not_delayed(Clients::Of(&H2LOAD, &http2::ONE_AT_A_TIME), fpm::load);
}

fn fpm_behind_apache_flood_does_not_delay_another_name() {
    let _servers = proxy_fcgi::start(WORKERS);
    is_not_delayed(Clients::Own, fpm::load);
}
