// SPDX-License-Identifier: GPL-2.0

//! The dashboard. Prometheus evaluates its expressions in the guest.

use super::text;
use crate::tool::export::{Format, DASHBOARD};
use serde_json::Value;
use std::collections::HashSet;

/// All values of a key, wherever it is.
fn values<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get(key).and_then(Value::as_str));
            map.values().for_each(|value| values(value, key, found));
        }
        Value::Array(list) => list.iter().for_each(|value| values(value, key, found)),
        _ => {}
    }
}

#[test]
fn each_metric_of_the_dashboard_is_exported() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("it is JSON");
    let text = text(Format::Text);
    let exported: HashSet<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let mut expressions = Vec::new();
    values(&dashboard, "expr", &mut expressions);
    values(&dashboard, "query", &mut expressions);
    let mut named = HashSet::new();
    for expression in &expressions {
        let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        named.extend(words.filter(|word| word.starts_with("vhqos_")));
    }
    assert!(named.len() > 20, "{named:?}");
    let unknown: Vec<_> = named.difference(&exported).collect();
    assert!(unknown.is_empty(), "not exported: {unknown:?}");
}

#[test]
fn panels_stand_beside_each_other() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("it is JSON");
    let mut taken = HashSet::new();
    let mut ids = HashSet::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        let number = |key: &str| panel["gridPos"][key].as_u64().expect("a number");
        for x in number("x")..number("x") + number("w") {
            assert!(x < 24, "{panel}");
            for y in number("y")..number("y") + number("h") {
                assert!(taken.insert((x, y)), "{panel}");
            }
        }
        assert!(ids.insert(panel["id"].as_u64()), "{panel}");
    }
}
