// SPDX-License-Identifier: GPL-2.0

//! Event loops: threads that serve several hosts at once.
//!
//! A move from class to class costs as much as a small request, and an event loop changes hosts with every
//! event. So it stays idle, and its CPU time is charged: what it used from one transfer to the next is
//! counted for the host of the channel that was at hand.
//!
//! A thread is an event loop once it binds itself by a channel of one host while it is bound by a channel of
//! another one that is still open, if it accepted both by itself. A worker of a pool, which is handed one
//! connection after the other by who accepts, is none: it is moved.

use crate::engine::host::Host;
use crate::engine::tasks::{
    Bond,
    Tracked, //
};
use crate::engine::Engine;
use crate::sys::sched;
use crate::sys::task::TaskExt;
use kernel::sync::atomic::Relaxed;
use kernel::sync::Arc;
use kernel::task::Task;

/// The channel that an event loop works for.
pub(crate) struct AtHand {
    pub(crate) host: Arc<Host>,
    /// The channel's number.
    pub(crate) channel: u64,
    /// CPU time of the thread when it came to this channel, in nanoseconds.
    since: u64,
}

/// A thread that is an event loop; empty while it works for nobody.
pub(crate) struct EventLoop(Option<AtHand>);

impl EventLoop {
    /// The channel at hand.
    pub(crate) fn at_hand(&self) -> Option<&AtHand> {
        self.0.as_ref()
    }

    /// Charges what was at hand until `now`, and takes `next` in hand; gives back what has to be dropped
    /// outside the lock.
    fn turn(&mut self, now: u64, next: Option<AtHand>) -> Option<AtHand> {
        let before = core::mem::replace(&mut self.0, next);
        if let Some(before) = &before {
            let used = now.saturating_sub(before.since);
            before.host.charged.add(used, Relaxed);
        }
        before
    }
}

/// Whether `tracked`, which is about to be bound by `next`, serves two hosts at once.
pub(crate) fn is_loop(tracked: &Tracked, next: &Bond) -> bool {
    let Some(before) = &tracked.wanted else {
        return false;
    };
    let open = before
        .socket
        .as_ref()
        .is_some_and(|socket| !socket.is_orphan());
    // A connection may change hosts with each request.
    let other = match (&before.socket, &next.socket) {
        (Some(one), Some(two)) => one.id() != two.id(),
        _ => true,
    };
    let differ = other && !Arc::ptr_eq(before.host.host(), next.host.host());
    before.own && next.own && open && differ
}

impl Engine {
    /// The thread that is about to be bound by `bond` is an event loop from now on, and has its channel at
    /// hand. For the current task, under its lock.
    pub(crate) fn begin_loop(tracked: &mut Tracked, bond: &Bond) {
        tracked.event_loop = Some(EventLoop(Some(AtHand {
            host: bond.host.host().clone(),
            channel: bond.channel,
            since: sched::runtime(&tracked.task),
        })));
    }

    /// The current task, `task`, is an event loop, and moves bytes on the channel with this number, which is for `host`.
    pub(crate) fn charge(&self, task: &Task, host: Option<Arc<Host>>, channel: u64) {
        let since = sched::runtime(task);
        let next = host.map(|host| AtHand {
            host,
            channel,
            since,
        });
        let before = self.tasks.with(task.id(), |tracked| {
            tracked
                .event_loop
                .as_mut()
                .and_then(|event_loop| event_loop.turn(since, next))
        });
        drop(before);
    }

    /// The current task, `task`, closed the channel with the number `channel`: an event loop that had it at
    /// hand works for nobody.
    pub(crate) fn put_down(&self, task: &Task, channel: u64) {
        let now = sched::runtime(task);
        let before = self.tasks.with(task.id(), |tracked| {
            let event_loop = tracked.event_loop.as_mut()?;
            let has_it = event_loop.at_hand()?.channel == channel;
            has_it.then(|| event_loop.turn(now, None)).flatten()
        });
        drop(before);
    }

    /// Charges what an event loop that exits, or is forgotten, had at hand. `task` is the current task.
    pub(crate) fn end_loop(tracked: &mut Tracked, task: &Task) {
        if let Some(event_loop) = &mut tracked.event_loop {
            drop(event_loop.turn(sched::runtime(task), None));
        }
    }
}
