// SPDX-License-Identifier: GPL-2.0
//! What the module costs, in instructions: the guest runs under `-icount shift=0`, where a nanosecond is one.
//!
//! What is measured runs in a process of its own, which is this binary again: what a fork takes depends on how large the
//! process has become, and a table of 100,000 rows has to be written by somebody.

pub mod compare;
mod crowd;
mod forks;
mod meter;
mod names;
mod operations;

use crate::cgroup;
use crate::ports;
use crate::tests::scale::many_rows;
use crate::vhqos;
use operations::Bench;
use operations::Mover;
use std::fs;
use std::io;
use std::io::Write;
use std::process::Command;
use std::process::ExitCode;
use std::process::Stdio;

/// The states of the module in which a worker's operations are measured.
pub const STATES: [&str; 5] = ["absent", "empty", "rows-10", "rows-1000", "rows-100000"];
/// The user-space way: the server itself writes its process to the host's `cgroup.procs` after accept.
pub const BY_HAND: &str = "by-hand";
/// The hosts of the benchmark.
const HOSTS: [&str; 2] = ["bank", "flowers"];
/// Addresses that each of them has: as many as a row may have, since how far a look-up has to go for one is chance.
const ADDRESSES: usize = 64;
/// This binary.
const PROGRAM: &str = "/payload/qemu-test";

/// What an operation takes in a state of the module.
pub struct Figure {
    name: String,
    instructions: f64,
}

impl Figure {
    /// Also prints it.
    fn new(operation: &str, state: &str, instructions: f64) -> Self {
        println!("{operation:>18} {state:<14} {instructions:>10.0}");
        Self {
            name: format!("{operation} {state}"),
            instructions,
        }
    }
}

/// One of the addresses of the host `HOSTS[host]`: all of 127.0.0.0/8 is the loopback device's.
fn address(host: usize, round: usize) -> String {
    format!("127.0.{host}.{}", 1 + round % ADDRESSES)
}

/// A table of `count` rows, two of which are the hosts of the benchmark.
fn table(count: u32) -> String {
    let mut text = format!("begin\n{}", many_rows(count - HOSTS.len() as u32));
    for (host, name) in HOSTS.iter().enumerate() {
        text += &format!("host {name}");
        for round in 0..ADDRESSES {
            text += &format!(" addr={}", address(host, round));
        }
        text += "\n";
    }
    text + "commit\n"
}

/// Measures everything in every state and writes the figures to the data port.
pub fn main() -> io::Result<bool> {
    meter::check();
    // Its timer costs a context switch 6,500 instructions in some seconds, and in others none.
    fs::write("/sys/kernel/debug/sched/fair_server/cpu0/runtime", "0")?;
    let mut figures = Vec::new();
    for state in STATES {
        if state != "absent" {
            vhqos::load("");
        }
        if let Some(count) = state.strip_prefix("rows-") {
            part(&["table", count])?;
        }
        figures.extend(worker(state)?);
        if state.starts_with("rows") {
            for host in HOSTS {
                let binds = vhqos::host(host, "binds");
                assert!(binds > 100, "{host}: the worker was bound {binds} times");
            }
        }
        if state != "absent" {
            vhqos::unload();
        }
    }
    figures.extend(worker(BY_HAND)?);
    figures.extend(crowd::measure()?);
    figures.extend(names::measure()?);
    let version = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let lines: Vec<String> = figures
        .iter()
        .map(|figure| format!("  \"{}\": {:.1}", figure.name, figure.instructions))
        .collect();
    ports::write_data(&format!(
        "{{\n  \"kernel\": \"{}\",\n{}\n}}\n",
        version.trim(),
        lines.join(",\n")
    ))?;
    Ok(true)
}

fn worker(state: &str) -> io::Result<Vec<Figure>> {
    let mut figures = part(&["worker", state])?;
    if state != BY_HAND {
        figures.extend(part(&["loop"])?);
    }
    Ok(figures
        .into_iter()
        .map(|(operation, value)| Figure::new(&operation, state, value))
        .collect())
}

/// Runs a part of the benchmark in a process of its own, and gives its figures.
fn part(words: &[&str]) -> io::Result<Vec<(String, f64)>> {
    let output = Command::new(PROGRAM)
        .arg("bench")
        .args(words)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{words:?}: {}", output.status)));
    }
    let text = String::from_utf8(output.stdout).map_err(io::Error::other)?;
    text.lines()
        .map(|line| {
            let figure = line.split_once(' ');
            let figure = figure.and_then(|(name, value)| Some((name.into(), value.parse().ok()?)));
            figure.ok_or_else(|| io::Error::other(format!("{words:?}: {line}")))
        })
        .collect()
}

/// The other side of [`part`].
pub fn run_part(words: &[&str]) -> ExitCode {
    let figures = match words {
        ["table", count] => write_rows(count, |count| table(count as u32)),
        ["name-table", count] => write_rows(count, names::table),
        ["names"] => {
            cgroup::enter("system.slice/bench.service");
            Ok(names::operations())
        }
        ["worker", state] => {
            cgroup::enter("system.slice/bench.service");
            Ok(match *state {
                BY_HAND => Bench::new(Some(Mover::new())).requests(),
                _ => Bench::new(None).all(),
            })
        }
        ["loop"] => {
            cgroup::enter("system.slice/bench.service");
            Ok(vec![("switch", Bench::new(None).switches())])
        }
        ["forks"] => {
            cgroup::enter("system.slice/bench.service");
            Ok(forks::forks())
        }
        ["transfers"] => {
            cgroup::enter("system.slice/bench.service");
            Ok(forks::transfers())
        }
        ["hold"] => crowd::hold().map(|()| Vec::new()),
        _ => return ExitCode::from(2),
    };
    match figures {
        Ok(figures) => {
            for (operation, instructions) in figures {
                println!("{operation} {instructions:.1}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench {words:?}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes a table of `count` rows in pieces, as cat does it.
fn write_rows(
    count: &str,
    table: impl Fn(usize) -> String,
) -> io::Result<Vec<(&'static str, f64)>> {
    let text = table(count.parse().map_err(io::Error::other)?);
    let mut file = vhqos::open_table();
    let mut pieces = text.as_bytes().chunks(128 << 10);
    pieces.try_for_each(|piece| file.write_all(piece))?;
    Ok(Vec::new())
}
