// SPDX-License-Identifier: GPL-2.0

//! What the `kernel` crate's `Task` does not say about a task.
//!
//! C header: [`include/linux/sched.h`](srctree/include/linux/sched.h)

use crate::sys::bindings;
use core::ptr::NonNull;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use kernel::sync::rcu;
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
    /// The name that it gave itself, and bytes without a meaning behind its NUL.
    fn comm(&self) -> [u8; 16];
    /// The number of its parent's process, as `process_id` gives it.
    fn parent_process_id(&self) -> usize;
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

    fn comm(&self) -> [u8; 16] {
        // SAFETY: The task is alive. Who changes the name meanwhile may leave a mix of both, as the kernel's own readers put
        // up with (`get_task_comm()` of linux/sched.h).
        unsafe { core::ptr::read_volatile((&raw const (*self.as_ptr()).comm).cast()) }
    }

    fn parent_process_id(&self) -> usize {
        let guard = rcu::read_lock();
        // SAFETY: Under RCU the parent of a task that is not reaped yet stays valid, and of one that is,
        // the last parent, whose memory goes after a grace period; `signal` goes with the memory.
        let id = unsafe {
            let parent = core::ptr::read_volatile(&raw const (*self.as_ptr()).real_parent);
            (*parent).signal as usize
        };
        drop(guard);
        id
    }
}

/// Calls `visit` with one task of each process of user space and of the kernel; it must not sleep.
pub(crate) fn each_process(mut visit: impl FnMut(&Task)) {
    let guard = rcu::read_lock();
    // SAFETY: Under RCU the list of all processes can be walked (`for_each_process()` of
    // linux/sched/signal.h), and the tasks on it stay valid; it begins and ends at the initial task.
    unsafe {
        let first = &raw mut bindings::init_task;
        let mut entry = core::ptr::read_volatile(&raw const (*first).tasks.next);
        loop {
            let task = kernel::container_of!(entry, bindings::task_struct, tasks);
            if task.cast_const() == first.cast_const() {
                break;
            }
            visit(&*task.cast::<Task>());
            entry = core::ptr::read_volatile(&raw const (*task).tasks.next);
        }
    }
    drop(guard);
}

/// Calls `act` with a task of the same process as `one` that has not begun to exit, if there is one; it
/// must not sleep.
pub(crate) fn with_living<R>(one: &Task, act: impl FnOnce(&Task) -> R) -> Option<R> {
    let guard = rcu::read_lock();
    let mut found = None;
    // SAFETY: A task keeps its `signal_struct` until it is freed, and that heads the list of its process's
    // tasks, which can be walked under RCU (`for_each_thread()` of linux/sched/signal.h).
    unsafe {
        let head = &raw const (*(*one.as_ptr()).signal).thread_head;
        let mut entry = core::ptr::read_volatile(&raw const (*head).next);
        while entry.cast_const() != head {
            let task = kernel::container_of!(entry, bindings::task_struct, thread_node);
            let task = &*task.cast::<Task>();
            if !task.is_exiting() {
                found = Some(task);
                break;
            }
            entry = core::ptr::read_volatile(&raw const (*entry).next);
        }
    }
    let result = found.map(act);
    drop(guard);
    result
}

/// The task with a number of the current task's PID namespace.
pub(crate) fn by_number(number: i32) -> Option<TaskRef> {
    let guard = rcu::read_lock();
    // SAFETY: Under RCU a found number stays valid; `get_pid_task` gives a reference on its task, or null.
    let task = unsafe {
        bindings::get_pid_task(bindings::find_vpid(number), bindings::pid_type_PIDTYPE_PID)
    };
    drop(guard);
    let task = NonNull::new(task.cast::<Task>())?;
    // SAFETY: The reference is ours; `Task` is a transparent wrapper.
    Some(unsafe { ARef::from_raw(task) })
}

/// The parent of the process of the task with a number of the current task's PID namespace.
pub(crate) fn parent_of(number: i32) -> Option<TaskRef> {
    let guard = rcu::read_lock();
    let parent = by_number(number).map(|task| {
        // SAFETY: The task had its number under RCU, so that it was not reaped yet: its parent goes after a grace period,
        // and has a count until then; `Task` is a transparent wrapper.
        let parent = unsafe {
            let parent = core::ptr::read_volatile(&raw const (*task.as_ptr()).real_parent);
            &*parent.cast::<Task>()
        };
        parent.into()
    });
    drop(guard);
    parent
}

/// Kills the process of a task; does not sleep.
pub(crate) fn kill(one: &Task) {
    with_living(one, |task| {
        // SAFETY: The task is alive; 1 says that the kernel sends the signal.
        unsafe { bindings::send_sig(bindings::SIGKILL as c_int, task.as_ptr(), 1) };
    });
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
