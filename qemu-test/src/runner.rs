// SPDX-License-Identifier: GPL-2.0
//! Runs the tests one after another, each in a process of its own, and prints the closing line.

use crate::cgroup;
use crate::console;
use crate::faults;
use crate::leaks;
use crate::tests;
use crate::vhqos;
use crate::wait;
use libtest_mimic::Arguments;
use libtest_mimic::Failed;
use libtest_mimic::Trial;
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::sys::signal::Signal;
use nix::sys::wait::waitpid;
use nix::sys::wait::WaitPidFlag;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use std::fs;
use std::io;
use std::process::Command;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

/// One behaviour.
#[derive(Clone, Copy)]
pub struct Test {
    /// `area::what_holds`.
    pub name: &'static str,
    /// Seconds that it may take, before the stretch.
    pub seconds: u32,
    /// The kernels that run it.
    pub kernels: Kernels,
    /// The body; it panics when the behaviour is not there.
    pub body: fn(),
}

/// The kernels that a test is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// All but the debug kernel.
    Usual,
    /// The debug kernel too: locking and lifetime, nothing that measures time.
    Debug,
    /// The debug kernel alone, in a run of its own: what makes allocations fail.
    Faults,
    /// Not the debug kernel, in a run of its own: what measures for minutes.
    Long,
}

/// The kernels of a mark in a list of tests.
#[macro_export]
macro_rules! kernels {
    () => {
        $crate::runner::Kernels::Usual
    };
    (debug) => {
        $crate::runner::Kernels::Debug
    };
    (faults) => {
        $crate::runner::Kernels::Faults
    };
    (long) => {
        $crate::runner::Kernels::Long
    };
}

/// A list of tests: `tests! { "area"; name(seconds), name(seconds, debug), name(seconds, faults), name(seconds, long), ... }`.
#[macro_export]
macro_rules! tests {
    ($area:literal; $($name:ident($seconds:literal $(, $kernels:tt)?)),+ $(,)?) => {
        /// The tests of this file.
        pub const TESTS: &[$crate::runner::Test] = &[$($crate::runner::Test {
            name: concat!($area, "::", stringify!($name)),
            seconds: $seconds,
            kernels: $crate::kernels!($($kernels)?),
            body: $name,
        }),+];
    };
}

/// Runs what the filters and the subset leave; true when all of it passed.
pub fn run_all(filters: &[&str]) -> io::Result<bool> {
    let subset = wait::setting("subset");
    let chosen: Vec<Test> = tests::all()
        .into_iter()
        .filter(|test| match subset.as_deref() {
            Some("debug") => test.kernels == Kernels::Debug,
            Some("faults") => test.kernels == Kernels::Faults && faults::possible(),
            Some("long") => test.kernels == Kernels::Long,
            _ => test.kernels != Kernels::Faults && test.kernels != Kernels::Long,
        })
        .filter(|test| {
            filters.is_empty() || filters.iter().any(|filter| test.name.contains(filter))
        })
        .collect();
    let version = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    println!(
        "guest: Linux {}, stretch {:.1}, {} tests",
        version.trim(),
        wait::stretch(),
        chosen.len()
    );
    if chosen.is_empty() {
        return Err(io::Error::other("no test has such a name"));
    }
    let mut trials: Vec<Trial> = chosen
        .into_iter()
        .map(|test| Trial::test(test.name, move || supervise(&test)))
        .collect();
    if leaks::possible() {
        leaks::forget()?;
        // The last one, when the module is unloaded.
        trials.push(Trial::test("leaks::nothing_is_lost", nothing_is_lost));
    }
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::default()
    };
    Ok(!libtest_mimic::run(&arguments, trials).has_failed())
}

/// Whether the module left no memory behind.
fn nothing_is_lost() -> Result<(), Failed> {
    let report = leaks::found()?;
    match report.is_empty() {
        true => Ok(()),
        false => Err(Failed::from(format!(
            "memory that nobody refers to any more:\n{report}"
        ))),
    }
}

/// Runs one test in a child and puts the guest back to where it was.
fn supervise(test: &Test) -> Result<(), Failed> {
    let began = Instant::now();
    let complaints = console::complaints().len();
    let mut reasons = Vec::new();
    let log = fs::File::create("/run/test.log")?;
    let mut child = Command::new("/payload/qemu-test")
        .args(["run", test.name])
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let deadline = began + wait::limit(f64::from(test.seconds));
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if Instant::now() > deadline {
            // The stacks of blocked tasks go to the console, which is kept.
            let _ = fs::write("/proc/sysrq-trigger", "w");
            break None;
        }
        sleep(Duration::from_millis(5));
    };
    match status {
        Some(status) if status.success() => {}
        Some(status) => reasons.push(format!("the test's process: {status}")),
        None => reasons.push(format!(
            "not done within {} s (stretch {:.1})",
            test.seconds,
            wait::stretch()
        )),
    }
    kill_everything();
    reasons.extend(restore());
    reasons.extend(
        console::complaints()
            .into_iter()
            .skip(complaints)
            .map(|line| format!("kernel: {line}")),
    );
    let seconds = began.elapsed().as_secs_f64();
    if reasons.is_empty() {
        print!("({seconds:.1} s{}) ", notes());
        return Ok(());
    }
    let output = fs::read_to_string("/run/test.log").unwrap_or_default();
    // At once: when a later test takes the guest down, there is no summary.
    println!("\n  {}\n  after {seconds:.1} s", reasons.join("\n  "));
    output
        .lines()
        .filter(|line| !line.is_empty())
        .for_each(|line| println!("    {line}"));
    Err(Failed::without_message())
}

/// What the test printed with `note:`, for the report.
fn notes() -> String {
    let output = fs::read_to_string("/run/test.log").unwrap_or_default();
    let notes = output
        .lines()
        .filter_map(|line| line.strip_prefix("note: "));
    notes.fold(String::new(), |text, note| text + "; " + note)
}

/// PID 1 may kill every other process, and nothing that a test leaves is to live on.
fn kill_everything() {
    let deadline = Instant::now() + wait::limit(20.0);
    while Instant::now() < deadline {
        let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::ECHILD) => return,
            Ok(WaitStatus::StillAlive) | Err(_) => sleep(Duration::from_millis(2)),
            Ok(_) => {}
        }
    }
}

/// Unloads the module and checks that nothing of it is left; gives what is wrong.
fn restore() -> Vec<String> {
    let mut wrong = Vec::new();
    let _ = fs::write("/proc/sys/kernel/ftrace_enabled", "1");
    let _ = fs::write("/sys/kernel/debug/kprobes/enabled", "1");
    for group in ["", "system.slice/", "user.slice/"] {
        let _ = fs::write(
            format!("/sys/fs/cgroup/{group}cgroup.subtree_control"),
            "+cpu",
        );
    }
    if vhqos::is_loaded() {
        // What the test wanted to see is seen: its module may go faster than a kernel lets it that has nothing to hurry for.
        let unloaded = vhqos::expedited(|| vhqos::unload_within(10.0));
        if let Err(error) = unloaded {
            wrong.push(format!(
                "the module cannot be unloaded after the test: {error}"
            ));
        }
    }
    for group in ["vhqos", "vhqos.vps"] {
        if !vhqos::is_loaded() && cgroup::exists(group) {
            wrong.push(format!("the module is gone and {group} is not"));
        }
    }
    cgroup::remove_leftovers();
    wrong
}

/// The child's side: the body of the test called `name`.
pub fn run_one(name: &str) -> ExitCode {
    let Some(test) = tests::all().into_iter().find(|test| test.name == name) else {
        eprintln!("no test is called {name}");
        return ExitCode::from(2);
    };
    cgroup::enter("user.slice/test.scope");
    (test.body)();
    ExitCode::SUCCESS
}
