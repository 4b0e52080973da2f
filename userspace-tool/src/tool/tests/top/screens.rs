// SPDX-License-Identifier: GPL-2.0

//! What stands on the screen, of several sizes.

use super::{drawn, drawn_as, order, press, screen_of, taken, usual, TABLE};
use crate::tool::sample::Sample;
use crate::tool::top::{draw, Action, Look, Screen};
use insta::assert_snapshot;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::KeyCode;
use ratatui::Terminal;
use std::time::{Duration, Instant};

#[test]
fn usual_terminal() {
    assert_snapshot!(drawn(&mut usual(), (80, 24)), @r"
    live  2 CPUs, reserve 5 %   hosts 60.0 %  others 10.0 %  idle 30.0 %
    5 hosts by CPU used, every 1s
    HOST        USED% 0 %               WAIT% THR ms  OPEN  ACC/s  REQ/s      BEFORE
    bank         33.0 █████▋  │          15.0      0    42   66.0   6600 ▂▃▃▄▄▅▆▇▇██
    shop         25.0 █│██▎]             15.0    123    32   50.0   5000 ▂▃▃▄▄▅▆▇▇██
    flowers       2.0 ▍            ]     15.0      0     2    4.0    400 ▂▂▃▄▄▅▆▆▇██
    acme          0.0 │                  15.0      0     0    0.0    0.0
    default       0.0                    15.0      0     0    0.0    0.0
    (15 empty)
    ? help  q quit  enter tasks  / filter  < > sort  r reverse
    ");
}

#[test]
fn large_terminal() {
    assert_snapshot!(drawn(&mut usual(), (120, 40)), @r"
    live  2 CPUs, reserve 5 %   hosts 60.0 %  others 10.0 %  idle 30.0 %
    5 hosts by CPU used, every 1s
    HOST         MIN%   MAX%  USED% 0 %                            WAIT% THR ms  OPEN  ACC/s  REQ/s TASKS             BEFORE
    bank         50.0      -   33.0 █████████▉     │                15.0      0    42   66.0   6600     1       ▁▂▃▃▄▄▅▆▇▇██
    shop         10.0   30.0   25.0 ███│███▌ ]                      15.0    123    32   50.0   5000     1       ▁▂▃▃▄▄▅▆▇▇██
    flowers         -   80.0    2.0 ▋                       ]       15.0      0     2    4.0    400     1       ▁▂▂▃▄▄▅▆▆▇██
    acme          5.0      -    0.0  │                              15.0      0     0    0.0    0.0     1
    default         -      -    0.0                                 15.0      0     0    0.0    0.0     1
    (31 empty)
    ? help  q quit  enter tasks  / filter  < > sort  r reverse
    ");
}

#[test]
fn small_terminal() {
    assert_snapshot!(drawn(&mut usual(), (40, 10)), @r"
    live  2 CPUs  hosts 60.0 %  idle 30.0 %
    5 hosts by CPU used, every 1s
    HOST        USED% 0 %              WAIT%
    bank         33.0 █████▎  │         15.0
    shop         25.0 █│██]             15.0
    flowers       2.0 ▍           ]     15.0
    acme          0.0 │                 15.0
    default       0.0                   15.0
    (1 empty)
    ? help  q quit  enter tasks  / filter  <
    ");
}

#[test]
fn terminal_that_knows_ascii_only() {
    let mut screen = usual();
    let shown = drawn_as(&mut screen, (80, 24), Look::new(false, false));
    assert!(shown.is_ascii(), "{shown}");
    assert_snapshot!(shown, @r"
    live  2 CPUs, reserve 5 %   hosts 60.0 %  others 10.0 %  idle 30.0 %
    5 hosts by CPU used, every 1s
    HOST        USED% 0 %               WAIT% THR ms  OPEN  ACC/s  REQ/s      BEFORE
    bank         33.0 ######  |          15.0      0    42   66.0   6600 .::--=+**##
    shop         25.0 #|## ]             15.0    123    32   50.0   5000 .::--=+**##
    flowers       2.0              ]     15.0      0     2    4.0    400 ..:--=++*##
    acme          0.0 |                  15.0      0     0    0.0    0.0
    default       0.0                    15.0      0     0    0.0    0.0
    (15 empty)
    ? help  q quit  enter tasks  / filter  < > sort  r reverse
    ");
}

#[test]
fn before_the_second_sample_nothing_is_known() {
    let now = taken(Instant::now(), 0, TABLE, &[("bank", 7), ("shop", 7)]);
    let mut screen = Screen::new(now, Duration::from_millis(2500));
    assert_snapshot!(drawn(&mut screen, (80, 24)), @r"
    live  2 CPUs, reserve 5 %   hosts -  others -  idle -
    2 hosts by CPU used, every 2.5s
    HOST        USED% 0 %               WAIT% THR ms  OPEN  ACC/s  REQ/s      BEFORE
    bank            -         │           3.0      -     0      -      -
    shop            -  │   ]              3.0      -     0      -      -
    (18 empty)
    ? help  q quit  enter tasks  / filter  < > sort  r reverse
    ");
}

#[test]
fn resized_terminal_is_drawn_anew() {
    let mut screen = usual();
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("it has no errors");
    let look = Look::new(true, true);
    for (width, height) in [(80, 24), (40, 10), (120, 40), (80, 24)] {
        terminal.backend_mut().resize(width, height);
        let frame = terminal.draw(|frame| draw(frame, &mut screen, look));
        assert_eq!(frame.expect("it has no errors").area.width, width);
        let shown = terminal.backend().to_string();
        let footer = shown.lines().last().expect("it has lines");
        assert!(footer.starts_with("\"? help  q quit"), "{footer}");
        assert_eq!(shown.lines().count(), usize::from(height));
    }
}

#[test]
fn no_size_is_too_small() {
    let mut screen = usual();
    for view in [
        KeyCode::Home,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Char('/'),
        KeyCode::Enter,
        KeyCode::Char('?'),
    ] {
        press(&mut screen, view);
        for size in (1..30).flat_map(|width| (1..9).map(move |height| (width, height))) {
            drawn(&mut screen, size);
        }
    }
}

#[test]
fn empty_table_says_what_to_do() {
    let mut screen = screen_of("", &[]);
    screen.take(Sample {
        health: "off".to_owned(),
        ..taken(Instant::now(), 20, "", &[])
    });
    assert_snapshot!(drawn(&mut screen, (80, 24)), @r"
    off  2 CPUs, reserve 5 %   hosts -  others -  idle 30.0 %
    no hosts: `vhqos apply FILE`, or `vhqos set HOST addr=...`
    HOST        USED% 0 %               WAIT% THR ms  OPEN  ACC/s  REQ/s      BEFORE
    (20 empty)
    ? help  q quit  enter tasks  / filter  < > sort  r reverse
    ");
    press(&mut screen, KeyCode::Down);
    assert_eq!(press(&mut screen, KeyCode::Enter), Action::Stay);
}

#[test]
fn deafness_is_said() {
    let mut screen = usual();
    screen.take(Sample {
        health: "deaf".to_owned(),
        ..taken(Instant::now(), 20, TABLE, &[])
    });
    let shown = drawn(&mut screen, (80, 24));
    assert_snapshot!(shown.lines().take(2).collect::<Vec<_>>().join("\n"), @r"
    deaf  2 CPUs, reserve 5 %   hosts -  others -  idle 30.0 %
    nobody is in a host's class: switch ftrace and kprobes on again
    ");
}

#[test]
fn long_and_odd_names_are_cut() {
    let long = format!(
        "www.{}.example",
        "long-name.".repeat(23).trim_end_matches('.')
    );
    let table = format!("host {long} name=a.example\nhost _idle name=b.example\nhost cpu.max name=c.example\nhost ___ name=d.example\n");
    let used = [(&*long, 10), ("_idle", 5), ("cpu.max", 2), ("___", 1)];
    let mut screen = screen_of(&table, &used);
    assert_snapshot!(drawn(&mut screen, (80, 8)), @r"
    live  2 CPUs, reserve 5 %   hosts 18.0 %  others 52.0 %  idle 30.0 %
    4 hosts by CPU used, every 1s
    HOST          USED% 0 %              WAIT% THR ms  OPEN  ACC/s  REQ/s     BEFORE
    www.long-na…   10.0 █▋                15.0      0    12   20.0   2000 ▂▃▄▄▅▆▆▇██
    _idle           5.0 ▊                 15.0      0     6   10.0   1000 ▃▃▄▄▅▆▇▇██
    cpu.max         2.0 ▍                 15.0      0     2    4.0    400 ▂▃▄▄▅▆▆▇██
    ___             1.0 ▏                 15.0      0     1    2.0    200 ▃▃▄▄▅▆▇▇██
    ? help  q quit  enter tasks  / filter  < > sort  r reverse
    ");
    assert_snapshot!(drawn(&mut screen, (30, 8)), @r"
    live  2 CPUs  hosts 18.0 %  id
    4 hosts by CPU used, every 1s
    HOST                     USED%
    www.long-name.long-nam…   10.0
    _idle                      5.0
    cpu.max                    2.0
    ___                        1.0
    ? help  q quit  enter tasks  /
    ");
}

#[test]
fn keys_are_explained() {
    let mut screen = usual();
    press(&mut screen, KeyCode::Char('?'));
    assert_snapshot!(drawn(&mut screen, (80, 24)), @r"
    USED% is what a host used of the whole machine since the last frame. The bar
    shows the same: green up to its guarantee (MIN%), which is the mark, yellow
    beyond it; a bracket is its cap (MAX%). WAIT% is the part of the time in which a
    task of it could run and no CPU was free for it. THR ms is what its cap
    withheld, in ms a second. OPEN, ACC/s and REQ/s are connections, and requests by
    name. The curve at the right is USED% before, as high as its highest value.
    (1 empty)
    up down j k, page up, page down, g G  choose a host
    enter   its tasks and channels; esc goes back
    s > <   sort by the next column or the one before; r turns the order round
    /       only hosts with this in their names; esc shows all
    space   a new sample now
    ctrl-l  draws all again, when something else has written on the screen
    q       ends
    (1 empty)
    any key goes on
    ");
    press(&mut screen, KeyCode::Char('q'));
    assert_eq!(order(&mut screen), "bank shop flowers acme default");
}
