// SPDX-License-Identifier: GPL-2.0

//! What was recorded, and what is concluded.

use crate::tool::figures::Key;
use crate::tool::sample::{Host, HostRates, Promise, Rates, Sample};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What a guarantee is judged over: the module's own tests do so too, for as long.
pub(super) const WINDOW: f64 = 20.0;

/// So many points of the machine may be missing over a window. It is what the module promises.
pub(super) const POINTS: f64 = 2.0;

/// Of a small guarantee, less: this part of it.
const PART: f64 = 0.1;

/// Seconds of CPU time that say nothing: the scheduler gives it out in pieces.
const GRAIN: f64 = 0.1;

/// From this percentage of an interval on in which a task waited for a CPU, the host wanted more than it got.
pub(super) const WANTED: f64 = 50.0;

/// What was recorded of the machine.
#[derive(Debug)]
pub(in crate::tool) struct Recording {
    /// The machine's name.
    pub(in crate::tool) machine: String,
    pub(in crate::tool) began: SystemTime,
    /// The CPUs at the end.
    pub(in crate::tool) cpus: u32,
    /// Percent of the machine that is left to everybody else.
    pub(in crate::tool) reserve: u32,
    /// Why it ended before its time, if it did.
    pub(in crate::tool) cut: Option<String>,
    /// Whether the hooks were silent at some time.
    pub(in crate::tool) was_deaf: bool,
    /// The lengths of the intervals.
    pub(in crate::tool) intervals: Vec<Duration>,
    pub(in crate::tool) hosts: Vec<History>,
    places: HashMap<String, usize>,
}

/// What was recorded of one host.
#[derive(Debug)]
pub(in crate::tool) struct History {
    /// The last one.
    pub(in crate::tool) promise: Arc<Promise>,
    /// From which interval on which promise held.
    promises: Vec<(usize, Arc<Promise>)>,
    /// Percent of the machine by interval; those that are missing at the end are zero, as most hosts of a large table are idle.
    used: Vec<f32>,
    /// The intervals in which it wanted more than it got.
    wanting: Vec<usize>,
    /// Seconds of CPU time.
    pub(in crate::tool) cpu: f64,
    /// The part of them that event loops spent.
    pub(in crate::tool) charged: f64,
    /// Seconds that its cap withheld, on all CPUs together.
    pub(in crate::tool) throttled: f64,
    pub(in crate::tool) requests: f64,
    pub(in crate::tool) accepted: f64,
}

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
}

/// Intervals in which a host wanted more than it got, for the most part.
#[derive(Debug, Clone, PartialEq)]
struct Want {
    intervals: Range<usize>,
    /// So many points of its guarantee were missing then.
    missing: f64,
    /// Whether that is too much.
    is_short: bool,
}

impl Recording {
    /// Nothing yet.
    pub(in crate::tool) fn new(machine: String, began: SystemTime) -> Self {
        Self {
            machine,
            began,
            cpus: 1,
            reserve: 0,
            cut: None,
            was_deaf: false,
            intervals: Vec::new(),
            hosts: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Adds the interval that ended with `sample`.
    pub(in crate::tool) fn add(&mut self, sample: &Sample, rates: &Rates) {
        let at = self.intervals.len();
        self.intervals.push(rates.over);
        self.cpus = sample.cpus;
        self.reserve = sample.reserve;
        self.was_deaf |= sample.health == "deaf";
        let interval = Interval {
            at,
            seconds: rates.over.as_secs_f64(),
            cpus: f64::from(sample.cpus),
        };
        for (host, rates) in sample.hosts.iter().zip(&rates.hosts) {
            let place = match self.places.get(host.name()) {
                Some(place) => *place,
                None => {
                    self.places.insert(host.name().to_owned(), self.hosts.len());
                    self.hosts.push(History::new(&host.promise));
                    self.hosts.len() - 1
                }
            };
            self.hosts[place].add(&interval, &host.promise, rates);
        }
    }

    /// How long it took, in seconds.
    pub(in crate::tool) fn seconds(&self) -> f64 {
        self.intervals.iter().map(Duration::as_secs_f64).sum()
    }

    /// A part of the machine over all of the time, in percent.
    pub(in crate::tool) fn percent(&self, cpu_seconds: f64) -> f64 {
        100.0 * cpu_seconds / self.seconds().max(f64::MIN_POSITIVE) / f64::from(self.cpus)
    }

    /// What became of a host's guarantee.
    pub(in crate::tool) fn verdict(&self, host: &History) -> Verdict {
        let guaranteed = host.promise.guaranteed;
        if guaranteed <= 0.0 {
            return Verdict::None;
        }
        let wants = self.wants(host);
        let short: Vec<_> = wants.iter().filter(|want| want.is_short).collect();
        if !short.is_empty() {
            let missing: f64 = short.iter().map(|want| want.missing).sum();
            let intervals: usize = short.iter().map(|want| want.intervals.len()).sum();
            return Verdict::Short {
                points: missing / short.len() as f64,
                part: intervals as f64 / self.intervals.len() as f64,
            };
        }
        let all = self.tolerance(guaranteed, self.seconds());
        match !wants.is_empty() || self.percent(host.cpu) >= guaranteed - all {
            true => Verdict::Kept,
            false => Verdict::NotWanted,
        }
    }

    /// The intervals in which a host was short.
    pub(super) fn short(&self, host: &History) -> Vec<bool> {
        let mut marks = vec![false; self.intervals.len()];
        for want in self.wants(host).iter().filter(|want| want.is_short) {
            marks[want.intervals.clone()].fill(true);
        }
        marks
    }

    /// The windows in which a host wanted more than it got; all of the time, when they are too short to say anything.
    fn wants(&self, host: &History) -> Vec<Want> {
        let count = self.intervals.len();
        let windows = ((self.seconds() / WINDOW) as usize).clamp(1, count.max(1));
        let window = |number| number * count / windows..(number + 1) * count / windows;
        let wants = (0..windows).filter_map(|number| self.want(host, window(number)));
        let wants: Vec<_> = wants.collect();
        let whole = || self.want(host, 0..count).filter(|want| want.is_short);
        match wants.iter().any(|want| want.is_short) {
            true => wants,
            false => whole().map_or(wants, |whole| vec![whole]),
        }
    }

    fn want(&self, host: &History, intervals: Range<usize>) -> Option<Want> {
        let (from, to) = (
            host.wanting.partition_point(|at| *at < intervals.start),
            host.wanting.partition_point(|at| *at < intervals.end),
        );
        let wanting = &host.wanting[from..to];
        // A moment's crowd is no shortage.
        if wanting.is_empty() || 2 * wanting.len() < intervals.len() {
            return None;
        }
        let mean = |of: &dyn Fn(usize) -> f64| {
            wanting.iter().map(|at| of(*at)).sum::<f64>() / wanting.len() as f64
        };
        let guaranteed = mean(&|at| host.promise_at(at).guaranteed);
        let missing = guaranteed - mean(&|at| host.used(at));
        let seconds = wanting.iter().map(|at| self.intervals[*at].as_secs_f64());
        Some(Want {
            intervals,
            missing,
            is_short: missing > self.tolerance(guaranteed, seconds.sum()),
        })
    }

    /// Points of a guarantee that may be missing over so many seconds.
    fn tolerance(&self, guaranteed: f64, seconds: f64) -> f64 {
        let grain = 100.0 * GRAIN / (seconds.max(f64::MIN_POSITIVE) * f64::from(self.cpus));
        (PART * guaranteed).max(grain).min(POINTS)
    }

    /// A quantile of what a host used by interval, in percent of the machine.
    pub(in crate::tool) fn quantile(&self, host: &History, part: f64) -> f64 {
        let mut all: Vec<_> = (0..self.intervals.len()).map(|at| host.used(at)).collect();
        all.sort_by(f64::total_cmp);
        // The nearest rank.
        let rank = (part * all.len() as f64).ceil() as usize;
        all.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    }
}

/// Whether a sample has to tell what a host's tasks waited for: those of others cannot have been refused anything.
pub(super) fn may_want(host: &Host, rates: &HostRates) -> bool {
    let is_at_work = host.number(Key::Tasks) > 0 || rates.used.is_some_and(|used| used > 0.0);
    host.has_group && host.promise.guaranteed > 0.0 && is_at_work
}

/// An interval of a recording.
struct Interval {
    at: usize,
    seconds: f64,
    cpus: f64,
}

impl History {
    fn new(promise: &Arc<Promise>) -> Self {
        Self {
            promise: promise.clone(),
            promises: Vec::new(),
            used: Vec::new(),
            wanting: Vec::new(),
            cpu: 0.0,
            charged: 0.0,
            throttled: 0.0,
            requests: 0.0,
            accepted: 0.0,
        }
    }

    fn add(&mut self, interval: &Interval, promise: &Arc<Promise>, rates: &HostRates) {
        let same = self.promises.last().is_some_and(|(_, last)| {
            last.guaranteed == promise.guaranteed && last.cap == promise.cap
        });
        if !same {
            self.promises.push((interval.at, promise.clone()));
            self.promise = promise.clone();
        }
        let used = rates.used.unwrap_or(0.0);
        if used > 0.0 {
            self.used.resize(interval.at, 0.0);
            self.used.push(used as f32);
        }
        if rates.pressure.is_some_and(|waited| waited >= WANTED) {
            self.wanting.push(interval.at);
        }
        let seconds = |percent: Option<f64>| {
            percent.unwrap_or(0.0) / 100.0 * interval.cpus * interval.seconds
        };
        self.cpu += seconds(Some(used));
        self.charged += seconds(rates.charged);
        let over = |rate: Option<f64>| rate.unwrap_or(0.0) * interval.seconds;
        self.throttled += over(rates.throttled) / 1e3;
        self.requests += over(rates.requests);
        self.accepted += over(rates.accepted);
    }

    /// Its name.
    pub(in crate::tool) fn name(&self) -> &str {
        &self.promise.name
    }

    /// Percent of the machine in an interval.
    pub(in crate::tool) fn used(&self, at: usize) -> f64 {
        self.used.get(at).copied().map_or(0.0, f64::from)
    }

    /// What was promised in an interval.
    pub(super) fn promise_at(&self, at: usize) -> &Promise {
        let mut promises = self.promises.iter().rev();
        let found = promises.find(|(from, _)| *from <= at);
        found.map_or(&self.promise, |(_, promise)| promise)
    }
}
