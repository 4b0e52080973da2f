// SPDX-License-Identifier: GPL-2.0
//! What the module costs, in instructions: the guest runs under `-icount shift=0`, where a nanosecond is one.

pub mod compare;
mod operations;

use crate::cgroup;
use crate::client::host4;
use crate::ports;
use crate::tests::scale::many_rows;
use crate::vhqos;
use operations::Bench;
use operations::Mover;
use std::fs;
use std::io;
use std::io::Write;

/// The states of the module in which everything is measured.
pub const STATES: [&str; 5] = ["absent", "empty", "rows-10", "rows-1000", "rows-100000"];
/// The user-space way: the server itself writes its process to the host's `cgroup.procs` after accept.
pub const BY_HAND: &str = "by-hand";

/// A table of `count` rows, two of which are the hosts of the benchmark.
fn table(count: u32) -> String {
    let hosts = format!(
        "host bank addr={}\nhost flowers addr={}\n",
        host4(0),
        host4(1)
    );
    format!("begin\n{}{hosts}commit\n", many_rows(count - 2))
}

/// Measures everything in every state and writes the figures to the data port.
pub fn main() -> io::Result<bool> {
    cgroup::enter("system.slice/bench.service");
    let mut figures = Vec::new();
    for state in STATES {
        if state != "absent" {
            vhqos::load("");
        }
        if let Some(count) = state
            .strip_prefix("rows-")
            .and_then(|count| count.parse().ok())
        {
            // In pieces, as cat does it.
            let mut file = vhqos::open_table();
            table(count)
                .into_bytes()
                .chunks(128 << 10)
                .try_for_each(|piece| file.write_all(piece))?;
        }
        let bench = Bench::new(None);
        for (operation, instructions) in bench.all() {
            println!("{operation:>18} {state:<12} {instructions:>10.0}");
            figures.push((operation, state, instructions));
        }
        if state.starts_with("rows") {
            for line in vhqos::read("hosts")
                .lines()
                .filter(|line| line.starts_with("host=bank") || line.starts_with("host=flowers"))
            {
                println!("{line}");
            }
        }
        drop(bench);
        if state != "absent" {
            vhqos::unload();
        }
    }
    let bench = Bench::new(Some(Mover::new()));
    for (operation, instructions) in bench.requests() {
        println!("{operation:>18} {BY_HAND:<12} {instructions:>10.0}");
        figures.push((operation, BY_HAND, instructions));
    }
    let version = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let lines: Vec<String> = figures
        .iter()
        .map(|(operation, state, value)| format!("  \"{operation} {state}\": {value:.1}"))
        .collect();
    ports::write_data(&format!(
        "{{\n  \"kernel\": \"{}\",\n{}\n}}\n",
        version.trim(),
        lines.join(",\n")
    ))?;
    Ok(true)
}
