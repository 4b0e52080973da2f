// SPDX-License-Identifier: GPL-2.0

//! A tracked task: the class that it should have, and the one that it has.

use crate::class::settings::{
    Original,
    Settings, //
};
use crate::engine::event_loop::EventLoop;
use crate::engine::host::{
    Host,
    TaskOf, //
};
use crate::engine::process::Process;
use crate::engine::sniffer::Sniffer;
use crate::events::Cause;
use crate::sys::socket::SocketRef;
use crate::sys::system;
use crate::sys::task::TaskRef;
use kernel::sync::Arc;

/// Why a task is bound to a host.
pub(crate) struct Bond {
    /// The host, counted.
    pub(crate) host: TaskOf,
    /// The socket by which it is bound, held so that no other socket has its address; none for a
    /// child that was born bound.
    pub(crate) socket: Option<SocketRef>,
    /// What reads the names of the channel, if these may decide.
    pub(crate) sniffer: Option<Arc<Sniffer>>,
    /// How often the channel had changed for that, when this was its host.
    pub(crate) changes: u32,
    /// The channel's number; that of the parent for a child that was born bound.
    pub(crate) channel: u64,
    /// What bound it.
    pub(crate) cause: Cause,
    /// Whether the task accepted the channel by itself.
    pub(crate) own: bool,
    /// Whether the channel knows already that bytes were moved on it.
    pub(crate) noted: bool,
}

impl Bond {
    /// Whether the channel got another host, or another sniffer, since: through another thread that reads the connection.
    #[inline]
    pub(crate) fn is_outdated(&self) -> bool {
        let changed = |sniffer: &Arc<Sniffer>| sniffer.changes() != self.changes;
        self.sniffer.as_ref().is_some_and(changed)
    }

    /// Whether this is a bond by the socket with the number `id`.
    pub(crate) fn is_by(&self, id: usize) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.id() == id)
    }
}

/// A task that is enrolled, or about to be.
pub(crate) struct Tracked {
    /// Keeps the task's memory, so that its address is no other task's.
    pub(crate) task: TaskRef,
    /// Its process.
    pub(crate) process: Arc<Process>,
    /// The host whose class it should have; `None` is idle.
    pub(crate) wanted: Option<Bond>,
    /// The host whose class it has; `None` is idle.
    pub(crate) applied: Option<Arc<Host>>,
    /// When it got that class, in nanoseconds of `system::since_boot`.
    pub(crate) since: u64,
    /// The settings of that host which were put on it.
    pub(crate) settings: Settings,
    /// A callback is queued that will look at this.
    pub(crate) queued: bool,
    /// Somebody is changing its class, and goes on until it has the one that is wanted.
    pub(crate) moving: bool,
    /// The last move failed: the class that it has is kept until another one is wanted.
    pub(crate) failed: bool,
    /// It serves several hosts at once, and is charged instead of bound.
    pub(crate) event_loop: Option<EventLoop>,
    /// The number of the socket of which the kernel has decrypted a record for it, which is copied next; 0 for none.
    pub(crate) decrypted: usize,
    /// What it had before a host's settings were put on it.
    pub(crate) original: Original,
}

impl Tracked {
    /// A task that has the class of `bond` already, or is idle.
    #[inline(never)]
    pub(crate) fn new(task: TaskRef, process: Arc<Process>, bond: Option<Bond>) -> Self {
        Self {
            task,
            process,
            applied: bond.as_ref().map(|bond| bond.host.host().clone()),
            wanted: bond,
            since: system::since_boot(),
            settings: Settings::new(),
            queued: false,
            moving: false,
            failed: false,
            event_loop: None,
            decrypted: 0,
            original: Original::new(),
        }
    }

    /// The word for what it is in `/proc/vhqos/tasks`.
    pub(crate) fn kind(&self) -> &'static str {
        match self.event_loop {
            Some(_) => "loops",
            None => self.process.kind().name(),
        }
    }

    /// Whether it has the class of a host, or should have.
    pub(crate) fn is_bound(&self) -> bool {
        self.wanted.is_some() || self.applied.is_some()
    }

    /// The host that is wanted.
    pub(crate) fn wanted_host(&self) -> Option<&Arc<Host>> {
        self.wanted.as_ref().map(|bond| bond.host.host())
    }

    /// Whether it has the class that it should have.
    pub(crate) fn is_settled(&self) -> bool {
        same(self.wanted_host(), self.applied.as_ref())
            && self
                .applied
                .as_ref()
                .is_none_or(|host| host.settings() == self.settings)
    }
}

/// Whether both are the same host, or both are none.
pub(crate) fn same(a: Option<&Arc<Host>>, b: Option<&Arc<Host>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}
