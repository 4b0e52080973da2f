// SPDX-License-Identifier: GPL-2.0

//! What the bytes of a channel say about its host.
//!
//! A channel whose host may depend on a name has a sniffer. It is shown each received byte once, in the order of the
//! stream, while a reader copies it: a byte that was peeked at is not shown again when it is read, for it knows the number of
//! the next one. Bytes that do not matter, such as bodies, are only counted.

use crate::engine::counters::Event;
use crate::engine::host::Host;
use crate::engine::position::{
    is_before,
    Position, //
};
use crate::engine::tasks::same;
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
    /// The last request that was heard.
    last: Option<Verdict>,
    /// The same, if the server had another one to serve when it read that: it serves this one before it reads on.
    waiting: Option<Verdict>,
    /// Whether several requests that are not answered yet are for different hosts.
    mixed: bool,
    /// Whether what was heard last was in front of a request, which says more.
    header: bool,
}

impl State {
    /// A request for `verdict` was heard; `answered`: the one before it was answered, as far as one can see.
    fn hear(&mut self, verdict: Verdict, answered: bool, heard: &mut Option<Verdict>) {
        let other = |last: &Verdict| !same(last.as_ref(), verdict.as_ref());
        self.mixed = !answered && (self.mixed || self.last.as_ref().is_some_and(other));
        let more = !core::mem::replace(&mut self.header, false);
        if self.mixed || (more && heard.is_some()) {
            self.waiting = Some(verdict.clone());
        }
        if !more || heard.is_none() {
            *heard = Some(verdict.clone());
        }
        self.last = Some(verdict);
    }
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

/// What was said of a host.
enum Said<'a> {
    /// A name, or none.
    Name(Result<&'a str, Nameless>),
    /// Several, by requests that nobody can tell apart.
    Mixed,
    /// Nothing, and nothing more can be understood.
    Lost,
}

/// Says which host is meant.
type Resolve<'a> = dyn FnMut(Said<'_>) -> Verdict + 'a;

/// Why nothing more is read.
enum Over {
    /// Nothing follows that has a name.
    End,
    /// What follows cannot be told apart.
    Lost,
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
    /// Whether something was sent since the last byte of a request was received.
    answered: Atomic<u32>,
    /// Whether bytes went by unseen, so that nobody knows any more whom what follows is for.
    lost: Atomic<u32>,
    /// How often the channel got another host, or another sniffer.
    changes: Atomic<u32>,
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
                answered: Atomic::new(0),
                lost: Atomic::new(0),
                changes: Atomic::new(0),
                phase: Atomic::new(Phase::New as u32),
                state <- new_spinlock!(State {
                    stream: Stream::new(record.is_some()),
                    rooms: Rooms(None),
                    next: None,
                    last: None,
                    waiting: None,
                    mixed: false,
                    header: false,
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
        let matters = self.matters.load(Relaxed);
        let wants = !self.is(Phase::Begun)
            || is_before(matters, end)
            || self.is_lost()
            || self.position.is_behind(place);
        if !wants {
            self.position.advance(received, place, false);
            if end == matters {
                self.answered.store(0, Relaxed);
            }
        }
        wants
    }

    /// Something is sent.
    #[inline]
    pub(crate) fn answer(&self) {
        if self.answered.load(Relaxed) == 0 {
            self.answered.store(1, Relaxed);
        }
    }

    /// How often the channel got another host, or another sniffer, since this one was made.
    #[inline]
    pub(crate) fn changes(&self) -> u32 {
        self.changes.load(Relaxed)
    }

    /// The channel, whose lock the caller has, gets another host, or another sniffer.
    pub(crate) fn change(&self) {
        self.changes.add(1, Relaxed);
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

    /// Whether the record `number` follows the one that was asked for last; if not, the stream is lost. Readers take turns.
    pub(crate) fn is_next(&self, number: u64) -> bool {
        let Some(next) = &self.record else {
            return false;
        };
        if next.load(Relaxed) != number {
            self.lose();
            return false;
        }
        next.store(number.saturating_add(1), Relaxed);
        true
    }

    /// What is read from here on is not seen, or not as a whole: the request at hand stays its host's, and those behind it are
    /// nobody's.
    pub(crate) fn lose(&self) {
        self.lost.store(1, Relaxed);
    }

    /// Whether what is read cannot be told apart any more, which is still to be said.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Relaxed) != 0 && !self.has_ended()
    }

    /// The host without a name, if its row is still there.
    fn base(&self) -> Verdict {
        self.base.clone().filter(|host| !host.is_retired())
    }

    /// Shows what was received; `resolve` says which host a name is for, if any. Does not sleep.
    fn show(&self, received: &Received<'_>, resolve: &mut Resolve<'_>) -> Heard {
        let mut state = self.state.lock();
        let place = self.position.of(received);
        let first = !self.is(Phase::Begun);
        let behind = !first && self.position.is_behind(place);
        self.position.advance(received, place, first);
        let start = place.start;
        let end = start.wrapping_add(received.length());
        let next = *state.next.get_or_insert(start);
        if behind || self.is_lost() {
            return self.give_up(&mut state, resolve);
        }
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
        let before = state.waiting.take();
        let State { stream, rooms, .. } = &mut *state;
        if !pass(stream, rooms, gap) {
            return self.give_up(&mut state, resolve);
        }
        if stream.is_open() {
            self.answered.store(0, Relaxed);
        }
        let from = place.offset.saturating_add(known);
        let to = place.offset.saturating_add(received.length());
        let mut heard = None;
        let mut over = None;
        received.each(from, to, |mut bytes| {
            while !bytes.is_empty() && over.is_none() {
                over = self.read(&mut state, &mut bytes, resolve, &mut heard);
            }
            over.is_some()
        });
        if let Some(Over::Lost) = over {
            return self.give_up(&mut state, resolve);
        }
        let State { stream, rooms, .. } = &mut *state;
        let ahead = u32::try_from(stream.ahead(rooms)).unwrap_or(i32::MAX as u32);
        let ahead = match &state.waiting {
            Some(_) => 0,
            None => ahead.min(i32::MAX as u32),
        };
        self.matters.store(end.wrapping_add(ahead), Relaxed);
        let ended = over.is_some() && state.waiting.is_none();
        self.conclude(&mut state, heard, before, ended, resolve)
    }

    /// Reads from the front of `bytes`, as far as it is one step, and says whether it was the last one.
    fn read(
        &self,
        state: &mut State,
        bytes: &mut &[u8],
        resolve: &mut Resolve<'_>,
        heard: &mut Option<Verdict>,
    ) -> Option<Over> {
        let State { stream, rooms, .. } = &mut *state;
        let ahead = stream.ahead(rooms);
        let here = u64::try_from(bytes.len()).unwrap_or(u64::MAX).min(ahead);
        if here > 0 {
            stream.pass(here, rooms);
            let here = usize::try_from(here).unwrap_or(usize::MAX);
            *bytes = bytes.get(here..).unwrap_or_default();
            return None;
        }
        let verdict = match stream.read(bytes, rooms) {
            Step::More | Step::Next => return None,
            Step::End => return Some(Over::End),
            Step::Lost => return Some(Over::Lost),
            Step::Named => resolve(Said::Name(stream.name().get())),
            Step::Nameless(why) => resolve(Said::Name(Err(why))),
        };
        if stream.is_header() {
            state.header = true;
            *heard = Some(verdict);
            return None;
        }
        let answered = stream.is_multiplexed() || self.answered.load(Relaxed) != 0;
        state.hear(verdict, answered, heard);
        self.answered.store(0, Relaxed);
        None
    }

    /// What follows from some bytes: the first request in them, or what waited before them. Requests of different hosts that
    /// were read before the first of them was answered are nobody's: who serves which of them when cannot be seen.
    fn conclude(
        &self,
        state: &mut State,
        heard: Option<Verdict>,
        before: Option<Verdict>,
        ended: bool,
        resolve: &mut Resolve<'_>,
    ) -> Heard {
        let mixed = heard.is_some() && state.mixed;
        let known = |verdict: Verdict| match verdict {
            Some(host) if host.is_retired() => self.base(),
            verdict => verdict,
        };
        let heard = match mixed {
            true => Some(resolve(Said::Mixed)),
            false => heard.or(before).map(known),
        };
        let phase = match (&heard, ended) {
            (_, true) => Phase::Ended,
            (Some(_), false) => Phase::Spoke,
            (None, false) => Phase::Begun,
        };
        if !self.is(phase) {
            self.phase.store(phase as u32, Relaxed);
        }
        heard.map_or(Heard::Nothing, Heard::Request)
    }

    /// Whom the stream is for is not known any more.
    fn give_up(&self, state: &mut State, resolve: &mut Resolve<'_>) -> Heard {
        state.waiting = None;
        self.phase.store(Phase::Ended as u32, Relaxed);
        Heard::Request(resolve(Said::Lost))
    }
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
        sniffer.show(received, &mut |said| {
            let name = match said {
                Said::Name(name) => name,
                Said::Mixed => {
                    self.counters.count(Event::MixedRequests);
                    return sniffer.base();
                }
                Said::Lost => {
                    self.counters.count(Event::LostStream);
                    return sniffer.base();
                }
            };
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
