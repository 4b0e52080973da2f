// SPDX-License-Identifier: GPL-2.0

//! The machine.

use crate::sys::bindings;

/// The number of CPUs that run.
pub(crate) fn online_cpus() -> u32 {
    // SAFETY: An atomic read of a counter that lives for ever; `num_online_cpus()` of linux/cpumask.h.
    let count = unsafe { core::ptr::read_volatile(&raw const bindings::__num_online_cpus.counter) };
    u32::try_from(count).unwrap_or(1).max(1)
}

/// Nanoseconds since the boot, those of sleep too (CLOCK_BOOTTIME). May be called from any context.
pub(crate) fn since_boot() -> u64 {
    // SAFETY: May be called from any context, even an NMI.
    unsafe { bindings::ktime_get_boot_fast_ns() }
}

/// A random number that nobody outside knows.
pub(crate) fn random() -> u64 {
    // SAFETY: May be called from any context.
    unsafe { bindings::get_random_u64() }
}
