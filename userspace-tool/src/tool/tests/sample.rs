// SPDX-License-Identifier: GPL-2.0

//! Samples of the machine, and what lies between two of them.

use super::MACHINE;
use crate::policy::Machine;
use crate::tool::failure::Failure;
use crate::tool::figures::Key;
use crate::tool::module::Module;
use crate::tool::sample::{
    hosts, reason, Group, Groups, HostRates, Processors, Promise, Promises, Rates, Reader, Sample,
    GROUPS,
};
use crate::tool::walk::{places, Walk};
use std::path::Path;
use std::time::{Duration, Instant};

const TABLE: &str = "\
host bank addr=192.0.2.10 cpu.min=50%
host shop name=shop.example cpu.min=0.25cpus cpu.max=300ms/s
host acme vps=acme.lan cpu.max=0.01% cpu.min=0%
host default cpu.weight=50
";

/// A line of `/proc/vhqos/hosts`.
pub(super) struct Line<'a> {
    pub(super) host: &'a str,
    pub(super) tasks: u64,
    pub(super) channels: u64,
    pub(super) accepted: u64,
    pub(super) requests: u64,
    /// Microseconds, all of them.
    pub(super) cpu: u64,
    pub(super) charged: u64,
    pub(super) throttled: u64,
}

impl<'a> Line<'a> {
    pub(super) fn of(host: &'a str, cpu: u64) -> Self {
        Self {
            host,
            tasks: 1,
            channels: 1,
            accepted: 10,
            requests: 20,
            cpu,
            charged: 0,
            throttled: 0,
        }
    }

    pub(super) fn text(&self) -> String {
        let Self { host, .. } = self;
        format!(
            "host={host} tasks={} channels={} accepted={} requests={} transfers=0 binds=0 cpu_usec={} charged_usec={} throttled_usec={} weight=100 group=made\n",
            self.tasks, self.channels, self.accepted, self.requests, self.cpu, self.charged, self.throttled
        )
    }
}

fn promises(table: &str, machine: &Machine) -> Promises {
    Promises::parse(table, machine).unwrap_or_else(|failure| panic!("{failure}"))
}

/// A sample of [`MACHINE`].
pub(super) fn sample(at: Instant, table: &str, text: &str) -> Sample {
    Sample {
        at,
        health: "live".to_owned(),
        cpus: MACHINE.cpus,
        reserve: 5,
        processors: None,
        hosts: hosts(text, &promises(table, &MACHINE)),
    }
}

/// What lies between two texts of `/proc/vhqos/hosts`, two seconds apart.
fn between(before: &str, after: &str) -> Rates {
    let began = Instant::now();
    let later = began + Duration::from_secs(2);
    Rates::between(&sample(began, TABLE, before), &sample(later, TABLE, after))
}

#[track_caller]
fn only(rates: &Rates) -> HostRates {
    assert_eq!(rates.hosts.len(), 1);
    rates.hosts[0]
}

/// The promises of a host on two CPUs.
#[track_caller]
fn promised(name: &str) -> (f64, Option<f64>) {
    let line = Line::of(name, 0).text();
    let found = hosts(&line, &promises(TABLE, &MACHINE));
    let promise = &found.first().expect("it is there").promise;
    (promise.guaranteed, promise.cap)
}

#[test]
fn promises_are_percent_of_the_machine() {
    assert_eq!(promised("bank"), (50.0, None));
    assert_eq!(promised("shop"), (12.5, Some(15.0)));
    assert_eq!(promised("default"), (0.0, None));
    // The least quota that the kernel takes is 1 ms in 100 ms, which is 0.5 % of two CPUs.
    assert_eq!(promised("acme"), (0.0, Some(0.5)));
}

#[test]
fn promises_of_a_machine_that_lost_cpus_are_read() {
    // Two CPUs are less than was guaranteed to a, and b was admitted on ten or more; c would not be on more than twenty.
    let table = "\
host a name=a.example cpu.min=3cpus
host b name=b.example cpu.min=1cpus cpu.max=10%
host c name=c.example cpu.min=10% cpu.max=2cpus
";
    let lines = ["a", "b", "c"]
        .map(|name| Line::of(name, 0).text())
        .concat();
    let found = hosts(&lines, &promises(table, &MACHINE));
    let promises: Vec<_> = found
        .iter()
        .map(|host| (host.promise.guaranteed, host.promise.cap))
        .collect();
    assert_eq!(
        promises,
        [(100.0, None), (50.0, Some(10.0)), (10.0, Some(100.0))]
    );
}

#[test]
fn rates_are_of_the_whole_machine() {
    let before = Line::of("bank", 1_000_000);
    let after = Line {
        accepted: 14,
        requests: 120,
        throttled: 500_000,
        charged: 400_000,
        ..Line::of("bank", 3_000_000)
    };
    let rates = between(&before.text(), &after.text());
    assert_eq!(rates.over, Duration::from_secs(2));
    assert_eq!(rates.used, Some(50.0));
    let expected = HostRates {
        used: Some(50.0),
        charged: Some(10.0),
        throttled: Some(250.0),
        pressure: None,
        accepted: Some(2.0),
        requests: Some(50.0),
    };
    assert_eq!(only(&rates), expected);
}

#[test]
fn host_that_came_has_no_rates_and_one_that_went_is_gone() {
    let (bank, shop) = (Line::of("bank", 1000).text(), Line::of("shop", 1000).text());
    let rates = between(&bank, &shop);
    assert_eq!(only(&rates), HostRates::default());
    assert_eq!(rates.used, None);
    // The places of the others have changed.
    let later = Line::of("shop", 2_001_000).text();
    let rates = between(&format!("{bank}{shop}"), &later);
    assert_eq!(only(&rates).used, Some(50.0));
}

#[test]
fn walk_goes_on_behind_what_was_looked_up() {
    let list = ["new", "bank", "shop", "acme"];
    let known = places(list.into_iter());
    let mut walk = Walk::default();
    let mut looked_up = Vec::new();
    for name in ["gone", "bank", "shop", "acme"] {
        let found = walk.step(
            |at| list.get(at) == Some(&name),
            || {
                looked_up.push(name);
                known.get(name).copied()
            },
        );
        assert_eq!(
            found.map(|at| list[at]),
            Some(name).filter(|name| *name != "gone")
        );
    }
    assert_eq!(looked_up, ["gone", "bank"]);
}

#[test]
fn row_that_the_table_lacks_is_left_out() {
    let (odd, bank) = (Line::of("odd", 0).text(), Line::of("bank", 7).text());
    let found = hosts(&format!("{odd}{bank}"), &promises(TABLE, &MACHINE));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].number(Key::CpuUsec), 7);
}

#[test]
fn counters_that_begin_anew_say_nothing() {
    let before = Line::of("bank", 5_000_000);
    let lower = [
        Line::of("bank", 1000),
        Line {
            accepted: 0,
            ..Line::of("bank", 6_000_000)
        },
    ];
    for after in lower {
        let rates = between(&before.text(), &after.text());
        assert_eq!(only(&rates), HostRates::default());
    }
    // A group that could not be read has used nothing, and all of its life at once the next time.
    let rates = between(
        &Line::of("bank", 0).text(),
        &Line::of("bank", 900_000_000).text(),
    );
    assert_eq!(only(&rates).used, None);
}

#[test]
fn late_charge_of_an_event_loop_is_the_whole_machine_at_most() {
    let after = Line {
        charged: 60_000_000,
        ..Line::of("bank", 60_000_000)
    };
    let rates = between(&Line::of("bank", 0).text(), &after.text());
    let host = only(&rates);
    assert_eq!((host.used, host.charged), (Some(100.0), Some(100.0)));
}

#[test]
fn no_time_between_is_no_rate() {
    let now = Instant::now();
    let line = Line::of("bank", 1000).text();
    let (before, after) = (sample(now, TABLE, &line), sample(now, TABLE, &line));
    assert_eq!(only(&Rates::between(&before, &after)).used, None);
    // Nor is a time that runs backwards.
    let later = sample(now + Duration::from_secs(1), TABLE, &line);
    assert_eq!(only(&Rates::between(&later, &after)).used, None);
}

/// `cpu.pressure` of a group.
fn pressure(avg10: &str, total: u64) -> String {
    format!("some avg10={avg10} avg60=0.00 avg300=0.00 total={total}\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=9\n")
}

/// The pressure of a host whose group said this in two samples, two seconds apart.
fn pressed(before: Option<&str>, after: Option<&str>) -> Option<f64> {
    let began = Instant::now();
    let later = began + Duration::from_secs(2);
    let line = Line::of("bank", 1000).text();
    let (mut old, mut new) = (sample(began, TABLE, &line), sample(later, TABLE, &line));
    old.hosts[0].group = before.map(|text| Group::parse(began, Some(text)));
    let mut rates = Rates::between(&old, &new);
    assert_eq!(rates.hosts[0].pressure, None);
    new.hosts[0].group = Some(Group::parse(later, after));
    rates.add_pressure(&old, &new);
    rates.hosts[0].pressure
}

#[test]
fn pressure_is_that_between_the_samples() {
    let (first, then) = (pressure("1.00", 1_000_000), pressure("7.25", 1_500_000));
    assert_eq!(pressed(Some(&first), Some(&then)), Some(25.0));
    // At first, or when the group was made anew, the last ten seconds'.
    assert_eq!(pressed(None, Some(&then)), Some(7.25));
    assert_eq!(pressed(Some(&then), Some(&first)), Some(1.0));
    assert_eq!(pressed(Some(&first), None), None, "without PSI");
    for odd in [
        "",
        "full avg10=1.00 total=1\n",
        "some avg10=NaN avg60=0 avg300=0 total=1\n",
        "some avg10=1\n",
        "some",
        "some \n",
    ] {
        assert_eq!(pressed(None, Some(odd)), None, "{odd}");
    }
}

#[test]
fn groups_are_named_as_the_module_names_them() {
    let groups = Groups::at("/mount".into(), "machine.slice/vhqos");
    let path = |name: &str, vps: Option<&str>| {
        groups.path(&Promise {
            name: name.into(),
            guaranteed: 0.0,
            cap: None,
            vps: vps.map(str::to_owned),
        })
    };
    let below = |rest| Path::new("/mount/machine.slice").join(rest);
    assert_eq!(path("shop", None), below("vhqos/shop"));
    assert_eq!(path("cpu.max", None), below("vhqos/_cpu.max"));
    assert_eq!(path("_idle", None), below("vhqos/__idle"));
    assert_eq!(path("row", Some("io.lan")), below("vhqos.vps/_io.lan"));
}

#[test]
fn group_that_is_gone_is_unknown() {
    let groups = Groups::at("/nonexistent".into(), "vhqos");
    let found = hosts(&Line::of("bank", 0).text(), &promises(TABLE, &MACHINE));
    let group = groups.read(&found[0].promise);
    assert_eq!(group.pressure, None);
}

#[test]
fn groups_that_are_read_are_bounded() {
    let (mut table, mut text) = (String::new(), String::new());
    for number in 0..GROUPS + 2 {
        let name = format!("h{number}");
        table += &format!("host {name} name={name}.example\n");
        text += &Line::of(&name, 0).text();
    }
    let text = text.replacen("group=made", "group=none", 1);
    let mut sample = sample(Instant::now(), &table, &text);
    let reader = Reader::of(Groups::at("/nonexistent".into(), "vhqos"));
    reader.read_groups(&mut sample, 0..GROUPS + 2);
    let is_read: Vec<_> = sample
        .hosts
        .iter()
        .map(|host| host.group.is_some())
        .collect();
    assert_eq!(is_read.iter().filter(|is| **is).count(), GROUPS);
    // The first has no group, and the last one was one too many.
    assert!(!is_read[0] && !is_read[GROUPS + 1]);
}

#[test]
fn module_that_went_is_the_reason() {
    // What a file of it says that is gone.
    let failure = reason(Failure::failed("/proc/vhqos/tasks: no such file"));
    let expected = Module::find().err().map_or(1, |failure| failure.status());
    assert_eq!(failure.status(), expected);
}

#[test]
fn idleness_is_that_of_all_cpus() {
    let text = "cpu  100 0 50 800 50 0 0 0 30 0\ncpu0 100 0 50 800 50 0 0 0 30 0\n";
    let before = Processors::parse(text).expect("it is the file's form");
    let after = Processors::parse("cpu  170 0 50 820 60 0 0 0 99 0\n").expect("the same");
    assert_eq!(after.idle_since(&before), Some(30.0));
    assert_eq!(before.idle_since(&before), None);
    assert_eq!(before.idle_since(&after), None);
    for odd in ["", "cpu\n", "cpu 1 2 3 4\n", "intr 1 2 3 4 5 6\n"] {
        assert_eq!(Processors::parse(odd), None, "{odd}");
    }
}
