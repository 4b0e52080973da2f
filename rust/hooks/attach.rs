// SPDX-License-Identifier: GPL-2.0

//! A task is moved to another group: `cgroup_attach_task(dst_cgrp, leader, threadgroup)` of
//! kernel/cgroup/cgroup.c, with the lock of all groups held.

use crate::engine::Engine;
use crate::sys::kprobe::Context;
use kernel::sync::Arc;

/// Has a member of a VPS brought back that would leave its group.
pub(super) fn task(engine: &Arc<Engine>, context: &Context<'_>) {
    if let (Some(to), Some(task)) = (context.group(0), context.task(1)) {
        engine.vps_moved(task, to);
    }
}
