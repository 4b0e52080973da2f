// SPDX-License-Identifier: GPL-2.0

//! What differs between two tables.

use crate::check::Desk;
use crate::mem::Shared;
use crate::policy::{
    HostId,
    Table, //
};

/// The slots that differ, by looking at every one.
fn naive(one: &Table, other: &Table) -> Vec<u32> {
    let slots = one.slots().max(other.slots());
    (0..u32::try_from(slots).unwrap())
        .filter(|slot| {
            let id = HostId(*slot);
            match (one.row(id), other.row(id)) {
                (Some(one), Some(two)) => !Shared::ptr_eq(one, two),
                (None, None) => false,
                _ => true,
            }
        })
        .collect()
}

#[test]
fn changes_are_those_of_a_naive_comparison() {
    let mut rows = String::new();
    for i in 0..2000u32 {
        rows += &format!("host h{i} addr=10.0.{}.{}\n", i / 200, i % 200 + 1);
    }
    // One change after another, each compared with the table before and with the first one.
    let changes = [
        "",
        "host h700 addr=10.9.0.1\n",
        "del h3\n",
        "host new addr=10.9.0.2\nhost newer addr=10.9.0.3\n",
        "del h1999\ndel new\n",
        "begin\nhost h1 addr=10.0.0.2\ncommit\n",
        "flush\n",
        "host h1 addr=10.0.0.2\n",
    ];
    let first = Desk::with(&rows);
    let mut before = Desk::with(&rows);
    let mut now = Desk::with(&rows);
    for change in changes {
        now.put(change).unwrap();
        for other in [&before, &first] {
            let found: Vec<u32> = now.table.changed(&other.table).map(|id| id.0).collect();
            assert_eq!(found, naive(&now.table, &other.table), "{change:?}");
        }
        before.put(change).unwrap();
    }
}

#[test]
fn a_table_and_its_successor_share_what_is_the_same() {
    let mut desk = Desk::with("host a addr=192.0.2.1\nhost b addr=192.0.2.2\n");
    let machine = desk.machine;
    let copy = desk.table.for_machine(&machine).unwrap();
    assert_eq!(copy.changed(&desk.table).count(), 0);
    desk.put("host b addr=192.0.2.2 nice=1\n").unwrap();
    let found: Vec<HostId> = desk.table.changed(&copy).collect();
    assert_eq!(found, [desk.table.find("b").unwrap()]);
}

/// All rows are replaced by others, which get the slots behind them; then one of them by another one, in one write.
#[test]
fn slots_of_a_replaced_table_are_given_again() {
    let rows = |name: &str, count: u32| -> String {
        let address = |i: u32| std::net::Ipv4Addr::from(0x0a00_0000 + i);
        let row = |i: u32| format!("host {name}{i} addr={}\n", address(i));
        (0..count).map(row).collect()
    };
    let full = u32::try_from(crate::limits::ROWS).unwrap();
    let mut desk = Desk::with(&rows("old", full));
    desk.put(format!("begin\n{}commit\n", rows("new", full)))
        .unwrap();
    desk.put("del new7\nhost one addr=10.0.0.7\n").unwrap();
    desk.put("flush\nhost two addr=10.0.0.7\n").unwrap();
    assert_eq!(desk.table.find("two"), Some(HostId(1)));
}
