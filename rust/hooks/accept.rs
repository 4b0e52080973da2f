// SPDX-License-Identifier: GPL-2.0

//! A connection is accepted: a hook runs in the acceptor, after the wait, with the connected socket.

use crate::engine::counters::Event;
use crate::engine::host::{
    ChannelOf,
    Host,
    TaskOf, //
};
use crate::engine::sniffer::Sniffer;
use crate::engine::tasks::Bond;
use crate::engine::{
    Channel,
    Engine, //
};
use crate::events::Cause;
use crate::policy::{
    Endpoint,
    Row, //
};
use crate::sys::kprobe::Context;
use crate::sys::socket::Socket;
use crate::sys::task::TaskExt;
use kernel::sync::atomic::Relaxed;
use kernel::sync::Arc;
use kernel::task::Task;

/// `__inet_accept(sock, newsock, newsk)` of net/ipv4/af_inet.c: makes a channel of a connection to a host's address.
pub(super) fn tcp(engine: &Arc<Engine>, context: &Context<'_>) {
    let task: &kernel::task::Task = kernel::current!();
    let Some(socket) = context.sock(2) else {
        return;
    };
    if engine.is_deaf() || task.is_kernel_thread() || !socket.is_tcp() {
        return;
    }
    if let Some(vps) = engine.vpses.of(task) {
        engine.vps_accepts(&vps, task, socket);
        return;
    }
    if !socket.in_initial_namespace() {
        return;
    }
    let reading = context.rcu();
    let snapshot = engine.snapshot(&reading);
    let (address, port) = socket.local();
    let local = Endpoint::new(address, port);
    let start = socket.unprivileged_port_start();
    let mut admit = |id, row: &Row| engine.admits(task, row, snapshot.host(id));
    let host = snapshot
        .table()
        .lookup(&local, start, &mut admit)
        .and_then(|id| snapshot.host(id));
    let named = snapshot.table().asks_for_names(&local, start) && socket.is_plain_tcp();
    accepted(engine, task, socket, host, named);
}

/// `unix_update_edges(receiver)` of net/unix/garbage.c, which is called by `unix_accept()` of net/unix/af_unix.c only, for the
/// socket that it accepts: makes a channel of a connection to a host's UNIX socket.
///
/// The socket is found by the path that its server bound, and must be the file that is at that path for the machine's
/// administrator, which somebody's own root directory cannot fake.
pub(super) fn unix(engine: &Arc<Engine>, context: &Context<'_>) {
    let task: &kernel::task::Task = kernel::current!();
    let Some(socket) = context.sock(0) else {
        return;
    };
    if engine.is_deaf() || task.is_kernel_thread() || !socket.is_unix() || engine.vpses.has(task) {
        return;
    }
    let Some((path, file)) = socket.bound() else {
        return;
    };
    let reading = context.rcu();
    let snapshot = engine.snapshot(&reading);
    let found = snapshot.table().find_path(path);
    let Some((row, host)) = found.and_then(|id| snapshot.entry(id)) else {
        return;
    };
    if !host.names_file(file) {
        // Its server was started after the row was written, or again. By the next connection it is known.
        if host.look_for(file) {
            engine.ask_for_files(host);
        }
        return;
    }
    if engine.admits(task, row, Some(host)) {
        let named = snapshot.table().has_names();
        accepted(engine, task, socket, Some(host), named);
    }
}

/// Makes a channel for `host`, or for whom its bytes name, and binds the acceptor if it serves.
fn accepted(
    engine: &Arc<Engine>,
    task: &Task,
    socket: &Socket,
    host: Option<&Arc<Host>>,
    named: bool,
) {
    let sniffer = named.then(|| Sniffer::new(host.cloned())).transpose();
    let sniffer = sniffer.unwrap_or_else(|_| {
        engine.counters.count(Event::NoMemory);
        None
    });
    if host.is_none() && sniffer.is_none() {
        return;
    }
    let Some(process) = engine.tracked(task) else {
        return;
    };
    let binds = engine.rule().binds_at_accept(process.kind());
    let number = engine.next_channel();
    let channel = Channel {
        number,
        socket: socket.hold(),
        host: host.cloned().map(ChannelOf::new),
        sniffer: sniffer.clone(),
        awaits_records: sniffer.is_some(),
        acceptor: process.clone(),
        acceptor_task: task.id(),
        active: false,
        bound: if binds && host.is_some() {
            task.id()
        } else {
            0
        },
    };
    process.add_unread(1);
    match engine.channels.insert(socket.id(), channel) {
        // A stale channel cannot be there: it would hold the socket.
        Ok(old) => drop(old),
        Err(why) => {
            process.add_unread(-1);
            engine.refuse(why, Event::RefusedChannel);
            return;
        }
    }
    // Without a host nobody is enrolled before a name was read: this may be any server.
    let Some(host) = host else {
        return;
    };
    host.accepted.add(1, Relaxed);
    if binds {
        let bond = Bond {
            host: TaskOf::new(host.clone()),
            socket: Some(socket.hold()),
            sniffer,
            changes: 0,
            channel: number,
            cause: Cause::Accept,
            own: true,
            noted: false,
        };
        engine.want(task, bond);
    } else {
        engine.want_enrolled(task);
    }
}
