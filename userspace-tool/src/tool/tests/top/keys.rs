// SPDX-License-Identifier: GPL-2.0

//! What keys do.

use super::{drawn, order, press, screen_of, type_text, usual};
use crate::tool::top::{draw, Action, Look, Screen};
use insta::assert_snapshot;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::Modifier;
use ratatui::Terminal;
use std::fmt::Write;

#[test]
fn filter_is_typed() {
    let mut screen = usual();
    type_text(&mut screen, "/O");
    assert_eq!(order(&mut screen), "shop flowers");
    assert_snapshot!(drawn(&mut screen, (80, 10)), @r"
    live  2 CPUs, reserve 5 %   hosts 60.0 %  others 10.0 %  idle 30.0 %
    2 of 5 hosts with O by CPU used, every 1s
    HOST        USED% 0 %               WAIT% THR ms  OPEN  ACC/s  REQ/s      BEFORE
    shop         25.0 █│██▎]             15.0    123    32   50.0   5000 ▂▃▃▄▄▅▆▇▇██
    flowers       2.0 ▍            ]     15.0      0     2    4.0    400 ▂▂▃▄▄▅▆▆▇██
    (4 empty)
    /O_
    ");
    type_text(&mut screen, "q");
    assert_eq!(order(&mut screen), "");
    press(&mut screen, KeyCode::Backspace);
    press(&mut screen, KeyCode::Enter);
    assert_eq!(order(&mut screen), "shop flowers");
    press(&mut screen, KeyCode::Esc);
    assert_eq!(order(&mut screen), "bank shop flowers acme default");
}

#[test]
fn columns_sort() {
    let mut screen = usual();
    assert_eq!(order(&mut screen), "bank shop flowers acme default");
    type_text(&mut screen, "r");
    assert_eq!(order(&mut screen), "acme default flowers shop bank");
    type_text(&mut screen, "<");
    assert_eq!(
        order(&mut screen),
        "flowers shop bank acme default",
        "by cap"
    );
    type_text(&mut screen, "<");
    assert_eq!(
        order(&mut screen),
        "bank shop acme flowers default",
        "by guarantee"
    );
    type_text(&mut screen, "<r");
    assert_eq!(
        order(&mut screen),
        "shop flowers default bank acme",
        "by name"
    );
    assert!(drawn(&mut screen, (80, 24)).contains("5 hosts by name, reversed"));
    type_text(&mut screen, "<s");
    assert_eq!(
        order(&mut screen),
        "acme bank default flowers shop",
        "round"
    );
}

#[test]
fn chosen_host_is_followed() {
    let mut screen = usual();
    let chosen = |screen: &mut Screen| {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("it has no errors");
        let look = Look::new(false, true);
        let frame = terminal.draw(|frame| draw(frame, screen, look));
        let frame = frame.expect("it has no errors");
        let is_chosen = |y: &u16| {
            let cell = &frame.buffer[(0, *y)];
            cell.modifier.contains(Modifier::REVERSED)
        };
        (3..23).find(is_chosen).expect("one is chosen") - 3
    };
    assert_eq!(chosen(&mut screen), 0);
    type_text(&mut screen, "r");
    assert_eq!(chosen(&mut screen), 0, "nobody was chosen yet");
    type_text(&mut screen, "jjj");
    assert_eq!(chosen(&mut screen), 3, "shop");
    type_text(&mut screen, "r");
    assert_eq!(chosen(&mut screen), 1, "shop is there now");
    press(&mut screen, KeyCode::PageDown);
    assert_eq!(chosen(&mut screen), 4);
    type_text(&mut screen, "kg");
    assert_eq!(chosen(&mut screen), 0);
}

#[test]
fn list_is_scrolled() {
    let (mut table, names) = (String::new(), (0..50).map(|number| format!("h{number:02}")));
    let names: Vec<_> = names.collect();
    for name in &names {
        let _ = writeln!(table, "host {name} name={name}.example");
    }
    let used: Vec<_> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let mut screen = screen_of(&table, &used);
    let page = |screen: &mut Screen| {
        drawn(screen, (80, 10));
        let names = order_at(screen, (80, 10));
        (names.first().cloned(), names.last().cloned())
    };
    let is = |first: &str, last: &str| (Some(first.to_owned()), Some(last.to_owned()));
    assert_eq!(page(&mut screen), is("h00", "h05"));
    press(&mut screen, KeyCode::PageDown);
    assert_eq!(page(&mut screen), is("h01", "h06"));
    press(&mut screen, KeyCode::End);
    assert_eq!(page(&mut screen), is("h44", "h49"));
    // A larger screen has no empty lines at its end.
    assert_eq!(order_at(&mut screen, (80, 40)).len(), 36);
    press(&mut screen, KeyCode::Home);
    assert_eq!(page(&mut screen), is("h00", "h05"));
}

/// The hosts on a screen of that size.
fn order_at(screen: &mut Screen, size: (u16, u16)) -> Vec<String> {
    let shown = drawn(screen, size);
    let lines: Vec<_> = shown.lines().skip(3).collect();
    let hosts = lines[..lines.len() - 1].iter();
    hosts
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn keys_end_it() {
    let mut screen = usual();
    assert_eq!(press(&mut screen, KeyCode::Char('q')), Action::Quit);
    let with_control = |code| KeyEvent::new(KeyCode::Char(code), KeyModifiers::CONTROL);
    type_text(&mut screen, "/");
    assert_eq!(screen.key(with_control('c')), Action::Quit);
    assert_eq!(screen.key(with_control('z')), Action::Suspend);
    assert_eq!(screen.key(with_control('l')), Action::Repaint);
}

#[test]
fn pressure_is_asked_for_what_is_seen() {
    let mut screen = usual();
    drawn(&mut screen, (80, 5));
    let asked = |screen: &mut Screen| {
        let mut asked = Vec::new();
        screen.read_groups(|_, places| asked = places);
        asked
    };
    assert_eq!(asked(&mut screen), [0]);
    type_text(&mut screen, ">");
    assert_eq!(asked(&mut screen), [0, 1, 2, 3, 4], "to sort by it");
    type_text(&mut screen, "<");
    press(&mut screen, KeyCode::Enter);
    assert_eq!(asked(&mut screen), [0]);
}
