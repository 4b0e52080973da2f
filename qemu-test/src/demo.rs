// SPDX-License-Identifier: GPL-2.0
//! The main job: one unmodified Apache, three customers, overload, without and with the module.

use crate::apache::http_address;
use crate::apache::Apache;
use crate::cgroup;
use crate::client::host4;
use crate::load::Load;
use crate::load::Outcome;
use crate::load::Target;
use crate::pages;
use crate::scene::cpu_seconds;
use crate::scene::difference;
use crate::scene::HOSTS;
use crate::server::GROUP;
use crate::vhqos;
use std::fs;
use std::io;
use std::time::Duration;

/// What each host paid for, in percent of the machine.
const GUARANTEES: [f64; 3] = [40.0, 24.0, 16.0];
/// The rest is the reserve, because the clients run on the same machine.
const RESERVE: u32 = 20;
/// Clients that are at it all the time; who paid least has most.
const CLIENTS: [usize; 3] = [6, 10, 20];
/// More workers than clients.
const WORKERS: usize = 48;
/// CPU time that a page burns, in microseconds; the clients have only the reserve, so it has to be much more than they need.
const PAGE: u32 = 120_000;
const SECONDS: u64 = 20;

/// What one of the two runs gave.
struct Run {
    /// Of the machine, in percent.
    shares: Vec<f64>,
    outcomes: Vec<Outcome>,
}

/// Runs the demo; true when every host got its guarantee within 2 points with the module, and no request failed.
pub fn main() -> io::Result<bool> {
    cgroup::enter("user.slice/demo.scope");
    let version = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    println!(
        "Linux {}, Apache prefork with {WORKERS} workers, a page burns {} ms of CPU",
        version.trim(),
        PAGE / 1000
    );
    let addresses: Vec<String> = (0..3).map(host4).collect();
    let server = Apache::start(&addresses, WORKERS);

    println!("\nwithout vhqos, {SECONDS} s of overload:");
    let without = run(&addresses, || vec![cgroup::cpu_seconds(GROUP)]);
    print_table(&without);

    vhqos::load(&format!("reserve={RESERVE}"));
    println!("\n# insmod vhqos.ko reserve={RESERVE}; cat > /proc/vhqos/table");
    for (number, host) in HOSTS.iter().enumerate() {
        let row = format!(
            "host {host} addr={} cpu.min={}%\n",
            addresses[number], GUARANTEES[number]
        );
        print!("{row}");
        vhqos::write_table(&row);
    }
    println!("with vhqos, {SECONDS} s of overload:");
    let with = run(&addresses, cpu_seconds);
    print_table(&with);
    drop(server);
    vhqos::unload();

    let kept = with
        .shares
        .iter()
        .zip(GUARANTEES)
        .all(|(share, least)| *share >= least - 2.0);
    let failed: usize = [&without, &with]
        .iter()
        .flat_map(|run| &run.outcomes)
        .map(|outcome| outcome.failed)
        .sum();
    println!(
        "\nguarantees {}, {failed} failed requests",
        if kept { "kept" } else { "NOT kept (2 points)" }
    );
    Ok(kept && failed == 0)
}

/// One run under load.  `look` gives the CPU seconds of each host; or of all of them together, which are then divided
/// by the requests, as each page burns the same.
fn run(addresses: &[String], look: impl FnMut() -> Vec<f64>) -> Run {
    let targets: Vec<Target> = addresses
        .iter()
        .zip(CLIENTS)
        .map(|(address, clients)| Target {
            address: http_address(address),
            speech: pages::burn(PAGE),
            clients,
            requests: 1,
        })
        .collect();
    let load = Load::start(&targets);
    let (before, after, seconds) =
        load.measure(Duration::from_secs(4), Duration::from_secs(SECONDS), look);
    let outcomes = load.finish();
    let mut used = difference(&before, &after);
    if let [sum] = used[..] {
        let answered: usize = outcomes.iter().map(|outcome| outcome.answered).sum();
        used = outcomes
            .iter()
            .map(|outcome| sum * outcome.answered as f64 / answered as f64)
            .collect();
    }
    let cpus = std::thread::available_parallelism().map_or(1.0, |cpus| cpus.get() as f64);
    Run {
        shares: used
            .iter()
            .map(|host| 100.0 * host / (seconds * cpus))
            .collect(),
        outcomes,
    }
}

fn print_table(run: &Run) {
    println!("  host      guaranteed  measured  clients  requests   p50 ms   p99 ms");
    for (number, host) in HOSTS.iter().enumerate() {
        let mut outcome = run.outcomes[number].clone();
        println!(
            "  {host:<10}{:>8.1} % {:>7.1} % {:>8} {:>9} {:>8.0} {:>8.0}",
            GUARANTEES[number],
            run.shares[number],
            CLIENTS[number],
            run.outcomes[number].answered,
            outcome.latency(50),
            outcome.latency(99),
        );
    }
}
