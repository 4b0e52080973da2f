// SPDX-License-Identifier: GPL-2.0

//! One host's tasks and channels.

use super::{drawn, order, press, taken, usual, TABLE};
use crate::tool::explain::Files;
use crate::tool::sample::Promise;
use crate::tool::tests::many;
use crate::tool::top::{lines, Action};
use insta::assert_snapshot;
use ratatui::crossterm::event::KeyCode;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// As the module prints them.
fn files() -> Files {
    Files {
        tasks: "\
task=11 group=11 parent=10 host=bank channel=7 kind=serves enrolled=1
task=12 group=12 parent=10 host=- channel=8 kind=unknown enrolled=1
task=13 group=13 parent=10 host=shop channel=9 kind=serves enrolled=1
task=20 group=20 parent=- host=- channel=- kind=loops enrolled=0
"
        .to_owned(),
        flags: "\
task=11 channel=7 host=bank guaranteed=1 by=transfer
task=12 channel=8 host=bank guaranteed=0 by=accept
task=20 channel=10 host=bank guaranteed=0 by=loop
"
        .to_owned(),
        channels: "\
channel=7 host=bank local=192.0.2.10:80 peer=198.51.100.7:40000 acceptor=11 state=active
channel=8 host=bank local=192.0.2.10:80 peer=198.51.100.8:40000 acceptor=12 state=accepted
channel=9 host=shop local=192.0.2.10:80 peer=198.51.100.9:40000 acceptor=13 state=active
channel=10 host=bank local=unix:/run/bank.sock peer=- acceptor=20 state=active
"
        .to_owned(),
        members: "group=31 vps=acme threads=1 origin=/user.slice\ngroup=32 vps=other threads=1 origin=/\n".to_owned(),
        vps: String::new(),
        now: Duration::ZERO,
    }
}

fn promise(name: &str, vps: Option<&str>) -> Promise {
    Promise {
        name: name.into(),
        guaranteed: 0.0,
        cap: None,
        vps: vps.map(str::to_owned),
    }
}

#[test]
fn tasks_and_channels_of_a_host_are_shown() {
    let mut screen = usual();
    assert_eq!(press(&mut screen, KeyCode::Enter), Action::Refresh);
    let command = |task: &str| (task != "12").then(|| format!("apache\u{1b}[{task}\n"));
    let found = lines(&files(), &promise("bank", None), command);
    screen.detail().expect("it is shown").lines = found;
    assert_snapshot!(drawn(&mut screen, (80, 24)), @r"
    bank  used 33.0 %, by event loops 11.0 %, guaranteed 50.0 %, cap -
    waiting 15.0 %, throttled 0 ms/s, 42 open, 66.0 accepted/s, 6600 requests/s
             ▂▅█
          ▂▅████
       ▂▅███████
    ▂▅██████████
    TASK  PROCESS  COMMAND     KIND     CLASS  BY        CHANNEL
      11       11  apache?[11  serves   yes    transfer        7
      12       12  -           unknown  no     accept          8
      20       20  apache?[20  loops    no     loop           10
    (1 empty)
    CHANNEL  STATE     ACCEPTOR  PEER                LOCAL
          7  active          11  198.51.100.7:40000  192.0.2.10:80
          8  accepted        12  198.51.100.8:40000  192.0.2.10:80
         10  active          20  -                   unix:/run/bank.sock
    (8 empty)
    esc back  up/down scroll  q quit
    ");
    // A small screen has no curve, and is scrolled.
    press(&mut screen, KeyCode::End);
    assert_snapshot!(drawn(&mut screen, (80, 6)), @r"
    bank  used 33.0 %, by event loops 11.0 %, guaranteed 50.0 %, cap -
    waiting 15.0 %, throttled 0 ms/s, 42 open, 66.0 accepted/s, 6600 requests/s
          7  active          11  198.51.100.7:40000  192.0.2.10:80
          8  accepted        12  198.51.100.8:40000  192.0.2.10:80
         10  active          20  -                   unix:/run/bank.sock
    esc back  up/down scroll  q quit
    ");
    // The host can go meanwhile.
    screen.take(taken(Instant::now(), 20, TABLE, &[("shop", 7)]));
    assert!(drawn(&mut screen, (80, 24)).starts_with("bank: its row is gone\n"));
    press(&mut screen, KeyCode::Esc);
    assert_eq!(order(&mut screen), "shop");
}

#[test]
fn processes_of_a_vps_are_shown() {
    let found = lines(&files(), &promise("row", Some("acme")), |_| {
        Some("init\n".to_owned())
    });
    assert_snapshot!(found.join("\n"), @r"
    PROCESS  COMMAND  CAME FROM
         31  init     /user.slice
    ");
    let found = lines(&files(), &promise("nobody", None), |_| None);
    assert_eq!(found, ["no tasks", "", "no channels"]);
}

#[test]
fn commands_are_asked_for_what_is_shown() {
    let task = |number| {
        format!(
            "task={number} group={number} parent=1 host=bank channel=7 kind=serves enrolled=1\n"
        )
    };
    let member = |number| format!("group={number} vps=acme threads=1 origin=/\n");
    let files = Files {
        tasks: many(1500, task),
        members: many(1200, member),
        ..files()
    };
    for (of, more) in [
        (promise("bank", None), "and 500 more"),
        (promise("row", Some("acme")), "and 200 more"),
    ] {
        let asked = Cell::new(0);
        let found = lines(&files, &of, |_| {
            asked.set(asked.get() + 1);
            None
        });
        assert!(found.contains(&more.to_owned()), "{more}");
        assert_eq!(asked.get(), 1000);
    }
}
