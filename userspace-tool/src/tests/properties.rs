// SPDX-License-Identifier: GPL-2.0

//! Properties over generated input.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::check::{
    self,
    Desk, //
};
use crate::policy::HostId;
use crate::tests::config::config;

/// Ports such as `80,443,8000-8100`.
fn ports() -> impl Strategy<Value = String> {
    let spans = prop::collection::btree_set(1u16..=u16::MAX, 2..8).prop_map(|edges| {
        let edges: Vec<u16> = edges.into_iter().collect();
        let spans = edges.chunks(2).map(|edge| match edge {
            [first, last] => format!("{first}-{last}"),
            _ => format!("{}", edge[0]),
        });
        spans.rev().collect::<Vec<_>>().join(",")
    });
    prop_oneof![
        Just(String::new()),
        spans.prop_map(|spans| format!(":{spans}"))
    ]
}

fn addresses() -> impl Strategy<Value = String> {
    let v4 = (any::<u32>(), 0u32..=32, ports()).prop_map(|(bits, length, ports)| {
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        let length = if bits & mask == 0 { 0 } else { length };
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        let address = std::net::Ipv4Addr::from(bits & mask);
        format!("addr={address}/{length}{ports}")
    });
    let v6 = (any::<u128>(), 0u32..=128, ports()).prop_map(|(bits, length, ports)| {
        let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
        let length = if bits & mask == 0 { 0 } else { length };
        let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
        let address = std::net::Ipv6Addr::from(bits & mask);
        format!("addr=[{address}]/{length}{ports}")
    });
    prop_oneof![v4, v6]
}

fn amount() -> impl Strategy<Value = String> {
    prop_oneof![
        (1u32..=99, 0u32..=9999).prop_map(|(a, b)| format!("{a}.{b:04}%")),
        (1u32..=8191, 0u32..=9999).prop_map(|(a, b)| format!("{a}.{b:04}cpus")),
        (1u32..=8_191_999, 0u32..=9).prop_map(|(a, b)| format!("{a}.{b}ms/s")),
    ]
}

fn maybe<S: Strategy<Value = String>>(words: S) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        words.prop_map(|word| format!(" {word}"))
    ]
}

/// A line that is right, with all keys.
fn row() -> impl Strategy<Value = String> {
    let keys = (
        maybe((0u32..=23, 0u32..=9999).prop_map(|(a, b)| format!("cpu.min={a}.{b:04}%"))),
        maybe(amount().prop_map(|amount| format!("cpu.max={amount}"))),
        maybe((1u32..=10_000).prop_map(|weight| format!("cpu.weight={weight}"))),
        maybe((0u32..=99, 0u32..=99).prop_map(|(a, b)| format!("cpu.uclamp.min={a}.{b:02}"))),
        maybe(prop_oneof![
            Just("cpu.uclamp.max=max".into()),
            Just("cpu.uclamp.max=100".into())
        ]),
        maybe(
            prop::collection::btree_set(0u32..8192, 1..6).prop_map(|cpus| {
                let cpus: Vec<String> = cpus.iter().rev().map(u32::to_string).collect();
                format!("cpuset.cpus={}", cpus.join(","))
            }),
        ),
        maybe((-20i32..=19).prop_map(|nice| format!("nice={nice}"))),
        maybe(prop_oneof![
            (0u32..8).prop_map(|level| format!("ioprio=rt:{level}")),
            (0u32..8).prop_map(|level| format!("ioprio=be:{level}")),
            Just("ioprio=idle".into()),
            Just("ioprio=none".into()),
        ]),
        maybe(prop_oneof![
            "name=([*][.])?[A-Za-z0-9_-]{1,20}([.][A-Za-z0-9_-]{1,20}){0,3}[.]?",
            "addr=unix:/[!-~]{0,40}",
        ]),
        maybe(prop_oneof![
            "server=exe:/[!-~]{0,40}",
            any::<u32>().prop_map(|uid| format!("server=user:{}", uid.saturating_sub(1))),
        ]),
    );
    (
        "[A-Za-z0-9_][A-Za-z0-9._-]{0,60}",
        vec(addresses(), 1..4),
        keys,
    )
        .prop_map(|(name, addresses, (a, b, c, d, e, f, g, h, i, j))| {
            format!(
                "host {name} {}{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}\n",
                addresses.join(" ")
            )
        })
}

#[test]
fn what_fuzzing_starts_from_holds() {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let read = |target| {
        let files = std::fs::read_dir(seeds.join(target)).unwrap();
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap())
    };
    let mut count = 0;
    for bytes in read("grammar") {
        check::grammar(&bytes);
        count += 1;
    }
    for bytes in read("split") {
        (0..bytes.len()).for_each(|cut| check::split(&bytes[2..], cut));
        count += 1;
    }
    for bytes in read("sequence") {
        check::sequence(&bytes);
        count += 1;
    }
    for bytes in read("commands") {
        check::commands(&bytes);
        count += 1;
    }
    assert!(count >= 15, "only {count} seeds");
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn a_printed_row_reads_back(line in row()) {
        let mut desk = Desk::new();
        match desk.put(&line) {
            Ok(_) => {
                let printed = desk.print();
                let again = Desk::with(&printed);
                let rows = [&desk, &again].map(|desk| desk.table.row(HostId(0)).unwrap());
                prop_assert_eq!(&**rows[0], &**rows[1]);
                prop_assert_eq!(again.print(), printed);
                desk.check();
            }
            // What the generator does not avoid.
            Err(refusal) => {
                let shown = refusal.to_string();
                let known = ["has this match twice", "is more than cpu.max", "takes no addr="];
                prop_assert!(known.iter().any(|known| shown.contains(known)), "{}{}", line, shown);
            }
        }
    }

    #[test]
    fn rows_that_are_taken_one_by_one_are_taken_together(lines in vec(row(), 1..20)) {
        let mut desk = Desk::new();
        let mut taken = String::new();
        for line in lines {
            if desk.put(&line).is_ok() {
                taken += &line;
            }
        }
        desk.check();
        let mut together = Desk::new();
        together.put(format!("begin\n{taken}commit\n")).unwrap();
        prop_assert_eq!(together.print(), desk.print());
    }

    #[test]
    fn any_bytes_are_taken_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        check::grammar(&bytes);
    }

    #[test]
    fn any_line_like_text_is_taken_or_refused(
        text in "((host|del|flush|begin|commit|x)[ \t]{0,2}(a|bank|default|\u{e9})?( (addr=[0-9a-f:.,/\\[\\]-]{0,20}|name=[*a-c.]{0,8}|addr=unix:/[ab]?|cpu.min=[0-9.]{0,6}(%|cpus|ms/s)|nice=-?[0-9]{1,2}))*\n){0,6}"
    ) {
        check::grammar(text.as_bytes());
    }

    #[test]
    fn a_changed_row_is_taken_or_refused(line in row(), at in any::<usize>(), byte in any::<u8>()) {
        let mut bytes = line.into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        check::grammar(&bytes);
        check::split(&bytes, at);
    }

    #[test]
    fn any_commands_do_what_a_list_does(bytes in vec(any::<u8>(), 0..400)) {
        check::sequence(&bytes);
    }
}
