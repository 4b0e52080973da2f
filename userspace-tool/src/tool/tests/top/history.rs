// SPDX-License-Identifier: GPL-2.0

//! What is remembered of each host.

use crate::tool::top::{History, Look, SAMPLES};
use std::collections::VecDeque;

#[test]
fn history_is_bounded() {
    let mut history = History::default();
    for used in 0..1000 {
        history.record([("busy", Some(f64::from(used) / 10.0))].into_iter());
    }
    let last = history.last("busy", usize::MAX);
    assert_eq!(last.len(), SAMPLES);
    assert_eq!(last.last(), Some(&999));
    assert_eq!(history.last("busy", 2), [998, 999]);
}

#[test]
fn memory_is_what_is_said() {
    let mut used = VecDeque::new();
    (0..SAMPLES).for_each(|_| used.push_back(0_u16));
    assert_eq!(2 * used.capacity(), 256);
    assert_eq!(History::PLACE, 72, "beside the table's own byte");
}

#[test]
fn hosts_that_use_nothing_are_forgotten() {
    let mut history = History::default();
    let hosts = |used| [("busy", Some(used)), ("quiet", Some(0.0)), ("new", None)].into_iter();
    history.record(hosts(50.0));
    assert_eq!(history.last("busy", 9), [500]);
    for _ in 0..SAMPLES {
        assert!(!history.last("busy", 9).is_empty());
        history.record(hosts(0.0));
    }
    for host in ["busy", "quiet", "new"] {
        assert_eq!(history.last(host, 9), [0; 0], "{host}");
    }
    history.record(hosts(50.0));
    history.record([].into_iter());
    assert_eq!(history.last("busy", 9), [0; 0], "its row went");
}

#[test]
fn curve_is_as_high_as_its_highest() {
    let mut history = History::default();
    for used in [0.1, 1.0, 2.0, 0.0, 4.0] {
        history.record([("a", Some(used))].into_iter());
    }
    assert_eq!(history.curve("a", 7, Look::new(true, true)), "  ▁▂▄ █");
    assert_eq!(history.curve("a", 2, Look::new(true, true)), " █");
    assert_eq!(history.curve("b", 3, Look::new(true, true)), "   ");
}
