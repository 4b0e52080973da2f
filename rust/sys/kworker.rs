// SPDX-License-Identifier: GPL-2.0

//! Doing something in a kernel worker, and waiting for it.
//!
//! A worker has the initial namespaces and the kernel's credentials, whoever asks.

use crate::sys::bindings;
use kernel::prelude::*;
use kernel::sync::{
    new_mutex,
    Arc,
    Completion,
    Mutex, //
};
use kernel::workqueue::Queue;

#[pin_data]
struct Errand<R> {
    #[pin]
    done: Completion,
    #[pin]
    result: Mutex<Option<R>>,
}

/// The system's queue for work that may take its time on any CPU.
fn queue() -> &'static Queue {
    // SAFETY: The queue is made at boot and lives for ever.
    unsafe { Queue::from_raw(bindings::system_dfl_wq) }
}

/// Calls `act` in a kernel worker and gives back what it says; sleeps.
pub(crate) fn run<R: Send + Unpin + 'static>(
    act: impl FnOnce() -> Result<R> + Send + 'static,
) -> Result<R> {
    let errand = Arc::pin_init(
        pin_init!(Errand {
            done <- Completion::new(),
            result <- new_mutex!(None),
        }),
        GFP_KERNEL,
    )?;
    let theirs: Arc<Errand<Result<R>>> = errand.clone();
    queue().try_spawn(GFP_KERNEL, move || {
        *theirs.result.lock() = Some(act());
        theirs.done.complete_all();
    })?;
    errand.done.wait_for_completion();
    let result = errand.result.lock().take();
    result.unwrap_or(Err(EIO))
}

/// Calls `act` in a kernel worker and does not wait. Does not sleep.
pub(crate) fn spawn(act: impl FnOnce() + Send + 'static) -> Result {
    Ok(queue().try_spawn(GFP_NOWAIT, act)?)
}
