// SPDX-License-Identifier: GPL-2.0
//! How much memory the kernel uses.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// KiB of slab objects and vmalloc, without what is kept only to be used again: the least of some looks, since some goes late.
pub fn settled() -> i64 {
    let look = |_| {
        sleep(Duration::from_millis(200));
        used()
    };
    (0..5).map(look).min().expect("some looks")
}

/// The same at one look. Objects are counted and not their pages, in whose holes others fit.
pub fn used() -> i64 {
    fs::write("/proc/sys/vm/drop_caches", "3").expect("root may");
    let caches = fs::read_dir("/sys/kernel/slab").expect("sysfs is mounted");
    for cache in caches.flatten() {
        // One that was just removed cannot be asked.
        let _ = fs::write(cache.path().join("shrink"), "1");
    }
    slab() + vmalloc()
}

/// From `name active_objs num_objs objsize ...`, behind two lines of heading (slabinfo(5)).
fn slab() -> i64 {
    let text = fs::read_to_string("/proc/slabinfo").expect("the kernel counts them");
    let bytes = text.lines().skip(2).map(|line| {
        let number = |at| -> i64 {
            let word = line.split_whitespace().nth(at);
            word.and_then(|word| word.parse().ok()).expect("a number")
        };
        number(1) * number(3)
    });
    bytes.sum::<i64>() / 1024
}

fn vmalloc() -> i64 {
    let text = fs::read_to_string("/proc/meminfo").expect("proc is mounted");
    let field = |line: &str| line.strip_prefix("VmallocUsed:").map(str::to_owned);
    let line = text.lines().find_map(field).expect("a line");
    let number = line.split_whitespace().next();
    number.and_then(|word| word.parse().ok()).expect("a number")
}
