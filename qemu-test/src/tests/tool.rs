// SPDX-License-Identifier: GPL-2.0
//! The `vhqos` command with the module.

use crate::client::ask;
use crate::client::host4;
use crate::scene::rows;
use crate::server::Prefork;
use crate::server::Work;
use crate::tests::scale::many_rows;
use crate::tests::shares::GUARANTEES;
use crate::vhqos;
use crate::wait::limit;
use nix::sys::resource::getrusage;
use nix::sys::resource::UsageWho;
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::time::Instant;

crate::tests! { "tool";
    module_that_is_not_loaded_is_said(10),
    who_may_not_is_told(10),
    file_becomes_the_table_and_is_saved_again(20),
    dry_run_changes_nothing(10),
    refused_file_is_told_by_its_place_and_changes_nothing(20),
    refusal_of_the_kernel_is_told(20),
    row_is_set_renamed_and_deleted(20),
    changes_at_the_same_time_are_all_done(20),
    figures_are_shown(20),
    throttling_is_shown_in_colour(40),
    processes_and_places_are_explained(20),
    machine_is_examined(20),
    closed_output_is_no_crash(10),
    written_file_is_not_written_over(10),
    hundred_thousand_rows_are_applied_and_shown(120),
}

pub const TOOL: &str = "/payload/vhqos";
const FILE: &str = "/tmp/hosts.conf";

/// What a call of the command gave.
pub struct Said {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn said(output: Output) -> Said {
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    Said {
        status: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Calls the command with words separated by blanks.
pub fn call(words: &str) -> Said {
    let mut command = Command::new(TOOL);
    command.args(words.split_whitespace());
    said(command.output().expect("the command runs"))
}

/// The same, which has to succeed; what it prints.
#[track_caller]
pub fn done(words: &str) -> String {
    let said = call(words);
    assert_eq!(said.status, Some(0), "{words}: {}", said.err);
    assert_eq!(said.err, "", "{words}");
    said.out
}

/// The same, which has to fail with a status, and to print nothing but why.
#[track_caller]
pub fn fails(words: &str, status: i32) -> String {
    let said = call(words);
    assert_eq!(said.status, Some(status), "{words}: {}", said.err);
    assert_eq!(said.out, "", "{words}");
    said.err
}

fn module_that_is_not_loaded_is_said() {
    for words in ["", "show", "dump", "set a name=a.example", "save -"] {
        let why = fails(words, 3);
        assert_eq!(why, "vhqos: the module is not loaded: modprobe vhqos\n");
    }
    // A file can be checked all the same.
    fs::write(FILE, rows(GUARANTEES)).expect("/tmp is writable");
    let checked = done(&format!("check {FILE} --cpus 4"));
    assert_eq!(
        checked,
        format!("{FILE}: 3 hosts, 0 packages, 1 file; 95% of 95% of 4 CPUs guaranteed\n")
    );
}

fn who_may_not_is_told() {
    vhqos::load_with("", &rows(GUARANTEES));
    let mut command = Command::new(TOOL);
    command.uid(1000).gid(1000).arg("show");
    let said = said(command.output().expect("the command runs"));
    assert_eq!(said.status, Some(4));
    let why = "vhqos: /proc/vhqos/status: permission denied: run it as root\n";
    assert_eq!((&*said.out, &*said.err), ("", why));
}

fn file_becomes_the_table_and_is_saved_again() {
    vhqos::load_with(
        "",
        "host old addr=192.0.2.77\nhost same name=same.example\n",
    );
    let text = "package gold cpu.min=10% # a package\nhost same name=same.example\nhost new name=new.example package=gold\n";
    fs::write(FILE, text).expect("/tmp is writable");
    let printed = done(&format!("apply {FILE}"));
    assert_eq!(
        printed,
        "- host old addr=192.0.2.77\n+ host new name=new.example cpu.min=10%\n1 added, 1 removed, 1 unchanged\n"
    );
    let table = "host same name=same.example\nhost new name=new.example cpu.min=10%\n";
    assert_eq!(vhqos::read("table"), table);
    let generation = vhqos::status("generation");
    assert_eq!(done(&format!("apply {FILE}")), "2 unchanged\n");
    assert_eq!(
        vhqos::status("generation"),
        generation,
        "nothing was written"
    );
    let saved = done("save -");
    fs::write(FILE, &saved).expect("/tmp is writable");
    vhqos::write_table("flush\n");
    assert_eq!(done(&format!("apply --quiet {FILE}")), "");
    assert_eq!(vhqos::read("table"), table);
}

fn dry_run_changes_nothing() {
    let table = rows(GUARANTEES);
    vhqos::load_with("", &table);
    fs::write(FILE, "").expect("/tmp is writable");
    let printed = done(&format!("apply -n {FILE}"));
    assert!(printed.ends_with("3 removed\n"), "{printed}");
    let printed = done("set bank -n cpu.min=1%");
    assert!(printed.contains("cpu.min=47.5% -> 1%"), "{printed}");
    for words in ["cpu.min=99%", "cpu.min=1bit", "addr=192.0.2.11"] {
        let dry = fails(&format!("set bank -n {words}"), 1);
        assert_eq!(dry, fails(&format!("set bank {words}"), 1));
    }
    assert_eq!(vhqos::read("table"), table);
}

fn refused_file_is_told_by_its_place_and_changes_nothing() {
    let table = rows(GUARANTEES);
    vhqos::load_with("reserve=10", &rows_below(10));
    let before = vhqos::read("table");
    // With the reserve of 5 % it would fit.
    fs::write(FILE, format!("# too much\n{table}")).expect("/tmp is writable");
    let why = fails(&format!("apply {FILE}"), 1);
    let place = format!("{FILE}:4:");
    assert!(why.starts_with(&place), "{why}");
    assert!(why.contains("guarantees do not fit"), "{why}");
    assert!(
        why.contains("90% of the machine can be guaranteed"),
        "{why}"
    );
    assert_eq!(vhqos::read("table"), before);
    let why = fails("apply /tmp/nothing.conf", 1);
    assert!(
        why.contains("/tmp/nothing.conf cannot be read: no such file"),
        "{why}"
    );
}

/// The usual rows for a machine of which so many percent are left to others.
fn rows_below(reserve: u32) -> String {
    let part = 100 - reserve;
    format!("host bank addr=192.0.2.10 cpu.min={part}%\n")
}

fn refusal_of_the_kernel_is_told() {
    vhqos::load_with("", "host a name=a.example\n");
    // Only the kernel knows its CPUs.
    fs::write(
        FILE,
        "host a name=a.example\nhost b name=b.example cpuset.cpus=8000\n",
    )
    .expect("/tmp is writable");
    let why = fails(&format!("apply {FILE}"), 1);
    assert!(
        why.contains("the kernel refused: 8000 to vhqos/b/cpuset.cpus"),
        "{why}"
    );
    assert_eq!(vhqos::read("table"), "host a name=a.example\n");
    let why = fails("set b name=a.example", 1);
    assert_eq!(
        why,
        "vhqos: refused: name=a.example: row b cannot have a match of row a: change or delete that row first\n"
    );
}

fn row_is_set_renamed_and_deleted() {
    vhqos::load("");
    done("set shop name=shop.example addr=192.0.2.10 cpu.min=10%");
    let printed = done("set shop cpu.min=12% name+=www.shop.example addr-=192.0.2.10");
    assert_eq!(
        printed,
        "~ host shop -addr=192.0.2.10 cpu.min=10% -> 12% +name=www.shop.example\n1 changed\n"
    );
    done("rename shop store");
    assert_eq!(
        vhqos::read("table"),
        "host store name=shop.example name=www.shop.example cpu.min=12%\n"
    );
    let why = fails("del store sotre", 1);
    assert_eq!(why, "vhqos: there is no host sotre: is store meant?\n");
    done("set other name=other.example");
    let why = fails("rename other store", 1);
    assert!(why.contains("there is a host store already"), "{why}");
    done("del other store");
    assert_eq!(vhqos::read("table"), "");
}

/// Each one reads the row, and writes it with one word more.
fn changes_at_the_same_time_are_all_done() {
    vhqos::load_with("", "host a name=a.example\n");
    let generation: u64 = vhqos::status("generation").parse().expect("a number");
    let late = vhqos::try_write_table(format!("generation {}\nflush\n", generation - 1));
    let errno = late.expect_err("it is too late").raw_os_error();
    assert_eq!(errno, Some(nix::libc::EAGAIN), "{}", vhqos::last_error());
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let mut command = Command::new(TOOL);
            command.args(["set", "a", &format!("name+=n{number}.example")]);
            let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
            piped.spawn().expect("the command runs")
        })
        .collect();
    for writer in writers {
        let said = said(writer.wait_with_output().expect("it ends"));
        assert_eq!((said.status, &*said.err), (Some(0), ""));
    }
    let table = vhqos::read("table");
    for number in 0..8 {
        assert!(
            table.contains(&format!("name=n{number}.example")),
            "{table}"
        );
    }
}

fn figures_are_shown() {
    vhqos::load_with("", &rows(GUARANTEES));
    let server = Prefork::usual(2);
    ask(&host4(0), Work::Burn(200_000));
    drop(server);
    let shown = done("");
    let line = shown.lines().find(|line| line.starts_with("bank "));
    let words: Vec<_> = line.expect("it is there").split_whitespace().collect();
    assert_eq!(words[1], "47.5%", "{shown}");
    assert_eq!(words[6], "1", "accepted: {shown}");
    assert_eq!(words[8], "0.2s", "CPU time: {shown}");
    let dumped = done("dump");
    let line = dumped.lines().find(|line| line.starts_with("bank\t"));
    let fields: Vec<_> = line.expect("it is there").split('\t').collect();
    assert_eq!(fields[7], vhqos::host("bank", "cpu_usec").to_string());
    let json = done("show bank -j");
    let cpu = format!("\"cpu_usec\": {}", vhqos::host("bank", "cpu_usec"));
    assert!(json.contains(&cpu), "{json}");
    assert!(!json.contains("flowers"), "{json}");
    let why = fails("show bnak", 1);
    assert_eq!(why, "vhqos: there is no host bnak: is bank meant?\n");
}

fn throttling_is_shown_in_colour() {
    vhqos::load_with("", "host bank addr=192.0.2.10 cpu.max=10%\n");
    let server = Prefork::usual(2);
    ask(&host4(0), Work::Burn(200_000));
    drop(server);
    assert!(vhqos::host("bank", "throttled_usec") >= 100_000);
    let plain = done("show");
    assert!(!plain.contains('\x1b'), "{plain}");
    let mut command = Command::new(TOOL);
    command.arg("show").env("CLICOLOR_FORCE", "1");
    let shown = said(command.output().expect("the command runs")).out;
    let mut lines = shown.lines();
    let heading = lines.next().expect("a heading");
    assert!(heading.starts_with("\x1b[1mHOST"), "{heading:?}");
    let line = lines.next().expect("a host");
    assert_eq!(line.matches("\x1b[33m").count(), 1, "{line:?}");
}

fn processes_and_places_are_explained() {
    vhqos::load_with("", &rows(GUARANTEES));
    let _server = Prefork::usual(2);
    let mut open = crate::client::Connection::open(&host4(0));
    let worker = open.ask(Work::Burn(1000)).task;
    let said = done(&format!("explain {worker}"));
    assert!(said.contains("has had the class of bank for "), "{said}");
    assert!(
        said.contains("bound when it moved the first bytes"),
        "{said}"
    );
    assert!(
        said.contains("to 192.0.2.10:80, whose host is bank"),
        "{said}"
    );
    let said = done("explain 192.0.2.11");
    assert!(said.starts_with("192.0.2.11:80 is flowers's\n"), "{said}");
    let said = done("explain 203.0.113.1");
    assert_eq!(said, "203.0.113.1:80 is nobody's\n");
    let why = fails("explain 1", 1);
    assert!(why.contains("process 1 has no class of vhqos"), "{why}");
    let why = fails("explain 4000000", 1);
    assert_eq!(why, "vhqos: there is no process 4000000\n");
}

fn machine_is_examined() {
    let before = call("doctor");
    assert_eq!((before.status, &*before.err), (Some(1), ""));
    assert!(
        before.out.contains("bad   there is no module for Linux 7."),
        "{}",
        before.out
    );
    vhqos::load_with("", &rows(GUARANTEES));
    let server = Prefork::usual(2);
    let said = done("doctor");
    assert!(
        said.contains("well  the hooks see what they should; 3 rows"),
        "{said}"
    );
    assert!(
        said.contains("; it listens for acme, bank, flowers\n"),
        "{said}"
    );
    drop(server);
    assert!(
        said.contains("well  cgroup v2 has the controllers"),
        "{said}"
    );
    vhqos::write_table("flush\n");
    let said = done("doctor");
    assert!(said.contains("odd   the table is empty"), "{said}");
}

fn closed_output_is_no_crash() {
    vhqos::load("");
    crate::tests::scale::cat(&many_rows(10_000));
    let mut child = Command::new(TOOL)
        .arg("dump")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    drop(child.stdout.take());
    let said = said(child.wait_with_output().expect("it ends"));
    assert_eq!(said.status, Some(1));
    assert_eq!(said.err, "vhqos: the standard output was closed\n");
}

fn written_file_is_not_written_over() {
    vhqos::load_with("", "host a name=a.example\n");
    let mine = "# my own\nhost b name=b.example\n";
    fs::write(FILE, mine).expect("/tmp is writable");
    let why = fails(&format!("save {FILE}"), 1);
    assert!(why.contains("use --force"), "{why}");
    assert_eq!(fs::read_to_string(FILE).expect("it is there"), mine);
    assert_eq!(
        done(&format!("save --force {FILE}")),
        format!("{FILE}: 1 host\n")
    );
    // What it wrote itself it writes over.
    vhqos::write_table("host c name=c.example\n");
    done(&format!("save {FILE}"));
    let text = fs::read_to_string(FILE).expect("it is there");
    assert!(
        text.ends_with("host a name=a.example\nhost c name=c.example\n"),
        "{text}"
    );
}

/// The better of two looks: what else the machine does meanwhile is not the command's.
fn hundred_thousand_rows_are_applied_and_shown() {
    vhqos::load("");
    let mut file = fs::File::create(FILE).expect("/tmp is writable");
    file.write_all(many_rows(100_000).as_bytes()).expect("room");
    drop(file);
    let began = Instant::now();
    let printed = done(&format!("apply {FILE}"));
    let apply = began.elapsed();
    assert!(printed.ends_with("\n100000 added\n"));
    let look = |_| {
        let began = Instant::now();
        let shown = done("show");
        let took = began.elapsed();
        assert_eq!(shown.lines().count(), 100_001);
        took
    };
    let show = (0..2).map(look).min().expect("two looks");
    // All that this test had waited for by now: the largest.
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("a number");
    let memory = usage.max_rss() / 1024;
    println!("note: applied in {apply:.2?}, shown in {show:.2?}, at most {memory} MiB");
    assert!(apply < limit(5.0) && show < limit(1.0) && memory < 200);
}
