// SPDX-License-Identifier: GPL-2.0

//! What is said of files with mistakes.

use super::{file, many, Files};
use crate::tool::failure::Failure;
use crate::tool::file::FAULTS;
use insta::assert_snapshot;
use std::fs;
use std::os::unix::fs::symlink;

#[test]
fn unknown_statements_are_told_apart_from_commands_of_the_table() {
    assert_snapshot!(file("hosts a name=a.example\nflush\nbegin\n").faults(), @r"
    hosts.conf:1:1: error: unknown statement
      help: expected host, package or include
    hosts.conf:2:1: error: flush has no place in a file, which says what the whole table is
      help: take the line out; a host that is not in the file is deleted when it is applied
    hosts.conf:3:1: error: begin has no place in a file, which says what the whole table is
      help: take the line out; a host that is not in the file is deleted when it is applied
    ");
}

#[test]
fn a_statement_without_a_name_is_refused() {
    assert_snapshot!(file("host\npackage # none\ninclude\n").faults(), @r"
    hosts.conf:2:1: error: a package has a name
      help: package NAME cpu.min=2% cpu.max=20%
    hosts.conf:3:1: error: include takes one word
      help: include hosts.d/*.conf
    hosts.conf:1:1: error: a host has a name
      help: host shop name=shop.example cpu.min=10%
    ");
}

#[test]
fn include_takes_one_word() {
    assert_snapshot!(file("include a b\n").faults(), @r"
    hosts.conf:1:11: error: include takes one word
      help: include hosts.d/*.conf
    ");
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    assert_snapshot!(file("host a name=a.example\n  include b.conf\n").faults(), @r"
    hosts.conf:2:11: error: there is no file b.conf
      help: write the file, or take the line out; `include hosts.d/*.conf` takes what is there
    ");
}

#[test]
fn what_cannot_be_included_is_told() {
    let files = Files::new(&[
        (
            "hosts.conf",
            "include [a\ninclude a**\ninclude hosts.d\ninclude hosts.d/*\n",
        ),
        ("hosts.d/none", ""),
    ]);
    let link = files.directory.path().join("hosts.d/link");
    symlink("nowhere", link).expect("room for a link");
    assert_snapshot!(files.faults(), @r"
    hosts.conf:1:9: error: bad pattern: Pattern syntax error near position 0: invalid range pattern
      help: `*`, `?` and `[...]` stand for others; `[[]` is a bracket
    hosts.conf:2:9: error: bad pattern: Pattern syntax error near position 0: recursive wildcards must form a single path component
      help: `*`, `?` and `[...]` stand for others; `[[]` is a bracket
    hosts.conf:3:9: error: hosts.d cannot be read: is a directory
      help: correct it or its mode, or take it or the line out
    hosts.conf:4:9: error: hosts.d/link cannot be read: no such file or directory
      help: correct it or its mode, or take it or the line out
    ");
}

#[test]
fn files_that_include_each_other_are_refused() {
    let files = Files::new(&[
        ("a", "include b\n"),
        ("b", "include c\n"),
        ("c", "include a\n"),
    ]);
    assert_snapshot!(files.faults(), @r"
    c:1:9: error: a includes itself
      help: take one of the includes out
    ");
}

#[test]
fn two_rows_of_one_host_are_refused() {
    let files = Files::new(&[
        ("a", "# the first\nhost a name=a.example\ninclude b\n"),
        ("b", "\nhost a name=other.example\n"),
    ]);
    assert_snapshot!(files.faults(), @r"
    b:2:6: error: host a is there already
      help: its row is in a:2
    ");
}

#[test]
fn packages_have_names_and_no_matches() {
    assert_snapshot!(file("package gold addr=192.0.2.1\npackage p cpu.min\npackage p package=q\npackage p cpu.weight=1\npackage p cpu.weight=2\n").faults(), @r"
    hosts.conf:1:14: error: a package takes no addr=
      help: write it into the rows: it tells hosts apart
    hosts.conf:2:11: error: expected KEY=VALUE
      help: package NAME cpu.min=2%
    hosts.conf:3:11: error: a package takes no package=
      help: write it into the rows: it tells hosts apart
    hosts.conf:5:9: error: package p is there already
      help: it is defined in hosts.conf:4; give this one another name
    ");
}

#[test]
fn a_package_that_is_not_there_is_refused_with_those_that_are() {
    assert_snapshot!(file("host a name=a.example package=gold\n").faults(), @r"
    hosts.conf:1:23: error: there is no package gold
      help: no package is defined: write a line `package NAME KEY=VALUE...`
    ");
    assert_snapshot!(file("package silver cpu.weight=1\npackage golden cpu.weight=2\nhost a name=a.example package=gold package=silver\nhost b package=gold\n").faults(), @r"
    hosts.conf:3:36: error: a row takes one package
      help: make a package that says what both say
    hosts.conf:4:8: error: there is no package gold
      help: packages are golden, silver
    ");
}

#[test]
fn words_that_the_module_would_refuse_are_shown_where_they_stand() {
    assert_snapshot!(file("host a   addr=192.0.2.300\nhost b cpu.mni=5% name=b.example\nhost c addr=192.0.2.1/24\nhost ok name=ok.example\nhost d nice=20\n").faults(), @r"
    hosts.conf:1:10: error: addr=192.0.2.300: bad address
      help: expected ADDRESS[/PREFIX][:PORTS], an IPv6 address before ports in brackets
    hosts.conf:2:8: error: cpu.mni=5%: unknown key
      help: expected one of addr, name, server, cpu.min, cpu.max, cpu.weight, cpu.idle, cpu.uclamp.min, cpu.uclamp.max, cpuset.cpus, nice, ioprio, vps, memory.max, memory.high, memory.min, pids.max, io.max, io.weight
    hosts.conf:3:8: error: addr=192.0.2.1/24: bits are set behind the prefix
      help: expected 192.0.2.0/24
    hosts.conf:5:8: error: nice=20: a nice value is a number from -20 to 19
    ");
}

#[test]
fn a_word_of_a_package_is_shown_there_with_the_row_that_takes_it() {
    let files = file("package gold cpu.min=1%\n\npackage bad   nice=77\nhost a name=a.example package=gold\nhost b name=b.example package=bad\n");
    assert_snapshot!(files.faults(), @r"
    hosts.conf:3:15: error: nice=77: a nice value is a number from -20 to 19
      help: taken by the row in hosts.conf:5
    ");
}

#[test]
fn a_package_that_nobody_takes_is_understood_too() {
    assert_snapshot!(file("package a nice=77\npackage b memory.max=1G pids.max=-1\npackage c memory.max=1G cpu.min=2%\n").faults(), @r"
    hosts.conf:1:11: error: nice=77: a nice value is a number from -20 to 19
    hosts.conf:2:25: error: pids.max=-1: bad number of processes
      help: expected 0 to 4194304, or max
    ");
}

#[test]
fn one_match_in_two_rows_is_refused() {
    assert_snapshot!(file("host a addr=192.0.2.1 name=a.example\nhost b name=a.example addr=192.0.2.1\n").faults(), @r"
    hosts.conf:2:8: error: name=a.example: row b cannot have a match of row a
      help: change or delete that row first
    ");
}

#[test]
fn guarantees_that_do_not_fit_are_refused_with_what_would() {
    assert_snapshot!(file("host a name=a.example cpu.min=60%\nhost b name=b.example cpu.min=30%\nhost c name=c.example cpu.min=10%\n").faults(), @r"
    hosts.conf:3:23: error: cpu.min=10%: guarantees do not fit
      help: 95% of the machine can be guaranteed, 5% is left
    ");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert_snapshot!(file("host a name=a.example\r\nhost b\u{1} name=b.example\n").faults(), @r"
    hosts.conf:1:22: error: \r: a control character
      help: expected text
    hosts.conf:2:7: error: \x01: a control character
      help: expected text
    ");
    let files = file("");
    fs::write(files.directory.path().join("hosts.conf"), b"host a\xff\n").expect("it is ours");
    assert_snapshot!(files.faults(), @"vhqos: hosts.conf:1: a byte that is no UTF-8: expected text");
}

#[test]
fn a_line_that_is_too_long_is_refused() {
    let names = many(400, |n| format!(" name=n{n}.example"));
    assert_snapshot!(file(&format!("host a{names}\n")).faults(), @r"
    hosts.conf:1:1: error: host a name=n0.example name=n1.example name=...: the line is too long
      help: expected at most 4096 bytes
    ");
}

#[test]
fn faults_are_told_up_to_a_number() {
    let text = many(100, |n| format!("hsot a{n}\n"));
    let Failure::Faults(faults) = file(&text).failure() else {
        panic!("no faults");
    };
    assert_eq!(faults.len(), FAULTS);
    let text = many(100, |n| format!("host a{n} nice=99\n"));
    let Failure::Faults(faults) = file(&text).failure() else {
        panic!("no faults");
    };
    assert_eq!(faults.len(), FAULTS);
}

#[test]
fn a_terminal_gets_an_excerpt() {
    let files = file("# hosts\nhost a name=a.example cpu.min=5 % # odd\nhost b name=b.example\n");
    let report = files.failure().report(false);
    assert_snapshot!(files.without_directory(&report), @r"
     × cpu.min=5: bad amount of CPU
      ╭─[hosts.conf:2:23]
    1 │ # hosts
    2 │ host a name=a.example cpu.min=5 % # odd
      ·                       ────┬────
      ·                           ╰── here
    3 │ host b name=b.example
      ╰────
     help: expected N%, Ncpus or Nms/s, with at most 4 decimals
    ");
}
