// SPDX-License-Identifier: GPL-2.0

//! Work that the current task does before it returns to user space.
//!
//! A handler may not sleep; what it decides is done here, in process context, before the system call
//! that was hooked returns. Each queued item holds a reference on the module, so that its text stays
//! until the item ran, and unloading says busy meanwhile.
//!
//! C header: [`include/linux/task_work.h`](srctree/include/linux/task_work.h)

use crate::sys::bindings;
use crate::sys::module::ModuleRef;
use core::mem::MaybeUninit;
use kernel::alloc::flags::__GFP_NOWARN;
use kernel::prelude::*;
use kernel::sync::Arc;
use kernel::task::Task;

/// One queued callback.
///
/// # Invariants
///
/// `head` is the first field, so that a pointer to it is one to the item.
#[repr(C)]
struct Item<T: 'static> {
    head: MaybeUninit<bindings::callback_head>,
    work: fn(&Arc<T>),
    data: Arc<T>,
    _module: ModuleRef,
}

/// Has `task`, which is the current one, call `work(data)` before it returns to user space: another one might not do so for
/// hours, and keep the module. Does not sleep.
///
/// Errors: `ENOMEM`; `ESRCH` when the task exits; `ENODEV` when the module goes.
pub(crate) fn queue<T: Send + Sync + 'static>(
    task: &Task,
    work: fn(&Arc<T>),
    data: Arc<T>,
) -> Result {
    let module = ModuleRef::try_get().ok_or(ENODEV)?;
    let item = KBox::new(
        Item {
            head: MaybeUninit::uninit(),
            work,
            data,
            _module: module,
        },
        GFP_NOWAIT | __GFP_NOWARN,
    )?;
    let item = KBox::into_raw(item);
    let head = item.cast::<bindings::callback_head>();
    // SAFETY: `head` is the first field of an item that is ours alone.
    unsafe { bindings::init_task_work(head, Some(run::<T>)) };
    // SAFETY: The task is alive; on success the item belongs to it until it calls `run`.
    let status = unsafe {
        bindings::task_work_add(
            task.as_ptr(),
            head,
            bindings::task_work_notify_mode_TWA_RESUME,
        )
    };
    if status != 0 {
        // SAFETY: It was not queued, so it is still ours and came from `KBox::into_raw`.
        drop(unsafe { KBox::from_raw(item) });
        return Err(Error::from_errno(status));
    }
    Ok(())
}

/// # Safety
///
/// Called by `task_work_run()` only, with the head of an `Item<T>` that `queue` handed over.
unsafe extern "C" fn run<T: 'static>(head: *mut bindings::callback_head) {
    // SAFETY: The item came from `KBox::into_raw` in `queue`, and is handed over once.
    let item = unsafe { KBox::from_raw(head.cast::<Item<T>>()) };
    (item.work)(&item.data);
}
