// SPDX-License-Identifier: GPL-2.0

//! The page of `report`.

mod browser;
mod destination;
mod ends;
mod judgement;
mod sentences;
mod structure;

use crate::policy::Machine;
use crate::tool::report::history::Recording;
use crate::tool::sample::{hosts, Group, HostRates, Promises, Rates, Sample};
use std::time::{Duration, Instant, SystemTime};

/// What a host does in an interval, by the number of it: percent of the machine used, and of the time waited for a CPU.
type Does = Box<dyn Fn(usize) -> (f64, f64)>;

/// The words of a host's row in an interval, by the number of it; `None`: it has no row then.
type Words = Box<dyn Fn(usize) -> Option<&'static str>>;

struct Actor {
    name: String,
    words: Words,
    does: Does,
}

/// A machine, of four CPUs unless said, whose hosts do something.
struct Scene {
    hosts: Vec<Actor>,
    /// By interval, of each host.
    rates: fn(usize, &str, &mut HostRates),
    /// Whether groups are read.
    has_groups: bool,
    /// The CPUs that are on line, by interval.
    cpus: fn(usize) -> u32,
}

impl Scene {
    fn new() -> Self {
        Self {
            hosts: Vec::new(),
            rates: |_, _, _| {},
            has_groups: false,
            cpus: |_| 4,
        }
    }

    /// One more host.
    fn host(
        self,
        name: &str,
        words: &'static str,
        does: impl Fn(usize) -> (f64, f64) + 'static,
    ) -> Self {
        self.row(name, move |_| Some(words), does)
    }

    /// One more host, whose row comes, changes or goes.
    fn row(
        mut self,
        name: &str,
        words: impl Fn(usize) -> Option<&'static str> + 'static,
        does: impl Fn(usize) -> (f64, f64) + 'static,
    ) -> Self {
        self.hosts.push(Actor {
            name: name.to_owned(),
            words: Box::new(words),
            does: Box::new(does),
        });
        self
    }

    /// What is recorded of so many intervals of a second.
    fn record(&self, intervals: usize) -> Recording {
        let began = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
        let mut recording = Recording::new("web1.example".to_owned(), began);
        let mut last: Option<(String, Sample)> = None;
        for at in 0..intervals {
            let (mut table, mut lines, mut rates) = (String::new(), String::new(), Vec::new());
            for (number, host) in self.hosts.iter().enumerate() {
                let Some(words) = (host.words)(at) else {
                    continue;
                };
                let name = &host.name;
                table += &format!("host {name} vps=vps-{number} {words}\n");
                lines += &format!("host={name} tasks=1 group=made\n");
                rates.push(self.rates(at, host));
            }
            let (_, sample) = match last.take() {
                Some(same) if same.0 == table && same.1.cpus == (self.cpus)(at) => {
                    last.insert(same)
                }
                _ => {
                    let sample = self.sample(at, &table, &lines);
                    last.insert((table, sample))
                }
            };
            let rates = Rates {
                over: Duration::from_secs(1),
                cpus: sample.cpus,
                idle: None,
                used: None,
                hosts: rates,
            };
            recording.add(sample, &rates);
        }
        recording
    }

    fn sample(&self, at: usize, table: &str, lines: &str) -> Sample {
        let machine = Machine {
            cpus: (self.cpus)(at),
            reserve_ppm: 50_000,
            guests: 0,
        };
        let promises = Promises::parse(table, &machine);
        let promises = promises.unwrap_or_else(|failure| panic!("{failure}"));
        let mut hosts = hosts(lines, &promises);
        let now = Instant::now();
        let group = || self.has_groups.then(|| Group::parse(now, None));
        hosts.iter_mut().for_each(|host| host.group = group());
        Sample {
            at: now,
            health: "live".to_owned(),
            cpus: machine.cpus,
            reserve: 5,
            processors: None,
            hosts,
        }
    }

    fn rates(&self, at: usize, host: &Actor) -> HostRates {
        let (used, waited) = (host.does)(at);
        let mut rates = HostRates {
            used: Some(used),
            charged: Some(0.0),
            throttled: Some(0.0),
            pressure: Some(waited),
            accepted: Some(2.0),
            requests: Some(0.0),
        };
        (self.rates)(at, &host.name, &mut rates);
        rates
    }
}

/// Some unrest, the same each time.
fn unrest(at: usize, seed: usize) -> f64 {
    let mixed = (at * 31 + seed * 17 + at * at * 7) % 23;
    mixed as f64 / 11.0 - 1.0
}

/// Four hosts: one has more than its guarantee, one wants less, one is short for a while, one is at its cap.
fn usual() -> Scene {
    Scene::new()
        .host("bank.example", "cpu.min=40%", |at| {
            (44.0 + 3.0 * unrest(at, 1), 80.0)
        })
        .host("flowers.example", "cpu.min=24%", |at| match at {
            60..120 => (14.0 + unrest(at, 2), 90.0),
            _ => (25.0 + 2.0 * unrest(at, 2), 70.0),
        })
        .host("acme.example", "cpu.min=16%", |at| {
            let wave = (at as f64 / 25.0).sin();
            (6.0 + 4.0 * wave, 5.0)
        })
        .host("blog.example", "cpu.max=10%", |at| {
            (9.5 + 0.4 * unrest(at, 4), 95.0)
        })
        .host("mail.example", "cpu.weight=50", |at| {
            (1.0 + unrest(at, 5).max(0.0), 10.0)
        })
}

/// Many hosts with little each.
fn crowd(count: usize) -> Scene {
    (0..count).fold(Scene::new(), |scene, number| {
        let used = 90.0 / (number + 1) as f64 / 8.0;
        scene.host(
            &format!("host{number:04}.example"),
            "cpu.min=0.09%",
            move |at| (used * (1.0 + 0.3 * unrest(at, number)), 20.0),
        )
    })
}
