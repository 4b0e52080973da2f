// SPDX-License-Identifier: GPL-2.0

//! Signals during a recording.

use crate::tool::report::{heeded, ignored, Ends};
use nix::sys::signal::{raise, Signal};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(600);

fn ends() -> Ends {
    Ends::take().unwrap_or_else(|failure| panic!("{failure}"))
}

fn is_ended(ends: &Ends, length: Duration) -> bool {
    let ended = ends.wait(length);
    ended.unwrap_or_else(|failure| panic!("{failure}"))
}

/// Who started the tests may have had some ignored, as a shell does for what is in the background.
#[test]
fn signals_end_a_recording_and_not_the_program() {
    for signal in heeded(ignored()).iter() {
        let ends = ends();
        assert!(!is_ended(&ends, Duration::from_millis(1)));
        raise(signal).expect("it is blocked");
        assert!(is_ended(&ends, LONG), "{signal}");
        // The page is written then, whatever else comes.
        raise(Signal::SIGHUP).expect("it is blocked");
    }
}

#[test]
fn time_ends_a_recording() {
    let (ends, began) = (ends(), Instant::now());
    assert!(!is_ended(&ends, Duration::from_millis(50)));
    // A wait is in whole milliseconds.
    assert!(began.elapsed() >= Duration::from_millis(49));
}

#[test]
fn signals_that_are_ignored_end_nothing() {
    let nohup = 1 << (Signal::SIGHUP as u64 - 1);
    let signals: Vec<_> = heeded(nohup).iter().collect();
    assert_eq!(signals, [Signal::SIGINT, Signal::SIGTERM]);
    assert_eq!(heeded(0).iter().count(), 3);
}
