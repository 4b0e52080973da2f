// SPDX-License-Identifier: GPL-2.0

//! What lies between two samples.

use super::{Host, Sample};
use crate::tool::figures::Key;
use crate::tool::walk::{places, Walk};
use std::time::Duration;

/// The counters, which start anew with a row.
const COUNTERS: [Key; 7] = [
    Key::Accepted,
    Key::Requests,
    Key::Transfers,
    Key::Binds,
    Key::CpuUsec,
    Key::ChargedUsec,
    Key::ThrottledUsec,
];

/// More CPU time than this part of what there was is no measurement: some group could not be read before.
const PLAUSIBLE: f64 = 1.5;

/// What the machine and its hosts did between two samples.
#[derive(Debug)]
pub(crate) struct Rates {
    /// The time between them.
    pub(crate) over: Duration,
    /// The CPUs of the machine that percentages are of.
    pub(crate) cpus: u32,
    /// Percent of all CPUs' time in which they had no work.
    pub(crate) idle: Option<f64>,
    /// Percent of the machine that all hosts together used.
    pub(crate) used: Option<f64>,
    /// In the order of the later sample's hosts.
    pub(crate) hosts: Vec<HostRates>,
}

/// What one host did. `None`: it is not known, because the host is new or its counters began anew.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct HostRates {
    /// Percent of the machine, by its group and by event loops; at most 100.
    pub(crate) used: Option<f64>,
    /// The part of it that was charged to event loops, in percent of the machine. It is told when a loop goes on to another host,
    /// and may have been spent before.
    pub(crate) charged: Option<f64>,
    /// Milliseconds a second that its cap withheld, on all CPUs together.
    pub(crate) throttled: Option<f64>,
    /// Percent of the time in which a task of it waited for a CPU; known of those only whose groups were read.
    pub(crate) pressure: Option<f64>,
    /// Connections a second.
    pub(crate) accepted: Option<f64>,
    /// Requests by name a second.
    pub(crate) requests: Option<f64>,
}

impl Rates {
    /// What was done from `before` to `after`.
    pub(crate) fn between(before: &Sample, after: &Sample) -> Self {
        let over = after.at.saturating_duration_since(before.at);
        // Those that came or went in between were there for some of the time.
        let cpus = before.cpus.max(after.cpus).max(1);
        let span = Span {
            seconds: over.as_secs_f64(),
            cpus: f64::from(cpus),
        };
        let hosts: Vec<_> = pairs(before, after)
            .map(|(old, new)| span.rates(old, new))
            .collect();
        let known: Vec<f64> = hosts.iter().filter_map(|host| host.used).collect();
        let idle = || after.processors?.idle_since(&before.processors?);
        let mut rates = Self {
            over,
            cpus,
            idle: idle(),
            used: (!known.is_empty()).then(|| known.iter().sum::<f64>().min(100.0)),
            hosts,
        };
        rates.add_pressure(before, after);
        rates
    }

    /// Takes what the groups of `after` say that are read by now.
    pub(crate) fn add_pressure(&mut self, before: &Sample, after: &Sample) {
        for (rates, (old, new)) in self.hosts.iter_mut().zip(pairs(before, after)) {
            let before = old.and_then(|old| old.group.as_ref());
            let now = new.group.as_ref();
            rates.pressure = now.and_then(|now| now.pressure_since(before));
        }
    }
}

/// Each host of `after`, with what it was in `before`.
fn pairs<'a>(
    before: &'a Sample,
    after: &'a Sample,
) -> impl Iterator<Item = (Option<&'a Host>, &'a Host)> {
    let old = &before.hosts;
    let mut walk = Walk::default();
    let mut known = None;
    after.hosts.iter().map(move |new| {
        // Both are in the order of the table, which seldom changes.
        let is_there = |at: usize| old.get(at).is_some_and(|old| old.name() == new.name());
        let at = walk.step(is_there, || {
            let known = known.get_or_insert_with(|| places(old.iter().map(Host::name)));
            known.get(new.name()).copied()
        });
        (at.and_then(|at| old.get(at)), new)
    })
}

/// The time between two samples.
struct Span {
    seconds: f64,
    cpus: f64,
}

impl Span {
    /// All but the pressure.
    fn rates(&self, old: Option<&Host>, new: &Host) -> HostRates {
        let unknown = HostRates::default();
        let began_anew = |old: &&Host| {
            COUNTERS
                .iter()
                .any(|key| new.number(*key) < old.number(*key))
        };
        let Some(old) = old.filter(|old| self.seconds > 0.0 && !began_anew(old)) else {
            return unknown;
        };
        let more = |key| (new.number(key) - old.number(key)) as f64;
        let percent = |usec: f64| usec / self.seconds / self.cpus / 1e4;
        let charged = percent(more(Key::ChargedUsec)).min(100.0);
        // The group's own, which is not late as what is charged.
        let own = |host: &Host| {
            host.number(Key::CpuUsec)
                .saturating_sub(host.number(Key::ChargedUsec))
        };
        let own = percent(own(new).saturating_sub(own(old)) as f64);
        if own > 100.0 * PLAUSIBLE {
            return unknown;
        }
        HostRates {
            used: Some((own + charged).min(100.0)),
            charged: Some(charged),
            throttled: Some(more(Key::ThrottledUsec) / self.seconds / 1e3),
            pressure: None,
            accepted: Some(more(Key::Accepted) / self.seconds),
            requests: Some(more(Key::Requests) / self.seconds),
        }
    }
}
