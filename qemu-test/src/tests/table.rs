// SPDX-License-Identifier: GPL-2.0
//! `/proc/vhqos/table`: what can be written can be read back, and a write is applied whole or not at all.

use crate::scene::plain_rows;
use crate::scene::row;
use crate::vhqos;
use std::io::Read;
use std::io::Write;
use std::process::Command;
use std::sync::Barrier;

crate::tests! { "table";
    empty_after_load(10, debug),
    reads_back_what_was_written(10, debug),
    cat_saves_and_restores(20, debug),
    host_replaces_a_row_of_its_name(10),
    del_and_flush_remove_rows(10, debug),
    transaction_replaces_the_whole_table_at_commit(10, debug),
    transaction_may_span_writes(10),
    unfinished_transaction_at_close_changes_nothing(10, debug),
    refused_line_ends_its_transaction(10),
    write_is_applied_whole_or_not_at_all(10, debug),
    long_write_may_end_inside_a_line(20),
    unfinished_line_at_close_is_dropped(10),
    writers_at_once_do_not_mix(30, debug),
    generation_counts_changes(10),
    last_error_is_empty_until_a_refusal(10),
}

/// One row of every key, in the order in which the module prints them.
const EVERY_KEY: &str = "\
host bank addr=192.0.2.10 addr=[2001:db8::10]:443 cpu.min=50% cpu.max=75.5% cpu.weight=200 nice=-5 ioprio=be:2
host flowers addr=192.0.2.20:80,443,8000-8100 addr=198.51.100.0/24 server=user:33 cpu.idle=1
host shop.example addr=2001:db8:1::/48 server=exe:/usr/sbin/apache2 server=cgroup:/system.slice cpu.min=0.25cpus ioprio=idle
host small addr=192.0.2.30 cpu.min=20ms/s cpu.uclamp.min=12.5 cpu.uclamp.max=max cpuset.cpus=0-1 nice=19
host default cpu.weight=100
";

fn empty_after_load() {
    vhqos::load("");
    assert_eq!(vhqos::read("table"), "");
    assert_eq!(vhqos::status("rows"), "0");
}

fn reads_back_what_was_written() {
    vhqos::load_with("", EVERY_KEY);
    assert_eq!(vhqos::read("table"), EVERY_KEY);
    assert_eq!(vhqos::status("rows"), "5");
}

fn cat_saves_and_restores() {
    vhqos::load_with("", EVERY_KEY);
    let script = "set -e; cat /proc/vhqos/table > /run/saved; echo flush > /proc/vhqos/table; \
                  [ -z \"$(cat /proc/vhqos/table)\" ]; cat /run/saved > /proc/vhqos/table";
    let status = Command::new("sh")
        .args(["-c", script])
        .status()
        .expect("sh");
    assert!(status.success(), "{status}; {}", vhqos::last_error());
    assert_eq!(vhqos::read("table"), EVERY_KEY);
}

fn host_replaces_a_row_of_its_name() {
    vhqos::load_with("", "host bank addr=192.0.2.10 cpu.min=10%\n");
    vhqos::write_table("host bank addr=192.0.2.11 cpu.weight=7\n");
    assert_eq!(
        vhqos::read("table"),
        "host bank addr=192.0.2.11 cpu.weight=7\n"
    );
    vhqos::write_table("host other addr=192.0.2.10\n");
    assert_eq!(vhqos::status("rows"), "2");
}

fn del_and_flush_remove_rows() {
    vhqos::load_with("", &plain_rows());
    vhqos::write_table("del flowers\n");
    assert_eq!(
        vhqos::read("table"),
        format!("{}{}", row(0, ""), row(2, ""))
    );
    vhqos::write_table("flush\n");
    assert_eq!(vhqos::read("table"), "");
}

fn transaction_replaces_the_whole_table_at_commit() {
    vhqos::load_with("", &plain_rows());
    let new = "host new addr=192.0.2.10\n";
    vhqos::write_table(&format!("begin\n{new}commit\n"));
    assert_eq!(vhqos::read("table"), new);
}

fn transaction_may_span_writes() {
    vhqos::load_with("", &plain_rows());
    let mut table = vhqos::open_table();
    for line in [
        "begin\n",
        "host one addr=192.0.2.10\n",
        "host two addr=192.0.2.11\n",
    ] {
        table.write_all(line.as_bytes()).expect(line);
        assert_eq!(vhqos::read("table"), plain_rows(), "after {line:?}");
    }
    table.write_all(b"commit\n").expect("commit");
    assert_eq!(
        vhqos::read("table"),
        "host one addr=192.0.2.10\nhost two addr=192.0.2.11\n"
    );
}

fn unfinished_transaction_at_close_changes_nothing() {
    vhqos::load_with("", &plain_rows());
    let mut table = vhqos::open_table();
    table
        .write_all(b"begin\nhost one addr=192.0.2.10\n")
        .expect("an open transaction");
    drop(table);
    assert_eq!(vhqos::read("table"), plain_rows());
    let reason = vhqos::last_error();
    assert!(reason.contains("transaction"), "{reason:?}");
}

fn refused_line_ends_its_transaction() {
    vhqos::load_with("", &plain_rows());
    let mut table = vhqos::open_table();
    table
        .write_all(b"begin\nhost one addr=192.0.2.10\n")
        .expect("an open transaction");
    let error = table
        .write_all(b"host two adr=192.0.2.11\n")
        .expect_err("a wrong key");
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    let error = table
        .write_all(b"commit\n")
        .expect_err("no transaction is open any more");
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(vhqos::read("table"), plain_rows());
}

fn write_is_applied_whole_or_not_at_all() {
    vhqos::load_with("", &plain_rows());
    let text = "host new addr=192.0.2.20\ndel bank\nhost bad addr=1.2.3\n";
    let error = vhqos::try_write_table(text).expect_err("the third line is wrong");
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert!(
        vhqos::last_error().starts_with("3:"),
        "{}",
        vhqos::last_error()
    );
    assert_eq!(vhqos::read("table"), plain_rows());
}

/// 300 rows in writes of 4096 bytes, as cp and cat do it: nearly every one ends inside a line.
fn long_write_may_end_inside_a_line() {
    vhqos::load("");
    let text = lines(300, |n| {
        format!("host h{n} addr=10.0.{}.{}", n / 200, n % 200 + 1)
    });
    let mut table = vhqos::open_table();
    let whole = text.len() - text.len() % 4096;
    for piece in text.as_bytes()[..whole].chunks(4096) {
        table.write_all(piece).expect("a piece of a stream");
    }
    table
        .write_all(&text.as_bytes()[whole..])
        .expect("the rest");
    assert_eq!(vhqos::read("table"), text);
}

/// Text of `count` lines.
fn lines(count: u32, line: impl Fn(u32) -> String) -> String {
    let mut text = String::new();
    for number in 0..count {
        text += &line(number);
        text.push('\n');
    }
    text
}

fn unfinished_line_at_close_is_dropped() {
    vhqos::load("");
    let mut text = String::new();
    while text.len() < 4096 {
        text += &format!("host h{0} addr=10.0.0.{0}\n", text.len() / 20 % 200 + 1);
    }
    text += "host unfinished addr=10.9.9.9";
    assert_eq!(
        vhqos::open_table()
            .write(text.as_bytes())
            .expect("a piece of a stream"),
        text.len()
    );
    let table = vhqos::read("table");
    assert!(
        !table.contains("unfinished") && table.contains("host h1 "),
        "{table}"
    );
    assert!(
        vhqos::last_error().contains("unfinished"),
        "{}",
        vhqos::last_error()
    );
}

/// Two writers replace the whole table over and over; a reader sees the one's or the other's rows.
fn writers_at_once_do_not_mix() {
    vhqos::load("");
    let tables: Vec<String> = ["a", "b"]
        .iter()
        .enumerate()
        .map(|(at, name)| lines(4, |n| format!("host {name}{n} addr=10.{at}.0.{}", n + 1)))
        .collect();
    let start = Barrier::new(tables.len());
    std::thread::scope(|scope| {
        for table in &tables {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                for _ in 0..8 {
                    vhqos::write_table(&format!("begin\n{table}commit\n"));
                }
            });
        }
        for _ in 0..40 {
            let seen = vhqos::read("table");
            assert!(seen.is_empty() || tables.contains(&seen), "a mix:\n{seen}");
        }
    });
    assert!(tables.contains(&vhqos::read("table")));
}

fn generation_counts_changes() {
    vhqos::load("");
    let generation = || {
        vhqos::status("generation")
            .parse::<u64>()
            .expect("a number")
    };
    let first = generation();
    vhqos::write_table("host bank addr=192.0.2.10\n");
    let second = generation();
    assert!(second > first);
    vhqos::try_write_table("nonsense\n").expect_err("no such verb");
    assert_eq!(generation(), second);
}

fn last_error_is_empty_until_a_refusal() {
    vhqos::load("");
    assert_eq!(vhqos::last_error(), "");
    vhqos::try_write_table("nonsense\n").expect_err("no such verb");
    let mut text = String::new();
    std::fs::File::open(vhqos::path("last_error"))
        .and_then(|mut file| file.read_to_string(&mut text))
        .expect("readable");
    assert_eq!(
        text,
        "1:1: EINVAL: 'nonsense': unknown verb: expected host, del, flush, begin, commit or generation\n"
    );
}
