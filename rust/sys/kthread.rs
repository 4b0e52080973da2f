// SPDX-License-Identifier: GPL-2.0

//! Kernel threads that sleep until they are told to go, or until it is time for a round.
//!
//! C header: [`include/linux/kthread.h`](srctree/include/linux/kthread.h)

use crate::sys::bindings;
use kernel::error::from_err_ptr;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use kernel::sync::Arc;
use kernel::task::Task;
use kernel::types::Opaque;

/// What a thread does each time that it wakes.
pub(crate) trait Round: Send + Sync + 'static {
    /// One round.
    fn round(&self);
}

/// When a thread begins its next round.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// Never: it only sleeps.
    Never,
    /// So many milliseconds after the one before.
    Every(u32),
    /// At once: a round waits by itself, until there is something to do or [`should_stop`] says yes.
    AtOnce,
}

/// A round that does nothing.
impl Round for () {
    fn round(&self) {}
}

/// What the thread and its owner share.
#[pin_data]
struct Shared<R> {
    #[pin]
    started: Opaque<bindings::completion>,
    #[pin]
    wake: Opaque<bindings::completion>,
    pace: Pace,
    work: R,
}

// SAFETY: A completion may be used from any thread.
unsafe impl<R: Send> Send for Shared<R> {}
// SAFETY: As above, and only `&R` is handed out.
unsafe impl<R: Sync> Sync for Shared<R> {}

/// A running thread; it is stopped and waited for when this is dropped.
///
/// # Invariants
///
/// `task` is a kernel thread that was started and not yet stopped.
pub(crate) struct Thread<R: Round> {
    task: ARef<Task>,
    shared: Arc<Shared<R>>,
}

impl<R: Round> Thread<R> {
    /// Starts a thread that calls `work.round()` at this pace.
    pub(crate) fn start(name: &CStr, pace: Pace, work: R) -> Result<Self> {
        let shared = Arc::pin_init(
            pin_init!(Shared {
                started <- Opaque::ffi_init(|slot| {
                    // SAFETY: `slot` is a place for a completion.
                    unsafe { bindings::init_completion(slot) }
                }),
                wake <- Opaque::ffi_init(|slot| {
                    // SAFETY: `slot` is a place for a completion.
                    unsafe { bindings::init_completion(slot) }
                }),
                pace,
                work,
            }),
            GFP_KERNEL,
        )?;
        let argument = Arc::into_raw(shared.clone()).cast_mut();
        // SAFETY: The name is copied; `main` takes the reference in `argument` over when it runs.
        let raw = unsafe {
            bindings::kthread_create_on_node(
                Some(main::<R>),
                argument.cast(),
                bindings::NUMA_NO_NODE,
                c"%s".as_char_ptr(),
                name.as_char_ptr(),
            )
        };
        let raw = match from_err_ptr(raw) {
            Ok(raw) => raw,
            Err(error) => {
                // SAFETY: No thread was made, so the reference is still ours.
                drop(unsafe { Arc::from_raw(argument.cast_const()) });
                return Err(error);
            }
        };
        // SAFETY: The thread was made above and cannot end before it is stopped.
        let task: ARef<Task> = unsafe { &*raw.cast::<Task>() }.into();
        // SAFETY: The thread waits to be woken for the first time; the completion is initialised. Once
        // `main` runs, it has taken its reference over, and the thread may be moved to another cgroup
        // (`cgroup_kthread_ready()` of linux/cgroup.h).
        unsafe {
            bindings::wake_up_process(raw);
            bindings::wait_for_completion(shared.started.get());
        }
        Ok(Self { task, shared })
    }

    /// The thread as a task.
    pub(crate) fn task(&self) -> &Task {
        &self.task
    }
}

impl<R: Round> Drop for Thread<R> {
    fn drop(&mut self) {
        // SAFETY: The completion is initialised and alive.
        unsafe { bindings::complete_all(self.shared.wake.get()) };
        // SAFETY: By the type invariant, the thread was not stopped before.
        unsafe { bindings::kthread_stop(self.task.as_ptr()) };
    }
}

/// # Safety
///
/// Called once by the kernel, in the new thread, with what `start` leaked.
unsafe extern "C" fn main<R: Round>(argument: *mut c_void) -> c_int {
    // SAFETY: By the function's contract.
    let shared = unsafe { Arc::from_raw(argument.cast::<Shared<R>>().cast_const()) };
    // SAFETY: The completion is initialised and alive.
    unsafe { bindings::complete_all(shared.started.get()) };
    loop {
        if should_stop() {
            return 0;
        }
        match shared.pace {
            // SAFETY: The completion is initialised and alive; a kernel thread gets no signals.
            Pace::Never => unsafe {
                bindings::wait_for_completion_interruptible(shared.wake.get());
            },
            Pace::Every(milliseconds) => {
                // SAFETY: As above; a time of milliseconds fits.
                unsafe {
                    bindings::wait_for_completion_interruptible_timeout(
                        shared.wake.get(),
                        bindings::__msecs_to_jiffies(milliseconds),
                    );
                }
                if !should_stop() {
                    shared.work.round();
                }
            }
            Pace::AtOnce => shared.work.round(),
        }
    }
}

/// Whether the current thread, which is one of ours, was told to go.
pub(crate) fn should_stop() -> bool {
    // SAFETY: By the function's contract, the current thread is a kernel thread that was made with `kthread_create()`.
    unsafe { bindings::kthread_should_stop() }
}
