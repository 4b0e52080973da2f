// SPDX-License-Identifier: GPL-2.0
//! How much memory the kernel uses.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// KiB of slab and vmalloc, without what is kept only to be used again: the least of some looks, since some goes late.
pub fn settled() -> i64 {
    let look = |_| {
        sleep(Duration::from_millis(200));
        used()
    };
    (0..5).map(look).min().expect("some looks")
}

/// The same at one look.
pub fn used() -> i64 {
    fs::write("/proc/sys/vm/drop_caches", "3").expect("root may");
    let caches = fs::read_dir("/sys/kernel/slab").expect("sysfs is mounted");
    for cache in caches.flatten() {
        // One that was just removed cannot be asked.
        let _ = fs::write(cache.path().join("shrink"), "1");
    }
    let text = fs::read_to_string("/proc/meminfo").expect("proc is mounted");
    let field = |name: &str| -> i64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect(name)
    };
    field("Slab:") + field("VmallocUsed:")
}
