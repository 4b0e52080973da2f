// SPDX-License-Identifier: GPL-2.0

//! Rows of VPSes, and the commands of `/proc/vhqos/vps`.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::check::{
    commands,
    Desk, //
};
use crate::policy::vps::{
    each_command,
    Verb, //
};
use crate::policy::{
    HostId,
    Machine, //
};
use crate::tests::config::config;

/// A row, and how it is printed.
const PRINTED: &[(&str, &str)] = &[
    ("host a vps=acme", "host a vps=acme"),
    ("host a cpu.min=10% vps=a.b-c_d", "host a vps=a.b-c_d cpu.min=10%"),
    (
        "host a io.weight=default io.max=8:0,wiops=max,rbps=5 pids.max=0 memory.min=0 memory.high=1k vps=x memory.max=512m",
        "host a vps=x memory.max=512M memory.high=1K memory.min=0 pids.max=0 io.max=8:0,rbps=5,wiops=max io.weight=100",
    ),
    (
        "host a vps=x memory.max=max memory.high=7T memory.min=3G pids.max=max io.max=8:0,riops=1 io.max=259:3,wbps=2 io.weight=8:0,1 io.weight=10000",
        "host a vps=x memory.max=max memory.high=7T memory.min=3G pids.max=max io.max=8:0,riops=1 io.max=259:3,wbps=2 io.weight=8:0,1 io.weight=10000",
    ),
    (
        "host a vps=x cpuset.cpus=1 cpu.uclamp.min=5 cpu.idle=1 cpu.max=10%",
        "host a vps=x cpu.max=10% cpu.idle=1 cpu.uclamp.min=5 cpuset.cpus=1",
    ),
];

/// What is written behind a row of VPS `taken`, and the start of the refusal.
const REFUSED: &[(&str, &str)] = &[
    ("host a vps=\n", "1:8: EINVAL: 'vps=': expected the name of a VPS"),
    ("host a vps=a/b\n", "1:12: EINVAL: 'a/b': bad name"),
    ("host a vps=x vps=y\n", "1:14: EINVAL: 'vps=y': this key is in the row already"),
    ("host a vps=x addr=192.0.2.1\n", "1:14: EINVAL: 'addr=192.0.2.1': a row with vps= takes no addr="),
    ("host a addr=192.0.2.1 vps=x\n", "1:8: EINVAL: 'addr=192.0.2.1': a row with vps= takes no addr="),
    ("host a vps=x server=user:1\n", "1:14: EINVAL: 'server=user:1': a row with vps= takes no server="),
    ("host a vps=x nice=1\n", "1:14: EINVAL: 'nice=1': a row with vps= takes no nice"),
    ("host a ioprio=idle vps=x\n", "1:8: EINVAL: 'ioprio=idle': a row with vps= takes no nice"),
    ("host default vps=x\n", "1:14: EINVAL: 'vps=x': row default takes no vps="),
    ("host a addr=192.0.2.1 memory.max=1G\n", "1:23: EINVAL: 'memory.max=1G': only a row with vps= takes this key"),
    ("host default io.max=8:0,rbps=1\n", "1:14: EINVAL: 'io.max=8:0,rbps=1': only a row with vps= takes this key"),
    ("host a vps=taken\n", "1:8: EEXIST: 'vps=taken': row a cannot have a match of row t"),
    ("host a vps=x cpu.min=90%\n", "1:14: ENOSPC: 'cpu.min=90%': guarantees do not fit: 95% of the machine can be guaranteed, 85% is left"),
    ("host a vps=x memory.max=\n", "1:14: EINVAL: 'memory.max=': bad amount of memory"),
    ("host a vps=x memory.max=K\n", "1:14: EINVAL: 'memory.max=K': bad amount of memory"),
    ("host a vps=x memory.max=1KB\n", "1:14: EINVAL: 'memory.max=1KB': bad amount of memory"),
    ("host a vps=x memory.max=1.5G\n", "1:14: EINVAL: 'memory.max=1.5G': bad amount of memory"),
    ("host a vps=x memory.max=-1\n", "1:14: EINVAL: 'memory.max=-1': bad amount of memory"),
    ("host a vps=x memory.max=\u{e9}\n", "1:14: EINVAL: 'memory.max=\\xc3\\xa9': bad amount of memory"),
    ("host a vps=x memory.min=4194305T\n", "1:14: ERANGE: 'memory.min=4194305T': more memory than"),
    ("host a vps=x memory.max=1 memory.max=2\n", "1:27: EINVAL: 'memory.max=2': this key is in the row already"),
    ("host a vps=x pids.max=4194305\n", "1:14: ERANGE: 'pids.max=4194305': a number of processes is"),
    ("host a vps=x pids.max=all\n", "1:14: EINVAL: 'pids.max=all': bad number of processes"),
    ("host a vps=x io.max=8:0\n", "1:14: EINVAL: 'io.max=8:0': bad limit"),
    ("host a vps=x io.max=8:0,\n", "1:14: EINVAL: 'io.max=8:0,': bad limit"),
    ("host a vps=x io.max=8:0,bps=1\n", "1:14: EINVAL: 'io.max=8:0,bps=1': bad limit"),
    ("host a vps=x io.max=8:0,rbps=1,rbps=2\n", "1:14: EINVAL: 'io.max=8:0,rbps=1,rbps=2': bad limit"),
    ("host a vps=x io.max=8:0,rbps=0\n", "1:14: ERANGE: 'io.max=8:0,rbps=0': a rate is 1 or more"),
    ("host a vps=x io.max=8:0,rbps=1M\n", "1:14: EINVAL: 'io.max=8:0,rbps=1M': bad rate"),
    ("host a vps=x io.max=sda,rbps=1\n", "1:14: EINVAL: 'io.max=sda,rbps=1': bad device"),
    ("host a vps=x io.max=4096:0,rbps=1\n", "1:14: ERANGE: 'io.max=4096:0,rbps=1': a device is"),
    ("host a vps=x io.max=8:0,rbps=1 io.max=8:0,wbps=1\n", "1:32: EINVAL: 'io.max=8:0,wbps=1': the row has this device already"),
    ("host a vps=x io.weight=0\n", "1:14: ERANGE: 'io.weight=0': a weight is a number from 1 to 10000"),
    ("host a vps=x io.weight=10001\n", "1:14: ERANGE: 'io.weight=10001': a weight is"),
    ("host a vps=x io.weight=8:0,default\n", "1:14: EINVAL: 'io.weight=8:0,default': bad weight"),
    ("host a vps=x io.weight=1 io.weight=default\n", "1:26: EINVAL: 'io.weight=default': the row has this device already"),
];

#[test]
fn rows_are_printed_in_one_form_that_reads_back() {
    for (written, printed) in PRINTED {
        let desk = Desk::with(&format!("{written}\n"));
        assert_eq!(desk.print(), format!("{printed}\n"));
        let again = Desk::with(&desk.print());
        let rows = [&desk, &again].map(|desk| desk.table.row(HostId(0)).unwrap());
        assert_eq!(**rows[0], **rows[1]);
        desk.check();
    }
}

#[test]
fn bad_rows_are_refused_with_their_place_and_change_nothing() {
    let mut desk = Desk::with("host t vps=taken cpu.min=10%\n");
    let before = desk.print();
    for (text, expected) in REFUSED {
        let shown = desk.put(text).expect_err(text).to_string();
        assert!(
            shown.starts_with(expected),
            "{text:?}\n    {shown}\n    {expected}"
        );
        assert_eq!(desk.print(), before);
    }
}

#[test]
fn a_row_is_found_by_its_vps() {
    let mut desk = Desk::with("host a vps=x\nhost b vps=y\nhost x addr=192.0.2.1\n");
    let name = |desk: &Desk, vps: &str| {
        let id = desk.table.find_vps(vps)?;
        Some(desk.table.row(id).unwrap().name().to_owned())
    };
    assert_eq!(name(&desk, "x").as_deref(), Some("a"));
    assert_eq!(name(&desk, "y").as_deref(), Some("b"));
    assert_eq!(name(&desk, "a"), None);
    // A VPS goes from one row to another when the first has left it.
    desk.put("host a vps=z\nhost b vps=x\n").unwrap();
    assert_eq!(name(&desk, "x").as_deref(), Some("b"));
    assert_eq!(name(&desk, "y"), None);
    // And a row becomes a host's.
    desk.put("host b addr=192.0.2.2 nice=1\n").unwrap();
    assert_eq!(name(&desk, "x"), None);
    desk.put("begin\nhost q vps=x\ncommit\n").unwrap();
    assert_eq!(name(&desk, "x").as_deref(), Some("q"));
    desk.put("del q\n").unwrap();
    assert_eq!(name(&desk, "x"), None);
    desk.check();
}

#[test]
fn both_domains_have_their_part_of_the_machine() {
    let desk = Desk::with(
        "host a addr=192.0.2.1 cpu.min=40%\nhost b vps=b cpu.min=35%\nhost c vps=c cpu.min=15% cpu.weight=300\n",
    );
    let part = |ticks: u64| ticks as f64 * 100.0 / 40_000_000.0;
    let parts = desk.table.parts(&desk.machine);
    assert!((part(parts.hosts) - 41.0).abs() < 0.01, "{parts:?}");
    assert!((part(parts.vpses) - 54.0).abs() < 0.01, "{parts:?}");
    // Two without a row take part in what nobody was guaranteed: 1 of 7 each, of 5 %.
    let machine = Machine {
        guests: 2,
        ..desk.machine
    };
    let parts = desk.table.parts(&machine);
    assert!(
        (part(parts.hosts) - (40.0 + 5.0 / 7.0)).abs() < 0.01,
        "{parts:?}"
    );
    assert!(
        (part(parts.vpses) - (50.0 + 30.0 / 7.0)).abs() < 0.01,
        "{parts:?}"
    );
    let guest = desk.table.share_of_guest(&machine);
    assert_eq!(guest.ppm, 7142);
    // Nobody but those without a row.
    let empty = Desk::new();
    let machine = Machine {
        guests: 3,
        ..empty.machine
    };
    assert_eq!(empty.table.parts(&machine).hosts, 0);
    assert_eq!(empty.table.share_of_guest(&machine).weight, 100);
}

/// Commands as text, and the refusal.
fn read(text: &str) -> (Vec<String>, Result<u64, String>) {
    let mut seen = Vec::new();
    let result = each_command(text.as_bytes(), 1, |command| {
        let name = command.name();
        seen.push(match command.verb {
            Verb::Start(number) => format!("start {name} {number}"),
            Verb::Join => format!("join {name}"),
            Verb::Exec(path) => format!("exec {name} {path}"),
            Verb::Stop => format!("stop {name}"),
            Verb::Kill => format!("kill {name}"),
        });
        Ok(())
    });
    (seen, result.map_err(|refusal| refusal.to_string()))
}

#[test]
fn commands_are_read() {
    let text = "start a.b 4711\n\n\t join  x \nexec x /sbin/init=1\nstop x\nkill default\n";
    let (seen, result) = read(text);
    let expected = [
        "start a.b 4711",
        "join x",
        "exec x /sbin/init=1",
        "stop x",
        "kill default",
    ];
    assert_eq!(
        (seen.as_slice(), result),
        (&expected.map(String::from)[..], Ok(6))
    );
}

#[test]
fn bad_commands_are_refused_before_anything_is_done() {
    for (line, expected) in [
        (
            "strat a 1\n",
            "2:1: EINVAL: 'strat': unknown verb: expected start, join, exec, stop or kill",
        ),
        (
            "start\n",
            "2:1: EINVAL: 'start': expected a name behind the verb",
        ),
        (
            "start a\n",
            "2:7: EINVAL: 'a': expected one word more behind the name",
        ),
        (
            "start a 0\n",
            "2:9: ERANGE: '0': a process is a number from 1",
        ),
        (
            "start a 2147483648\n",
            "2:9: ERANGE: '2147483648': a process is",
        ),
        ("start a -1\n", "2:9: EINVAL: '-1': bad process"),
        ("start a 1 2\n", "2:11: EINVAL: '2': expected nothing more"),
        ("stop .a\n", "2:6: EINVAL: '.a': bad name"),
        ("stop a b\n", "2:8: EINVAL: 'b': expected nothing more"),
        ("exec a init\n", "2:8: EINVAL: 'init': a path starts with /"),
        (
            "stop a",
            "2:1: EINVAL: 'stop a': a write has to end with a newline",
        ),
        ("stop \u{1}\n", "2:6: EINVAL: '\\x01': a control character"),
    ] {
        let (seen, result) = read(&format!("stop good\n{line}"));
        let shown = result.expect_err(line);
        assert!(shown.starts_with(expected), "{shown}\n{expected}");
        assert!(seen.is_empty(), "{line}: {seen:?}");
    }
    let long = format!("stop {}\n", "x".repeat(254));
    assert!(read(&long)
        .1
        .unwrap_err()
        .contains("a name has at most 253 bytes"));
    let longer = format!("exec a /{}\n", "x".repeat(5000));
    assert!(read(&longer).1.unwrap_err().contains(": E2BIG: "));
}

fn word(key: &'static str, values: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        values.prop_map(move |value| format!(" {key}={value}"))
    ]
}

fn bytes() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("max".to_owned()),
        (0u64..4_000_000, "[KMGT]?").prop_map(|(number, suffix)| format!("{number}{suffix}")),
    ]
}

/// A line that is right, with all keys of a VPS.
fn row() -> impl Strategy<Value = String> {
    let limit = || {
        prop_oneof![
            Just("max".to_owned()),
            (1u64..1 << 40).prop_map(|n| n.to_string())
        ]
    };
    let io_max = (0u32..4096, 0u32..1 << 20, limit(), limit())
        .prop_map(|(a, b, read, write)| format!("{a}:{b},wbps={write},riops={read}"));
    let keys = (
        word("cpu.min", (0u32..=90).prop_map(|n| format!("{n}%"))),
        word("memory.max", bytes()),
        word("memory.high", bytes()),
        word("memory.min", bytes()),
        word("pids.max", (0u32..=4_194_304).prop_map(|n| n.to_string())),
        word("io.max", io_max),
        word("io.weight", (1u32..=10_000).prop_map(|n| n.to_string())),
        word(
            "io.weight",
            (0u32..9, 1u32..=10_000).prop_map(|(a, n)| format!("{a}:0,{n}")),
        ),
        word("cpuset.cpus", Just("0-3".to_owned())),
    );
    let name = || "[A-Za-z0-9_][A-Za-z0-9._-]{0,60}";
    (name(), name(), keys).prop_map(|(name, vps, (a, b, c, d, e, f, g, h, i))| {
        format!("host {name}{i}{h}{g}{f} vps={vps}{a}{b}{c}{d}{e}\n")
    })
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn a_printed_row_reads_back(line in row()) {
        let mut desk = Desk::new();
        if let Err(refusal) = desk.put(&line) {
            prop_assert!(refusal.to_string().contains("row default"), "{line}{refusal}");
            return Ok(());
        }
        let printed = desk.print();
        let again = Desk::with(&printed);
        let rows = [&desk, &again].map(|desk| desk.table.row(HostId(0)).unwrap());
        prop_assert_eq!(&**rows[0], &**rows[1]);
        prop_assert_eq!(again.print(), printed);
        desk.check();
    }

    #[test]
    fn a_changed_row_is_taken_or_refused(line in row(), at in any::<usize>(), byte in any::<u8>()) {
        let mut bytes = line.into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        crate::check::grammar(&bytes);
        crate::check::split(&bytes, at);
    }

    #[test]
    fn any_bytes_are_commands_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        commands(&bytes);
    }

    #[test]
    fn any_command_like_text_is_taken_or_refused(
        text in "((start|join|exec|stop|kill|x)[ \t]{0,2}(a|b|\u{e9})?( ([0-9]{0,11}|/[!-~]{0,20}))*\n){0,6}"
    ) {
        commands(text.as_bytes());
    }

    #[test]
    fn parts_add_up_to_all_but_the_reserve(
        claims in vec((any::<bool>(), 0u32..9, 1u32..=10_000), 1..10),
        guests in 0u32..50,
    ) {
        let mut desk = Desk::new();
        desk.machine.guests = guests;
        let mut text = String::new();
        for (i, (is_vps, min, weight)) in claims.iter().enumerate() {
            let what = if *is_vps { format!("vps=v{i}") } else { format!("addr=192.0.2.{i}") };
            text += &format!("host h{i} {what} cpu.min={min}% cpu.weight={weight}\n");
        }
        desk.put(&text).unwrap();
        let parts = desk.table.parts(&desk.machine);
        let sum = (parts.hosts + parts.vpses) as f64 / 40_000_000.0;
        prop_assert!((sum - 0.95).abs() < 0.0001, "{sum}");
        let shares = (0..claims.len()).map(|i| {
            let id = desk.table.find(&format!("h{i}")).unwrap();
            f64::from(desk.table.share_of(id, &desk.machine).ppm)
        });
        let guest = f64::from(desk.table.share_of_guest(&desk.machine).ppm) * f64::from(guests);
        let ppm: f64 = shares.sum::<f64>() + guest;
        prop_assert!((ppm - 950_000.0).abs() < 100.0, "{ppm}");
    }
}
