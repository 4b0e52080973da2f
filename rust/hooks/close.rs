// SPDX-License-Identifier: GPL-2.0

//! A channel is closed: a process closes its last descriptor of it, or the last one of all is closed.

use crate::engine::Engine;
use crate::limits;
use crate::sys::kprobe::Context;
use crate::sys::task::TaskExt;
use kernel::sync::Arc;

/// `filp_flush(filp, id)` of fs/open.c, with the table of descriptors as `id`, from which the descriptor is
/// gone already: close(2), close_range(2), dup2(2) over it, exec and exit.
///
/// A process that keeps another descriptor, as inetd's child does, still serves. When it keeps none, it does
/// not, even if others have the connection open.
pub(super) fn descriptor(engine: &Arc<Engine>, context: &Context<'_>) {
    let Some(file) = context.file(0) else {
        return;
    };
    let Some(socket) = file.socket() else {
        return;
    };
    // With the last descriptor of all, `inet_release()` is next; with an exit, `do_exit()` was.
    let task: &kernel::task::Task = kernel::current!();
    if file.others() == 0 || task.is_exiting() || engine.is_deaf() {
        return;
    }
    let id = socket.id();
    let Some((bound, number)) = engine
        .channels
        .with(id, |channel| (channel.bound, channel.number))
    else {
        return;
    };
    let keeps =
        |table: crate::sys::descriptor::Table<'_>| table.refers_to(file, limits::DESCRIPTORS);
    if context.table(1).is_some_and(keeps) {
        return;
    }
    engine.want_idle(task, id);
    engine.put_down(task, number);
    if bound != 0 && bound != task.id() {
        engine.release(bound, id, Some(task.process_id()));
    }
}

/// `inet_release(sock)` of net/ipv4/af_inet.c, which `inet6_release` calls too, and `unix_release(sock)` of
/// net/unix/af_unix.c: nobody has a descriptor of the channel any more.
pub(super) fn last(engine: &Arc<Engine>, context: &Context<'_>) {
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
    engine.want_idle(task, id);
    engine.put_down(task, channel.number);
    if channel.bound != 0 && channel.bound != task.id() {
        engine.release(channel.bound, id, None);
    }
}
