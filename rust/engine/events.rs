// SPDX-License-Identifier: GPL-2.0

//! Who watches is told what happens.
//!
//! The ring is there while somebody has `/proc/vhqos/events` open; else an event costs one load. Who tells never waits for
//! who reads: a reader that is too slow is told how many records it lost.

use crate::engine::host::Host;
use crate::engine::text::Text;
use crate::engine::Engine;
use crate::events::{
    Cause,
    End,
    Health,
    Line,
    Next,
    Position,
    Record,
    Ring,
    Who, //
};
use crate::limits;
use crate::mem::List;
use crate::sys::bell::Bell;
use crate::sys::system;
use crate::sys::task::TaskExt;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Full,
    Relaxed, //
};
use kernel::sync::{
    new_mutex,
    new_spinlock,
    Arc,
    Mutex,
    SpinLock, //
};
use kernel::task::Task;

/// What happened, for who watches.
#[pin_data]
pub(crate) struct Events {
    /// Whether somebody does.
    heard: Atomic<u32>,
    /// How many open files there are.
    #[pin]
    readers: Mutex<usize>,
    #[pin]
    kept: SpinLock<Kept>,
    #[pin]
    bell: Bell,
    /// The health that was told last.
    health: Atomic<u32>,
}

/// The records.
struct Kept {
    ring: Option<Ring>,
    /// The number of the next record while there is no ring.
    sequence: u64,
}

/// One open file.
pub(crate) struct Reader {
    position: Position,
    /// The record that was copied last.
    record: List<u8>,
    /// Its line, while it was not read.
    line: Text,
}

impl Events {
    /// Nobody watches yet; sleeps.
    pub(crate) fn new() -> Result<Arc<Self>> {
        Arc::pin_init(
            try_pin_init!(Self {
                heard: Atomic::new(0),
                readers <- new_mutex!(0),
                kept <- new_spinlock!(Kept { ring: None, sequence: 1 }),
                bell <- Bell::new(),
                health: Atomic::new(u32::from(Health::Off.code())),
            }? Error),
            GFP_KERNEL,
        )
    }

    /// Whether somebody watches: else nothing has to be made ready for [`Self::tell`].
    pub(crate) fn is_heard(&self) -> bool {
        self.heard.load(Relaxed) != 0
    }

    /// Tells what happens now. Does not sleep; not for interrupts.
    pub(crate) fn tell(&self, record: &Record<'_>) {
        if !self.is_heard() {
            return;
        }
        let mut kept = self.kept.lock();
        let Some(ring) = &mut kept.ring else {
            return;
        };
        // Under the lock, so that the times are in the order of the numbers.
        ring.push(record, system::since_boot());
        drop(kept);
        self.bell.ring();
    }

    /// Tells the health, if it is another one than before.
    pub(crate) fn tell_health(&self, now: Health) {
        let before = self.health.xchg(u32::from(now.code()), Full);
        let before = u8::try_from(before).ok().and_then(Health::from_code);
        if let Some(from) = before.filter(|before| *before != now) {
            self.tell(&Record::Health { from, to: now });
        }
    }

    /// What rings when somebody is told something.
    pub(crate) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// A reader of what happens from now on; sleeps.
    pub(crate) fn open(&self) -> Result<Reader> {
        let mut record = List::new();
        record.resize(Ring::RECORD_BYTES, 0)?;
        let line = Text::with_room(limits::EVENT_LINE_BYTES)?;
        let mut readers = self.readers.lock();
        if *readers == 0 {
            let sequence = self.kept.lock().sequence;
            let ring = Ring::new(limits::EVENT_BYTES, sequence)?;
            self.kept.lock().ring = Some(ring);
            self.heard.store(1, Relaxed);
        }
        let position = self.kept.lock().ring.as_ref().map(Ring::end);
        let position = position.ok_or(EIO)?;
        *readers = readers.saturating_add(1);
        Ok(Reader {
            position,
            record,
            line,
        })
    }

    /// A reader goes, and with the last one the ring; sleeps.
    pub(crate) fn close(&self, reader: Reader) {
        drop(reader);
        let mut readers = self.readers.lock();
        *readers = readers.saturating_sub(1);
        if *readers > 0 {
            return;
        }
        self.heard.store(0, Relaxed);
        let mut kept = self.kept.lock();
        let ring = kept.ring.take();
        if let Some(ring) = &ring {
            kept.sequence = ring.sequence();
        }
        // Freed outside the spinlock.
        drop(kept);
        drop(ring);
    }

    /// The line that `reader` reads next.
    pub(crate) fn line<'a>(&self, reader: &'a mut Reader) -> Option<&'a [u8]> {
        if reader.line.bytes().is_empty() {
            self.print(reader)?;
        }
        Some(reader.line.bytes())
    }

    #[inline(never)]
    fn print(&self, reader: &mut Reader) -> Option<()> {
        let next = self
            .kept
            .lock()
            .ring
            .as_ref()?
            .next(&mut reader.position, &mut reader.record)?;
        let line = match next {
            Next::Lost { first, count } => Line {
                sequence: first,
                time: system::since_boot(),
                record: Record::Lost { count },
            },
            Next::Record { sequence } => {
                let (time, record) = Ring::decode(&reader.record)?;
                Line {
                    sequence,
                    time,
                    record,
                }
            }
        };
        reader.line.set(format_args!("{line}"));
        Some(())
    }

    /// The line was read.
    pub(crate) fn taken(&self, reader: &mut Reader) {
        reader.line.clear();
    }

    /// Whether there is a record with the number `place`, or one behind it.
    pub(crate) fn has_more(&self, place: u64) -> bool {
        let kept = self.kept.lock();
        kept.ring
            .as_ref()
            .is_some_and(|ring| ring.sequence() != place)
    }
}

impl Engine {
    /// Tells that `task` has the class of `host` from now on, if somebody watches.
    pub(crate) fn tell_bind(&self, task: &Task, host: &Host, from: &str, channel: u64, by: Cause) {
        self.tell_of(task, |who| {
            self.events.tell(&Record::Bind {
                who,
                host: host.name(),
                from,
                channel,
                by,
            });
        });
    }

    /// Tells that `task` has the class of `host` no more.
    pub(crate) fn tell_release(&self, task: &Task, host: Option<&Arc<Host>>, by: End) {
        let Some(host) = host else {
            return;
        };
        self.tell_of(task, |who| {
            let host = host.name();
            self.events.tell(&Record::Release { who, host, by });
        });
    }

    /// Calls `tell` with who `task` is, if somebody watches.
    fn tell_of(&self, task: &Task, tell: impl FnOnce(Who<'_>)) {
        if !self.events.is_heard() {
            return;
        }
        let comm = task.comm();
        tell(Who {
            task: task.pid(),
            group: task.group_number(),
            comm: comm.split(|byte| *byte == 0).next().unwrap_or(&[]),
        });
    }
}

impl Reader {
    /// The number of the record that is read next.
    pub(crate) fn place(&self) -> u64 {
        match self.line.bytes().is_empty() {
            true => self.position.sequence(),
            // A line waits: no number is the right one.
            false => 0,
        }
    }
}
