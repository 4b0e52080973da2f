// SPDX-License-Identifier: GPL-2.0

//! What `monitor` prints.

use crate::events::{Cause, Line, Record, Who};
use crate::tool::command::monitor::strangers;
use crate::tool::event::{Event, Kind, Printer};
use crate::tool::record;
use crate::tool::row::rows;
use insta::assert_snapshot;
use jiff::tz::{Offset, TimeZone};
use jiff::Timestamp;

/// As the module prints them.
const EVENTS: &str = "\
seq=1 time=10000000 event=bind task=4711 group=4710 host=bank from=- channel=12 by=transfer comm=apache2
seq=2 time=10500000 event=bind task=4712 group=4712 host=a-host-of-some-length from=bank channel=0 by=fork comm=my server: worker
seq=3 time=12000000000 event=release task=4711 group=4710 host=bank by=close comm=apache2
seq=4 time=12000000001 event=refusal why=1:27: EINVAL: 'cpu.mni=50%': unknown key: expected one of addr, name
seq=5 time=12345678901 event=trouble what=failed_moves count=1234
seq=6 time=13000000000 event=row host=flowers change=added generation=7
seq=7 time=13000000000 event=table rows=100000 added=99999 removed=0 changed=1 generation=8
seq=8 time=3600000000000 event=health from=live to=deaf
seq=9 time=3600000000000 event=lost count=1500
seq=1509 time=3600000000000 event=later host=bank what=ever
";

fn printed(json: bool, kinds: &[Kind], hosts: &[&str]) -> String {
    let zone = TimeZone::fixed(Offset::constant(2));
    let boot: Timestamp = "2026-11-22T06:00:00Z".parse().expect("a time");
    let hosts: Vec<_> = hosts.iter().map(|host| host.to_string()).collect();
    let mut printer = Printer::new(json, zone);
    let mut text = String::new();
    let events = EVENTS.lines().map(Event::parse);
    let wanted = events.filter(|event| event.is_wanted(kinds, &hosts));
    wanted.for_each(|event| printer.print(&event, boot, &mut text));
    text
}

#[test]
fn lines_are_for_people() {
    assert_snapshot!(printed(false, &[], &[]), @r"
    08:00:00.010  bind     bank      apache2 4711 by transfer on channel 12
    08:00:00.010  bind     a-host-of-some-length  my server: worker 4712 by fork, before bank's
    08:00:12.000  release  bank                   apache2 4711 by close
    08:00:12.000  refusal  -                      1:27: EINVAL: 'cpu.mni=50%': unknown key: expected one of addr, name
    08:00:12.345  trouble  -                      failed_moves, 1,234 by now
    08:00:13.000  row      flowers                added, generation 7
    08:00:13.000  table    -                      99,999 added, 0 removed, 1 changed, 100,000 rows now, generation 8
    09:00:00.000  health   -                      deaf, before live
    09:00:00.000  lost     -                      1,500 events were lost: they were read too slowly
    09:00:00.000  later    bank                   what=ever
    ");
}

#[test]
fn json_has_types() {
    assert_snapshot!(printed(true, &[], &[]), @r#"
    {"seq":1,"time":"2026-11-22T06:00:00.010000000Z","event":"bind","task":4711,"group":4710,"host":"bank","from":null,"channel":12,"by":"transfer","comm":"apache2"}
    {"seq":2,"time":"2026-11-22T06:00:00.010500000Z","event":"bind","task":4712,"group":4712,"host":"a-host-of-some-length","from":"bank","channel":0,"by":"fork","comm":"my server: worker"}
    {"seq":3,"time":"2026-11-22T06:00:12.000000000Z","event":"release","task":4711,"group":4710,"host":"bank","by":"close","comm":"apache2"}
    {"seq":4,"time":"2026-11-22T06:00:12.000000001Z","event":"refusal","why":"1:27: EINVAL: 'cpu.mni=50%': unknown key: expected one of addr, name"}
    {"seq":5,"time":"2026-11-22T06:00:12.345678901Z","event":"trouble","what":"failed_moves","count":1234}
    {"seq":6,"time":"2026-11-22T06:00:13.000000000Z","event":"row","host":"flowers","change":"added","generation":7}
    {"seq":7,"time":"2026-11-22T06:00:13.000000000Z","event":"table","rows":100000,"added":99999,"removed":0,"changed":1,"generation":8}
    {"seq":8,"time":"2026-11-22T07:00:00.000000000Z","event":"health","from":"live","to":"deaf"}
    {"seq":9,"time":"2026-11-22T07:00:00.000000000Z","event":"lost","count":1500}
    {"seq":1509,"time":"2026-11-22T07:00:00.000000000Z","event":"later","host":"bank","what":"ever"}
    "#);
}

#[test]
fn hosts_are_picked_and_what_concerns_all_stays() {
    assert_snapshot!(printed(false, &[], &["flowers"]), @r"
    08:00:12.000  refusal  -         1:27: EINVAL: 'cpu.mni=50%': unknown key: expected one of addr, name
    08:00:12.345  trouble  -         failed_moves, 1,234 by now
    08:00:13.000  row      flowers   added, generation 7
    08:00:13.000  table    -         99,999 added, 0 removed, 1 changed, 100,000 rows now, generation 8
    09:00:00.000  health   -         deaf, before live
    09:00:00.000  lost     -         1,500 events were lost: they were read too slowly
    ");
    let both = printed(false, &[Kind::Bind, Kind::Row], &["bank", "flowers"]);
    assert_snapshot!(both, @r"
    08:00:00.010  bind     bank      apache2 4711 by transfer on channel 12
    08:00:00.010  bind     a-host-of-some-length  my server: worker 4712 by fork, before bank's
    08:00:13.000  row      flowers                added, generation 7
    08:00:13.000  table    -                      99,999 added, 0 removed, 1 changed, 100,000 rows now, generation 8
    09:00:00.000  lost     -                      1,500 events were lost: they were read too slowly
    ");
}

#[test]
fn kinds_are_picked_and_losses_stay() {
    assert_snapshot!(printed(false, &[Kind::Refusal, Kind::Health], &[]), @r"
    08:00:12.000  refusal  -         1:27: EINVAL: 'cpu.mni=50%': unknown key: expected one of addr, name
    09:00:00.000  health   -         deaf, before live
    09:00:00.000  lost     -         1,500 events were lost: they were read too slowly
    ");
}

/// The module's own printer, and back.
#[test]
fn what_the_module_prints_is_read() {
    let line = Line {
        sequence: 3,
        time: 4,
        record: Record::Bind {
            who: Who {
                task: 5,
                group: 6,
                comm: b"a = b",
            },
            host: "bank",
            from: "",
            channel: 7,
            by: Cause::Accept,
        },
    };
    let text = line.to_string();
    let fields = [
        ("seq", "3"),
        ("time", "4"),
        ("event", "bind"),
        ("task", "5"),
        ("group", "6"),
        ("host", "bank"),
        ("from", "-"),
        ("channel", "7"),
        ("by", "accept"),
        ("comm", "a = b"),
    ];
    assert_eq!(
        record::Record::parse(text.trim_end()),
        record::Record::of(&fields)
    );
}

#[test]
fn hosts_that_are_not_there_are_told() {
    let table = "host bank addr=192.0.2.10\nhost flowers name=flowers.example\n";
    let said = |names: &str| {
        let names: Vec<String> = names.split(' ').map(str::to_owned).collect();
        strangers(&rows(table), &names)
    };
    assert_eq!(said("bank flowers"), "");
    assert_snapshot!(said("bnak flowers acme"), @r"
    vhqos: there is no host bnak now (is bank meant?): it is shown when it comes
    vhqos: there is no host acme now: it is shown when it comes
    ");
}
