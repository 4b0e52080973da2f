// SPDX-License-Identifier: GPL-2.0

//! A task is made.

use crate::class::settings::Original;
use crate::engine::host::TaskOf;
use crate::engine::process::Born;
use crate::engine::tasks::Bond;
use crate::engine::Engine;
use crate::events::Cause;
use crate::sys::cgroup;
use crate::sys::kprobe::Context;
use crate::sys::task::TaskExt;
use kernel::sync::Arc;

/// `wake_up_new_task(p)` of kernel/sched/core.c, in the parent: fork, vfork, clone and clone3.
///
/// The child of a tracked task, or of another thread of an enrolled process, is born where its parent is, so it is tracked with
/// the same origin.
pub(super) fn child(engine: &Arc<Engine>, context: &Context<'_>) {
    let parent: &kernel::task::Task = kernel::current!();
    let Some(child) = context.task(0) else {
        return;
    };
    if child.is_kernel_thread() {
        return;
    }
    engine.vps_child(parent, child);
    if engine.is_deaf() {
        return;
    }
    let known = engine.tasks.with(parent.id(), |tracked| {
        (
            tracked.process.clone(),
            tracked.applied.clone(),
            tracked.wanted.as_ref().map_or(0, |bond| bond.channel),
            tracked.original,
        )
    });
    let of_another = || {
        let process = engine.process_of(parent)?;
        let enrolled = process.is_enrolled();
        enrolled.then_some((process, None, 0, Original::new()))
    };
    let Some((process, host, channel, original)) = known.or_else(of_another) else {
        return;
    };
    if child.process_id() != parent.process_id() {
        process.forks();
    }
    // clone3(2) with CLONE_INTO_CGROUP: somebody chose another place, so that the child is a stranger until it
    // moves bytes.
    if !cgroup::in_same_group(child, parent) {
        engine.track(child, Born::Elsewhere(&process), None);
        return;
    }
    let told = engine.events.is_heard().then(|| host.clone()).flatten();
    let bond = host.map(|host| Bond {
        host: TaskOf::new(host),
        socket: None,
        sniffer: None,
        changes: 0,
        channel,
        cause: Cause::Fork,
        own: false,
        noted: true,
    });
    if engine.track(child, Born::Of(&process), bond).is_some() {
        // It was born with its parent's nice value, and gets back what its parent had before.
        engine
            .tasks
            .with(child.id(), |tracked| tracked.original = original);
        if let Some(host) = told {
            engine.tell_bind(child, &host, "", channel, Cause::Fork);
        }
    }
}
