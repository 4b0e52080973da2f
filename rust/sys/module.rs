// SPDX-License-Identifier: GPL-2.0

//! References on this module.

use crate::sys::bindings;
use kernel::ThisModule;

/// This module, for C. Linux 7.3 names it by a type.
#[cfg(kernel_7_3)]
pub(crate) const THIS: &ThisModule = kernel::module::this_module::<crate::LocalModule>();
/// This module, for C.
#[cfg(not(kernel_7_3))]
pub(crate) const THIS: &ThisModule = &crate::THIS_MODULE;

/// Keeps the module loaded.
///
/// # Invariants
///
/// Owns one reference on this module.
pub(crate) struct ModuleRef(());

impl ModuleRef {
    /// A reference, unless the module is being unloaded. Does not sleep.
    pub(crate) fn try_get() -> Option<Self> {
        // SAFETY: `THIS` is this module, which is loaded while its code runs.
        let got = unsafe { bindings::try_module_get(THIS.as_ptr()) };
        // INVARIANT: A reference was got. It is made only then, since dropping it gives one back.
        got.then(|| Self(()))
    }
}

impl Drop for ModuleRef {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, the reference is ours to give back. What still runs of this
        // function afterwards is waited for by `synchronize_rcu_tasks()` when the module goes.
        unsafe { bindings::module_put(THIS.as_ptr()) };
    }
}
