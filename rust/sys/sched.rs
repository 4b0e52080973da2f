// SPDX-License-Identifier: GPL-2.0

//! What the scheduler lets one set of a task.
//!
//! C header: [`include/linux/sched.h`](srctree/include/linux/sched.h)

use crate::sys::bindings;
use core::ptr::read_volatile;
use kernel::error::to_result;
use kernel::prelude::*;
use kernel::sync::SpinLock;
use kernel::task::Task;

/// The policy number that keeps the policy: `SETPARAM_POLICY` of kernel/sched/sched.h.
const KEEP_POLICY: u32 = u32::MAX;

/// Whether nice values mean something for the task: SCHED_OTHER or SCHED_BATCH.
pub(crate) fn is_fair(task: &Task) -> bool {
    // SAFETY: The task is alive; the policy is one word.
    let policy = unsafe { (*task.as_ptr()).policy };
    policy == bindings::SCHED_NORMAL || policy == bindings::SCHED_BATCH
}

/// The nice value of a task.
pub(crate) fn nice(task: &Task) -> i8 {
    // SAFETY: The task is alive; the priority is one word.
    let priority = unsafe { (*task.as_ptr()).static_prio };
    // `PRIO_TO_NICE()` of include/linux/sched/prio.h: 100 to 139 are -20 to 19.
    i8::try_from(priority.saturating_sub(120)).unwrap_or(0)
}

/// Sets the nice value of a task: -20 to 19, others are clamped by the kernel's refusal.
pub(crate) fn set_nice(task: &Task, nice: i8) {
    // SAFETY: The task is alive.
    unsafe { bindings::set_user_nice(task.as_ptr(), c_long::from(nice)) };
}

/// Books the CPU time that the current task used so far to the group that it is in.
///
/// A move to another cgroup books all time since the last update, up to a whole tick, to the new group.
/// Taking the running task off its queue and putting it back, with no parameter changed, is an update
/// that a module can ask for (`__sched_setscheduler()` of kernel/sched/syscalls.c; `KEEP_PARAMS` skips
/// the changes, and a runtime of 0 is never the slice in force, so that it does not return early).
/// It does so for SCHED_OTHER and SCHED_BATCH only; another policy wants its parameters, and refuses these.
pub(crate) fn update_runtime(task: &Task) {
    if !is_fair(task) {
        return;
    }
    let attributes = bindings::sched_attr {
        sched_policy: KEEP_POLICY,
        sched_nice: i32::from(nice(task)),
        sched_flags: u64::from(bindings::SCHED_FLAG_KEEP_PARAMS),
        ..Default::default()
    };
    // What is refused is an update less: somebody changed the policy just now.
    // SAFETY: The task is alive, and the attributes are read only.
    unsafe { bindings::sched_setattr_nocheck(task.as_ptr(), (&raw const attributes).cast()) };
}

/// The CPU time in nanoseconds that the current task, `task`, used so far. The caller has switched preemption
/// off.
///
/// What was booked, and what the task has run since (`update_curr()` of kernel/sched/fair.c, whose clock is
/// this one). Where the kernel takes interrupts or a hypervisor's theft out of it (`update_rq_clock_task()`),
/// the clock is another one: then it is what was booked, which may be a tick old.
pub(crate) fn runtime(task: &Task) -> u64 {
    const SAME_CLOCK: bool = cfg!(not(any(
        CONFIG_IRQ_TIME_ACCOUNTING,
        CONFIG_PARAVIRT_TIME_ACCOUNTING
    )));
    // SAFETY: The task is alive, and its times are words that only a scheduler's interrupt on this CPU
    // changes; `local_clock()` may be called everywhere.
    let (booked, start, now) = unsafe {
        let times = &raw const (*task.as_ptr()).se;
        loop {
            let booked = read_volatile(&raw const (*times).sum_exec_runtime);
            let start = read_volatile(&raw const (*times).exec_start);
            let now = bindings::local_clock();
            if read_volatile(&raw const (*times).sum_exec_runtime) == booked {
                break (booked, start, now);
            }
        }
    };
    let since = if SAME_CLOCK {
        now.saturating_sub(start)
    } else {
        0
    };
    booked.saturating_add(since)
}

/// The I/O priority that was set for a task, as `ioprio_get(2)` gives it; 0 is none.
pub(crate) fn io_priority(task: &Task) -> u16 {
    // SAFETY: The task is alive, and its lock was initialized when it was made (`task_lock()` of linux/sched/task.h).
    let lock = unsafe { SpinLock::<()>::from_raw((&raw mut (*task.as_ptr()).alloc_lock).cast()) };
    let guard = lock.lock();
    // SAFETY: The task is alive, and gives its context back, which may be freed at once then, after it took it away under
    // the lock (`exit_io_context()` of block/blk-ioc.c).
    let priority = unsafe {
        let context = (*task.as_ptr()).io_context;
        if context.is_null() {
            0
        } else {
            (*context).ioprio
        }
    };
    drop(guard);
    priority
}

/// Sets the I/O priority of a task.
pub(crate) fn set_io_priority(task: &Task, priority: u16) -> Result {
    // SAFETY: The task is alive.
    to_result(unsafe { bindings::set_task_ioprio(task.as_ptr(), c_int::from(priority)) })
}
