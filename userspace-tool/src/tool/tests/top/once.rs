// SPDX-License-Identifier: GPL-2.0

//! What is printed once.

use super::{taken, TABLE};
use crate::tool::command::top::seconds;
use crate::tool::sample::Rates;
use crate::tool::top::{json, text};
use insta::assert_snapshot;
use std::time::{Duration, Instant};

#[test]
fn once_is_a_table_or_json() {
    let began = Instant::now();
    let before = taken(began, 0, TABLE, &[("bank", 0), ("shop", 0)]);
    let after = taken(
        began,
        2,
        TABLE,
        &[("bank", 400_000), ("shop", 1_000_001), ("flowers", 7)],
    );
    let rates = Rates::between(&before, &after);
    assert_snapshot!(text(&after, &rates), @r"
    HOST     MIN%  MAX%  USED%  WAIT%  THR_ms  OPEN  ACC/s  REQ/s  TASKS
    shop     10.0  30.0   25.0   15.0     123    10   50.0   5000      1
    bank     50.0     -   10.0   15.0       0     4   20.0   2000      1
    flowers     -  80.0      -    3.0       -     0      -      -      1
    ");
    let text = json(&after, &rates);
    let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(value["hosts"][2]["used_percent"], serde_json::Value::Null);
    let (machine, hosts) = text.split_once("    {\n").expect("there are hosts");
    assert_snapshot!(machine, @r#"
    {
      "health": "live",
      "cpus": 2,
      "reserve_percent": 5,
      "seconds": 2.0,
      "idle_percent": 30.0,
      "used_percent": 35.0,
      "hosts": [
    "#);
    assert_snapshot!(hosts.split_once('}').expect("it ends").0, @r#"
    "host": "shop",
    "guaranteed_percent": 10.0,
    "cap_percent": 30.0,
    "used_percent": 25.0,
    "charged_percent": 8.333,
    "pressure_percent": 15.0,
    "throttled_ms_per_second": 123.0,
    "channels": 10,
    "accepted_per_second": 50.0,
    "requests_per_second": 5000.0,
    "tasks": 1
    "#);
}

#[test]
fn interval_is_a_number_of_seconds() {
    assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
    assert_eq!(seconds("3600"), Ok(Duration::from_secs(3600)));
    for odd in ["", "0", "-1", "0.09", "3601", "NaN", "inf", "2s"] {
        assert!(seconds(odd).is_err(), "{odd}");
    }
}
