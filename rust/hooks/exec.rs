// SPDX-License-Identifier: GPL-2.0

//! A task executes a program, which may make it a member of a VPS.

use crate::engine::Engine;
use crate::sys::kprobe::Context;
use kernel::sync::Arc;

/// `security_bprm_check(bprm)` of security/security.c, for the file that was asked for and, when that is a
/// script, for its interpreter after it.
pub(super) fn looks(engine: &Arc<Engine>, context: &Context<'_>) {
    if let Some((program, first)) = context.program(0) {
        engine.vps_looks(kernel::current!(), program, first);
    }
}

/// `begin_new_exec(bprm)` of fs/exec.c: from here on the old program is gone.
pub(super) fn runs(engine: &Arc<Engine>, _context: &Context<'_>) {
    engine.vps_executes(kernel::current!());
}
