// SPDX-License-Identifier: GPL-2.0

//! What is printed of two tables.

use crate::tool::difference::Difference;
use crate::tool::row::rows;
use insta::assert_snapshot;

fn difference(before: &str, after: &str) -> String {
    let (before, after) = (rows(before), rows(after));
    Difference::new(&before, &after).print()
}

#[test]
fn rows_come_go_and_change() {
    let before = "host old addr=192.0.2.1\nhost same name=same.example\nhost a addr=192.0.2.2 addr=192.0.2.3 cpu.min=10% cpu.max=20%\n";
    let after = "host a addr=192.0.2.3 addr=192.0.2.4 addr=192.0.2.5 cpu.min=15% nice=5\nhost new name=new.example\nhost same name=same.example\n";
    assert_snapshot!(difference(before, after), @r"
    - host old addr=192.0.2.1
    ~ host a -addr=192.0.2.2 cpu.min=10% -> 15% -cpu.max=20% +addr=192.0.2.4 +addr=192.0.2.5 +nice=5
    + host new name=new.example
    1 added, 1 removed, 1 changed, 1 unchanged
    ");
}

#[test]
fn one_value_in_the_place_of_another_is_said_so() {
    assert_snapshot!(difference("host a addr=192.0.2.1 cpu.min=1%\n", "host a addr=192.0.2.2 cpu.min=2%\n"), @r"
    ~ host a addr=192.0.2.1 -> 192.0.2.2 cpu.min=1% -> 2%
    1 changed
    ");
}

#[test]
fn the_order_of_words_is_no_difference() {
    let one = "host a addr=192.0.2.2 addr=192.0.2.3\nhost b name=b.example\n";
    let other = "host b name=b.example\nhost a addr=192.0.2.3 addr=192.0.2.2\n";
    assert_snapshot!(difference(one, other), @"2 unchanged");
    assert_snapshot!(difference("", ""), @"no hosts");
}
