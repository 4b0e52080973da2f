// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/table`: rows, read and written in the same form. The grammar is `policy`'s.

use crate::engine::control::Control;
use crate::engine::snapshot::Snapshot;
use crate::policy::{
    HostId,
    Outcome,
    Refusal,
    Writer, //
};
use crate::sys::procfs::Entry;
use kernel::fmt;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::sync::Arc;

pub(super) struct TableFile(pub(super) Arc<Control>);

/// What was written to one open table file.
pub(super) struct Open {
    writer: Writer,
    number: u64,
    process: i32,
}

/// The first slot at `from` or behind it that has a row.
pub(super) fn next_row(snapshot: &Snapshot, from: u64) -> Option<u64> {
    let slots = u64::try_from(snapshot.table().slots()).ok()?;
    (from..slots)
        .find(|at| u32::try_from(*at).is_ok_and(|id| snapshot.table().row(HostId(id)).is_some()))
}

impl Entry for TableFile {
    /// The table as it was when the file was opened.
    type Reading = Arc<Snapshot>;
    type Writing = Open;

    fn open(&self) -> Result<(Arc<Snapshot>, Open)> {
        let writing = Open {
            writer: Writer::new(),
            number: self.0.with_turn(|turn| turn.next_file()),
            process: kernel::current!().group_leader().pid(),
        };
        Ok((self.0.engine().current(), writing))
    }

    fn next(&self, seen: &Arc<Snapshot>, from: u64) -> Option<u64> {
        next_row(seen, from)
    }

    fn show(&self, seen: &Arc<Snapshot>, at: u64, out: &SeqFile) {
        let row = u32::try_from(at)
            .ok()
            .and_then(|id| seen.table().row(HostId(id)));
        if let Some(row) = row {
            out.call_printf(format_args!("{}\n", **row));
        }
    }

    fn write(&self, open: &mut Open, privileged: bool, offset: u64, text: &[u8]) -> Result {
        if !privileged {
            let why = "1:1: EPERM: 'write': CAP_SYS_ADMIN in the initial user namespace is needed, by who opened the file and by who writes";
            return self.refuse(EPERM, format_args!("{why}"));
        }
        let control = self.0.clone();
        control.with_turn(|turn| {
            if let Some((number, process)) = turn.transaction {
                if number != open.number {
                    return self.refuse(
                        EBUSY,
                        format_args!("1:1: EBUSY: 'write': process {} has a transaction open: wait until it commits or closes the file", process),
                    );
                }
            }
            let engine = self.0.engine();
            let now = engine.current();
            let machine = engine.machine();
            let supported = match engine.classes.supported() {
                Ok(supported) => supported,
                Err(error) => {
                    return self.refuse(
                        error,
                        format_args!("1:1: {error:?}: 'write': cgroup.controllers cannot be read: try again"),
                    )
                }
            };
            let outcome = open
                .writer
                .write(now.table(), &machine, &supported, offset, text);
            turn.transaction = open
                .writer
                .in_transaction()
                .then_some((open.number, open.process));
            match outcome {
                Ok(Outcome::Staged) => Ok(()),
                Ok(Outcome::Publish(table)) => self.0.replace(table).map(|()| {
                    // A VPS may have lost or got its row.
                    self.0.follow_machine(turn);
                }).or_else(|error| {
                    open.writer.take_back();
                    turn.transaction = None;
                    let fault = engine.classes.take_fault();
                    let fault = fault.as_ref().and_then(|text| text.to_str().ok());
                    let what = fault.unwrap_or("making a group or arming a hook; see the kernel log");
                    self.refuse(
                        error,
                        format_args!("1:1: {error:?}: 'write': the kernel refused: {what}"),
                    )
                }),
                Err(refusal) => self.refuse_row(&refusal),
            }
        })
    }

    fn lost(&self, error: Error) {
        let _ = self.refuse(
            error,
            format_args!("1:1: {error:?}: 'write': the text could not be taken over"),
        );
    }

    fn release(&self, open: Open) {
        self.0.with_turn(|turn| {
            if turn
                .transaction
                .is_some_and(|(number, _)| number == open.number)
            {
                turn.transaction = None;
            }
        });
        if let Some(refusal) = open.writer.close() {
            let _ = self.refuse_row(&refusal);
        }
    }
}

impl TableFile {
    fn refuse_row(&self, refusal: &Refusal) -> Result {
        self.refuse(
            Error::from_errno(refusal.errno().code().saturating_neg()),
            format_args!("{refusal}"),
        )
    }

    /// Keeps the reason for `last_error`, and gives back the error.
    fn refuse(&self, error: Error, why: fmt::Arguments<'_>) -> Result {
        Err(self.0.refuse(error, why))
    }
}
