// SPDX-License-Identifier: GPL-2.0

//! What `set` makes of a row.

use crate::tool::command::row::{changed, check_name};
use crate::tool::judge::unknown_key;
use crate::tool::row::rows;
use insta::assert_snapshot;

const TABLE: &str = "\
host bank addr=192.0.2.10 addr=192.0.2.11 cpu.min=50% cpu.max=80%
host default cpu.weight=50
";

fn set(host: &str, edits: &str) -> String {
    let edits: Vec<String> = edits.split(' ').map(str::to_owned).collect();
    match changed(&rows(TABLE), host, &edits) {
        Ok(row) => row.line(),
        Err(failure) => failure.to_string(),
    }
}

#[test]
fn other_keys_stay() {
    assert_snapshot!(set("bank", "cpu.min=40% nice=5"), @"host bank addr=192.0.2.10 addr=192.0.2.11 cpu.max=80% cpu.min=40% nice=5");
}

#[test]
fn a_key_that_repeats_is_replaced_as_a_whole() {
    assert_snapshot!(set("bank", "addr=192.0.2.20 addr=192.0.2.21"), @"host bank cpu.min=50% cpu.max=80% addr=192.0.2.20 addr=192.0.2.21");
}

#[test]
fn one_of_several_comes_or_goes() {
    assert_snapshot!(set("bank", "addr+=192.0.2.12 addr-=192.0.2.10"), @"host bank addr=192.0.2.11 cpu.min=50% cpu.max=80% addr=192.0.2.12");
}

#[test]
fn a_key_is_taken_out() {
    assert_snapshot!(set("bank", "cpu.max="), @"host bank addr=192.0.2.10 addr=192.0.2.11 cpu.min=50%");
    assert_snapshot!(set("bank", "cpu.idle="), @"host bank addr=192.0.2.10 addr=192.0.2.11 cpu.min=50% cpu.max=80%");
}

#[test]
fn what_is_not_there_cannot_go() {
    assert_snapshot!(set("bank", "addr-=192.0.2.77"), @"vhqos: host bank has no addr=192.0.2.77: `vhqos show bank` says what it has");
}

#[test]
fn a_new_host_needs_something_that_is_its() {
    assert_snapshot!(set("shop", "name=shop.example cpu.min=2%"), @"host shop name=shop.example cpu.min=2%");
    assert_snapshot!(set("shop", "cpu.min=2%"), @"vhqos: there is no host shop: to make it, say what is its: addr=, name= or vps=");
    assert_snapshot!(set("bnak", "cpu.min=2%"), @"vhqos: there is no host bnak: is bank meant? A new one needs addr=, name= or vps=");
    assert_snapshot!(set("default", "cpu.weight=7"), @"host default cpu.weight=7");
}

#[test]
fn a_word_without_a_value_is_refused() {
    assert_snapshot!(set("bank", "cpu.min"), @"vhqos: cpu.min: expected KEY=VALUE: `vhqos set --help` has examples");
}

#[test]
fn a_word_stays_one_word() {
    let set = |host: &str, word: &str| {
        let changed = changed(&rows(TABLE), host, &[word.to_owned()]).map(|row| row.line());
        changed.unwrap_or_else(|failure| failure.to_string())
    };
    let all = [
        set("bank", "name+=x.example cpu.min=90%"),
        set("bank", "name+=x.example\nflush"),
        set("bank", "name=x.example\tcpu.min=90%"),
        set("bank", "cpu.min-=50%\u{b}"),
        set("bank", "#cpu.min=50%"),
        set("bank", ""),
        set("a b", "name=a.example"),
        set("a\nflush", "name=a.example"),
        set("", "name=a.example"),
    ];
    assert_snapshot!(all.concat(), @r"
    vhqos: 'name+=x.example cpu.min=90%': not one KEY=VALUE: write each as a word of its own; a value has no blanks and no new lines
    vhqos: 'name+=x.example\nflush': not one KEY=VALUE: write each as a word of its own; a value has no blanks and no new lines
    vhqos: 'name=x.example\tcpu.min=90%': not one KEY=VALUE: write each as a word of its own; a value has no blanks and no new lines
    vhqos: 'cpu.min-=50%\u{b}': not one KEY=VALUE: write each as a word of its own; a value has no blanks and no new lines
    vhqos: '#cpu.min=50%': not one KEY=VALUE: write each as a word of its own; a value has no blanks and no new lines
    vhqos: '': not one KEY=VALUE: write each as a word of its own; a value has no blanks and no new lines
    vhqos: 'a b' is no name: a host's name has letters, digits, '.', '_' and '-'
    vhqos: 'a\nflush' is no name: a host's name has letters, digits, '.', '_' and '-'
    vhqos: '' is no name: a host's name has letters, digits, '.', '_' and '-'
    ");
    // What is no blank to the table is none here.
    let path = "server=exe:/srv/caf\u{e9}\u{a0}1";
    assert_eq!(
        set("default", path),
        format!("host default cpu.weight=50 {path}")
    );
}

#[test]
fn a_new_name_is_one_word() {
    assert!(check_name("shop.example-1_b").is_ok());
    let odd = ["", "a b", "a\tb", "a\nflush", "#a"];
    let why = odd.map(|name| check_name(name).expect_err("it is odd").to_string());
    assert_snapshot!(why.concat(), @r"
    vhqos: '' is no name: a host's name has letters, digits, '.', '_' and '-'
    vhqos: 'a b' is no name: a host's name has letters, digits, '.', '_' and '-'
    vhqos: 'a\tb' is no name: a host's name has letters, digits, '.', '_' and '-'
    vhqos: 'a\nflush' is no name: a host's name has letters, digits, '.', '_' and '-'
    vhqos: '#a' is no name: a host's name has letters, digits, '.', '_' and '-'
    ");
}

#[test]
fn a_key_that_there_is_not_cannot_be_taken_out() {
    let known = "addr, name, server, cpu.min, cpu.max, cpu.weight, cpu.idle, cpu.uclamp.min, cpu.uclamp.max, cpuset.cpus, nice, ioprio, vps, memory.max, memory.high, memory.min, pids.max, io.max, io.weight";
    let why = format!("unknown key: expected one of {known}\n");
    for key in ["cpu.mxa", "package", "Nice", ""] {
        let said = set("bank", &format!("nice=5 {key}="));
        assert_eq!(said, format!("vhqos: refused: {key}=: {why}"));
    }
    for key in known.split(", ") {
        assert_eq!(unknown_key(key), None, "{key}");
    }
}
