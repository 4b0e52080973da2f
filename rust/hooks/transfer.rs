// SPDX-License-Identifier: GPL-2.0

//! Bytes are moved on a channel: the task that moves them serves the channel's host.

use super::tls;
use crate::engine::counters::Event;
use crate::engine::host::{
    ChannelOf,
    Host,
    TaskOf, //
};
use crate::engine::process::Born;
use crate::engine::sniffer::{
    Heard,
    Sniffer, //
};
use crate::engine::tasks::{
    same,
    Bond, //
};
use crate::engine::Engine;
use crate::events::Cause;
use crate::sys::buffer::Received;
use crate::sys::kprobe::Context;
use crate::sys::socket::Socket;
use crate::sys::task::TaskExt;
use kernel::sync::atomic::Relaxed;
use kernel::sync::Arc;
use kernel::task::Task;

/// `skb_copy_datagram_iter(skb, offset, iter, len)` of net/core/datagram.c: a part of the socket's
/// receive queue is copied to the reader, after the reader's wait.
pub(super) fn received(engine: &Arc<Engine>, context: &Context<'_>) {
    let Some(received) = context.received(0, Some(1), 3) else {
        return;
    };
    match received.socket() {
        // A UNIX socket's buffers belong to the sender.
        Some(socket) if socket.is_tcp() => moved(engine, context, Some(socket), Some(&received)),
        Some(_) => (),
        None => tls::copied(engine, context, &received),
    }
}

/// `skb_splice_bits(skb, sk, offset, pipe, tlen, flags)` of net/core/skbuff.c: the same, to a pipe.
pub(super) fn spliced(engine: &Arc<Engine>, context: &Context<'_>) {
    let received = context.received(0, Some(2), 4);
    moved(engine, context, context.sock(1), received.as_ref());
}

/// `unix_stream_read_actor(skb, skip, chunk, state)` of net/unix/af_unix.c: a part of a UNIX socket's receive queue is copied
/// to the reader.
pub(super) fn received_unix(engine: &Arc<Engine>, context: &Context<'_>) {
    let Some(reading) = context.unix_read(3) else {
        return engine.counters.count(Event::OddRead);
    };
    let received = context.received(0, None, 2).filter(|_| !reading.aside);
    moved(engine, context, Some(reading.socket), received.as_ref());
}

/// `inet_sendmsg(sock, msg, size)` and `inet6_sendmsg` of net/ipv4/af_inet.c and net/ipv6/af_inet6.c, and
/// `unix_stream_sendmsg` of net/unix/af_unix.c.
pub(super) fn sent(engine: &Arc<Engine>, context: &Context<'_>) {
    moved(engine, context, context.sock_of_socket(0), None);
}

/// What one look-up has to say.
enum Look {
    /// The task is bound by this very channel, which knows that bytes were moved on it.
    Bound,
    /// The same, but the bytes may name another host; `true`: or somebody else's did.
    Named(bool),
    /// It is bound by this channel, and these are the first bytes.
    First,
    /// It is an event loop that has the channel of this number at hand, 0 for none.
    Loop(u64),
    /// It is tracked, but not bound by this channel.
    Other,
}

pub(super) fn moved(
    engine: &Arc<Engine>,
    context: &Context<'_>,
    socket: Option<&Socket>,
    received: Option<&Received<'_>>,
) {
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
                let noted = core::mem::replace(&mut bond.noted, true);
                if let Some(sniffer) = &bond.sniffer {
                    let outdated = bond.is_outdated();
                    if outdated || received.is_some_and(|received| sniffer.wants(received)) {
                        return Look::Named(outdated);
                    }
                    if received.is_none() {
                        sniffer.answer();
                    }
                }
                bond.host.host().transfers.add(1, Relaxed);
                match noted {
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
        Some(Look::Loop(at_hand)) => {
            if let Some(served) = served(engine, context, task, socket, received) {
                if served.changed || served.number != at_hand {
                    engine.charge(task, served.host, served.number);
                }
            }
        }
        Some(Look::Named(outdated)) => {
            if let Some(served) = served(engine, context, task, socket, received) {
                if served.changed || outdated {
                    bind(engine, context, task, socket, true, served);
                }
            }
        }
        // A member of a VPS is never tracked.
        None if engine.vpses.has(task) => of_member(engine, task, socket),
        Some(Look::Other) | None => {
            if let Some(served) = served(engine, context, task, socket, received) {
                // Who reads a name in pieces is not moved twice, nor made to wait for its turn among those without a name.
                let sniffer = served.sniffer.as_ref().filter(|_| received.is_some());
                if sniffer.is_some_and(|sniffer| sniffer.is_about_to_speak()) {
                    return;
                }
                bind(engine, context, task, socket, look.is_some(), served);
            }
        }
    }
}

/// A channel on which bytes are moved.
struct Served {
    number: u64,
    /// Whom it is for now.
    host: Option<Arc<Host>>,
    /// Whether it was for another host before these bytes.
    changed: bool,
    /// Whether the task accepted it by itself.
    own: bool,
    sniffer: Option<Arc<Sniffer>>,
    /// See [`Bond::changes`].
    changes: u32,
}

/// Notes that `task` moves bytes on the channel that `socket` is, if it is one, and reads the name in them.
fn served(
    engine: &Engine,
    context: &Context<'_>,
    task: &Task,
    socket: &Socket,
    received: Option<&Received<'_>>,
) -> Option<Served> {
    let mut served = engine.channels.with(socket.id(), |channel| {
        channel.note(task.id());
        channel.bound = task.id();
        let sniffer = channel.sniffer.clone();
        Served {
            number: channel.number,
            host: channel.host().cloned(),
            changed: false,
            own: channel.acceptor_task == task.id(),
            changes: sniffer.as_ref().map_or(0, |sniffer| sniffer.changes()),
            sniffer,
        }
    })?;
    if let Some(sniffer) = served.sniffer.clone() {
        match received {
            Some(received) if sniffer.wants(received) => {
                let heard = engine.sniff(task, socket, &sniffer, received, &context.rcu());
                if let Heard::Request(host) = heard {
                    served.changed = !same(host.as_ref(), served.host.as_ref());
                    served.host = host;
                }
                if served.changed || sniffer.has_ended() {
                    served.changes = renew(engine, socket, &served, &sniffer);
                }
            }
            Some(_) => (),
            None => sniffer.answer(),
        }
    }
    if let Some(host) = &served.host {
        host.transfers.add(1, Relaxed);
    }
    Some(served)
}

/// Has the channel know what `sniffer` read, and says how often it has changed by then.
fn renew(engine: &Engine, socket: &Socket, served: &Served, sniffer: &Sniffer) -> u32 {
    let mut host = served
        .changed
        .then(|| served.host.clone().map(ChannelOf::new));
    let mut changes = served.changes;
    let old = engine.channels.with(socket.id(), |channel| {
        if let Some(host) = &mut host {
            core::mem::swap(host, &mut channel.host);
            sniffer.change();
        }
        changes = sniffer.changes();
        let ended = sniffer.has_ended();
        ended.then(|| channel.sniffer.take())
    });
    // Dropped outside the lock.
    drop((host, old));
    changes
}

/// Binds `task` to whom the channel that `socket` is serves now.
fn bind(
    engine: &Arc<Engine>,
    context: &Context<'_>,
    task: &Task,
    socket: &Socket,
    tracked: bool,
    served: Served,
) {
    // The class of a VPS is for its members: a connection that one of them hands out takes nobody in.
    let is_open = |host: &Arc<Host>| {
        let reading = context.rcu();
        let entry = engine.snapshot(&reading).entry(host.id);
        entry.is_none_or(|(row, _)| row.vps().is_none())
    };
    let Some(host) = served.host.filter(is_open) else {
        if tracked {
            engine.want_idle(task, socket.id());
        }
        return;
    };
    if tracked || engine.track(task, Born::Before, None).is_some() {
        let bond = Bond {
            host: TaskOf::new(host),
            socket: Some(socket.hold()),
            sniffer: served.sniffer,
            changes: served.changes,
            channel: served.number,
            cause: Cause::Transfer,
            own: served.own,
            noted: true,
        };
        engine.want(task, bond);
    }
}

/// A member of a VPS moves bytes: they are counted for the host of the channel, and it stays where it is.
fn of_member(engine: &Engine, task: &Task, socket: &Socket) {
    let found = engine.channels.with(socket.id(), |channel| {
        channel.note(task.id());
        channel.host().cloned()
    });
    if let Some(Some(host)) = found {
        host.transfers.add(1, Relaxed);
    }
}
