// SPDX-License-Identifier: GPL-2.0
//! How much memory the kernel uses.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Between two looks.
const SETTLING: Duration = Duration::from_millis(200);

/// Bytes in use by each cache of slab objects, and by vmalloc under that name.
pub struct Look(BTreeMap<String, i64>);

impl Look {
    /// The least of some looks at each, since some goes late.
    pub fn settled() -> Self {
        let looks: Vec<Self> = (0..5).map(|_| Self::settling()).collect();
        let least = looks.into_iter().reduce(|mut least, look| {
            least.0.retain(|cache, bytes| match look.0.get(cache) {
                Some(other) => {
                    *bytes = (*other).min(*bytes);
                    true
                }
                None => false,
            });
            least
        });
        least.expect("some looks")
    }

    fn settling() -> Self {
        sleep(SETTLING);
        Self::now()
    }

    fn now() -> Self {
        let mut look = Self(slab("").collect());
        look.0.insert("vmalloc".to_owned(), vmalloc());
        look
    }

    fn total(&self) -> i64 {
        self.0.values().sum()
    }
}

/// What grew from look to look, without what grew once: the median of the steps of each, the lower one of two, in KiB, the largest first.
pub fn steady_growth(looks: &[Look]) -> Vec<(String, f64)> {
    let of = |look: &Look, cache: &String| look.0.get(cache).copied().unwrap_or(0);
    let median = |cache: &String| {
        let mut steps: Vec<i64> = looks
            .windows(2)
            .map(|two| of(&two[1], cache) - of(&two[0], cache))
            .collect();
        steps.sort_unstable();
        steps[(steps.len() - 1) / 2]
    };
    let caches: BTreeSet<&String> = looks.iter().flat_map(|look| look.0.keys()).collect();
    let mut grown: Vec<(String, f64)> = caches
        .into_iter()
        .map(|cache| (cache.clone(), median(cache) as f64 / 1024.0))
        .filter(|(_, step)| *step > 0.0)
        .collect();
    grown.sort_by(|a, b| b.1.total_cmp(&a.1));
    grown
}

/// KiB of what was allocated with `kmalloc()`: what a module uses for small objects, and sockets, files and inodes do not. The
/// least of some looks, since some goes late.
pub fn kmalloc_settled() -> i64 {
    let look = |_| {
        sleep(SETTLING);
        slab("kmalloc-").map(|one| one.1).sum::<i64>() / 1024
    };
    (0..5).map(look).min().expect("some looks")
}

/// KiB of slab objects and vmalloc, without what is kept only to be used again, at one look.
pub fn used() -> i64 {
    Look::now().total() / 1024
}

/// The caches whose names begin so, and the bytes of their objects.
fn slab(prefix: &'static str) -> impl Iterator<Item = (String, i64)> {
    fs::write("/proc/sys/vm/drop_caches", "3").expect("root may");
    let caches = fs::read_dir("/sys/kernel/slab").expect("sysfs is mounted");
    // The links are other names of the same caches.
    caches.flatten().filter_map(move |cache| {
        let name = cache.file_name().into_string().ok()?;
        let path = cache.path();
        let is_asked = name.starts_with(prefix) && !path.is_symlink();
        let bytes = is_asked.then(|| objects(&path))??;
        Some((name, bytes))
    })
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

/// Bytes.
fn vmalloc() -> i64 {
    let text = fs::read_to_string("/proc/meminfo").expect("proc is mounted");
    let field = |line: &str| line.strip_prefix("VmallocUsed:").map(str::to_owned);
    let line = text.lines().find_map(field).expect("a line");
    let number = line.split_whitespace().next();
    let kib: Option<i64> = number.and_then(|word| word.parse().ok());
    kib.expect("a number") * 1024
}
