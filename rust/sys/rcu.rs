// SPDX-License-Identifier: GPL-2.0

//! A pointer that readers follow without a lock.
//!
//! C header: [`include/linux/rcupdate.h`](srctree/include/linux/rcupdate.h)

use crate::sys::bindings;
use core::marker::PhantomData;
use core::sync::atomic::{
    AtomicPtr,
    Ordering, //
};
use kernel::sync::Arc;
use kernel::types::NotThreadSafe;

/// Proof that the RCU read side is entered for `'a`.
pub(crate) struct Reading<'a>(PhantomData<&'a ()>, NotThreadSafe);

impl Reading<'_> {
    /// # Safety
    ///
    /// Preemption must be off, or `rcu_read_lock()` held, for the whole lifetime.
    pub(crate) unsafe fn assume() -> Self {
        Self(PhantomData, NotThreadSafe::default())
    }
}

/// Waits until every reader that runs now has finished; sleeps.
pub(crate) fn synchronize() {
    // SAFETY: May be called wherever sleeping is allowed.
    unsafe { bindings::synchronize_rcu() };
}

/// Waits until no task runs, or was preempted, in code that could be about to go away; sleeps.
pub(crate) fn synchronize_tasks() {
    // SAFETY: May be called wherever sleeping is allowed.
    unsafe { bindings::synchronize_rcu_tasks() };
}

/// A shared value that is replaced as a whole.
///
/// # Invariants
///
/// The pointer came from `Arc::into_raw`, and its count is given back only by who took it out and
/// waited a grace period.
pub(crate) struct Cell<T> {
    current: AtomicPtr<T>,
}

impl<T> Cell<T> {
    /// A cell that holds `value`.
    pub(crate) fn new(value: Arc<T>) -> Self {
        // INVARIANT: Comes from `Arc::into_raw`.
        Self {
            current: AtomicPtr::new(Arc::into_raw(value).cast_mut()),
        }
    }

    /// The value of now; it stays valid while reading.
    pub(crate) fn read<'a>(&'a self, _reading: &'a Reading<'_>) -> &'a T {
        // SAFETY: By the type invariant the pointer is valid until a grace period after it was
        // replaced, and the caller is a reader for at least `'a`.
        unsafe { &*self.current.load(Ordering::Acquire) }
    }

    /// The value of now, counted.
    pub(crate) fn get(&self) -> Arc<T> {
        let guard = kernel::sync::rcu::read_lock();
        let current = self.current.load(Ordering::Acquire).cast_const();
        // SAFETY: Under RCU the cell's own count is not given back, so the value is alive; that count
        // stays the cell's, and the clone is ours.
        let value = unsafe { core::mem::ManuallyDrop::new(Arc::from_raw(current)) };
        let value = Arc::clone(&value);
        drop(guard);
        value
    }

    /// Puts `value` in its place, and gives back the old one when nobody reads it any more. Sleeps.
    pub(crate) fn replace(&self, value: Arc<T>) -> Arc<T> {
        let new = Arc::into_raw(value).cast_mut();
        let old = self.current.swap(new, Ordering::AcqRel);
        synchronize();
        // SAFETY: `old` came from `Arc::into_raw`, was taken out above, and its last reader is gone.
        unsafe { Arc::from_raw(old.cast_const()) }
    }
}

impl<T> Drop for Cell<T> {
    fn drop(&mut self) {
        // SAFETY: Exclusive access: no reader is left, and the pointer came from `Arc::into_raw`.
        drop(unsafe { Arc::from_raw(self.current.get_mut().cast_const()) });
    }
}

// SAFETY: The cell shares a `T` and hands out shared references to it.
unsafe impl<T: Send + Sync> Send for Cell<T> {}
// SAFETY: Readers get `&T`, and the old value may be dropped on another thread.
unsafe impl<T: Send + Sync> Sync for Cell<T> {}
