// SPDX-License-Identifier: GPL-2.0

//! What is concluded of a guarantee.

use super::{unrest, Scene};
use crate::tool::report::history::Blind;
use crate::tool::report::verdict::Verdict;

/// The verdict on a host that is guaranteed 40 % and does this in a hundred intervals.
fn verdict(does: impl Fn(usize) -> (f64, f64) + 'static) -> Verdict {
    verdict_of("cpu.min=40%", does)
}

fn verdict_of(words: &'static str, does: impl Fn(usize) -> (f64, f64) + 'static) -> Verdict {
    let recording = Scene::new().host("bank", words, does).record(100);
    recording.judge(&recording.hosts[0]).verdict
}

#[test]
fn what_is_used_is_kept() {
    assert_eq!(verdict(|_| (40.0, 100.0)), Verdict::Kept);
    assert_eq!(
        verdict(|at| (41.0 + 8.0 * unrest(at, 3), 90.0)),
        Verdict::Kept
    );
    // The two points that are promised.
    assert_eq!(verdict(|_| (38.1, 100.0)), Verdict::Kept);
}

#[test]
fn who_does_not_wait_does_not_need_more() {
    assert_eq!(verdict(|_| (10.0, 3.0)), Verdict::NotWanted);
    assert_eq!(verdict(|_| (0.0, 0.0)), Verdict::NotWanted);
    // It had it when it wanted it.
    let once = |at| if at < 20 { (40.0, 90.0) } else { (0.0, 0.0) };
    assert_eq!(verdict(once), Verdict::Kept);
    // For a moment only.
    let moment = |at| if at < 4 { (10.0, 90.0) } else { (10.0, 0.0) };
    assert_eq!(verdict(moment), Verdict::NotWanted);
}

#[test]
fn who_waits_and_has_less_is_short() {
    let part = |at| if at < 40 { (30.0, 90.0) } else { (0.0, 0.0) };
    assert_eq!(
        verdict(part),
        Verdict::Short {
            points: 10.0,
            part: 0.4
        }
    );
    // What it had when it did not want more is no excuse, nor what it had at other times.
    let before = |at| if at < 40 { (30.0, 90.0) } else { (90.0, 0.0) };
    assert_eq!(verdict(before), verdict(part));
    let before = |at| if at < 40 { (30.0, 90.0) } else { (60.0, 90.0) };
    assert_eq!(verdict(before), verdict(part));
}

#[test]
fn small_guarantees_are_judged_by_their_part() {
    let used = |used| move |_| (used, 90.0);
    assert_eq!(verdict_of("cpu.min=2%", used(1.81)), Verdict::Kept);
    let is_short = |verdict| matches!(verdict, Verdict::Short { .. });
    assert!(is_short(verdict_of("cpu.min=2%", used(1.7))));
    // Too little for a window, and not for all of the time.
    let late = |at: usize| (if at % 40 == 0 { 4.0 } else { 0.0 }, 90.0);
    assert_eq!(verdict_of("cpu.min=0.1%", late), Verdict::Kept);
    assert!(is_short(verdict_of("cpu.min=0.1%", used(0.05))));
    assert_eq!(verdict_of("cpu.max=10%", used(0.0)), Verdict::None);
}

#[test]
fn quantiles_are_of_all_intervals() {
    let recording = Scene::new()
        .host("bank", "", |at| {
            (if at < 50 { 0.0 } else { at as f64 }, 0.0)
        })
        .record(100);
    let host = &recording.hosts[0];
    assert_eq!(recording.quantile(host, 0.5), 0.0);
    assert_eq!(recording.quantile(host, 0.95), 94.0);
    assert_eq!(recording.quantile(host, 1.0), 99.0);
    // Intervals at the end in which it did nothing count as well.
    let recording = Scene::new()
        .host("bank", "", |at| (if at < 10 { 50.0 } else { 0.0 }, 0.0))
        .record(100);
    let host = &recording.hosts[0];
    assert_eq!(recording.quantile(host, 0.9), 0.0);
    assert_eq!(recording.quantile(host, 0.91), 50.0);
    assert!((recording.percent(host.cpu) - 5.0).abs() < 1e-9);
}

#[test]
fn cpus_that_go_take_their_time_with_them() {
    let scene = Scene {
        cpus: |at| if at < 50 { 4 } else { 2 },
        ..Scene::new().host("bank", "cpu.min=50%", |_| (50.0, 90.0))
    };
    let recording = scene.record(100);
    let host = &recording.hosts[0];
    assert!((host.cpu - 150.0).abs() < 1e-6, "{}", host.cpu);
    assert!((recording.percent(host.cpu) - 50.0).abs() < 1e-9);
    assert_eq!(recording.judge(host).verdict, Verdict::Kept);
    // What the scheduler's grain is of two CPUs, it is not of many that came at the end.
    let scene = Scene {
        cpus: |at| if at < 99 { 2 } else { 64 },
        ..Scene::new().host("bank", "cpu.min=0.1%", |_| (0.08, 90.0))
    };
    let recording = scene.record(100);
    assert_eq!(recording.judge(&recording.hosts[0]).verdict, Verdict::Kept);
}

/// The verdict on a host that uses 10 % and waits, while its row says this.
fn verdict_of_row(words: impl Fn(usize) -> Option<&'static str> + 'static) -> (Verdict, f64) {
    let recording = Scene::new()
        .row("bank", words, |_| (10.0, 90.0))
        .host("other", "", |_| (0.0, 0.0))
        .record(100);
    let bank = recording.hosts.iter().find(|host| host.name() == "bank");
    let judged = recording.judge(bank.expect("it had a row"));
    (judged.verdict, judged.guaranteed)
}

#[test]
fn a_guarantee_is_judged_when_it_is_in_force() {
    let short = |points, part| Verdict::Short { points, part };
    // It came.
    let words = |at| (at >= 60).then_some("cpu.min=40%");
    assert_eq!(verdict_of_row(words), (short(30.0, 0.4), 16.0));
    let words = |at| (at >= 60).then_some("cpu.min=10%");
    assert_eq!(verdict_of_row(words), (Verdict::Kept, 4.0));
    // It was raised, or lowered.
    let words = |at| {
        Some(if at < 60 {
            "cpu.min=10%"
        } else {
            "cpu.min=20%"
        })
    };
    assert_eq!(verdict_of_row(words), (short(10.0, 0.4), 14.0));
    let words = |at| Some(if at < 60 { "cpu.min=20%" } else { "" });
    assert_eq!(verdict_of_row(words), (short(10.0, 0.6), 12.0));
    // It went, and came again.
    let words = |at| (!(20..80).contains(&at)).then_some("cpu.min=20%");
    assert_eq!(verdict_of_row(words), (short(10.0, 0.4), 8.0));
}

#[test]
fn what_was_promised_for_some_time_was_used_then() {
    // Half of the guarantee over all of the time, and all of it while there was one.
    let recording = Scene::new()
        .row(
            "bank",
            |at| Some(if at < 50 { "cpu.min=20%" } else { "" }),
            |at| (if at < 50 { 20.0 } else { 0.0 }, 0.0),
        )
        .record(100);
    let judged = recording.judge(&recording.hosts[0]);
    assert_eq!(judged.verdict, Verdict::Kept);
}

#[test]
fn what_nobody_could_see_is_not_known() {
    let verdict = |has_groups, does: fn(usize) -> (f64, f64)| {
        let scene = Scene {
            has_groups,
            // What it waited for is known in the first half only.
            rates: |at, _, rates| rates.pressure = rates.pressure.filter(|_| at < 50),
            ..Scene::new().host("bank", "cpu.min=40%", does)
        };
        let recording = scene.record(100);
        recording.judge(&recording.hosts[0]).verdict
    };
    let little = |_| (10.0, 5.0);
    assert_eq!(verdict(true, little), Verdict::Unknown(Blind::Unreadable));
    assert_eq!(verdict(false, little), Verdict::Unknown(Blind::Beyond));
    // It had enough when nobody could see.
    assert_eq!(verdict(true, |_| (39.0, 5.0)), Verdict::Kept);
    let late = |at| if at < 50 { (10.0, 5.0) } else { (45.0, 5.0) };
    assert_eq!(verdict(true, late), Verdict::NotWanted);
    // Early shortage is known.
    let short = verdict(true, |_| (10.0, 90.0));
    assert!(matches!(short, Verdict::Short { .. }), "{short:?}");
}
