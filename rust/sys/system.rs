// SPDX-License-Identifier: GPL-2.0

//! The machine.

use crate::sys::bindings;
use kernel::prelude::*;

/// The number of CPUs that run.
pub(crate) fn online_cpus() -> u32 {
    // SAFETY: An atomic read of a counter that lives for ever; `num_online_cpus()` of linux/cpumask.h.
    let count = unsafe { core::ptr::read_volatile(&raw const bindings::__num_online_cpus.counter) };
    u32::try_from(count).unwrap_or(1).max(1)
}

/// A random number that nobody outside knows.
pub(crate) fn random() -> u64 {
    // SAFETY: May be called from any context.
    unsafe { bindings::get_random_u64() }
}

/// Fills `buffer` with `text` and a NUL at its end, for C.
pub(crate) fn c_string<'a>(buffer: &'a mut [u8], parts: &[&[u8]]) -> Result<&'a CStr> {
    let mut length = 0usize;
    let end_of_text: &[u8] = b"\0";
    for part in Iterator::chain(parts.iter().copied(), core::iter::once(end_of_text)) {
        let end = length.checked_add(part.len()).ok_or(ERANGE)?;
        buffer
            .get_mut(length..end)
            .ok_or(ERANGE)?
            .copy_from_slice(part);
        length = end;
    }
    let text = buffer.get(..length).ok_or(ERANGE)?;
    CStr::from_bytes_with_nul(text).map_err(|_| EINVAL)
}
