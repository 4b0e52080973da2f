// SPDX-License-Identifier: GPL-2.0
//! Bad input: each with its errno, its reason with line and column in `last_error`, and the table unchanged.

use crate::scene::rows;
use crate::vhqos;
use std::fs::OpenOptions;
use std::io;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::os::unix::fs::FileExt;

crate::tests! { "refusals";
    unknown_words(20),
    bad_names(20),
    bad_addresses(20),
    bad_numbers(20),
    bad_servers(10),
    duplicate_match_names_both_rows(10),
    overlapping_ports_name_both_rows(10),
    over_booked_guarantee_says_what_is_left(10),
    reserve_is_kept_from_guarantees(10),
    long_lines(10),
    nul_bytes_and_invalid_utf8(10),
    write_without_newline_split_at_any_byte(30),
    write_at_another_offset(10),
}

/// The table that must survive every case.
const BEFORE: [&str; 3] = ["cpu.min=50%", "cpu.max=50%", "cpu.weight=5"];

/// Writes `text` to a table of three rows and checks errno, the start of the reason and a part of it.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, errno: i32, place: &str, part: &str) {
    let before = vhqos::read("table");
    let shown = String::from_utf8_lossy(text.as_ref())
        .chars()
        .take(100)
        .collect::<String>();
    let error = vhqos::try_write_table(text).expect_err(&format!("taken: {shown:?}"));
    check(&error, errno, place, part, &shown);
    assert_eq!(vhqos::read("table"), before, "{shown:?} changed the table");
}

#[track_caller]
fn check(error: &io::Error, errno: i32, place: &str, part: &str, shown: &str) {
    let reason = vhqos::last_error();
    let name = nix::errno::Errno::from_raw(errno).to_string();
    let name = name.split(':').next().expect("a name").to_owned();
    assert_eq!(error.raw_os_error(), Some(errno), "{shown:?}: {reason}");
    let start = format!("{place}: {name}: ");
    assert!(
        reason.starts_with(&start),
        "{shown:?}: the reason does not start with {start:?}: {reason:?}"
    );
    assert!(
        reason.contains(part),
        "{shown:?}: no {part:?} in {reason:?}"
    );
    assert!(
        reason.ends_with('\n') && reason.matches('\n').count() == 1,
        "{shown:?}: {reason:?} is not one line"
    );
}

fn table() {
    vhqos::load_with("", &rows(BEFORE));
}

fn unknown_words() {
    table();
    refused(
        "hots x addr=192.0.2.20\n",
        libc::EINVAL,
        "1:1",
        "unknown verb: expected host, del, flush, begin, commit or generation",
    );
    refused(
        "host x addr=192.0.2.20 cpu.mni=5%\n",
        libc::EINVAL,
        "1:24",
        "'cpu.mni=5%': unknown key: expected one of addr, name, server, cpu.min",
    );
    refused(
        "\n \nhost x adr=192.0.2.20\n",
        libc::EINVAL,
        "3:8",
        "unknown key",
    );
    refused(
        "host x addr=192.0.2.20 hello\n",
        libc::EINVAL,
        "1:24",
        "expected key=value",
    );
    refused("flush now\n", libc::EINVAL, "1:7", "expected nothing more");
    refused("commit\n", libc::EINVAL, "1:1", "expected begin first");
    refused(
        "begin\nbegin\n",
        libc::EINVAL,
        "2:1",
        "expected commit first",
    );
    refused("del nobody\n", libc::ENOENT, "1:5", "no row has this name");
    refused(
        "host x addr=192.0.2.20 nice=1 nice=2\n",
        libc::EINVAL,
        "1:31",
        "nice",
    );
}

fn bad_names() {
    table();
    refused("host\n", libc::EINVAL, "1:1", "expected a name");
    refused("del\n", libc::EINVAL, "1:1", "expected a name");
    for name in [".hidden", "-option", "a/b", "a$b", "\u{fc}ber"] {
        refused(
            format!("host {name} addr=192.0.2.20\n"),
            libc::EINVAL,
            "1:6",
            "bad name",
        );
    }
    let long = "n".repeat(254);
    refused(
        format!("host {long} addr=192.0.2.20\n"),
        libc::EINVAL,
        "1:6",
        "253",
    );
    refused("host x cpu.min=1%\n", libc::EINVAL, "1:6", "addr=");
    refused(
        "host default addr=192.0.2.20\n",
        libc::EINVAL,
        "1:14",
        "default",
    );
    vhqos::write_table(&format!("host {} addr=192.0.2.20\n", "n".repeat(253)));
}

fn bad_addresses() {
    table();
    let bad = |words: &str, errno, part: &str| {
        refused(format!("host x addr={words}\n"), errno, "1:8", part)
    };
    for address in [
        "",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "2001:db8::g",
        "[192.0.2.1",
        "[2001:db8::1",
        "www",
    ] {
        bad(address, libc::EINVAL, "address");
    }
    bad("192.0.2.20/33", libc::ERANGE, "32");
    bad("2001:db8::/129", libc::ERANGE, "128");
    bad("192.0.2.20/", libc::EINVAL, "prefix");
    bad("192.0.2.20/x", libc::EINVAL, "prefix");
    bad("192.0.2.20/24", libc::EINVAL, "192.0.2.0/24");
    bad("2001:db8::1/32", libc::EINVAL, "2001:db8::/32");
    bad("192.0.2.20:0", libc::ERANGE, "port");
    bad("192.0.2.20:65536", libc::ERANGE, "port");
    bad("192.0.2.20:", libc::EINVAL, "ports");
    bad("192.0.2.20:80,", libc::EINVAL, "ports");
    bad("192.0.2.20:http", libc::EINVAL, "ports");
    bad("192.0.2.20:90-80", libc::EINVAL, "range");
}

fn bad_numbers() {
    table();
    let bad = |word: &str, errno, part: &str| {
        refused(
            format!("host x addr=192.0.2.20 {word}\n"),
            errno,
            "1:24",
            part,
        )
    };
    for word in [
        "cpu.min=",
        "cpu.min=5",
        "cpu.min=5percent",
        "cpu.min=-5%",
        "cpu.min=0x5%",
        "cpu.max=1.23456%",
        "cpu.max=%",
    ] {
        bad(word, libc::EINVAL, "N%, Ncpus or Nms/s");
    }
    bad("cpu.min=max", libc::EINVAL, "expected");
    bad("cpu.min=101%", libc::ERANGE, "cpu.min");
    bad("cpu.max=0%", libc::ERANGE, "cpu.max");
    bad("cpu.weight=0", libc::ERANGE, "1 to 10000");
    bad("cpu.weight=10001", libc::ERANGE, "1 to 10000");
    bad(
        "cpu.weight=99999999999999999999",
        libc::ERANGE,
        "1 to 10000",
    );
    bad("cpu.weight=ten", libc::EINVAL, "1 to 10000");
    bad("cpu.idle=2", libc::EINVAL, "cpu.idle=0 or cpu.idle=1");
    bad("cpu.uclamp.min=101", libc::ERANGE, "100");
    bad("cpu.uclamp.max=1.234", libc::EINVAL, "2 decimals");
    bad("cpuset.cpus=3-1", libc::EINVAL, "cpuset.cpus");
    bad("cpuset.cpus=a", libc::EINVAL, "0-3,5");
    bad("nice=-21", libc::ERANGE, "-20 to 19");
    bad("nice=20", libc::ERANGE, "-20 to 19");
    bad("nice=low", libc::EINVAL, "-20 to 19");
    bad("ioprio=be:8", libc::ERANGE, "0 to 7");
    bad("ioprio=best", libc::EINVAL, "be:0 to be:7");
    refused(
        "host x addr=192.0.2.20 cpu.min=20% cpu.max=10%\n",
        libc::EINVAL,
        "1:36",
        "cpu.min",
    );
}

fn bad_servers() {
    table();
    let bad = |word: &str, part: &str| {
        refused(
            format!("host x addr=192.0.2.20 {word}\n"),
            libc::EINVAL,
            "1:24",
            part,
        )
    };
    bad("server=apache2", "exe:/PATH, user:UID or cgroup:/PATH");
    bad("server=exe:apache2", "starts with /");
    bad("server=cgroup:system.slice", "starts with /");
    bad("server=user:www-data", "number");
}

fn duplicate_match_names_both_rows() {
    table();
    refused("host twin addr=192.0.2.10\n", libc::EEXIST, "1:11", "bank");
    assert!(
        vhqos::last_error().contains("twin"),
        "{}",
        vhqos::last_error()
    );
    refused(
        "host twin addr=192.0.2.20 addr=::ffff:192.0.2.10\n",
        libc::EEXIST,
        "1:27",
        "bank",
    );
    vhqos::write_table("host wider addr=192.0.2.0/24\n");
    vhqos::write_table("host ports addr=192.0.2.10:8080\n");
}

fn overlapping_ports_name_both_rows() {
    table();
    vhqos::write_table("host low addr=192.0.2.20:80-90\n");
    refused(
        "host high addr=192.0.2.20:90-100\n",
        libc::EEXIST,
        "1:11",
        "low",
    );
    assert!(
        vhqos::last_error().contains("high"),
        "{}",
        vhqos::last_error()
    );
    vhqos::write_table("host high addr=192.0.2.20:91-100\n");
}

fn over_booked_guarantee_says_what_is_left() {
    table();
    refused(
        "host x addr=192.0.2.20 cpu.min=45.5%\n",
        libc::ENOSPC,
        "1:24",
        "45% is left",
    );
    vhqos::write_table("host x addr=192.0.2.20 cpu.min=45%\n");
    refused(
        "host y addr=192.0.2.21 cpu.min=1ms/s\n",
        libc::ENOSPC,
        "1:24",
        "0% is left",
    );
}

fn reserve_is_kept_from_guarantees() {
    vhqos::load("reserve=20");
    assert_eq!(vhqos::status("reserve"), "20%");
    refused(
        "host x addr=192.0.2.20 cpu.min=81%\n",
        libc::ENOSPC,
        "1:24",
        "80% is left",
    );
    vhqos::write_table("host x addr=192.0.2.20 cpu.min=80%\n");
}

fn long_lines() {
    table();
    let words = |length: usize| {
        let mut line = "host x addr=192.0.2.20 ".to_owned();
        line += &" ".repeat(length - line.len());
        line + "\n"
    };
    refused(words(4097), libc::E2BIG, "1:1", "4096");
    vhqos::write_table(&words(4096));
}

fn nul_bytes_and_invalid_utf8() {
    table();
    refused(
        b"host x\0 addr=192.0.2.20\n",
        libc::EINVAL,
        "1:7",
        "'\\x00'",
    );
    refused(
        b"host x addr=192.0.2.20\nhost \xff addr=192.0.2.21\n",
        libc::EINVAL,
        "2:6",
        "UTF-8",
    );
    refused(
        b"host x addr=192.0.2.20 \xc3\n",
        libc::EINVAL,
        "1:24",
        "UTF-8",
    );
}

/// The first part of a line that is written in two pieces is refused and changes nothing, wherever the cut is.
fn write_without_newline_split_at_any_byte() {
    table();
    let line = "host x addr=192.0.2.20 cpu.min=20%\n";
    for cut in 1..line.len() {
        refused(&line[..cut], libc::EINVAL, "1:1", "newline");
    }
    vhqos::write_table(line);
}

fn write_at_another_offset() {
    table();
    let before = vhqos::read("table");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(vhqos::path("table"))
        .expect("root may");
    let line = b"host x addr=192.0.2.20\n";
    let error = file.write_at(line, 7).expect_err("another offset");
    check(
        &error,
        libc::ESPIPE,
        "1:1",
        "expected 0, where the last write ended",
        "offset 7 of pwrite",
    );
    file.seek(SeekFrom::Start(7))
        .expect("the table has more bytes");
    let error = file.write(line).expect_err("another offset");
    check(
        &error,
        libc::ESPIPE,
        "1:1",
        "expected 0, where the last write ended",
        "offset 7",
    );
    assert_eq!(vhqos::read("table"), before);
    file.seek(SeekFrom::Start(0)).expect("the start");
    assert_eq!(file.write(line).expect("the start"), line.len());
    file.seek(SeekFrom::Start(0)).expect("the start");
    let error = file.write(line).expect_err("the start again");
    check(
        &error,
        libc::ESPIPE,
        "2:1",
        "expected 23, where the last write ended",
        "offset 0 again",
    );
}
