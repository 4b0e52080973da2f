// SPDX-License-Identifier: GPL-2.0

//! Whether a name means exactly one function of the kernel.
//!
//! `register_kprobe()` takes any function of the name that it is given. Only the dynamic events of
//! tracing count first (`number_of_same_symbols()` of kernel/trace/trace_kprobe.c), so an event is
//! made, not armed, and taken away again.
//!
//! C header: [`include/linux/trace_events.h`](srctree/include/linux/trace_events.h)

use crate::sys::bindings;
use core::mem::MaybeUninit;
use kernel::error::to_result;
use kernel::prelude::*;

/// The longest command: `MAX_DYNEVENT_CMD_LEN` of include/linux/trace_events.h.
const COMMAND_BYTES: usize = 2048;

/// The name of the event while it is there.
const EVENT: &CStr = c"vhqos_check";

/// Fails with `EINVAL` unless exactly one function of the kernel is called `symbol`; sleeps.
pub(crate) fn check_unique(symbol: &CStr) -> Result {
    let mut text = KVec::from_elem(0u8, COMMAND_BYTES, GFP_KERNEL)?;
    let mut command = KBox::new(MaybeUninit::<bindings::dynevent_cmd>::zeroed(), GFP_KERNEL)?;
    let command = command.as_mut_ptr();
    // SAFETY: The command and its buffer live until the end of this function; the names end with NUL,
    // and the list of fields with null.
    unsafe {
        bindings::kprobe_event_cmd_init(
            command,
            text.as_mut_ptr().cast(),
            c_int::try_from(COMMAND_BYTES)?,
        );
        to_result(bindings::__kprobe_event_gen_cmd_start(
            command,
            false,
            EVENT.as_char_ptr(),
            symbol.as_char_ptr(),
            core::ptr::null::<c_char>(),
        ))?;
        match to_result(bindings::dynevent_create(command)) {
            // The kernel is locked down for confidentiality, and makes no such event. That is asked last, after the symbols
            // of the name were counted (`trace_kprobe_create_internal()` of kernel/trace/trace_kprobe.c).
            Err(error) if error == EPERM => return Ok(()),
            other => other?,
        }
        to_result(bindings::kprobe_event_delete(EVENT.as_char_ptr()))
    }
}
