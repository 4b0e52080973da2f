// SPDX-License-Identifier: GPL-2.0

//! TLS that the kernel decrypts: what the client asks for inside of it goes before the name in its ClientHello.
//!
//! The kernel decrypts a record for its reader, takes it out of the queue of TCP, and copies it (`tls_sw_recvmsg()` of
//! net/tls/tls_sw.c). The copy does not say of which socket it is, so that what was taken out right before does. A record that
//! was not seen, or not as a whole, could be a part of a body; what follows it is not looked at.

use super::transfer;
use crate::engine::counters::Event;
use crate::engine::host::Host;
use crate::engine::sniffer::Sniffer;
use crate::engine::tasks::Tracked;
use crate::engine::Engine;
use crate::sys::buffer::Received;
use crate::sys::kprobe::Context;
use crate::sys::socket::SocketRef;
use crate::sys::task::TaskExt;
use kernel::sync::Arc;
use kernel::task::Task;

/// `tcp_read_done(sk, len)` of net/ipv4/tcp.c: what a protocol above TCP has read for the current task is taken out of the
/// queue.
pub(super) fn taken_out(engine: &Arc<Engine>, context: &Context<'_>) {
    let Some(socket) = context.sock(0).filter(|socket| socket.is_plain_tcp()) else {
        return;
    };
    transfer::moved(engine, context, Some(socket), None);
    let task: &Task = kernel::current!();
    let id = socket.tls_record().map_or(0, |_| socket.id());
    engine
        .tasks
        .with(task.id(), |tracked| tracked.decrypted = id);
}

/// A channel of which a record is copied.
struct Found {
    socket: SocketRef,
    host: Option<Arc<Host>>,
    /// What reads its records, if it did before.
    sniffer: Option<Arc<Sniffer>>,
}

/// `received`, which no socket owns, is copied to the reader.
#[inline(never)]
pub(super) fn copied(engine: &Arc<Engine>, context: &Context<'_>, received: &Received<'_>) {
    let task: &Task = kernel::current!();
    let take = |tracked: &mut Tracked| core::mem::take(&mut tracked.decrypted);
    let id = match engine.tasks.with(task.id(), take) {
        None | Some(0) => return,
        Some(id) => id,
    };
    let found = engine.channels.with(id, |channel| {
        let sniffer = channel.sniffer.as_ref().filter(|one| one.is_of_records());
        let wanted = sniffer.is_some() || channel.awaits_records;
        wanted.then(|| Found {
            socket: channel.socket.hold(),
            host: channel.host().cloned(),
            sniffer: sniffer.cloned(),
        })
    });
    let Some(Some(found)) = found else {
        return;
    };
    let Some(number) = found.socket.tls_record() else {
        return;
    };
    let Some(sniffer) = sniffer(engine, task, number, &found) else {
        return;
    };
    let piece = received.piece();
    let follows = sniffer.is_next(number) && piece.is_data;
    if follows || sniffer.is_lost() {
        transfer::moved(engine, context, Some(&found.socket), Some(received));
    }
    if !piece.is_whole {
        sniffer.lose();
    }
}

/// What reads the channel's records: made with the first one.
fn sniffer(engine: &Engine, task: &Task, number: u64, found: &Found) -> Option<Arc<Sniffer>> {
    if let Some(sniffer) = &found.sniffer {
        return Some(sniffer.clone());
    }
    if number > 0 {
        return None;
    }
    let id = found.socket.id();
    let Ok(new) = Sniffer::of_records(found.host.clone()) else {
        engine.counters.count(Event::NoMemory);
        return None;
    };
    let (mut first, mut second) = (Some(new.clone()), Some(new.clone()));
    engine.channels.with(id, |channel| {
        core::mem::swap(&mut channel.sniffer, &mut first);
        channel.awaits_records = false;
        // Other threads that are bound by what the one before said take the new one up.
        if let Some(before) = &first {
            before.change();
        }
    });
    engine.tasks.with(task.id(), |tracked| {
        if let Some(bond) = &mut tracked.wanted {
            if bond.is_by(id) {
                core::mem::swap(&mut bond.sniffer, &mut second);
                bond.changes = new.changes();
            }
        }
    });
    // What was there before is dropped outside the locks.
    drop((first, second));
    Some(new)
}
