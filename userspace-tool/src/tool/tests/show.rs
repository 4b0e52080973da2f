// SPDX-License-Identifier: GPL-2.0

//! What `show` and `dump` print.

use crate::tool::command::show::{details, json, lines, listing, Shown};
use crate::tool::figures::{figures, parts};
use crate::tool::row::rows;
use insta::assert_snapshot;

/// As the module prints them.
const TABLE: &str = "\
host bank addr=192.0.2.10 addr=[2001:db8::10]:443 cpu.min=50%
host shop name=shop.example name=*.shop.example cpu.min=0.5cpus cpu.max=80%
host acme vps=acme cpu.min=5% memory.max=512M
host default cpu.weight=50
";
const HOSTS: &str = "\
host=bank tasks=3 channels=2 accepted=123456 requests=0 transfers=300001 binds=5000 cpu_usec=192300000 charged_usec=0 throttled_usec=0 weight=5263 group=made
host=shop tasks=0 channels=1 accepted=0 requests=1234567 transfers=2 binds=1 cpu_usec=18180000000 charged_usec=1250000 throttled_usec=99000000 weight=2631 group=made
host=gone tasks=0 channels=1 accepted=0 requests=0 transfers=0 binds=0 cpu_usec=0 charged_usec=0 throttled_usec=0 weight=1 group=made
host=acme tasks=12 channels=0 accepted=7 requests=0 transfers=0 binds=0 cpu_usec=10 charged_usec=0 throttled_usec=0 weight=10000 group=made
host=default tasks=0 channels=0 accepted=0 requests=0 transfers=0 binds=0 cpu_usec=0 charged_usec=0 throttled_usec=0 weight=0 group=none
";

fn with<R>(health: &str, take: impl FnOnce(Shown<'_>) -> R) -> R {
    let table = rows(TABLE);
    take(Shown {
        version: "0.1.0",
        health,
        cpus: 2,
        reserve_percent: 5,
        hosts: figures(&table, HOSTS).collect(),
    })
}

/// The listing of this health.
fn listed(health: &str) -> String {
    with(health, |shown| {
        listing(shown.health, vec![shown.hosts.into_iter()])
    })
}

#[test]
fn listing_is_aligned() {
    assert_snapshot!(listed("live"), @r"
    HOST         MIN  MAX  WEIGHT  TASKS  OPEN  ACCEPTED   REQUESTS  CPU TIME  THROTTLED  SERVES
    bank         50%    -   5,263      3     2   123,456          0    3m 12s       0.0s  192.0.2.10 and 1 more
    shop     0.5cpus  80%   2,631      0     1         0  1,234,567     5h 3m     1m 39s  shop.example and 1 more
    acme          5%    -  10,000     12     0         7          0      0.0s       0.0s  vps acme
    default        -    -       0      0     0         0          0      0.0s       0.0s  everything else
    ");
}

#[test]
fn deafness_is_said_first() {
    let text = listed("deaf");
    assert_snapshot!(text.lines().next().unwrap_or_default(), @"the hooks are silent, and nobody is in a host's class: switch ftrace and kprobes on again");
}

#[test]
fn an_empty_table_says_what_to_do() {
    assert_snapshot!(listing("off", vec![std::iter::empty()]), @"no hosts: `vhqos apply FILE`, or `vhqos set HOST addr=... cpu.min=...`");
}

#[test]
fn one_host_is_shown_whole() {
    assert_snapshot!(with("live", |shown| details(&shown.hosts[1])), @r"
    shop
      name=shop.example
      name=*.shop.example
      cpu.min=0.5cpus
      cpu.max=80%
      tasks bound              0
      connections open         1
      connections accepted     0
      requests by name         1,234,567
      transfers                2
      moves to its class       1
      CPU time                 5h 3m
      of which by event loops  1.2s
      throttled                1m 39s
      weight in force          2,631
      group                    made
    ");
}

#[test]
fn dump_is_separated_by_tabs() {
    let text = with("live", |shown| lines(shown.hosts.into_iter()));
    let fields = text.lines().map(|line| line.split('\t').count());
    assert!(fields.into_iter().all(|fields| fields == 13));
    assert_snapshot!(text.replace('\t', "|"), @r"
    #host|tasks|channels|accepted|requests|transfers|binds|cpu_usec|charged_usec|throttled_usec|weight|group|row
    bank|3|2|123456|0|300001|5000|192300000|0|0|5263|made|host bank addr=192.0.2.10 addr=[2001:db8::10]:443 cpu.min=50%
    shop|0|1|0|1234567|2|1|18180000000|1250000|99000000|2631|made|host shop name=shop.example name=*.shop.example cpu.min=0.5cpus cpu.max=80%
    acme|12|0|7|0|0|0|10|0|0|10000|made|host acme vps=acme cpu.min=5% memory.max=512M
    default|0|0|0|0|0|0|0|0|0|0|none|host default cpu.weight=50
    ");
}

#[test]
fn json_can_be_read_again() {
    let text = with("live", |mut shown| {
        shown.hosts.truncate(1);
        json(&shown)
    });
    let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(value["hosts"][0]["cpu_usec"], 192_300_000);
    assert_snapshot!(text, @r#"
    {
      "version": "0.1.0",
      "health": "live",
      "cpus": 2,
      "reserve_percent": 5,
      "hosts": [
        {
          "host": "bank",
          "row": "host bank addr=192.0.2.10 addr=[2001:db8::10]:443 cpu.min=50%",
          "group": "made",
          "tasks": 3,
          "channels": 2,
          "accepted": 123456,
          "requests": 0,
          "transfers": 300001,
          "binds": 5000,
          "cpu_usec": 192300000,
          "charged_usec": 0,
          "throttled_usec": 0,
          "weight": 5263
        }
      ]
    }
    "#);
}

#[test]
fn a_large_table_is_listed_in_halves() {
    let (mut table, mut hosts) = (String::new(), String::new());
    for number in 0..20_001 {
        table += &format!("host h{number} name=h{number}.example\n");
        hosts += &format!("host=h{number} tasks={number}\n");
    }
    let table = rows(&table);
    let halves = parts(&table, &hosts);
    assert_eq!(halves.len(), 2);
    let whole = listing("live", vec![figures(&table, &hosts)]);
    assert_eq!(whole.lines().count(), 20_002);
    assert!(whole.ends_with("  h20000.example\n"));
    assert_eq!(listing("live", halves), whole);
}
