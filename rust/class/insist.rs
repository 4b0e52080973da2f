// SPDX-License-Identifier: GPL-2.0

//! Giving back what was taken, when memory is short just then: nobody is there who could try again later.

use crate::sys::task;
use kernel::prelude::*;

/// How often what failed for lack of memory is tried, and how many milliseconds lie between: 5 s in all,
/// in which the kernel has killed a process if it needs to.
const TRIES: u32 = 500;
const PAUSE: u32 = 10;

/// Calls `act` until it has not failed with `ENOMEM`, or 5 s have passed; sleeps. Not for a server's way.
pub(crate) fn insist<R>(mut act: impl FnMut() -> Result<R>) -> Result<R> {
    for _ in 1..TRIES {
        match act() {
            Err(error) if error == ENOMEM => task::sleep(PAUSE),
            other => return other,
        }
    }
    act()
}
