// SPDX-License-Identifier: GPL-2.0

//! Whose addresses, names and processes are, and why.

use crate::policy::{Endpoint, HostId};
use crate::tool::command::explain::socket_address;
use crate::tool::explain::{address, name, process, socket, Files};
use crate::tool::judge;
use insta::assert_snapshot;
use std::time::Duration;

const TABLE: &str = "\
host bank addr=192.0.2.10 cpu.min=50%
host secure addr=192.0.2.10:443,8000-8100
host net addr=192.0.2.0/24 server=user:33
host shop name=shop.example name=*.shop.example
host here name=www.shop.example addr=192.0.2.10
host below name=*.example
host default cpu.weight=50
";
const START: u16 = 1024;

fn at(text: &str) -> String {
    let table = judge::table(TABLE, &super::MACHINE).expect("it is right");
    address(&table, socket_address(text).expect("an address"), START)
}

fn asked(text: &str, at: Option<&str>) -> String {
    let table = judge::table(TABLE, &super::MACHINE).expect("it is right");
    let at = at.map(|at| socket_address(at).expect("an address"));
    match name(&table, text, at, START) {
        Ok(text) => text,
        Err(failure) => failure.to_string(),
    }
}

#[test]
fn rows_of_a_machine_that_lost_cpus_are_explained() {
    let table = "host a name=a.example cpu.min=3cpus cpu.max=10%\n";
    let table = judge::table(table, &super::MACHINE).expect("it was admitted");
    let text = name(&table, "a.example", None, START);
    assert!(text.is_ok_and(|text| text.starts_with("a.example is a's")));
}

#[test]
fn the_longest_prefix_wins() {
    assert_snapshot!(at("192.0.2.10"), @r"
    192.0.2.10:80 is bank's
      ROW      MATCH                          WHY
      bank     addr=192.0.2.10                the best match
      secure   addr=192.0.2.10:443,8000-8100  for other ports
      net      addr=192.0.2.0/24              another row says it closer
      default  -                              takes what no other row has
    names go before addresses: a request for a name that a row has is that row's (vhqos explain NAME --at 192.0.2.10:80)
    ");
}

#[test]
fn a_row_that_names_the_port_goes_before_one_that_does_not() {
    assert_snapshot!(at("192.0.2.10:443"), @r"
    192.0.2.10:443 is secure's
      ROW      MATCH                          WHY
      secure   addr=192.0.2.10:443,8000-8100  the best match
      bank     addr=192.0.2.10                another row says it closer
      net      addr=192.0.2.0/24              another row says it closer
      default  -                              takes what no other row has
    names go before addresses: a request for a name that a row has is that row's (vhqos explain NAME --at 192.0.2.10:443)
    ");
}

#[test]
fn ports_for_everybody_have_to_be_named() {
    assert_snapshot!(at("192.0.2.10:8443"), @r"
    192.0.2.10:8443 is net's
      ROW      MATCH                          WHY
      net      addr=192.0.2.0/24              the best match
      bank     addr=192.0.2.10                port 8443 is for everybody (from 1024 on): name the port, or say server=
      secure   addr=192.0.2.10:443,8000-8100  for other ports
      default  -                              port 8443 is for everybody (from 1024 on): name the port, or say server=
    only for the processes that its server= says
    names go before addresses: a request for a name that a row has is that row's (vhqos explain NAME --at 192.0.2.10:8443)
    ");
    assert_snapshot!(at("198.51.100.1:8443"), @r"
    198.51.100.1:8443 is nobody's
      ROW      MATCH  WHY
      default  -      port 8443 is for everybody (from 1024 on): name the port, or say server=
    names go before addresses: a request for a name that a row has is that row's (vhqos explain NAME --at 198.51.100.1:8443)
    ");
}

#[test]
fn the_default_row_takes_the_rest() {
    assert_snapshot!(at("[2001:db8::1]:443"), @r"
    [2001:db8::1]:443 is default's
      ROW      MATCH  WHY
      default  -      no other row has it
    names go before addresses: a request for a name that a row has is that row's (vhqos explain NAME --at [2001:db8::1]:443)
    ");
}

#[test]
fn the_name_itself_goes_before_those_below_another() {
    assert_snapshot!(asked("Shop.Example.:8080", None), @r"
    shop.example is shop's
      ROW    MATCH              WHY
      shop   name=shop.example  the closest
      below  name=*.example     another row says it closer, or has it too
    ");
    assert_snapshot!(asked("a.shop.example", None), @r"
    a.shop.example is shop's
      ROW    MATCH                WHY
      shop   name=*.shop.example  the closest
      below  name=*.example       another row says it closer, or has it too
    ");
    assert_snapshot!(asked("other.example", None), @r"
    other.example is below's
      ROW    MATCH           WHY
      below  name=*.example  the closest
    ");
}

#[test]
fn names_may_be_valid_at_an_address_only() {
    assert_snapshot!(asked("www.shop.example", Some("192.0.2.10")), @r"
    www.shop.example at 192.0.2.10:80 is here's
      ROW    MATCH                                 WHY
      here   name=www.shop.example, at 192.0.2.10  the closest
      shop   name=*.shop.example                   another row says it closer, or has it too
      below  name=*.example                        another row says it closer, or has it too
    ");
    assert_snapshot!(asked("www.shop.example", Some("192.0.2.11:443")), @r"
    www.shop.example at 192.0.2.11:443 is shop's
      ROW    MATCH                                 WHY
      shop   name=*.shop.example                   the closest
      here   name=www.shop.example, at 192.0.2.10  valid elsewhere
      below  name=*.example                        another row says it closer, or has it too
    ");
}

#[test]
fn names_that_nobody_has_are_the_addresses() {
    assert_snapshot!(asked("a.test", None), @"no row has a.test: the row of the address has it, or default");
}

#[test]
fn what_is_nothing_is_refused() {
    assert_snapshot!(asked("a b", None), @"vhqos: a b is no host name: expected a PID, an ADDRESS[:PORT], unix:/PATH, or a NAME of letters, digits, '-' and '_'");
    assert_snapshot!(asked("192.0.2.300", None), @"no row has 192.0.2.300: the row of the address has it, or default");
}

/// What is said first is what the module's own look-up says.
#[test]
fn the_answer_is_that_of_the_look_up() {
    let table = judge::table(TABLE, &super::MACHINE).expect("it is right");
    for last in 0..=255 {
        for port in [1, 80, 443, 1023, 1024, 8000, 8100, 8101, 65535] {
            let place = format!("192.0.2.{last}:{port}");
            let socket = socket_address(&place).expect("an address");
            let local = Endpoint::new(socket.ip(), port);
            let found = table.lookup(&local, START, &mut |_, _| true);
            let row = found.and_then(|id: HostId| table.row(id));
            let wanted = match row {
                Some(row) => format!("{place} is {}'s", row.name()),
                None => format!("{place} is nobody's"),
            };
            let text = address(&table, socket, START);
            assert_eq!(text.lines().next(), Some(&*wanted));
            let best = text.lines().nth(2).unwrap_or_default();
            if let Some(row) = row {
                assert_eq!(best.split_whitespace().next(), Some(row.name()), "{text}");
            }
        }
    }
}

#[test]
fn addresses_are_read_with_and_without_a_port() {
    for (text, wanted) in [
        ("192.0.2.1", "192.0.2.1:80"),
        ("192.0.2.1:8080", "192.0.2.1:8080"),
        ("2001:db8::1", "[2001:db8::1]:80"),
        ("[2001:db8::1]", "[2001:db8::1]:80"),
        ("[2001:db8::1]:443", "[2001:db8::1]:443"),
    ] {
        let found = socket_address(text).map(|found| found.to_string());
        assert_eq!(found.as_deref(), Some(wanted));
    }
    for text in [
        "",
        "a.example",
        "192.0.2.1:",
        "192.0.2.1:99999",
        "[::1",
        "::1]",
    ] {
        assert_eq!(socket_address(text), None, "{text}");
    }
}

/// As the module prints them.
fn files() -> Files {
    Files {
        tasks: "\
task=100 group=100 parent=1 host=- channel=- kind=serves enrolled=1 since=700000000
task=101 group=101 parent=100 host=bank channel=17 kind=serves enrolled=1 since=60000000000
task=201 group=200 parent=1 host=- channel=- kind=loops enrolled=1
"
        .to_owned(),
        flags: "task=101 channel=17 host=bank guaranteed=1 by=transfer\n".to_owned(),
        channels: "channel=17 host=bank local=192.0.2.10:80 peer=198.51.100.7:40000 acceptor=101 state=active\n"
            .to_owned(),
        members: "\
group=300 vps=acme threads=2 origin=/system.slice/acme.service
group=310 vps=acme threads=1 origin=/system.slice/acme.service
group=400 vps=tiny threads=1 origin=/user.slice
"
        .to_owned(),
        vps: "\
vps=acme init=300 state=running processes=2 threads=3 cpu_usec=1 row=gold exec=-
vps=tiny init=- state=running processes=1 threads=1 cpu_usec=1 row=- exec=-
"
        .to_owned(),
        now: Duration::from_millis(63_250),
    }
}

#[test]
fn processes_are_told_by_what_the_module_shows() {
    let said = |pid| process(&files(), pid, pid).unwrap_or_default();
    assert_snapshot!(said(101), @r"
    task 101 of process 101 has had the class of bank for 3.2s
      its process serves what it accepts
      bound when it moved the first bytes
      by the connection 17 from 198.51.100.7:40000 to 192.0.2.10:80, whose host is bank
    ");
    assert_snapshot!(said(100), @r"
    task 100 of process 100 has served nobody for 1m 2s
      its process serves what it accepts
    ");
    assert_snapshot!(said(200), @r"
    task 201 of process 200 serves nobody
      it serves several hosts at once: its CPU time is charged to each
    ");
    assert_eq!(said(1), "");
}

#[test]
fn members_of_vpses_are_told_by_their_process() {
    let said = |pid, group| process(&files(), pid, group).unwrap_or_default();
    assert_snapshot!(said(300, 300) + &said(301, 300) + &said(310, 310) + &said(400, 400), @r"
    process 300 is the init of VPS acme
      it has the class of gold, whose vps=acme is
      it came from /system.slice/acme.service
    thread 301 of process 300 is the init of VPS acme
      it has the class of gold, whose vps=acme is
      it came from /system.slice/acme.service
    process 310 is a member of VPS acme
      it has the class of gold, whose vps=acme is
      it came from /system.slice/acme.service
    process 400 is a member of VPS tiny
      no row has vps=tiny: it has the default weight
      it came from /user.slice
    ");
}

#[test]
fn sockets_are_told_by_their_path_and_by_what_is_there() {
    let table = "host pool addr=unix:/run/php/fpm.sock\nhost spare addr=unix:/run/php/spare.sock addr=192.0.2.1\n";
    let table = judge::table(table, &super::MACHINE).expect("it is right");
    // /var/run is a link to /run; spare.sock is not there.
    let identity = |path: &str| match path {
        "/run/php/fpm.sock" | "/var/run/php/fpm.sock" => Some((1, 1)),
        "/run/other.sock" => Some((1, 2)),
        _ => None,
    };
    let said = |path| match socket(&table, path, &identity) {
        Ok(text) => text,
        Err(failure) => failure.to_string(),
    };
    assert_snapshot!(said("/run/php/fpm.sock"), @r"
    unix:/run/php/fpm.sock is pool's
      ROW   MATCH                        WHY
      pool  addr=unix:/run/php/fpm.sock  its path
    names go before it: a request for a name that a row has is that row's (vhqos explain NAME)
    ");
    assert_snapshot!(said("/var/run/php/fpm.sock"), @r"
    unix:/var/run/php/fpm.sock is pool's
      ROW   MATCH                        WHY
      pool  addr=unix:/run/php/fpm.sock  the same socket by another path
    names go before it: a request for a name that a row has is that row's (vhqos explain NAME)
    ");
    assert_snapshot!(said("/run/php/spare.sock"), @r"
    unix:/run/php/spare.sock is spare's
      ROW    MATCH                          WHY
      spare  addr=unix:/run/php/spare.sock  its path
    names go before it: a request for a name that a row has is that row's (vhqos explain NAME)
    no socket is there now: has its server started?
    ");
    assert_snapshot!(said("/run/other.sock"), @r"
    unix:/run/other.sock is nobody's
    a UNIX socket needs a row of its own: vhqos set HOST addr+=unix:/run/other.sock
    ");
    assert_snapshot!(said("/run/none.sock"), @r"
    unix:/run/none.sock is nobody's
    a UNIX socket needs a row of its own: vhqos set HOST addr+=unix:/run/none.sock
    no socket is there now: has its server started?
    ");
    assert_snapshot!(said("run/none.sock"), @"vhqos: unix:run/none.sock: a path starts with /: unix:/run/php/fpm.sock, say");
}
