// SPDX-License-Identifier: GPL-2.0

//! The screen of `top`, and what it prints once. `qemu-test` has it on a terminal, with the module.

mod history;
mod host;
mod keys;
mod once;
mod screens;
mod signals;
mod terminal;

use super::sample::{sample, Line};
use crate::tool::sample::{Group, Processors, Sample};
use crate::tool::top::{draw, Action, Look, Screen};
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use std::fmt::Write;
use std::time::{Duration, Instant};

const TABLE: &str = "\
host bank addr=192.0.2.10 cpu.min=50%
host shop name=shop.example cpu.min=10% cpu.max=30%
host flowers name=flowers.example cpu.max=80%
host acme vps=acme cpu.min=5%
host default cpu.weight=50
";

/// A sample, so many seconds after `began`, when each host had used so many microseconds.
fn taken(began: Instant, second: u64, table: &str, used: &[(&str, u64)]) -> Sample {
    let line = |(host, cpu): &(&str, u64)| {
        Line {
            accepted: cpu / 10_000,
            requests: cpu / 100,
            throttled: if *host == "shop" { second * 123_000 } else { 0 },
            channels: cpu / 100_000,
            charged: cpu / 3,
            ..Line::of(host, *cpu)
        }
        .text()
    };
    let text: String = used.iter().map(line).collect();
    let at = began + Duration::from_secs(second);
    let mut sample = sample(at, table, &text);
    let stat = format!("cpu {} 0 0 {} 0 0 0 0", second * 140, second * 60);
    sample.processors = Processors::parse(&stat);
    for host in &mut sample.hosts {
        let total = second * 150_000;
        let pressure = format!("some avg10=3.00 avg60=0.00 avg300=0.00 total={total}\n");
        host.group = Some(Group::parse(at, Some(&pressure)));
    }
    sample
}

/// A screen on which each host uses so many percent of the machine, for some seconds.
fn screen_of(table: &str, used: &[(&str, u64)]) -> Screen {
    let began = Instant::now();
    let mut spent: Vec<_> = used.iter().map(|(host, _)| (*host, 0)).collect();
    let mut screen = Screen::new(taken(began, 0, table, &spent), Duration::from_secs(1));
    for second in 1..=12 {
        for ((_, spent), (_, percent)) in spent.iter_mut().zip(used) {
            // It grows, and ends at what is said.
            *spent += percent * 20_000 * second / 12;
        }
        screen.take(taken(began, second, table, &spent));
    }
    screen
}

fn usual() -> Screen {
    let used = [
        ("bank", 33),
        ("shop", 25),
        ("flowers", 2),
        ("acme", 0),
        ("default", 0),
    ];
    screen_of(TABLE, &used)
}

/// What stands on a terminal of that size, with empty lines counted.
fn drawn_as(screen: &mut Screen, (width, height): (u16, u16), look: Look) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("it has no errors");
    terminal
        .draw(|frame| draw(frame, screen, look))
        .expect("it has no errors");
    let shown = terminal.backend().to_string();
    let lines = shown.lines().map(|line| line.trim_matches('"').trim_end());
    let (mut text, mut empty) = (String::new(), 0);
    for line in lines {
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if empty > 0 {
            let _ = writeln!(text, "({empty} empty)");
        }
        empty = 0;
        let _ = writeln!(text, "{line}");
    }
    text
}

fn drawn(screen: &mut Screen, size: (u16, u16)) -> String {
    drawn_as(screen, size, Look::new(true, true))
}

fn press(screen: &mut Screen, code: KeyCode) -> Action {
    screen.key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn type_text(screen: &mut Screen, text: &str) {
    for character in text.chars() {
        assert_eq!(press(screen, KeyCode::Char(character)), Action::Stay);
    }
}

/// The hosts in the order of the list.
fn order(screen: &mut Screen) -> String {
    let shown = drawn(screen, (80, 24));
    let lines = shown
        .lines()
        .skip(3)
        .take_while(|line| !line.starts_with('('));
    let names: Vec<_> = lines.filter_map(|line| line.split(' ').next()).collect();
    names.join(" ")
}
