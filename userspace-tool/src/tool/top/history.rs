// SPDX-License-Identifier: GPL-2.0

//! What each host used in the last samples.

use super::look::Look;
use std::collections::{HashMap, VecDeque};

/// Samples that are remembered: four minutes of them, two seconds apart.
pub(in crate::tool) const SAMPLES: usize = 120;

/// The last samples of the hosts that used something in them. For 100,000 hosts that is 35 MB at the most, beside the text of their
/// names: 256 bytes of samples each, as a queue grows to 128 of them, and 131,072 places in the table, of 73 bytes each: a name's
/// 24, a line's 48 and the table's own.
#[derive(Debug, Default)]
pub(in crate::tool) struct History {
    taken: u64,
    lines: HashMap<String, Line>,
}

#[derive(Debug, Default)]
struct Line {
    /// The last sample that had the host.
    last: u64,
    /// Samples in a row in which it used nothing.
    quiet: usize,
    /// Thousandths of the machine, the latest last.
    used: VecDeque<u16>,
}

impl History {
    /// Bytes of a host in the table.
    #[cfg(test)]
    pub(in crate::tool) const PLACE: usize = size_of::<(String, Line)>();

    /// Remembers what the hosts used, in percent of the machine.
    pub(in crate::tool) fn record<'a>(
        &mut self,
        hosts: impl Iterator<Item = (&'a str, Option<f64>)>,
    ) {
        self.taken += 1;
        for (name, used) in hosts {
            let used = (used.unwrap_or(0.0) * 10.0).round().clamp(0.0, 1000.0) as u16;
            let line = match self.lines.get_mut(name) {
                Some(line) => line,
                None if used == 0 => continue,
                None => self.lines.entry(name.to_owned()).or_default(),
            };
            line.last = self.taken;
            line.quiet = if used == 0 { line.quiet + 1 } else { 0 };
            if line.used.len() == SAMPLES {
                line.used.pop_front();
            }
            line.used.push_back(used);
        }
        let taken = self.taken;
        self.lines
            .retain(|_, line| line.last == taken && line.quiet < SAMPLES);
    }

    /// The last so many samples of a host at the most, in thousandths of the machine.
    pub(in crate::tool) fn last(&self, name: &str, count: usize) -> Vec<u64> {
        let Some(line) = self.lines.get(name) else {
            return Vec::new();
        };
        let skipped = line.used.len().saturating_sub(count);
        line.used
            .iter()
            .skip(skipped)
            .map(|used| u64::from(*used))
            .collect()
    }

    /// The same as a curve of so many cells, the latest to the right, as high as its highest sample.
    pub(in crate::tool) fn curve(&self, name: &str, width: usize, look: Look) -> String {
        let values = self.last(name, width);
        let highest = values.iter().copied().max().unwrap_or(0).max(1);
        // What is used at all can be seen.
        let eighths = |value: u64| usize::try_from((value * 8).div_ceil(highest)).unwrap_or(8);
        let levels = values.iter().map(|value| look.level(eighths(*value)));
        let curve: String = levels.collect();
        format!("{}{curve}", " ".repeat(width - values.len()))
    }
}
