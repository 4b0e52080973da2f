// SPDX-License-Identifier: GPL-2.0

//! A full table: what it costs. Run with `--release -- --nocapture scale` for figures.

use std::time::{
    Duration,
    Instant, //
};

use crate::check::{
    lines,
    Desk, //
};
use crate::limits;
use crate::policy::{
    Endpoint,
    HostId, //
};

/// What `cat` writes at once.
const PIECE: usize = 128 << 10;

fn rows(count: usize) -> String {
    let address = |i: usize| format!("10.{}.{}.{}", i >> 16, (i >> 8) & 255, i & 255);
    let row = |i| format!("host h{i} addr={} cpu.weight={}", address(i), 1 + i % 100);
    lines((0..count).map(row))
}

fn load(desk: &mut Desk, text: &str) -> Duration {
    let start = Instant::now();
    let mut file = desk.open();
    for piece in text.as_bytes().chunks(PIECE) {
        desk.write(&mut file, piece).unwrap();
    }
    assert!(file.writer.close().is_none());
    start.elapsed()
}

fn lookups(desk: &Desk, count: usize) -> f64 {
    let times = 1_000_000u32;
    let endpoints: Vec<Endpoint> = (0..1000)
        .map(|i| {
            let i = i * 7919 % count;
            Endpoint::new(
                format!("10.{}.{}.{}", i >> 16, (i >> 8) & 255, i & 255)
                    .parse()
                    .unwrap(),
                80,
            )
        })
        .collect();
    let start = Instant::now();
    for local in endpoints.iter().cycle().take(times as usize) {
        assert!(desk.table.lookup(local, 1024, &mut |_, _| true).is_some());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(times)
}

/// Memory that the process has, in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024.0
}

#[test]
fn a_full_table() {
    for count in [10, 1000, limits::ROWS] {
        let text = rows(count);
        let mut desk = Desk::new();
        let before = resident();
        let stream = load(&mut desk, &text);
        let memory = resident() - before;
        assert_eq!(desk.table.len(), count);
        let at_once = load(&mut desk, &format!("begin\n{text}commit\n"));
        let start = Instant::now();
        let changes = 100;
        for i in 0..changes {
            desk.put(format!("host h5 addr=10.0.0.5 nice={}\n", i % 20))
                .unwrap();
        }
        let change = start.elapsed() / changes;
        let start = Instant::now();
        let sum: u64 = (0..count as u32)
            .map(|slot| u64::from(desk.table.share_of(HostId(slot), &desk.machine).weight))
            .sum();
        assert!(sum >= 10_000);
        let shares = start.elapsed();
        println!(
            "{count} rows: {memory:.1} MiB, loaded in {stream:?}, replaced in {at_once:?}, one row changed in {change:?}, all shares in {shares:?}, look-up {:.0} ns",
            lookups(&desk, count)
        );
        // Far above what is measured: a machine that is this slow has another problem.
        assert!(stream + at_once < Duration::from_secs(30));
    }
}
