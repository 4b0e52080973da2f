// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/events`: what happens, from when the file is opened. A read waits until there is something (but with
//! `O_NONBLOCK`), and gives whole lines; poll(2) and epoll(7) work. It ends when the module is unloaded.
//!
//! `seq`: counts up by one; `time`: nanoseconds since the boot, of CLOCK_BOOTTIME; `event`:
//!
//! - `bind`: `task` of `group` has the class of `host` from now on, `from` that of this host or `-`, because of `channel`, `by`
//!   the words of `flags`;
//! - `release`: it has no host's any more, `by` `close`, `exit`, or `forgotten`: the row is gone, or nobody is kept in a class;
//! - `refusal`: something that was written was refused, `why` as in `last_error`;
//! - `trouble`: `what` of the counters of `status` went up to `count`, told once a second at the most;
//! - `row`: the row of `host` was `added`, `changed` or `removed` with this `generation`;
//! - `table`: the same of more rows than are told one by one: how many were `added`, `removed` and `changed`, and how many
//!   `rows` there are;
//! - `health`: `from` one word of `status` `to` another one;
//! - `lost`: `count` records, of which the first had this `seq`, were overwritten before they were read.
//!
//! `comm`, the name that the task gave itself, and `why` go to the end of their line, blanks and all.

use crate::engine::control::Control;
use crate::engine::events::Reader;
use crate::sys::bell::Bell;
use crate::sys::stream::Stream;
use kernel::prelude::*;
use kernel::sync::Arc;

pub(super) struct EventsFile(pub(super) Arc<Control>);

impl Stream for EventsFile {
    type Reader = Reader;

    fn open(&self) -> Result<Reader> {
        self.0.engine().events.open()
    }

    fn line<'a>(&self, reader: &'a mut Reader) -> Option<&'a [u8]> {
        self.0.engine().events.line(reader)
    }

    fn taken(&self, reader: &mut Reader) {
        self.0.engine().events.taken(reader);
    }

    fn place(&self, reader: &Reader) -> u64 {
        reader.place()
    }

    fn has_more(&self, place: u64) -> bool {
        self.0.engine().events.has_more(place)
    }

    fn bell(&self) -> &Bell {
        self.0.engine().events.bell()
    }

    fn release(&self, reader: Reader) {
        self.0.engine().events.close(reader);
    }
}
