// SPDX-License-Identifier: GPL-2.0
//! Loading, what the module says of itself, and its hooks.

use crate::cgroup;
use crate::client::ask;
use crate::client::host4;
use crate::console;
use crate::scene::plain_rows;
use crate::server::Prefork;
use crate::server::Work;
use crate::vhqos;
use crate::wait::until;
use nix::errno::Errno;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

crate::tests! { "module";
    loads_reads_and_unloads(20, debug),
    second_load_is_refused(10),
    unknown_parameter_value_is_refused(10),
    files_are_for_root_only(10),
    hooks_are_on_ftrace_and_not_armed_while_the_table_is_empty(20, debug),
    hooks_count_what_they_see(20),
    hook_that_the_kernel_does_not_have_is_named(30),
    hook_that_is_two_functions_is_named(30),
    hook_that_ftrace_does_not_patch_is_named(30),
    kernel_keeps_only_the_expected_taint(10),
    live_while_rows_are_there(20),
    files_stay_readable_under_traffic(60, debug),
}

fn loads_reads_and_unloads() {
    vhqos::load("");
    for file in [
        "table",
        "hosts",
        "channels",
        "tasks",
        "status",
        "last_error",
    ] {
        vhqos::read(file);
    }
    let version = vhqos::status("version");
    assert!(
        version.split('.').count() == 3
            && version.split('.').all(|part| part.parse::<u32>().is_ok()),
        "{version}"
    );
    assert_eq!(vhqos::status("cgroup_root"), "vhqos");
    vhqos::unload();
    assert!(!Path::new("/proc/vhqos").exists());
}

fn second_load_is_refused() {
    vhqos::load("");
    let error = vhqos::try_load("").expect_err("it is loaded");
    assert_eq!(error.raw_os_error(), Some(libc::EEXIST));
    assert_eq!(vhqos::status("health"), "off");
}

fn unknown_parameter_value_is_refused() {
    for bad in [
        "reserve=101",
        "reserve=x",
        "serves=3",
        "loops=moved",
        "loops=",
        "cgroup_root=../up",
        "cgroup_root=",
        "channels=0",
        "channels=1000001",
        "tasks=0",
        "tasks=1000001",
    ] {
        assert!(vhqos::try_load(bad).is_err(), "loaded with {bad}");
        assert!(!vhqos::is_loaded(), "half loaded with {bad}");
    }
}

fn files_are_for_root_only() {
    vhqos::load("");
    let mode = |path: &str| fs::metadata(path).expect(path).permissions().mode() & 0o7777;
    assert_eq!(mode("/proc/vhqos"), 0o500);
    assert_eq!(mode("/proc/vhqos/table"), 0o600);
    for file in [
        "hosts",
        "channels",
        "tasks",
        "descriptors",
        "flags",
        "status",
        "last_error",
    ] {
        let mode = mode(&vhqos::path(file));
        assert_eq!(mode & 0o177, 0, "{file} has mode {mode:o}");
    }
}

/// The kernel's list of probes: symbol, and whether it is disabled and on ftrace.
fn probes() -> Vec<(String, bool, bool)> {
    let text = fs::read_to_string("/sys/kernel/debug/kprobes/list").expect("debugfs");
    text.lines()
        .map(|line| {
            let symbol = line
                .split_whitespace()
                .nth(2)
                .unwrap_or("")
                .split('+')
                .next()
                .unwrap_or("")
                .to_owned();
            (
                symbol,
                line.contains("[DISABLED]"),
                line.contains("[FTRACE]"),
            )
        })
        .collect()
}

fn hooks_are_on_ftrace_and_not_armed_while_the_table_is_empty() {
    vhqos::load("");
    let hooks = vhqos::hooks();
    assert!(
        hooks.iter().any(|hook| hook.symbol == "__inet_accept"),
        "{hooks:?}"
    );
    assert!(hooks.iter().all(|hook| !hook.armed), "{hooks:?}");
    assert_eq!(vhqos::status("health"), "off");
    assert!(
        probes().iter().all(|(_, disabled, _)| *disabled),
        "{:?}",
        probes()
    );
    vhqos::write_table(&plain_rows());
    let hooks = vhqos::hooks();
    assert!(hooks.iter().any(|hook| hook.armed), "{hooks:?}");
    let probes_now = probes();
    for hook in hooks {
        let probe = probes_now
            .iter()
            .find(|(symbol, ..)| *symbol == hook.symbol || symbol.ends_with(&hook.symbol));
        assert!(
            matches!(probe, Some((_, disabled, true)) if *disabled != hook.armed),
            "{hook:?}: {probes_now:?}"
        );
    }
    vhqos::write_table("flush\n");
    assert!(
        vhqos::hooks().iter().all(|hook| !hook.armed),
        "{:?}",
        vhqos::hooks()
    );
    assert!(
        probes().iter().all(|(_, disabled, _)| *disabled),
        "{:?}",
        probes()
    );
}

fn hooks_count_what_they_see() {
    vhqos::load_with("", &plain_rows());
    let _server = Prefork::usual(2);
    let hits = |symbol: &str| {
        vhqos::hooks()
            .into_iter()
            .find(|hook| hook.symbol == symbol)
            .expect("in the list")
            .hits
    };
    let before = hits("__inet_accept");
    for _ in 0..25 {
        ask(&host4(0), Work::Echo);
    }
    assert_eq!(hits("__inet_accept") - before, 25);
    assert_eq!(vhqos::host("bank", "accepted"), 25);
}

/// The names of the hooks.
fn names_of_hooks() -> Vec<String> {
    vhqos::load("");
    let names = vhqos::hooks().into_iter().map(|hook| hook.symbol).collect();
    vhqos::unload();
    names
}

/// A hook of `hooks` whose name is as long as `name`.
fn as_long<'a>(hooks: &'a [String], name: &str) -> Option<&'a String> {
    hooks.iter().find(|hook| hook.len() == name.len())
}

/// Loads the module with `name` in the place of a hook's as long: it must fail with that name in the log, and leave nothing.
#[track_caller]
fn assert_refused(hooks: &[String], name: &str) {
    let hook = as_long(hooks, name).expect("chosen so");
    let old = format!("{hook}\0").into_bytes();
    let mut image = vhqos::image();
    let places: Vec<usize> = (0..image.len() - old.len())
        .filter(|at| image[*at..].starts_with(&old))
        .collect();
    let [at] = places[..] else {
        panic!("{hook} is in the module at {places:?}");
    };
    image[at..at + name.len()].copy_from_slice(name.as_bytes());
    let error = vhqos::try_load_image(&image).expect_err(name);
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{name}");
    let log = console::messages();
    let said = log.iter().rfind(|line| line.starts_with("vhqos: hook "));
    let said = said.expect("a reason in the log");
    println!("note: {said}");
    assert!(said.contains(&format!("{name}: EINVAL: ")), "{said}");
    assert!(!vhqos::is_loaded() && !Path::new("/proc/vhqos").exists());
    assert!(!cgroup::exists("vhqos"));
    assert_eq!(probes(), []);
    let events = fs::read_to_string("/sys/kernel/tracing/kprobe_events");
    assert_eq!(events.expect("tracefs"), "");
    vhqos::load_with("", &plain_rows());
    assert_eq!(vhqos::status("health"), "live");
}

/// The names of the kernel's functions, and how many have each; not those of modules, nor of what is gone since the boot.
fn functions() -> BTreeMap<String, usize> {
    let text = fs::read_to_string("/proc/kallsyms").expect("proc is mounted");
    let symbols: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let address = |name| symbols.iter().find(|one| one[2] == name).map(|one| one[0]);
    let (first, last) = (address("_stext"), address("_etext"));
    let mut found = BTreeMap::new();
    // Address, kind, name, and the module, if it is in one; all addresses are as long.
    for symbol in symbols.iter().filter(|one| one.len() == 3) {
        let here = first <= Some(symbol[0]) && Some(symbol[0]) < last;
        if here && ["t", "T"].contains(&symbol[1]) {
            *found.entry(symbol[2].to_owned()).or_default() += 1;
        }
    }
    found
}

/// The word `column` of each line of a file of the kernel.
fn words(path: &str, column: usize) -> BTreeSet<String> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let words = text
        .lines()
        .filter_map(|line| line.split_whitespace().nth(column));
    words.map(str::to_owned).collect()
}

fn hook_that_the_kernel_does_not_have_is_named() {
    assert_refused(&names_of_hooks(), "filp_flash");
}

fn hook_that_is_two_functions_is_named() {
    let hooks = names_of_hooks();
    let patched = words("/sys/kernel/tracing/available_filter_functions", 0);
    let twice = functions().into_iter().find(|(name, count)| {
        *count == 2 && patched.contains(name) && as_long(&hooks, name).is_some()
    });
    assert_refused(&hooks, &twice.expect("there are hundreds").0);
}

/// One at which a probe could be, were it not for ftrace.
fn hook_that_ftrace_does_not_patch_is_named() {
    let hooks = names_of_hooks();
    let patched = words("/sys/kernel/tracing/available_filter_functions", 0);
    let forbidden = words("/sys/kernel/debug/kprobes/blacklist", 1);
    let unpatched = functions().into_iter().find(|(name, count)| {
        *count == 1
            && !name.contains('.')
            && !patched.contains(name)
            && !forbidden.contains(name)
            && as_long(&hooks, name).is_some()
    });
    assert_refused(&hooks, &unpatched.expect("there are some").0);
}

fn kernel_keeps_only_the_expected_taint() {
    const OUT_OF_TREE: u64 = 1 << 12;
    const UNSIGNED: u64 = 1 << 13;
    vhqos::load_with("", &plain_rows());
    let _server = Prefork::usual(2);
    ask(&host4(0), Work::Burn(20));
    let taint: u64 = fs::read_to_string("/proc/sys/kernel/tainted")
        .expect("proc")
        .trim()
        .parse()
        .expect("a number");
    assert_eq!(taint & !(OUT_OF_TREE | UNSIGNED), 0, "taint {taint:#x}");
}

fn live_while_rows_are_there() {
    vhqos::load_with("", &plain_rows());
    until("the module is live", 20.0, || {
        vhqos::status("health") == "live"
    });
    vhqos::write_table("flush\n");
    assert_eq!(vhqos::status("health"), "off");
}

/// Readers of every file, a writer of the table, and traffic, all at once.
fn files_stay_readable_under_traffic() {
    const ROUNDS: u8 = 100;
    vhqos::load_with("", &plain_rows());
    let server = Prefork::usual(8);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for file in ["table", "hosts", "channels", "tasks", "status"] {
            let done = &done;
            scope.spawn(move || {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let text = vhqos::read(file);
                    assert!(text.is_empty() || text.ends_with('\n'), "{file}: {text}");
                }
            });
        }
        for round in 0..ROUNDS {
            ask(&host4(round % 3), Work::Echo);
            if round % 20 == 0 {
                vhqos::write_table(&format!("host churn addr=192.0.2.{}\n", 20 + round / 20));
            }
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let sum: u64 = crate::scene::HOSTS
        .iter()
        .map(|host| vhqos::host(host, "accepted"))
        .sum();
    assert_eq!(sum, ROUNDS.into());
    assert_eq!(vhqos::try_unload(), Ok(()), "nobody has a file open");
    drop(server);
    assert_ne!(vhqos::try_unload(), Err(Errno::EBUSY));
}
