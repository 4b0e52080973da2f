// SPDX-License-Identifier: GPL-2.0
//! The guest side of the tests: PID 1 of the guest, the tests, the demo and the benchmarks in one static binary.
//!
//! As PID 1 it sets up the guest and does what `payload/arguments` asks for.  Each test runs in a process of its
//! own, which is this binary again, so that a test can be ended and everything it started can be killed.

mod apache;
mod bench;
mod cgroup;
mod client;
mod console;
mod daemon;
mod demo;
mod dialogue;
mod faults;
mod init;
mod leaks;
mod load;
mod memory;
mod pages;
mod ports;
mod process;
mod programs;
mod runner;
mod scene;
mod server;
mod servers;
mod sockets;
mod statistics;
mod tests;
mod transport;
mod vhqos;
mod vps;
mod wait;

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::process::id() == 1 {
        init::main();
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["answer"] => server::answer_standard_input(),
        ["run", name] => runner::run_one(name),
        ["bench", words @ ..] => bench::run_part(words),
        ["compare", first, second, out] => bench::compare::main(first, second, out),
        _ => ExitCode::from(2),
    }
}
