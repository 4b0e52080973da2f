// SPDX-License-Identifier: GPL-2.0
//! Apache with several listening addresses: its workers take turns in accept, under a mutex.

use crate::apache::http_address;
use crate::apache::Apache;
use crate::client::host4;
use crate::load::Load;
use crate::load::Speech;
use crate::load::Target;
use crate::pages;
use crate::scene::rows;
use crate::vhqos;
use crate::wait::limit;
use std::time::Duration;

crate::tests! { "mutex";
    throttled_host_does_not_hold_the_mutex(120),
}

/// Latencies of the second host's static page in milliseconds, median and p99, beside `clients` of the first host,
/// which has used up its cap.
#[track_caller]
fn latencies(clients: usize, seconds: u64) -> (f64, f64, usize) {
    let calm = Target {
        address: http_address(&host4(1)),
        speech: Speech::page("/index.html"),
        clients: 1,
        requests: 1,
    };
    let flood = Target {
        address: http_address(&host4(0)),
        speech: pages::burn(5_000),
        clients,
        requests: 1,
    };
    let load = Load::start(&[calm, flood]);
    load.measure(Duration::from_secs(2), Duration::from_secs(seconds), || ());
    let mut outcome = load.finish().swap_remove(0);
    assert_eq!(outcome.failed, 0);
    let answered = outcome.answered;
    (outcome.latency(50), outcome.latency(99), answered)
}

/// A worker that was bound before it gave the mutex away would hold it in a throttled class (seen with `serves=0` and
/// `serves=1`: no answer in 20 s).
fn throttled_host_does_not_hold_the_mutex() {
    let _server = Apache::start(&[host4(0), host4(1)], 20);
    vhqos::load_with("", &rows(["cpu.max=3%", "", ""]));
    let (median, late, _) = latencies(0, 4);
    let before = vhqos::host("bank", "throttled_usec");
    let (crowded_median, crowded_late, answered) = latencies(16, 10);
    let throttled = vhqos::host("bank", "throttled_usec") - before;
    println!(
        "note: p50 {median:.1} -> {crowded_median:.1} ms, p99 {late:.1} -> {crowded_late:.1} ms, {answered} answered"
    );
    assert!(throttled > 1_000_000, "{throttled} us throttled");
    assert!(answered > 20, "{answered} answered");
    // One period of the cap is 100 ms; who waited for the mutex waited for many.
    let most = limit(0.3).as_secs_f64() * 1e3;
    assert!(
        crowded_late < most,
        "p99 is {late:.1} ms alone, {crowded_late:.1} ms beside a throttled host"
    );
}
