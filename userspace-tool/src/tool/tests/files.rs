// SPDX-License-Identifier: GPL-2.0

//! What files say.

use super::{file, Files, MACHINE};
use crate::tool::judge::judge;
use insta::assert_snapshot;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

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

#[test]
fn hidden_files_are_not_matched() {
    let files = Files::new(&[
        (
            "etc/hosts.conf",
            "include hosts.d/*\ninclude hosts.d/?10.conf\ninclude */*/c\n",
        ),
        ("etc/hosts.d/10.conf", "host first name=first.example\n"),
        ("etc/hosts.d/.10.conf", "host dot name=dot.example\n"),
        ("etc/.hidden/b/c", "host below name=below.example\n"),
        ("etc/shown/.b/c", "host never name=never.example\n"),
    ]);
    // What Emacs makes while a file is edited leads nowhere.
    let lock = files.directory.path().join("etc/hosts.d/.#10.conf");
    symlink("me@machine.4711:1764000000", lock).expect("room for a link");
    assert_eq!(files.lines(), "host first name=first.example\n");
    let all = "include hosts.d/.1*\ninclude .hidden/*/c\n";
    fs::write(files.directory.path().join("etc/hosts.conf"), all).expect("it is ours");
    assert_eq!(
        files.lines(),
        "host dot name=dot.example\nhost below name=below.example\n"
    );
}

#[test]
fn a_name_that_is_no_text_is_a_fault() {
    let files = Files::new(&[
        (
            "hosts.conf",
            "host a name=a.example\ninclude hosts.d/*.conf\n",
        ),
        ("hosts.d/10.conf", "host first name=first.example\n"),
    ]);
    let odd = files
        .directory
        .path()
        .join("hosts.d")
        .join(OsStr::from_bytes(b"caf\xe9.conf"));
    fs::write(&odd, "host second name=second.example\n").expect("room for a file");
    assert_snapshot!(files.faults(), @r"
    hosts.conf:2:9: error: the name of hosts.d/caf�.conf is not UTF-8
      help: give the file another name
    ");
    fs::remove_file(odd).expect("it is ours");
    assert_eq!(
        files.lines(),
        "host a name=a.example\nhost first name=first.example\n"
    );
}

#[test]
fn the_directory_of_the_file_is_no_pattern() {
    let files = Files::new(&[
        (
            "[a]/hosts.conf",
            "include hosts.d/1[0-4].conf\ninclude ./hosts.d/[!1]*\n",
        ),
        ("[a]/hosts.d/10.conf", "host first name=first.example\n"),
        ("[a]/hosts.d/15.conf", "host never name=never.example\n"),
        ("[a]/hosts.d/20.conf", "host last name=last.example\n"),
    ]);
    assert_eq!(
        files.lines(),
        "host first name=first.example\nhost last name=last.example\n"
    );
}

#[test]
fn two_asterisks_are_a_directory_and_all_below() {
    let files = Files::new(&[
        ("hosts.conf", "include hosts.d/**/*.conf\n"),
        ("hosts.d/a.conf", "host a name=a.example\n"),
        ("hosts.d/b/c/d.conf", "host d name=d.example\n"),
        ("hosts.d/.b/e.conf", "host never name=never.example\n"),
    ]);
    assert_eq!(
        files.lines(),
        "host a name=a.example\nhost d name=d.example\n"
    );
}
