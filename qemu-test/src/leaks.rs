// SPDX-License-Identifier: GPL-2.0
//! Memory that nobody refers to any more, on a kernel with kmemleak (Documentation/dev-tools/kmemleak.rst of the kernel).

use std::fs;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

const FILE: &str = "/sys/kernel/debug/kmemleak";

/// Younger objects are not reported: `MSECS_MIN_AGE` of mm/kmemleak.c, and a little.
const AGE: Duration = Duration::from_millis(5500);

/// Whether this kernel looks for leaks.
pub fn possible() -> bool {
    Path::new(FILE).exists()
}

/// Forgets what was lost so far: what the kernel lost while booting is not ours.
pub fn forget() -> io::Result<()> {
    scan()?;
    fs::write(FILE, "clear")
}

/// What was lost since, as the kernel reports it: empty when nothing was.
pub fn found() -> io::Result<String> {
    let began = Instant::now();
    sleep(AGE);
    scan()?;
    let report = fs::read_to_string(FILE)?;
    print!("(scanned in {:.1} s) ", began.elapsed().as_secs_f64());
    Ok(report)
}

/// Scans twice: an object that changed since the scan before, as all have at the first one, is passed over.
fn scan() -> io::Result<()> {
    for _ in 0..2 {
        // EPERM: kmemleak gave up, for lack of memory of its own.
        fs::write(FILE, "scan").map_err(|error| io::Error::other(format!("{FILE}: {error}")))?;
    }
    Ok(())
}
