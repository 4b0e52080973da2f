// SPDX-License-Identifier: GPL-2.0

//! Large tables.

use super::file;
use crate::tool::judge::judge;
use std::fmt::Write;

#[test]
fn hundred_thousand_rows_are_read_and_judged() {
    let mut text = String::from("package p cpu.weight=10\n");
    for number in 0..100_000 {
        writeln!(text, "host h{number} name=h{number}.example package=p").expect("memory");
    }
    let files = file(&text);
    let configuration = files.read().expect("it is right");
    let table = judge(&configuration, &super::MACHINE).expect("it is right");
    assert_eq!(table.len(), 100_000);
}
