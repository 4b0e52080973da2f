// SPDX-License-Identifier: GPL-2.0

//! What the bytes of a channel say about its host.
//!
//! A channel whose host may depend on a name has a sniffer. It is shown each received byte once, in the order of the
//! stream, while a reader copies it: a byte that was peeked at is not shown again when it is read, for it knows the number of
//! the next one. Bytes that do not matter, such as bodies, are only counted.

use crate::engine::counters::Event;
use crate::engine::host::Host;
use crate::engine::position::Position;
use crate::engine::Engine;
use crate::policy::{
    Endpoint,
    Row, //
};
use crate::sniff::{
    Http2,
    Nameless,
    Parser,
    Room,
    Step,
    Stream, //
};
use crate::sys::buffer::Received;
use crate::sys::rcu::Reading;
use crate::sys::socket::Socket;
use kernel::alloc::flags::__GFP_NOWARN;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::{
    new_spinlock,
    Arc,
    SpinLock, //
};
use kernel::task::Task;

/// The state of HTTP/2, which is made when it is needed.
struct Rooms(Option<KBox<Http2>>);

impl Room for Rooms {
    fn http2(&mut self) -> Option<&mut dyn Parser> {
        if self.0.is_none() {
            self.0 = KBox::new(Http2::behind_line(), GFP_NOWAIT | __GFP_NOWARN).ok();
        }
        self.0.as_deref_mut().map(|state| state as &mut dyn Parser)
    }
}

/// What a request is for: a host, or whatever the channel is for without a name.
type Verdict = Option<Arc<Host>>;

/// What was read so far.
struct State {
    stream: Stream,
    rooms: Rooms,
    /// The number of the next byte that is to be shown; none before the first one.
    next: Option<u32>,
    /// The last request of the bytes that were read last, if it was not the first one of them: the server serves it before it
    /// reads on.
    waiting: Option<Verdict>,
}

/// How far a channel is. It only goes on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// No byte was shown.
    New,
    /// Bytes were shown, and no request was heard.
    Begun,
    /// A request was heard.
    Spoke,
    /// Nothing more will be found.
    Ended,
}

/// What follows from some bytes.
pub(crate) enum Heard {
    /// Nothing new.
    Nothing,
    /// A request for this host, or for none that is known, begins.
    Request(Verdict),
}

/// Reads the names of one channel.
#[pin_data]
pub(crate) struct Sniffer {
    /// The host without a name: that of the address, or the default one.
    base: Option<Arc<Host>>,
    position: Position,
    /// The number of the next record of TLS, if the bytes are what the kernel decrypts.
    record: Option<Atomic<u64>>,
    /// The number of the first byte that matters, once one was shown.
    matters: Atomic<u32>,
    /// A [`Phase`]; changed under the lock of `state`.
    phase: Atomic<u32>,
    #[pin]
    state: SpinLock<State>,
}

impl Sniffer {
    /// A sniffer for a new channel, which has the host `base` without a name. Does not sleep.
    pub(crate) fn new(base: Option<Arc<Host>>) -> Result<Arc<Self>> {
        Self::make(base, None)
    }

    /// The same for what the kernel decrypts, from the first record on.
    pub(crate) fn of_records(base: Option<Arc<Host>>) -> Result<Arc<Self>> {
        Self::make(base, Some(Atomic::new(0)))
    }

    #[inline(never)]
    fn make(base: Option<Arc<Host>>, record: Option<Atomic<u64>>) -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                base,
                position: Position::new(),
                record,
                matters: Atomic::new(0),
                phase: Atomic::new(Phase::New as u32),
                state <- new_spinlock!(State {
                    stream: Stream::new(),
                    rooms: Rooms(None),
                    next: None,
                    waiting: None,
                }),
            }),
            GFP_NOWAIT | __GFP_NOWARN,
        )
    }

    /// Whether `received` has a byte that matters; if not, it is passed over.
    #[inline]
    pub(crate) fn wants(&self, received: &Received<'_>) -> bool {
        if self.has_ended() || !received.is_plain() {
            return false;
        }
        let place = self.position.of(received);
        let end = place.start.wrapping_add(received.length());
        let wants = !self.is(Phase::Begun) || is_before(self.matters.load(Relaxed), end);
        if !wants {
            self.position.advance(received, place);
        }
        wants
    }

    /// Whether it is as far as `phase`.
    fn is(&self, phase: Phase) -> bool {
        self.phase.load(Relaxed) >= phase as u32
    }

    /// Whether whom the channel is for may still be said for the first time.
    pub(crate) fn is_about_to_speak(&self) -> bool {
        !self.is(Phase::Spoke)
    }

    /// Whether nothing more will be found.
    pub(crate) fn has_ended(&self) -> bool {
        self.is(Phase::Ended)
    }

    /// Whether it reads what the kernel decrypts.
    pub(crate) fn is_of_records(&self) -> bool {
        self.record.is_some()
    }

    /// Whether the record `number` follows the one that was asked for last; if not, this was the end. Readers take turns.
    pub(crate) fn is_next(&self, number: u64) -> bool {
        let Some(next) = &self.record else {
            return false;
        };
        if next.load(Relaxed) != number {
            self.end();
            return false;
        }
        next.store(number.saturating_add(1), Relaxed);
        true
    }

    /// Nothing more is to be found.
    pub(crate) fn end(&self) {
        let _state = self.state.lock();
        self.phase.store(Phase::Ended as u32, Relaxed);
    }

    /// The host without a name, if its row is still there.
    fn base(&self) -> Verdict {
        self.base.clone().filter(|host| !host.is_retired())
    }

    /// Shows what was received; `resolve` says which host a name is for, if any. Does not sleep.
    fn show(
        &self,
        received: &Received<'_>,
        resolve: &mut dyn FnMut(Result<&str, Nameless>) -> Verdict,
    ) -> Heard {
        let mut state = self.state.lock();
        let place = self.position.of(received);
        self.position.advance(received, place);
        let start = place.start;
        let end = start.wrapping_add(received.length());
        let next = *state.next.get_or_insert(start);
        // Peeked at before, and read now.
        let known = match is_before(start, next) {
            true => next.wrapping_sub(start),
            false => 0,
        };
        let gap = match is_before(next, start) {
            true => u64::from(start.wrapping_sub(next)),
            false => 0,
        };
        if known >= received.length() {
            return Heard::Nothing;
        }
        state.next = Some(end);
        let mut first = None;
        let State {
            stream,
            rooms,
            waiting,
            ..
        } = &mut *state;
        let mut before = waiting.take();
        let mut ended = !pass(stream, rooms, gap);
        let mut say = |verdict: Verdict| match first {
            None => first = Some(verdict),
            Some(_) => *waiting = Some(verdict),
        };
        let from = place.offset.saturating_add(known);
        let to = place.offset.saturating_add(received.length());
        received.each(from, to, |mut bytes| {
            while !bytes.is_empty() && !ended {
                let ahead = stream.ahead(rooms);
                let here = u64::try_from(bytes.len()).unwrap_or(u64::MAX).min(ahead);
                if here > 0 {
                    stream.pass(here, rooms);
                    let here = usize::try_from(here).unwrap_or(usize::MAX);
                    bytes = bytes.get(here..).unwrap_or_default();
                    continue;
                }
                match stream.read(&mut bytes, rooms) {
                    Step::More | Step::Next => (),
                    Step::Named => say(resolve(stream.name().get())),
                    Step::Nameless(why) => say(resolve(Err(why))),
                    Step::End => ended = true,
                    Step::Lost => {
                        say(self.base());
                        ended = true;
                    }
                }
            }
            ended
        });
        let ahead = u32::try_from(stream.ahead(rooms)).unwrap_or(i32::MAX as u32);
        let ahead = match waiting {
            Some(_) => 0,
            None => ahead.min(i32::MAX as u32),
        };
        let heard = first.or_else(|| before.take());
        let phase = match (&heard, ended && waiting.is_none()) {
            (_, true) => Phase::Ended,
            (Some(_), false) => Phase::Spoke,
            (None, false) => Phase::Begun,
        };
        self.matters.store(end.wrapping_add(ahead), Relaxed);
        if !self.is(phase) {
            self.phase.store(phase as u32, Relaxed);
        }
        heard.map_or(Heard::Nothing, Heard::Request)
    }
}

/// Whether the sequence number `a` is before `b` (`before()` of include/net/tcp.h).
fn is_before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// Passes over `count` bytes that nobody saw; says whether they did not matter.
fn pass(stream: &mut Stream, rooms: &mut Rooms, count: u64) -> bool {
    let unseen = count <= stream.ahead(rooms);
    if unseen && count > 0 {
        stream.pass(count, rooms);
    }
    unseen
}

impl Engine {
    /// The current task, `task`, receives bytes of the channel that `socket` is, which has this sniffer: what they say of
    /// its host. Does not sleep.
    pub(crate) fn sniff(
        &self,
        task: &Task,
        socket: &Socket,
        sniffer: &Sniffer,
        received: &Received<'_>,
        reading: &Reading<'_>,
    ) -> Heard {
        let snapshot = self.snapshot(reading);
        sniffer.show(received, &mut |name| {
            let mut admit = |id, row: &Row| self.admits(task, row, snapshot.host(id));
            let table = snapshot.table();
            let found = name.map(|name| {
                if socket.is_unix() {
                    return table.lookup_name_at_path(name, &mut admit);
                }
                let (address, port) = socket.local();
                let local = Endpoint::new(address, port);
                let start = socket.unprivileged_port_start();
                table.lookup_name(name, &local, start, &mut admit)
            });
            match found {
                Ok(Some(id)) => {
                    if let Some(host) = snapshot.host(id) {
                        host.requests.add(1, Relaxed);
                        return Some(host.clone());
                    }
                }
                Ok(None) => self.counters.count(Event::UnknownName),
                Err(Nameless::Absent) => self.counters.count(Event::NoName),
                Err(Nameless::Malformed) => self.counters.count(Event::MalformedName),
                Err(Nameless::TooLate) => self.counters.count(Event::LateName),
                Err(Nameless::Foreign) => self.counters.count(Event::ForeignBytes),
            }
            sniffer.base()
        })
    }
}
