// SPDX-License-Identifier: GPL-2.0

//! A task exits: `do_exit(code)` of kernel/exit.c, in the task.

use crate::engine::Engine;
use crate::events::End;
use crate::sys::kprobe::Context;
use crate::sys::task::TaskExt;
use kernel::sync::Arc;

/// Forgets the task, and with the last one its process.
pub(super) fn current(engine: &Arc<Engine>, _context: &Context<'_>) {
    let task: &kernel::task::Task = kernel::current!();
    engine.vps_exit(task);
    if let Some(mut tracked) = engine.tasks.remove(task.id()) {
        Engine::end_loop(&mut tracked, task);
        engine.tell_release(task, tracked.applied.as_ref(), End::Exit);
    }
    // Two last tasks that get here at once leave their process to the next round of the canary.
    if task.live_tasks() <= 1 {
        drop(engine.processes.remove(task.process_id()));
    }
}
