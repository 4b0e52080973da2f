// SPDX-License-Identifier: GPL-2.0
//! Waiting on conditions, with deadlines that follow the machine's speed.

use std::fs;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

/// Seconds from power on to PID 1 that the limits in the tests are made for (TCG on two idle cores).
const BOOT_SECONDS: f64 = 3.0;

/// By how much every time limit is longer here: this boot's time against the usual one, times the `stretch` setting.
pub fn stretch() -> f64 {
    static STRETCH: OnceLock<f64> = OnceLock::new();
    *STRETCH.get_or_init(|| {
        let boot = fs::read_to_string("/run/boot-seconds")
            .ok()
            .and_then(|text| text.trim().parse::<f64>().ok());
        let asked = setting("stretch")
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or(1.0);
        (boot.unwrap_or(BOOT_SECONDS) / BOOT_SECONDS).max(1.0) * asked
    })
}

/// A line `name=value` of the run's settings.
pub fn setting(name: &str) -> Option<String> {
    let text = fs::read_to_string("/payload/settings").ok()?;
    text.lines().find_map(|line| {
        line.strip_prefix(name)?
            .strip_prefix('=')
            .map(str::to_owned)
    })
}

/// `seconds`, stretched.
pub fn limit(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds * stretch())
}

/// Polls until `condition` gives a value; panics with `what` when the (stretched) limit passes first.
#[track_caller]
pub fn until_some<T>(what: &str, seconds: f64, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit(seconds);
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(
            Instant::now() < deadline,
            "not within {seconds} s (stretch {:.1}): {what}",
            stretch()
        );
        sleep(Duration::from_millis(5));
    }
}

/// Polls until `condition` holds.
#[track_caller]
pub fn until(what: &str, seconds: f64, mut condition: impl FnMut() -> bool) {
    until_some(what, seconds, || condition().then_some(()));
}
