// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/descriptors`: which descriptors of the tracked processes refer to an open channel.
//!
//! `group`: the process; `fd`; `channel`; `host`; `how`: how the process came to it. Its first descriptor of a
//! channel came by `accept` if it accepted it, by `fork` if it descends from who did, and else by `pass`, from
//! another process; each further one by `dup`.
//!
//! The kernel's own tables are looked at when the file is read, one descriptor at a time: they are always
//! right, and nothing on a server's way is spent on copies of them. A probe on `fd_install()`, which every
//! open(2) of the machine calls, could tell how a descriptor came, and nothing else that is not known here.

use crate::engine::control::Control;
use crate::engine::process::Process;
use crate::sys::descriptor;
use crate::sys::procfs::Entry;
use crate::sys::socket::Socket;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::seq_print;
use kernel::sync::Arc;

pub(super) struct Descriptors(pub(super) Arc<Control>);

/// Where in the file: a place in the table of processes, which of those that are there, and a descriptor.
struct Position {
    place: u64,
    index: u64,
    fd: u32,
}

/// Bits of a descriptor's number, and of the index of a process at its place.
const FD_BITS: u32 = 31;
/// See [`FD_BITS`].
const INDEX_BITS: u32 = 12;

impl Position {
    fn of(at: u64) -> Self {
        Self {
            place: at >> (FD_BITS + INDEX_BITS),
            index: at >> FD_BITS & ((1 << INDEX_BITS) - 1),
            fd: u32::try_from(at & ((1 << FD_BITS) - 1)).unwrap_or(0),
        }
    }

    fn number(&self) -> u64 {
        self.place << (FD_BITS + INDEX_BITS) | self.index << FD_BITS | u64::from(self.fd)
    }
}

impl Descriptors {
    /// The process at a position.
    fn process(&self, at: &Position) -> Option<Arc<Process>> {
        let mut index = 0u64;
        let mut found = None;
        self.0.engine().processes.visit(at.place, |_, process| {
            if index == at.index {
                found = Some(process.clone());
            }
            index = index.wrapping_add(1);
        });
        found
    }

    /// Whether the socket is an open channel.
    fn is_channel(&self, socket: &Socket) -> bool {
        self.0.engine().channels.with(socket.id(), |_| ()).is_some()
    }

    /// The first descriptor of an open channel of the process, from a position on.
    fn next_of(&self, process: &Process, from: u32) -> Option<u32> {
        let mut from = from;
        while let Some((fd, file)) = descriptor::next(process.task(), from) {
            if let Some(true) = file
                .as_opened()
                .socket()
                .map(|socket| self.is_channel(socket))
            {
                return Some(fd);
            }
            from = fd.checked_add(1)?;
        }
        None
    }
}

impl Entry for Descriptors {
    type Reading = ();
    type Writing = ();

    fn open(&self) -> Result<((), ())> {
        Ok(((), ()))
    }

    fn next(&self, (): &(), from: u64) -> Option<u64> {
        let mut at = Position::of(from);
        loop {
            match self.process(&at) {
                Some(process) => match self.next_of(&process, at.fd) {
                    Some(fd) => {
                        at.fd = fd;
                        return Some(at.number());
                    }
                    None => at.index = at.index.checked_add(1)?,
                },
                None => {
                    let next = at.place.checked_add(u64::from(at.index > 0))?;
                    at.index = 0;
                    at.place = self.0.engine().processes.next_place(next)?;
                }
            }
            at.fd = 0;
        }
    }

    fn show(&self, (): &(), at: u64, out: &SeqFile) {
        let at = Position::of(at);
        let Some(process) = self.process(&at) else {
            return;
        };
        let found = descriptor::next(process.task(), at.fd).filter(|(fd, _)| *fd == at.fd);
        let Some((fd, file)) = found else {
            return;
        };
        let file = file.as_opened();
        let Some(socket) = file.socket() else {
            return;
        };
        // One reference is the descriptor's, and one is ours.
        let further = file.others() > 1 && descriptor::is_below(process.task(), file, fd);
        self.0.engine().channels.with(socket.id(), |channel| {
            let how = if further {
                "dup"
            } else if Arc::ptr_eq(&channel.acceptor, &process) {
                "accept"
            } else if process.descends_from(&channel.acceptor) {
                "fork"
            } else {
                "pass"
            };
            seq_print!(
                out,
                "group={} fd={} channel={} host={} how={}\n",
                process.tgid,
                fd,
                channel.number,
                channel.host_name(),
                how,
            );
        });
    }
}
