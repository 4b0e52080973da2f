// SPDX-License-Identifier: GPL-2.0

//! A task is made.

use crate::engine::host::TaskOf;
use crate::engine::tasks::Bond;
use crate::engine::Engine;
use crate::sys::kprobe::Context;
use crate::sys::task::TaskExt;
use kernel::sync::Arc;

/// `wake_up_new_task(p)` of kernel/sched/core.c, in the parent: fork, vfork, clone and clone3.
///
/// The child of a tracked task is born where its parent is, so it is tracked with the same origin.
pub(super) fn child(engine: &Arc<Engine>, context: &Context<'_>) {
    let parent: &kernel::task::Task = kernel::current!();
    let Some(child) = context.task(0) else {
        return;
    };
    if child.is_kernel_thread() || engine.is_deaf() {
        return;
    }
    let Some((process, host, original)) = engine.tasks.with(parent.id(), |tracked| {
        (
            tracked.process.clone(),
            tracked.applied.clone(),
            tracked.original,
        )
    }) else {
        return;
    };
    if child.process_id() != parent.process_id() {
        process.forks();
    }
    let bond = host.map(|host| Bond {
        host: TaskOf::new(host),
        socket: None,
        channel: 0,
        noted: true,
    });
    if engine.track(child, Some(&process), bond).is_some() {
        // It was born with its parent's nice value, and gets back what its parent had before.
        engine
            .tasks
            .with(child.id(), |tracked| tracked.original = original);
    }
}
