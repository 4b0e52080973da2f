// SPDX-License-Identifier: GPL-2.0

//! What was recorded.

use super::marks::Marks;
use crate::events::Health;
use crate::tool::figures::Key;
use crate::tool::sample::{Host, HostRates, Promise, Rates, Sample};
use crate::tool::walk::Walk;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// From this percentage of an interval on in which a task waited for a CPU, the host wanted more than it got.
pub(super) const WANTED: f64 = 50.0;

/// What was recorded of the machine.
#[derive(Debug)]
pub(in crate::tool) struct Recording {
    /// The machine's name.
    pub(in crate::tool) machine: String,
    pub(in crate::tool) began: SystemTime,
    /// Percent of the machine that is left to everybody else.
    pub(in crate::tool) reserve: u32,
    /// Why it ended before its time, if it did.
    pub(in crate::tool) cut: Option<String>,
    /// Whether the hooks were silent at some time.
    pub(in crate::tool) was_deaf: bool,
    pub(in crate::tool) intervals: Vec<Interval>,
    pub(in crate::tool) hosts: Vec<History>,
    places: HashMap<Arc<str>, usize>,
}

/// An interval of a recording.
#[derive(Debug, Clone, Copy)]
pub(in crate::tool) struct Interval {
    length: Duration,
    /// The CPUs of the machine then: some may have come or gone since.
    pub(super) cpus: u32,
}

impl Interval {
    pub(super) fn seconds(&self) -> f64 {
        self.length.as_secs_f64()
    }

    /// Seconds of all CPUs.
    pub(super) fn cpu_seconds(&self) -> f64 {
        self.seconds() * f64::from(self.cpus)
    }
}

/// What was recorded of one host.
#[derive(Debug)]
pub(in crate::tool) struct History {
    /// The last one.
    pub(in crate::tool) promise: Arc<Promise>,
    /// Which promise was in force when; nothing in between.
    held: Vec<Held>,
    /// Percent of the machine by interval; those that are missing at the end are zero, as most hosts of a large table are idle.
    used: Vec<f32>,
    /// The intervals in which it wanted more than it got.
    pub(super) wanting: Marks,
    /// Those in which it may have, and nobody knows.
    pub(super) blind: Marks,
    /// Why, at last.
    pub(super) why_blind: Option<Blind>,
    /// Seconds of CPU time.
    pub(in crate::tool) cpu: f64,
    /// The part of them that event loops spent.
    pub(in crate::tool) charged: f64,
    /// Seconds that its cap withheld, on all CPUs together.
    pub(in crate::tool) throttled: f64,
    pub(in crate::tool) requests: f64,
    pub(in crate::tool) accepted: f64,
}

/// Why nobody knows whether a host wanted more than it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tool) enum Blind {
    /// Its group was read, and did not say how long its tasks waited.
    Unreadable,
    /// There were more groups than are read of one sample.
    Beyond,
}

/// A promise that was in force.
#[derive(Debug)]
struct Held {
    intervals: Range<usize>,
    promise: Arc<Promise>,
}

impl Recording {
    /// Nothing yet.
    pub(in crate::tool) fn new(machine: String, began: SystemTime) -> Self {
        Self {
            machine,
            began,
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
        self.reserve = sample.reserve;
        self.was_deaf |= sample.health == Health::Deaf.word();
        let interval = Interval {
            length: rates.over,
            cpus: rates.cpus,
        };
        self.intervals.push(interval);
        let mut walk = Walk::default();
        for (host, rates) in sample.hosts.iter().zip(&rates.hosts) {
            let is_there = |at: usize| {
                self.hosts
                    .get(at)
                    .is_some_and(|one| one.name() == host.name())
            };
            let look_up = || self.places.get(host.name()).copied();
            let place = walk.step(is_there, look_up).unwrap_or(self.hosts.len());
            if place == self.hosts.len() {
                self.places.insert(host.promise.name.clone(), place);
                self.hosts.push(History::new(&host.promise));
            }
            self.hosts[place].add(at, &interval, host, rates);
        }
    }

    /// How long it took, in seconds.
    pub(in crate::tool) fn seconds(&self) -> f64 {
        self.intervals.iter().map(Interval::seconds).sum()
    }

    /// The fewest and the most CPUs that the machine had.
    pub(super) fn cpus(&self) -> (u32, u32) {
        let cpus = || self.intervals.iter().map(|interval| interval.cpus);
        (cpus().min().unwrap_or(0), cpus().max().unwrap_or(0))
    }

    /// A part of the machine over all of the time, in percent.
    pub(in crate::tool) fn percent(&self, cpu_seconds: f64) -> f64 {
        let whole: f64 = self.intervals.iter().map(Interval::cpu_seconds).sum();
        100.0 * cpu_seconds / whole.max(f64::MIN_POSITIVE)
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

impl History {
    fn new(promise: &Arc<Promise>) -> Self {
        Self {
            promise: promise.clone(),
            held: Vec::new(),
            used: Vec::new(),
            wanting: Marks::default(),
            blind: Marks::default(),
            why_blind: None,
            cpu: 0.0,
            charged: 0.0,
            throttled: 0.0,
            requests: 0.0,
            accepted: 0.0,
        }
    }

    fn add(&mut self, at: usize, interval: &Interval, host: &Host, rates: &HostRates) {
        self.hold(at, &host.promise);
        let used = rates.used.unwrap_or(0.0);
        if used > 0.0 {
            self.used.resize(at, 0.0);
            self.used.push(used as f32);
        }
        match rates.pressure {
            Some(waited) if waited >= WANTED && host.promise.guaranteed > 0.0 => {
                self.wanting.set(at);
            }
            None if may_want(host, rates) => {
                self.blind.set(at);
                self.why_blind = Some(match host.group {
                    Some(_) => Blind::Unreadable,
                    None => Blind::Beyond,
                });
            }
            _ => {}
        }
        let seconds =
            |percent: Option<f64>| percent.unwrap_or(0.0) / 100.0 * interval.cpu_seconds();
        self.cpu += seconds(Some(used));
        self.charged += seconds(rates.charged);
        let over = |rate: Option<f64>| rate.unwrap_or(0.0) * interval.seconds();
        self.throttled += over(rates.throttled) / 1e3;
        self.requests += over(rates.requests);
        self.accepted += over(rates.accepted);
    }

    /// Goes on with what was promised before, or begins with something else.
    fn hold(&mut self, at: usize, promise: &Arc<Promise>) {
        let is_same =
            |one: &Promise| one.guaranteed == promise.guaranteed && one.cap == promise.cap;
        match self.held.last_mut() {
            Some(last) if last.intervals.end == at && is_same(&last.promise) => {
                last.intervals.end = at + 1;
            }
            _ => {
                let promise = promise.clone();
                self.promise = promise.clone();
                self.held.push(Held {
                    intervals: at..at + 1,
                    promise,
                });
            }
        }
    }

    /// Its name.
    pub(in crate::tool) fn name(&self) -> &str {
        &self.promise.name
    }

    /// Percent of the machine in an interval.
    pub(in crate::tool) fn used(&self, at: usize) -> f64 {
        self.used.get(at).copied().map_or(0.0, f64::from)
    }

    /// What was promised in an interval; nothing when there was no row.
    fn promise_at(&self, at: usize) -> Option<&Promise> {
        let found = self.held.iter().find(|held| held.intervals.contains(&at));
        found.map(|held| &*held.promise)
    }

    /// Percent of the machine that were guaranteed in an interval.
    pub(super) fn guaranteed(&self, at: usize) -> f64 {
        self.promise_at(at)
            .map_or(0.0, |promise| promise.guaranteed)
    }

    /// The cap in an interval, in percent of the machine.
    pub(super) fn cap(&self, at: usize) -> Option<f64> {
        self.promise_at(at)?.cap
    }

    /// What was guaranteed in all of the first `count` intervals, if it was the same.
    pub(super) fn always_guaranteed(&self, count: usize) -> Option<f64> {
        match &self.held[..] {
            [one] if one.intervals == (0..count) => Some(one.promise.guaranteed),
            _ => None,
        }
    }
}
