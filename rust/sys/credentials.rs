// SPDX-License-Identifier: GPL-2.0

//! Acting with the kernel's own credentials.
//!
//! A server that moves itself has neither the right to write to our groups nor, under AppArmor or
//! SELinux, to use a file that it did not open. The right is ours, not its.
//!
//! C header: [`include/linux/cred.h`](srctree/include/linux/cred.h)

use crate::sys::bindings;
use core::ptr::NonNull;
use kernel::prelude::*;

/// The credentials of the kernel.
///
/// # Invariants
///
/// Owns one reference.
pub(crate) struct Credentials(NonNull<bindings::cred>);

// SAFETY: Credentials are counted and do not change.
unsafe impl Send for Credentials {}
// SAFETY: As above.
unsafe impl Sync for Credentials {}

impl Credentials {
    /// Root of the initial user namespace, with no security label of a process; may sleep.
    pub(crate) fn kernel() -> Result<Self> {
        // SAFETY: The initial task lives for ever.
        let raw = unsafe { bindings::prepare_kernel_cred(&raw mut bindings::init_task) };
        // INVARIANT: The reference is taken over.
        NonNull::new(raw).map(Self).ok_or(ENOMEM)
    }

    /// Calls `act` with these credentials in place of the current task's own.
    pub(crate) fn with<R>(&self, act: impl FnOnce() -> R) -> R {
        let current = kernel::task::Task::current_raw();
        // SAFETY: Only the current task changes its own subjective credentials; this is
        // `override_creds()` of linux/cred.h, and what is put in place outlives the call.
        let old = unsafe {
            let slot = &raw mut (*current).cred;
            let old = slot.read_volatile();
            slot.write_volatile(self.0.as_ptr());
            old
        };
        let result = act();
        // SAFETY: As above, the other way (`revert_creds()`).
        unsafe { (&raw mut (*current).cred).write_volatile(old) };
        result
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, the reference is ours to give back.
        unsafe { bindings::put_cred(self.0.as_ptr()) };
    }
}
