// SPDX-License-Identifier: GPL-2.0

//! What is looked for to find a name's row, and that it is found.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{
    select,
    Index, //
};

use crate::check::{
    look_up,
    Desk, //
};
use crate::tests::config::config;

/// Numbers of labels from which on all are taken for the same.
const LABELS: usize = 8;

fn labels(name: &str) -> usize {
    name.split('.').count()
}

/// So many labels.
fn name_of(labels: usize) -> String {
    vec!["a"; labels].join(".")
}

#[test]
fn only_lengths_that_names_have_are_looked_for() {
    let longest = name_of(127);
    assert_eq!(longest.len(), 253);
    let mut desk = Desk::with("host exact name=a.example name=a.b.example\n");
    assert_eq!(desk.table.probes(&longest), 1);
    for (row, probes) in [
        ("host one name=*.example\n", 2),
        ("host other name=*.test server=user:33\n", 2),
        ("host three name=*.a.b.example addr=192.0.2.1\n", 3),
        ("host seven name=*.a.b.c.d.e.f.example\n", 4),
        // This and all longer ones are one length.
        ("host eight name=*.a.b.c.d.e.f.g.example\n", 4 + 119),
        ("del seven\n", 3 + 119),
        ("del eight\n", 3),
        ("host eight name=*.a.b.c.d.e.f.g.h.i.j.k.example\n", 3 + 119),
        ("host eight name=*.example.net\n", 4),
        ("del one\n", 4),
        ("del other\n", 3),
        ("flush\n", 1),
    ] {
        desk.put(row).unwrap();
        assert_eq!(desk.table.probes(&longest), probes, "{row}");
    }
    desk.put("host one name=*.example\nhost three name=*.a.b.example\n")
        .unwrap();
    for (name, probes) in [
        ("example", 1),
        ("a.example", 2),
        ("a.b.example", 2),
        ("a.b.c.example", 3),
    ] {
        assert_eq!(desk.table.probes(name), probes, "{name}");
    }
}

/// Names that often are below each other, of a few labels and of many.
fn name() -> impl Strategy<Value = String> {
    let label = || select(vec!["a", "a", "a", "b"]);
    prop_oneof![4 => vec(label(), 1..5), 1 => vec(label(), 1..14)].prop_map(|it| it.join("."))
}

fn row() -> impl Strategy<Value = String> {
    let below = prop_oneof![Just(""), Just("*.")];
    let names = vec((below, name()), 1..4);
    let rest = select(vec![
        "",
        " server=user:33",
        " addr=192.0.2.1",
        " addr=192.0.2.1:80,8080",
        " addr=192.0.2.0/24",
        " addr=192.0.2.0/24 addr=[2001:db8::1]:443",
        " addr=0.0.0.0/0:8080 server=user:33",
    ]);
    (names, rest).prop_map(|(names, rest)| {
        let names = names
            .iter()
            .map(|(below, name)| format!(" name={below}{name}"));
        format!("{}{rest}\n", names.collect::<String>())
    })
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn rows_of_names_are_found_as_in_the_model(
        rows in vec(row(), 1..12),
        gone in vec(any::<Index>(), 0..4),
        asked in vec(name(), 1..8),
    ) {
        let mut desk = Desk::new();
        for (number, row) in rows.iter().enumerate() {
            // One that clashes is not there.
            let _ = desk.put(format!("host h{number}{row}"));
        }
        for gone in gone {
            let _ = desk.put(format!("del h{}\n", gone.index(rows.len())));
        }
        let below = desk.table.each().flat_map(|(_, row)| row.names());
        let below: Vec<usize> = below
            .filter_map(|name| name.as_str().strip_prefix("*."))
            .map(|name| labels(name).min(LABELS))
            .collect();
        for name in asked {
            for (address, port) in [
                ("192.0.2.1", 80),
                ("192.0.2.1", 8080),
                ("192.0.2.2", 80),
                ("198.51.100.1", 80),
                ("2001:db8::1", 443),
            ] {
                look_up::compare_name(&desk, &name, address.parse().unwrap(), port);
            }
            look_up::compare_at_path(&desk, &name);
            let lengths = 1..labels(&name);
            let above = lengths.filter(|length| below.contains(length.min(&LABELS)));
            prop_assert_eq!(desk.table.probes(&name), 1 + above.count());
        }
    }
}
