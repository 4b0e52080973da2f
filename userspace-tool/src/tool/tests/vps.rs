// SPDX-License-Identifier: GPL-2.0

//! What is said of VPSes.

use crate::tool::command::vps::shell::root_of;
use crate::tool::refusal::Refused;
use crate::tool::row::rows;
use crate::tool::vps::{json, listing, name, refused, vpses};
use insta::assert_snapshot;

/// As the module prints them.
const TABLE: &str =
    "host shop name=shop.example\nhost gold vps=acme cpu.min=10% memory.max=512M pids.max=200\n";
const RECORDS: &str = "\
vps=acme init=4711 state=running processes=12 threads=1240 cpu_usec=192300000 row=gold exec=/srv/acme/init exec=/usr/bin/crond
vps=tiny init=- state=empty processes=0 threads=0 cpu_usec=0 row=- exec=-
";

#[test]
fn vpses_are_listed_with_what_they_may() {
    let table = rows(TABLE);
    assert_snapshot!(listing(&vpses(RECORDS, &table)), @r"
    VPS   INIT  STATE    PROCESSES  THREADS  CPU TIME  HOST  LIMITS
    acme  4711  running         12    1,240    3m 12s  gold  cpu.min=10% memory.max=512M pids.max=200
    tiny     -  empty            0        0      0.0s  -     -
    ");
    assert_snapshot!(listing(&[]), @"no VPSes: `vhqos vps start NAME -- INIT`, or `vhqos run --vps NAME COMMAND`");
}

#[test]
fn json_of_vpses_can_be_read_again() {
    let table = rows(TABLE);
    let text = json(&vpses(RECORDS, &table));
    let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(value["vpses"][0]["exec"][1], "/usr/bin/crond");
    assert_eq!(value["vpses"][1]["init"], serde_json::Value::Null);
    assert_snapshot!(text, @r#"
    {
      "vpses": [
        {
          "vps": "acme",
          "init": 4711,
          "state": "running",
          "processes": 12,
          "threads": 1240,
          "cpu_usec": 192300000,
          "host": "gold",
          "row": "host gold vps=acme cpu.min=10% memory.max=512M pids.max=200",
          "exec": [
            "/srv/acme/init",
            "/usr/bin/crond"
          ]
        },
        {
          "vps": "tiny",
          "init": null,
          "state": "empty",
          "processes": 0,
          "threads": 0,
          "cpu_usec": 0,
          "host": null,
          "row": null,
          "exec": []
        }
      ]
    }
    "#);
}

#[test]
fn refusals_say_what_to_do() {
    let said = |why: &str| {
        let why = Refused::parse(why).expect("the form of all refusals");
        let failure = refused("acme", &why);
        format!("{} {failure}", failure.status())
    };
    let all = [
        "1:12: ESRCH: '4711': no process has this number",
        "1:12: EBUSY: '4711': this process is in VPS other: stop that one first",
        "1:12: EINVAL: '2': a thread of the kernel: expected a process of user space",
        "1:12: EPERM: '1': process 1 is the machine's own init: expected another one",
        "1:1: EPERM: 'write': CAP_SYS_ADMIN in the initial user namespace is needed, by who opened the file and by who writes",
        "1:7: EEXIST: 'acme': this VPS is running: expected another name, or stop or kill first",
        "1:6: ENOENT: 'acme': no VPS has this name",
        "1:7: ENOSPC: 'acme': at most 10000 VPSes: stop one first",
        "1:12: ENOSPC: '4711': at most 1000000 processes in all VPSes",
        "1:6: EBUSY: the kernel refused: memory, a group or a hook; see the kernel log",
    ];
    assert_snapshot!(all.map(said).concat(), @r"
    1 vhqos: refused: 4711: no process has this number: `ps -e` lists those that there are
    1 vhqos: refused: 4711: this process is in VPS other: stop that one first
    1 vhqos: refused: 2: a thread of the kernel: expected a process of user space
    1 vhqos: refused: 1: process 1 is the machine's own init: expected another one
    4 vhqos: write: CAP_SYS_ADMIN in the initial user namespace is needed, by who opened the file and by who writes: run it as root
    1 vhqos: refused: acme: this VPS is running: choose another name, or `vhqos vps kill acme` first
    1 vhqos: refused: acme: no VPS has this name: `vhqos vps list` shows them
    1 vhqos: refused: acme: at most 10000 VPSes: stop one first
    1 vhqos: refused: 4711: at most 1000000 processes in all VPSes
    1 vhqos: refused: the kernel refused: memory, a group or a hook; see the kernel log
    ");
}

#[test]
fn names_are_those_that_the_module_takes() {
    assert_eq!(name("acme-1.example"), Ok("acme-1.example".to_owned()));
    let odd = ["", "a b", "a/b", "..", "a\nkill b", &"a".repeat(300)];
    let why = odd.map(|text| name(text).expect_err("it is odd"));
    assert_snapshot!(why.join("\n"), @r"
    expected a name behind the verb
    expected nothing more on this line
    bad name: expected letters, digits, '.', '_' and '-', no '.' or '-' first
    bad name: expected letters, digits, '.', '_' and '-', no '.' or '-' first
    expected one line
    a name has at most 253 bytes
    ");
}

#[test]
fn root_is_who_has_the_number_0() {
    let passwd = "daemon:x:1:1::/usr/sbin:/usr/sbin/nologin\ntoor:x:0:0:root:/root:/bin/bash\nroot:x:0:0::/:/bin/zsh\n";
    let said = |text| {
        let root = root_of(text);
        format!("{} {}", root.home, root.shell)
    };
    assert_eq!(said(passwd), "/root /bin/bash");
    for text in ["", "root:x:0", "root:x:0:0:::", "root:x:0:0::no:no"] {
        assert_eq!(said(text), "/ /bin/sh", "{text}");
    }
}
