// SPDX-License-Identifier: GPL-2.0

//! What a row sets for each task of its host: nice value and I/O priority.

use crate::policy::{
    IoPrio,
    Params, //
};
use crate::sys::sched;
use kernel::prelude::*;
use kernel::task::Task;

/// The settings of a row; `None` leaves the task's own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    nice: Option<i8>,
    /// As `ioprio_set(2)` takes it.
    io_priority: Option<u16>,
}

/// A value that was put on a task, and the one that it had.
#[derive(Clone, Copy)]
struct Changed<T> {
    before: T,
    put: T,
}

/// What a task had before a row's settings were put on it; `None` was not changed.
#[derive(Clone, Copy)]
pub(crate) struct Original {
    nice: Option<Changed<i8>>,
    io_priority: Option<Changed<u16>>,
}

impl Settings {
    /// Those of a row's parameters.
    pub(crate) fn of(params: &Params) -> Self {
        Self {
            nice: params.nice,
            io_priority: params.ioprio.map(encode),
        }
    }

    /// No settings.
    pub(crate) const fn new() -> Self {
        Self {
            nice: None,
            io_priority: None,
        }
    }

    /// All of it in one number, for an atomic.
    pub(crate) fn to_bits(self) -> u64 {
        let nice = self.nice.map_or(0, |nice| {
            1u64 << 8 | u64::from(u8::from_ne_bytes(nice.to_ne_bytes()))
        });
        let priority = self
            .io_priority
            .map_or(0, |priority| 1u64 << 16 | u64::from(priority));
        priority << 9 | nice
    }

    /// The settings of a number of [`Settings::to_bits`].
    pub(crate) fn from_bits(bits: u64) -> Self {
        let [nice, ..] = bits.to_le_bytes();
        let nice = Some(i8::from_ne_bytes([nice]));
        let priority = u16::try_from(bits >> 9 & 0xffff).ok();
        Self {
            nice: nice.filter(|_| bits >> 8 & 1 != 0),
            io_priority: priority.filter(|_| bits >> 25 & 1 != 0),
        }
    }
}

/// `IOPRIO_PRIO_VALUE(class, level)` of include/uapi/linux/ioprio.h: classes are none, real-time,
/// best-effort and idle, from 0 on, above 13 bits of level.
fn encode(priority: IoPrio) -> u16 {
    let (class, level) = match priority {
        IoPrio::None => (0u16, 0),
        IoPrio::Realtime(level) => (1, level),
        IoPrio::BestEffort(level) => (2, level),
        IoPrio::Idle => (3, 0),
    };
    (class << 13) | u16::from(level)
}

impl Original {
    /// Nothing was changed.
    pub(crate) const fn new() -> Self {
        Self {
            nice: None,
            io_priority: None,
        }
    }

    /// Puts `settings` on `task`, and gives back what they do not set.
    pub(crate) fn apply(&mut self, settings: &Settings, task: &Task) {
        match settings.nice {
            Some(nice) if sched::is_fair(task) => {
                let before = self.nice.map_or(sched::nice(task), |one| one.before);
                sched::set_nice(task, nice);
                self.nice = Some(Changed { before, put: nice });
            }
            _ => self.restore_nice(task),
        }
        match settings.io_priority {
            Some(priority) => {
                let now = sched::io_priority(task);
                let before = self.io_priority.map_or(now, |one| one.before);
                if sched::set_io_priority(task, priority).is_ok() {
                    let put = priority;
                    self.io_priority = Some(Changed { before, put });
                }
            }
            None => self.restore_io_priority(task),
        }
    }

    /// Gives `task` everything back. What somebody else changed meanwhile stays as it is.
    pub(crate) fn restore(&mut self, task: &Task) {
        self.restore_nice(task);
        self.restore_io_priority(task);
    }

    fn restore_nice(&mut self, task: &Task) {
        if let Some(nice) = self.nice.take() {
            if sched::nice(task) == nice.put {
                sched::set_nice(task, nice.before);
            }
        }
    }

    fn restore_io_priority(&mut self, task: &Task) {
        let Some(priority) = self.io_priority.take() else {
            return;
        };
        if sched::io_priority(task) != priority.put {
            return;
        }
        if let Err(error) = sched::set_io_priority(task, priority.before) {
            pr_debug!("I/O priority of task {}: {:?}\n", task.pid(), error);
        }
    }
}
