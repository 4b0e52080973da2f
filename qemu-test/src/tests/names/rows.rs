// SPDX-License-Identifier: GPL-2.0
//! Which row a name belongs to, as rows come and go.

use super::echo;
use super::get;
use super::own_group;
use super::Talk;
use super::IDLE;
use super::SHARED;
use super::TWO;
use crate::memory;
use crate::scene::shown;
use crate::vhqos;
use crate::wait::limit;
use std::time::Instant;

crate::tests! { "names";
    address_keeps_what_no_name_has(20),
    default_row_has_what_no_other_row_has(20),
    names_are_tied_to_addresses(20),
    rows_change_on_an_open_connection(20, debug),
    bad_names_are_refused(20),
    hundred_thousand_names_load_in_three_seconds(120),
}

fn address_keeps_what_no_name_has() {
    vhqos::load_with(
        "",
        &format!("{TWO}host shared addr={SHARED}\nhost default\n"),
    );
    let _server = echo();
    let mut talk = Talk::new();
    assert_eq!(talk.say("GET / HTTP/1.1\r\n"), IDLE, "a name may follow");
    assert_eq!(talk.say("Host: b.example\r\n\r\n"), shown("b"));
    assert_eq!(talk.say(get("c.example")), shown("shared"));
}

fn default_row_has_what_no_other_row_has() {
    vhqos::load_with("", &format!("{TWO}host default\n"));
    let _server = echo();
    let mut talk = Talk::new();
    assert_eq!(talk.say("GET / HTTP/1.0\r\n"), IDLE, "a name may follow");
    assert_eq!(talk.say("\r\n"), shown("default"));
    assert_eq!(vhqos::status("no_names"), "1");
    assert_eq!(talk.say(get("a.example")), shown("a"));
}

fn names_are_tied_to_addresses() {
    vhqos::load_with(
        "",
        &format!(
            "host here name=a.example addr={SHARED}\nhost there name=a.example addr=192.0.2.81\n"
        ),
    );
    let _server = echo();
    assert_eq!(Talk::new().say(get("a.example")), shown("here"));
    vhqos::write_table("del here\n");
    let group = Talk::new().say(get("a.example"));
    assert!(group == IDLE || group == own_group(), "{group}");
}

fn rows_change_on_an_open_connection() {
    vhqos::load_with("", TWO);
    let _server = echo();
    let mut talk = Talk::new();
    assert_eq!(talk.say(get("a.example")), shown("a"));
    vhqos::write_table("del a\n");
    let group = talk.say(get("a.example"));
    assert!(group == IDLE || group == own_group(), "{group}");
    assert_eq!(talk.say(get("b.example")), shown("b"));
    vhqos::write_table("host a2 name=a.example\n");
    assert_eq!(talk.say(get("a.example")), shown("a2"));
    vhqos::write_table("flush\n");
    assert_eq!(talk.say(get("b.example")), own_group());
}

fn bad_names_are_refused() {
    vhqos::load_with("", TWO);
    let before = vhqos::read("table");
    for (line, errno, reason) in [
        (
            "host x name=a..example",
            libc::EINVAL,
            "1:8: EINVAL: 'name=a..example': bad name",
        ),
        (
            "host x name=A.Example",
            libc::EEXIST,
            "1:8: EEXIST: 'name=A.Example': row x cannot have a match of row a",
        ),
        ("host x name=*", libc::EINVAL, "bad name"),
    ] {
        let error = vhqos::try_write_table(format!("{line}\n")).expect_err(line);
        assert_eq!(error.raw_os_error(), Some(errno), "{line}");
        let said = vhqos::last_error();
        assert!(said.contains(reason), "{line}: {said}");
    }
    assert_eq!(vhqos::read("table"), before);
}

fn hundred_thousand_names_load_in_three_seconds() {
    const NAMES: u32 = 100_000;
    vhqos::load("");
    let mut text = "begin\n".to_owned();
    for number in 0..NAMES {
        text += &format!("host c{number} name=customer{number:07}.test\n");
    }
    text += "commit\n";
    let before = memory::used();
    let mut best = f64::MAX;
    for round in 0..3 {
        if round > 0 {
            vhqos::write_table("flush\n");
        }
        let began = Instant::now();
        crate::tests::scale::cat(&text);
        best = best.min(began.elapsed().as_secs_f64());
    }
    let memory = (memory::used() - before) as f64 / 1024.0;
    println!("note: loaded in {best:.2} s, {memory:.1} MiB");
    assert!(best < limit(3.0).as_secs_f64(), "{best} s");
    assert!(memory <= 64.0, "{memory} MiB");
    let _server = echo();
    let mut talk = Talk::new();
    for number in [0, 77_777, 99_999] {
        let group = talk.say(get(&format!("customer{number:07}.test")));
        assert_eq!(group, shown(&format!("c{number}")));
    }
}
