// SPDX-License-Identifier: GPL-2.0

//! A task exits: `do_exit(code)` of kernel/exit.c, in the task.

use crate::engine::Engine;
use crate::sys::kprobe::Context;
use crate::sys::task::TaskExt;
use kernel::sync::Arc;

/// Forgets the task.
pub(super) fn current(engine: &Arc<Engine>, _context: &Context<'_>) {
    let task: &kernel::task::Task = kernel::current!();
    if let Some(tracked) = engine.tasks.remove(task.id()) {
        engine.leave(task.process_id());
        drop(tracked);
    }
}
