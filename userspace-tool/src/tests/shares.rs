// SPDX-License-Identifier: GPL-2.0

//! Guarantees become weights.

use crate::check::{
    Desk,
    MACHINE, //
};
use crate::policy::{
    Machine,
    Share, //
};

fn share(desk: &Desk, name: &str) -> Share {
    desk.table
        .share_of(desk.table.find(name).unwrap(), &desk.machine)
}

/// Rows, and the weight of each.
const WEIGHTS: &[(&[&str], &[u16])] = &[
    (&[""], &[100]),
    (&["", ""], &[100, 100]),
    (&["cpu.weight=300", ""], &[300, 100]),
    (
        &["cpu.min=50%", "cpu.min=30%", "cpu.min=15%"],
        &[333, 200, 100],
    ),
    (
        &["cpu.min=50% cpu.weight=1", "cpu.weight=10000"],
        &[111, 100],
    ),
    // 2 of 4 CPUs are half of the machine, and so are 2000 ms a second.
    (&["cpu.min=2cpus", "cpu.min=25%"], &[171, 100]),
    (&["cpu.min=2000ms/s", "cpu.min=25%"], &[171, 100]),
    // The smallest has no more than fits beside the largest.
    (&["cpu.weight=1", "cpu.weight=10000"], &[1, 10_000]),
    (&["cpu.weight=10", "cpu.weight=1000"], &[100, 10_000]),
    (&["cpu.weight=10", "cpu.weight=1001"], &[100, 10_000]),
    (&["cpu.weight=10", "cpu.weight=2000"], &[50, 10_000]),
    (
        &[
            "cpu.min=0.0001% cpu.weight=1",
            "cpu.min=90% cpu.weight=10000",
        ],
        &[1, 10_000],
    ),
    // Who is given nothing takes no part in the scale.
    (&["cpu.min=95%", ""], &[100, 1]),
];

#[test]
fn weights_are_in_the_proportion_of_the_shares() {
    for (rows, weights) in WEIGHTS {
        let mut text = String::new();
        for (i, row) in rows.iter().enumerate() {
            text += &format!("host h{i} addr=192.0.2.{i} {row}\n");
        }
        let desk = Desk::with(&text);
        let found: Vec<u16> = (0..rows.len())
            .map(|i| share(&desk, &format!("h{i}")).weight)
            .collect();
        assert_eq!(found, *weights, "{rows:?}");
    }
}

#[test]
fn an_idle_row_takes_no_part() {
    let desk =
        Desk::with("host a addr=192.0.2.1\nhost b addr=192.0.2.2 cpu.idle=1 cpu.weight=900\n");
    assert_eq!(
        share(&desk, "a"),
        Share {
            weight: 100,
            idle: false,
            ppm: 950_000
        }
    );
    assert_eq!(
        share(&desk, "b"),
        Share {
            weight: 1,
            idle: true,
            ppm: 0
        }
    );
    let desk = Desk::with("host b addr=192.0.2.2 cpu.idle=1\n");
    assert!(share(&desk, "b").idle);
}

#[test]
fn shares_follow_the_rows() {
    let mut desk =
        Desk::with("host a addr=192.0.2.1 cpu.min=40%\nhost b addr=192.0.2.2 cpu.min=20%\n");
    assert_eq!(share(&desk, "a").ppm, 575_000);
    assert_eq!(share(&desk, "b").ppm, 375_000);
    desk.put("host a addr=192.0.2.1\n").unwrap();
    assert_eq!(share(&desk, "a").ppm, 375_000);
    desk.put("del b\n").unwrap();
    assert_eq!(share(&desk, "a").ppm, 950_000);
}

#[test]
fn the_table_is_made_anew_for_another_machine() {
    let mut desk = Desk::with("host a addr=192.0.2.1 cpu.min=1cpus\nhost b addr=192.0.2.2\n");
    assert_eq!(share(&desk, "a").ppm, 600_000);
    desk.machine = Machine { cpus: 2, ..MACHINE };
    let at_once = share(&desk, "a");
    assert_eq!(at_once.ppm, 725_000);
    let table = desk.table.for_machine(&desk.machine).unwrap();
    assert_eq!(table.generation(), desk.table.generation() + 1);
    desk.table = table;
    assert_eq!(share(&desk, "a"), at_once);
    desk.check();
}

#[test]
fn guarantees_are_admitted_up_to_the_reserve() {
    let mut desk = Desk::new();
    desk.put("host a addr=192.0.2.1 cpu.min=95%\n").unwrap();
    let refusal = desk
        .put("host b addr=192.0.2.2 cpu.min=0.0001%\n")
        .unwrap_err();
    assert!(refusal.to_string().contains("0% is left"), "{refusal}");
    // What is over-booked because CPUs went can be made less.
    desk.put("host a addr=192.0.2.1 cpu.min=3.8cpus\nhost b addr=192.0.2.2\n")
        .unwrap();
    desk.machine = Machine { cpus: 2, ..MACHINE };
    desk.put("host b addr=192.0.2.2 nice=1\n").unwrap();
    desk.put("host a addr=192.0.2.1 cpu.min=3cpus\n").unwrap();
    assert!(desk.put("host a addr=192.0.2.1 cpu.min=3.1cpus\n").is_err());
    assert_eq!(share(&desk, "b").ppm, 0);
    desk.put("del a\n").unwrap();
}

#[test]
fn a_cap_is_a_quota_in_each_period() {
    for (cap, quota) in [
        ("10%", 40_000),
        ("0.5cpus", 50_000),
        ("100ms/s", 10_000),
        ("100%", 400_000),
        ("0.0001ms/s", 1000),
        ("8192cpus", 819_200_000),
    ] {
        let desk = Desk::with(&format!("host default cpu.max={cap}\n"));
        let row = desk.table.row(desk.table.find("default").unwrap()).unwrap();
        let max = row.params().cpu_max.unwrap();
        assert_eq!(max.quota_usec(&MACHINE, 100_000), quota, "{cap}");
    }
}
