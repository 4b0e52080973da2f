// SPDX-License-Identifier: GPL-2.0

//! Large tables.

use super::{file, many, within};
use crate::tool::failure::Failure;
use crate::tool::file::FAULTS;
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

#[test]
fn many_faults_are_told_at_once() {
    let same = many(100_000, |_| "host same name=same.example\n".to_owned());
    let nameless = many(100_000, |_| "host\n".to_owned());
    for text in [same, nameless] {
        let files = file(&text);
        let Err(Failure::Faults(faults)) = within(5, || files.read()) else {
            panic!("no faults");
        };
        assert_eq!(faults.len(), FAULTS);
    }
}
