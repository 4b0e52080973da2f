// SPDX-License-Identifier: GPL-2.0

//! What files say.

use super::{file, Files, MACHINE};
use crate::tool::judge::judge;
use insta::assert_snapshot;

#[test]
fn rows_are_taken_as_they_are() {
    let rows = "host bank addr=192.0.2.10 cpu.min=50%\nhost default cpu.weight=50\n";
    assert_eq!(file(rows).lines(), rows);
}

#[test]
fn blanks_comments_and_the_last_line_do_not_matter() {
    let files = file(
        "\n# a heading\n \thost\tbank  addr=192.0.2.10\t#the bank\n   #\nhost a name=a.example",
    );
    assert_snapshot!(files.lines(), @r"
    host bank addr=192.0.2.10
    host a name=a.example
    ");
}

#[test]
fn a_number_sign_inside_of_a_word_is_no_comment() {
    let row = "host pool addr=unix:/run/a#b.sock\n";
    assert_eq!(file(row).lines(), row);
}

#[test]
fn a_row_has_what_its_package_says() {
    let files = file(
        "host b name=b.example package=gold\npackage gold cpu.min=5% cpu.max=50%\nhost a package=gold name=a.example",
    );
    assert_snapshot!(files.lines(), @r"
    host b name=b.example cpu.min=5% cpu.max=50%
    host a name=a.example cpu.min=5% cpu.max=50%
    ");
}

#[test]
fn a_key_of_the_row_goes_before_the_package() {
    let files = file(
        "package p cpu.min=5% server=user:1 server=user:2\nhost a name=a.example package=p cpu.min=7%\nhost b name=b.example server=user:3 package=p",
    );
    assert_snapshot!(files.lines(), @r"
    host a name=a.example cpu.min=7% server=user:1 server=user:2
    host b name=b.example server=user:3 cpu.min=5%
    ");
}

#[test]
fn a_package_may_be_there_for_no_row() {
    let files =
        file("package a cpu.max=50%\npackage b memory.max=1G\npackage c\npackage default nice=5\n");
    let configuration = files.read().expect("it is right");
    judge(&configuration, &MACHINE).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn includes_are_looked_for_beside_the_file() {
    let files = Files::new(&[
        (
            "etc/hosts.conf",
            "include hosts.d/*.conf\nhost last name=last.example\n",
        ),
        ("etc/hosts.d/20.conf", "host second name=second.example\n"),
        (
            "etc/hosts.d/10.conf",
            "host first name=first.example package=p\ninclude ../common\n",
        ),
        ("etc/hosts.d/30.conf~", "host never name=never.example\n"),
        ("etc/common", "package p cpu.weight=7\n"),
    ]);
    assert_snapshot!(files.lines(), @r"
    host first name=first.example cpu.weight=7
    host second name=second.example
    host last name=last.example
    ");
}

#[test]
fn a_pattern_may_find_nothing() {
    assert_eq!(file("include hosts.d/*.conf\n").lines(), "");
}

#[test]
fn a_file_may_be_read_twice_but_its_rows_may_not() {
    let files = Files::new(&[
        ("a", "include p\ninclude b\n"),
        ("b", "include c\nhost a name=a.example package=p\n"),
        ("c", "host c name=c.example\n"),
        ("p", "package p cpu.weight=1\n"),
    ]);
    assert_snapshot!(files.lines(), @r"
    host c name=c.example
    host a name=a.example cpu.weight=1
    ");
}
