// SPDX-License-Identifier: GPL-2.0
//! Making allocations fail on purpose, on a kernel with fault injection (Documentation/fault-injection of the kernel).
//!
//! Only what is done below the module's own code is made to fail: slab and page allocations, and copies from user space.
//! `fail-nth` of a task counts them, whatever system call or kernel work the task is in.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

const DEBUGFS: &str = "/sys/kernel/debug";

/// Where modules lie without KASLR (Documentation/arch/x86/x86_64/mm.rst); on the debug kernel there is one only.
const MODULES: [&str; 2] = ["0xffffffffa0000000", "0xffffffffff000000"];

/// Where the kernel itself warns when it has no memory, and a warning ends the guest: kernel/kprobes.c.
const WARNING: [&str; 2] = ["disarm_kprobe_ftrace", "arm_kprobe_ftrace"];

/// What of a kind of failure has to be set, beside where it happens.
const KINDS: [(&str, &[(&str, &str)]); 3] = [
    ("failslab", &[("ignore-gfp-wait", "N")]),
    (
        "fail_page_alloc",
        &[
            ("ignore-gfp-wait", "N"),
            ("ignore-gfp-highmem", "N"),
            ("min-order", "0"),
        ],
    ),
    ("fail_usercopy", &[]),
];

/// Whether this kernel can make allocations fail.
pub fn possible() -> bool {
    Path::new(DEBUGFS).join("failslab/require-start").exists()
}

/// Has failures happen below the module's code only, and silently.
pub fn aim_at_the_module() {
    let [start, end] = warning_functions();
    for (kind, settings) in KINDS {
        let place = [
            ("require-start", MODULES[0]),
            ("require-end", MODULES[1]),
            ("reject-start", start.as_str()),
            ("reject-end", end.as_str()),
            ("verbose", "0"),
        ];
        for (file, value) in place.iter().chain(settings) {
            let path = Path::new(DEBUGFS).join(kind).join(file);
            if let Err(error) = fs::write(&path, value) {
                panic!("{} <- {value}: {error}", path.display());
            }
        }
    }
}

/// From the first of the functions of [`WARNING`], which lie side by side, to the end of the last.
fn warning_functions() -> [String; 2] {
    let text = fs::read_to_string("/proc/kallsyms").expect("proc is mounted");
    let mut symbols: Vec<(u64, &str)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let address = u64::from_str_radix(words.next()?, 16).ok()?;
            Some((address, words.nth(1)?))
        })
        .collect();
    symbols.sort_unstable();
    let places: Vec<usize> = WARNING
        .iter()
        .map(|name| {
            symbols
                .iter()
                .position(|(_, symbol)| symbol == name)
                .unwrap_or_else(|| panic!("no {name} in kallsyms"))
        })
        .collect();
    let (first, last) = (places.iter().min(), places.iter().max());
    let first = *first.expect("not empty");
    let last = *last.expect("not empty");
    assert_eq!(
        last - first + 1,
        WARNING.len(),
        "{WARNING:?} are not side by side"
    );
    [symbols[first].0, symbols[last + 1].0].map(|address| format!("{address:#x}"))
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The one that was to fail did.
    Failed,
    /// There were some, and fewer than that.
    Fewer,
    /// None of the tasks came by.
    Unused,
}

/// Tasks of which one allocation is to fail; disarmed when dropped.
pub struct Armed {
    files: Vec<PathBuf>,
    nth: u32,
}

impl Armed {
    /// Lets the `nth` allocation of each of `tasks` fail, counted from 1 and from now.
    pub fn new(tasks: &[i32], nth: u32) -> Self {
        let file = |task| Path::new("/proc").join(format!("{task}/fail-nth"));
        let files: Vec<_> = tasks.iter().map(file).collect();
        // A worker may be gone, and then has nothing to fail.
        files
            .iter()
            .for_each(|file| drop(fs::write(file, nth.to_string())));
        Self { files, nth }
    }

    /// Lets nothing fail any more, and says what did.
    pub fn disarm(self) -> Outcome {
        let left = self.files.iter().filter_map(|file| {
            let text = fs::read_to_string(file).ok()?;
            text.trim().parse::<u32>().ok()
        });
        match left.min() {
            Some(0) => Outcome::Failed,
            Some(left) if left < self.nth => Outcome::Fewer,
            _ => Outcome::Unused,
        }
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = fs::write(file, "0");
        }
    }
}

/// The kernel's workers, in one of which the table is changed.
pub fn workers() -> Vec<i32> {
    let named = |task: &i32| {
        fs::read_to_string(format!("/proc/{task}/comm"))
            .is_ok_and(|name| name.starts_with("kworker/"))
    };
    fs::read_dir("/proc")
        .expect("proc is mounted")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(named)
        .collect()
}
