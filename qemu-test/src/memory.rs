// SPDX-License-Identifier: GPL-2.0
//! How much memory the kernel uses.

use std::fs;
use std::fs::DirEntry;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// KiB of slab objects and vmalloc, without what is kept only to be used again.
pub fn settled() -> i64 {
    least(used)
}

/// KiB of what was allocated with `kmalloc()`: what a module uses for small objects, and sockets, files and inodes do not.
pub fn kmalloc_settled() -> i64 {
    least(|| slab("kmalloc-"))
}

/// The least of some looks, since some goes late.
fn least(used: fn() -> i64) -> i64 {
    let look = |_| {
        sleep(Duration::from_millis(200));
        used()
    };
    (0..5).map(look).min().expect("some looks")
}

/// [`settled()`] at one look.
pub fn used() -> i64 {
    slab("") + vmalloc()
}

/// KiB of the objects in all caches whose names begin so.
fn slab(prefix: &str) -> i64 {
    fs::write("/proc/sys/vm/drop_caches", "3").expect("root may");
    let caches = fs::read_dir("/sys/kernel/slab").expect("sysfs is mounted");
    let named = |cache: &DirEntry| {
        cache
            .file_name()
            .as_encoded_bytes()
            .starts_with(prefix.as_bytes())
    };
    let caches = caches.flatten().filter(named).map(|cache| cache.path());
    // The links are other names of the same caches.
    let bytes = caches
        .filter(|cache| !cache.is_symlink())
        .filter_map(|cache| objects(&cache));
    bytes.sum::<i64>() / 1024
}

/// Bytes of a cache's objects; not of its pages, in whose holes others fit. Each cache is counted as soon as it has given back
/// what it holds for each CPU, which counts as used (`show_slab_objects()` in mm/slub.c). None when it was just removed.
fn objects(cache: &Path) -> Option<i64> {
    fs::write(cache.join("shrink"), "1").ok()?;
    let number = |file| -> Option<i64> {
        let text = fs::read_to_string(cache.join(file)).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    Some(number("objects")? * number("slab_size")?)
}

fn vmalloc() -> i64 {
    let text = fs::read_to_string("/proc/meminfo").expect("proc is mounted");
    let field = |line: &str| line.strip_prefix("VmallocUsed:").map(str::to_owned);
    let line = text.lines().find_map(field).expect("a line");
    let number = line.split_whitespace().next();
    number.and_then(|word| word.parse().ok()).expect("a number")
}
