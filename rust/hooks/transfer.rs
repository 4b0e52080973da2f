// SPDX-License-Identifier: GPL-2.0

//! Bytes are moved on a channel: the task that moves them serves the channel's host.

use crate::engine::host::TaskOf;
use crate::engine::process::Born;
use crate::engine::tasks::{
    Bond,
    Cause, //
};
use crate::engine::Engine;
use crate::sys::kprobe::Context;
use crate::sys::socket::Socket;
use crate::sys::task::TaskExt;
use kernel::sync::atomic::Relaxed;
use kernel::sync::Arc;
use kernel::task::Task;

/// `skb_copy_datagram_iter(skb, offset, iter, len)` of net/core/datagram.c: a part of the socket's
/// receive queue is copied to the reader, after the reader's wait.
pub(super) fn received(engine: &Arc<Engine>, context: &Context<'_>) {
    moved(engine, context.sock_of_buffer(0));
}

/// `skb_splice_bits(skb, sk, offset, pipe, ...)` of net/core/skbuff.c: the same, to a pipe.
pub(super) fn spliced(engine: &Arc<Engine>, context: &Context<'_>) {
    moved(engine, context.sock(1));
}

/// `inet_sendmsg(sock, msg, size)` and `inet6_sendmsg` of net/ipv4/af_inet.c and net/ipv6/af_inet6.c.
pub(super) fn sent(engine: &Arc<Engine>, context: &Context<'_>) {
    moved(engine, context.sock_of_socket(0));
}

/// What one look-up has to say.
enum Look {
    /// The task is bound by this very channel, which knows that bytes were moved on it.
    Bound,
    /// It is bound by this channel, and these are the first bytes.
    First,
    /// It is an event loop that has the channel of this number at hand, 0 for none.
    Loop(u64),
    /// It is tracked, but not bound by this channel.
    Other,
}

fn moved(engine: &Arc<Engine>, socket: Option<&Socket>) {
    let task: &kernel::task::Task = kernel::current!();
    let Some(socket) = socket else {
        return;
    };
    if task.is_kernel_thread() || engine.is_deaf() {
        return;
    }
    let id = socket.id();
    let look = engine
        .tasks
        .with(task.id(), |tracked| match &mut tracked.wanted {
            Some(bond) if bond.is_by(id) && !tracked.failed => {
                bond.host.host().transfers.add(1, Relaxed);
                match core::mem::replace(&mut bond.noted, true) {
                    true => Look::Bound,
                    false => Look::First,
                }
            }
            _ => tracked.event_loop.as_ref().map_or(Look::Other, |one| {
                Look::Loop(one.at_hand().map_or(0, |at_hand| at_hand.channel))
            }),
        });
    match look {
        Some(Look::Bound) => (),
        Some(Look::First) => {
            engine.channels.with(id, |channel| channel.note(task.id()));
        }
        Some(Look::Loop(at_hand)) => engine.charge(task, socket, at_hand),
        // A member of a VPS is never tracked.
        None if engine.vpses.has(task) => of_member(engine, task, socket),
        Some(Look::Other) | None => bind(engine, task, socket, look.is_some()),
    }
}

/// Binds `task` to the host of the channel that `socket` is, if it is one.
fn bind(engine: &Arc<Engine>, task: &Task, socket: &Socket, tracked: bool) {
    let found = engine.channels.with(socket.id(), |channel| {
        channel.note(task.id());
        channel.bound = task.id();
        let own = channel.acceptor_task == task.id();
        (channel.host.host().clone(), channel.number, own)
    });
    let Some((host, number, own)) = found else {
        return;
    };
    host.transfers.add(1, Relaxed);
    if tracked || engine.track(task, Born::Before, None).is_some() {
        let bond = Bond {
            host: TaskOf::new(host),
            socket: Some(socket.hold()),
            channel: number,
            cause: Cause::Transfer,
            own,
            noted: true,
        };
        engine.want(task, bond);
    }
}

/// A member of a VPS moves bytes: they are counted for the host of the channel, and it stays where it is.
fn of_member(engine: &Engine, task: &Task, socket: &Socket) {
    let found = engine.channels.with(socket.id(), |channel| {
        channel.note(task.id());
        channel.host.host().clone()
    });
    if let Some(host) = found {
        host.transfers.add(1, Relaxed);
    }
}
