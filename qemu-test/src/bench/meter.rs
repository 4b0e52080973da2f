// SPDX-License-Identifier: GPL-2.0
//! Instructions, one operation at a time.
//!
//! Under `-icount shift=0` the time-stamp counter counts instructions, so that two looks at it say exactly what one
//! operation took, ticks, other tasks and what the kernel had put off included.  The same path gives the same number to
//! within some ten instructions; what comes between (a timer tick of 10,000, the freeing of a batch of sockets of
//! 2,000,000) is in fewer than a tenth of the operations, but in a mean it weighs more than the module.  The figure is
//! therefore the mean of the middle half: it leaves out what is not on the path, and does not jump, as a median does,
//! where a path has two variants.

use crate::process::clock;
use std::thread::sleep;
use std::time::Duration;

/// What single operations took.
pub struct Meter {
    values: Vec<u64>,
    /// What two looks at the counter take themselves.
    own: u64,
}

/// The time-stamp counter.
pub fn now() -> u64 {
    // SAFETY: every x86-64 has it, and Linux lets processes read it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

impl Meter {
    /// For `count` operations at the most: nothing is allocated while it measures.
    pub fn new(count: usize) -> Self {
        let began = now();
        let own = now() - began;
        Self {
            values: Vec::with_capacity(count),
            own,
        }
    }

    /// Takes what lies between two looks at the counter.
    pub fn add(&mut self, began: u64, ended: u64) {
        self.values
            .push((ended - began).checked_sub(self.own).expect("one CPU"));
    }

    /// Measures one operation.
    pub fn time<T>(&mut self, operation: impl FnOnce() -> T) -> T {
        let began = now();
        let result = operation();
        let ended = now();
        self.add(began, ended);
        result
    }

    /// The mean of the middle half.
    pub fn middle(self) -> f64 {
        middle(self.values.into_iter().map(|value| value as f64).collect())
    }
}

/// The mean of the middle half of some figures.
pub fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let quarter = values.len() / 4;
    let half = &values[quarter..values.len() - quarter];
    half.iter().sum::<f64>() / half.len() as f64
}

/// Panics unless the counter counts instructions, a nanosecond each.
pub fn check() {
    let looks = || (now() as f64 / 1e9, clock(libc::CLOCK_MONOTONIC_RAW));
    let (counter, seconds) = looks();
    crate::server::spin(1_000_000);
    let (later, end) = looks();
    let ratio = (later - counter) / (end - seconds);
    assert!(
        (0.999..1.001).contains(&ratio),
        "the counter counts {ratio:.4} in a nanosecond: not under -icount shift=0?"
    );
}

/// Sleeps a little, in which the kernel does what it had put off in other tasks: a task that is moved, or forks, is then
/// the only one that wants the CPU.  Guest time without work costs nothing.
pub fn rest() {
    sleep(Duration::from_millis(1));
}

/// Sees to it that this process comes back from a fork before the child runs: it has a real-time policy, which its
/// children do not inherit.
pub fn go_first() {
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    let lowest = libc::sched_param { sched_priority: 1 };
    // SAFETY: the parameter is valid while the call lasts.
    let status = unsafe { libc::sched_setscheduler(0, policy, &lowest) };
    assert_eq!(status, 0, "{}", std::io::Error::last_os_error());
}
