// SPDX-License-Identifier: GPL-2.0

//! What became of the guarantees.

use super::history::{Blind, History, Recording};
use super::marks::Marks;
use std::ops::Range;

/// What a guarantee is judged over: the module's own tests do so too, for as long.
const WINDOW: f64 = 20.0;

/// So many points of the machine may be missing over a window. It is what the module promises.
pub(super) const POINTS: f64 = 2.0;

/// Of a small guarantee, less: this part of it.
const PART: f64 = 0.1;

/// Seconds of CPU time that say nothing: the scheduler gives it out in pieces.
const GRAIN: f64 = 0.1;

/// What became of a guarantee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::tool) enum Verdict {
    /// There was none.
    None,
    /// It had what it was guaranteed, at least whenever it wanted more than it got.
    Kept,
    /// It used less and did not want more.
    NotWanted,
    /// It wanted more and did not get it: so many points were missing in the windows in which that was so, which were such a part
    /// of all.
    Short { points: f64, part: f64 },
    /// It used less, and nobody knows whether it wanted more.
    Unknown(Blind),
}

/// A host, and what is concluded of it.
#[derive(Debug)]
pub(in crate::tool) struct Judged<'a> {
    pub(in crate::tool) host: &'a History,
    /// Percent of the machine that it was guaranteed, over all of the time.
    pub(in crate::tool) guaranteed: f64,
    pub(in crate::tool) verdict: Verdict,
    /// The intervals in which it was short.
    short: Vec<Range<usize>>,
}

impl Judged<'_> {
    /// Whether it was short in an interval.
    pub(super) fn is_short(&self, at: usize) -> bool {
        self.short.iter().any(|intervals| intervals.contains(&at))
    }
}

/// What a host was guaranteed and what it used over some intervals, in percent of the machine.
struct Mean {
    guaranteed: f64,
    used: f64,
    /// Seconds of all CPUs that there were.
    cpu_seconds: f64,
}

impl Mean {
    /// Whether so much of the guarantee was missing that it was not kept.
    fn is_short(&self) -> bool {
        // Points of it that may be.
        let grain = 100.0 * GRAIN / self.cpu_seconds.max(f64::MIN_POSITIVE);
        self.missing() > (PART * self.guaranteed).max(grain).min(POINTS)
    }

    fn missing(&self) -> f64 {
        self.guaranteed - self.used
    }
}

/// Intervals in which a host wanted more than it got, for the most part.
#[derive(Debug)]
struct Want {
    intervals: Range<usize>,
    /// So many points of its guarantee were missing then.
    missing: f64,
    /// Whether that is too much.
    is_short: bool,
}

impl Recording {
    /// What became of a host's guarantee.
    pub(in crate::tool) fn judge<'a>(&self, host: &'a History) -> Judged<'a> {
        let count = self.intervals.len();
        // A mean is seldom the number itself.
        let guaranteed = host.always_guaranteed(count);
        let mut judged = Judged {
            host,
            guaranteed: guaranteed.unwrap_or_else(|| self.mean(host, 0..count).guaranteed),
            verdict: Verdict::None,
            short: Vec::new(),
        };
        if judged.guaranteed <= 0.0 {
            return judged;
        }
        let wants = self.wants(host, &host.wanting);
        let short: Vec<_> = wants.iter().filter(|want| want.is_short).collect();
        judged.verdict = if !short.is_empty() {
            let missing: f64 = short.iter().map(|want| want.missing).sum();
            let intervals: usize = short.iter().map(|want| want.intervals.len()).sum();
            Verdict::Short {
                points: missing / short.len() as f64,
                part: intervals as f64 / count as f64,
            }
        } else if let Some(why) = self.doubt(host) {
            Verdict::Unknown(why)
        } else if !wants.is_empty() || self.has_used(host) {
            Verdict::Kept
        } else {
            Verdict::NotWanted
        };
        judged.short = short.iter().map(|want| want.intervals.clone()).collect();
        judged
    }

    /// Why nobody can say that a host was not short: it was, if it wanted more whenever nobody knows.
    fn doubt(&self, host: &History) -> Option<Blind> {
        let why = host.why_blind?;
        let wants = self.wants(host, &host.wanting.with(&host.blind));
        wants.iter().any(|want| want.is_short).then_some(why)
    }

    /// Whether a host used its guarantee, over all of the time in which it had one.
    fn has_used(&self, host: &History) -> bool {
        let guaranteed = (0..self.intervals.len()).filter(|at| host.guaranteed(*at) > 0.0);
        !self.mean(host, guaranteed).is_short()
    }

    /// What a host had in some intervals.
    fn mean(&self, host: &History, intervals: impl Iterator<Item = usize>) -> Mean {
        let (mut guaranteed, mut used, mut cpu_seconds) = (0.0, 0.0, 0.0);
        for at in intervals {
            let there = self.intervals[at].cpu_seconds();
            guaranteed += there * host.guaranteed(at);
            used += there * host.used(at);
            cpu_seconds += there;
        }
        let all = cpu_seconds.max(f64::MIN_POSITIVE);
        Mean {
            guaranteed: guaranteed / all,
            used: used / all,
            cpu_seconds,
        }
    }

    /// So many windows are judged.
    pub(super) fn windows(&self) -> usize {
        ((self.seconds() / WINDOW) as usize).clamp(1, self.intervals.len().max(1))
    }

    /// The windows in which a host wanted more than it got, which it did in the intervals of `wanting`; all of the time, when they
    /// are too short to say anything.
    fn wants(&self, host: &History, wanting: &Marks) -> Vec<Want> {
        // As it is with most hosts of a large table.
        if wanting.is_empty() {
            return Vec::new();
        }
        let (count, windows) = (self.intervals.len(), self.windows());
        let window = |number| number * count / windows..(number + 1) * count / windows;
        let wants = (0..windows).filter_map(|number| self.want(host, wanting, window(number)));
        let wants: Vec<_> = wants.collect();
        let whole = || {
            let whole = self.want(host, wanting, 0..count);
            whole.filter(|want| want.is_short)
        };
        match wants.iter().any(|want| want.is_short) {
            true => wants,
            false => whole().map_or(wants, |whole| vec![whole]),
        }
    }

    fn want(&self, host: &History, wanting: &Marks, intervals: Range<usize>) -> Option<Want> {
        let wanting: Vec<_> = wanting.within(intervals.clone()).collect();
        // A moment's crowd is no shortage.
        if wanting.is_empty() || 2 * wanting.len() < intervals.len() {
            return None;
        }
        let mean = self.mean(host, wanting.into_iter());
        Some(Want {
            intervals,
            missing: mean.missing(),
            is_short: mean.is_short(),
        })
    }
}
