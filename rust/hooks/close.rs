// SPDX-License-Identifier: GPL-2.0

//! The last descriptor of a socket is closed: `inet_release(sock)` of net/ipv4/af_inet.c, which
//! `inet6_release` calls too.

use crate::engine::Engine;
use crate::sys::kprobe::Context;
use crate::sys::task::TaskExt;
use kernel::sync::Arc;

/// Forgets the channel; the task that closes it serves nobody any more.
pub(super) fn tcp(engine: &Arc<Engine>, context: &Context<'_>) {
    let task: &kernel::task::Task = kernel::current!();
    let Some(socket) = context.sock_of_socket(0) else {
        return;
    };
    let id = socket.id();
    let Some(channel) = engine.channels.remove(id) else {
        return;
    };
    if !channel.active {
        channel.acceptor.add_unread(-1);
    }
    let bound = engine.tasks.with(task.id(), |tracked| {
        tracked.wanted.as_ref().is_some_and(|bond| bond.is_by(id))
    });
    if bound == Some(true) {
        engine.want_idle(task);
    }
}
