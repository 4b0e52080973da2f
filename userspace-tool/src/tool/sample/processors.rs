// SPDX-License-Identifier: GPL-2.0

//! What all CPUs did, by `/proc/stat` (proc_stat(5)).

/// Time of all CPUs since the boot, in ticks of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Processors {
    /// Without work, or waiting for a disk.
    idle: u64,
    whole: u64,
}

impl Processors {
    /// Reads the first line: `cpu`, then user, nice, system, idle, iowait, irq, softirq and steal; guests' time, which stands
    /// behind, is counted in user and nice already.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.lines().next()?.split_ascii_whitespace();
        (words.next()? == "cpu").then_some(())?;
        let ticks: Vec<u64> = words.take(8).filter_map(|word| word.parse().ok()).collect();
        Some(Self {
            idle: ticks.get(3)?.saturating_add(*ticks.get(4)?),
            whole: ticks.iter().sum(),
        })
    }

    /// The part of the time since `before` that was idle, in percent; `None`: no tick passed, or the counters went back, which
    /// they do when a CPU goes off line.
    pub(crate) fn idle_since(&self, before: &Self) -> Option<f64> {
        let whole = self.whole.checked_sub(before.whole)?;
        let idle = self.idle.checked_sub(before.idle)?;
        (whole > 0).then(|| (100.0 * idle as f64 / whole as f64).min(100.0))
    }
}
