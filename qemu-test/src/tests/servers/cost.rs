// SPDX-License-Identifier: GPL-2.0
//! What it costs nginx to be charged, and to be moved.

use crate::client::at;
use crate::client::host4;
use crate::load::Load;
use crate::load::Speech;
use crate::load::Target;
use crate::scene::plain_rows;
use crate::servers::NGINX;
use crate::vhqos;
use std::time::Duration;

/// Nanoseconds on a CPU so far.
fn ran(task: i32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{task}/schedstat")).expect("it lives");
    let word = text.split_whitespace().next().expect("a number");
    word.parse().expect("a number")
}

/// CPU microseconds of nginx a request, when three hosts ask for a small page over kept connections: the least of
/// several blocks, since whatever else disturbs adds to it.
fn nginx_cost(parameters: Option<&str>) -> f64 {
    if let Some(parameters) = parameters {
        vhqos::load_with(parameters, &plain_rows());
    }
    let addresses = [0, 1, 2].map(|number| at(&host4(number), NGINX.port));
    let daemon = (NGINX.start)(&addresses);
    let worker = daemon.descendants()[0];
    let targets = addresses.map(|address| Target {
        address,
        speech: Speech::page("/index.html"),
        clients: 2,
        requests: 100_000,
    });
    let mut best = f64::INFINITY;
    for _ in 0..4 {
        let load = Load::start(&targets);
        let (first, second, _) = load.measure(
            Duration::from_millis(500),
            Duration::from_millis(1500),
            || ran(worker),
        );
        let answered: usize = load.finish().iter().map(|one| one.answered).sum();
        assert!(answered > 0, "nginx answers");
        best = best.min((second - first) as f64 / 1e3 / answered as f64);
    }
    drop(daemon);
    if parameters.is_some() {
        vhqos::unload();
    }
    best
}

pub fn nginx_pays_less_for_charge_than_for_move() {
    let absent = nginx_cost(None);
    let charge = nginx_cost(Some("loops=charge"));
    let moved = nginx_cost(Some("loops=move"));
    println!("note: CPU us a request: absent {absent:.1}, charge {charge:.1}, move {moved:.1}");
    assert!(charge < moved, "{charge} and {moved}");
}
