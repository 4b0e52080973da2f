// SPDX-License-Identifier: GPL-2.0

//! What the `kernel` crate's `Task` does not say about a task.
//!
//! C header: [`include/linux/sched.h`](srctree/include/linux/sched.h)

use crate::sys::bindings;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use kernel::task::Task;

/// A counted reference to a task.
pub(crate) type TaskRef = ARef<Task>;

/// More about a task.
pub(crate) trait TaskExt {
    /// A number that no other living task has.
    fn id(&self) -> usize;
    /// A number that no other living process has, and that its tasks share for its whole life.
    fn process_id(&self) -> usize;
    /// The thread group's number in the initial PID namespace.
    fn group_number(&self) -> i32;
    /// Whether it is a kernel thread.
    fn is_kernel_thread(&self) -> bool;
    /// How many tasks of its process have not got far in exiting.
    fn live_tasks(&self) -> i32;
    /// Whether it has started to exit.
    fn is_exiting(&self) -> bool;
}

impl TaskExt for Task {
    fn id(&self) -> usize {
        self.as_ptr() as usize
    }

    fn process_id(&self) -> usize {
        // SAFETY: The task is alive; `signal` is set at fork and stays until the task is freed.
        unsafe { (*self.as_ptr()).signal as usize }
    }

    fn group_number(&self) -> i32 {
        // SAFETY: The task is alive; `tgid` changes only by an exec of another thread.
        unsafe { (*self.as_ptr()).tgid }
    }

    fn is_kernel_thread(&self) -> bool {
        // SAFETY: Reading the flags of a living task is always allowed.
        unsafe { (*self.as_ptr()).flags & bindings::PF_KTHREAD != 0 }
    }

    fn live_tasks(&self) -> i32 {
        // SAFETY: The task is alive, and so is its `signal_struct`; the counter is one word.
        unsafe { core::ptr::read_volatile(&raw const (*(*self.as_ptr()).signal).live.counter) }
    }

    fn is_exiting(&self) -> bool {
        // SAFETY: Reading the flags of a living task is always allowed.
        unsafe { (*self.as_ptr()).flags & bindings::PF_EXITING != 0 }
    }
}

/// Whether the current task may administrate the whole machine.
pub(crate) fn may_administrate() -> bool {
    // SAFETY: Asks about the current task only.
    unsafe { bindings::capable(bindings::CAP_SYS_ADMIN as c_int) }
}

/// The effective user of the current task, as the initial user namespace numbers it.
pub(crate) fn effective_user() -> u32 {
    kernel::task::Kuid::current_euid().into_raw().val
}

/// Sleeps for `milliseconds`, uninterruptibly.
pub(crate) fn sleep(milliseconds: u32) {
    // SAFETY: May be called wherever sleeping is allowed.
    unsafe { bindings::msleep(milliseconds) };
}
