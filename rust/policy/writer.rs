// SPDX-License-Identifier: GPL-2.0

//! What one open `/proc/vhqos/table` has written.
//!
//! A short write has to end with a line's end; a long one may be a piece of a stream, and the start
//! of its last line is held until the rest comes. All lines of one write are applied, or none.

use crate::{
    limits,
    mem::{
        Boxed,
        List, //
    },
};

use super::{
    commands::{
        Context,
        Staged, //
    },
    cpu::Machine,
    params::Supported,
    refusal::{
        Errno,
        Reason,
        Refusal, //
    },
    table::Table,
};

/// What became of a write.
pub(crate) enum Outcome {
    /// The caller publishes this table.
    Publish(Boxed<Table>),
    /// Nothing changes yet: the bytes are part of a line or of a transaction, or say nothing.
    Staged,
}

/// Where a file was before its last write.
#[derive(Clone, Copy)]
struct Before {
    taken: u64,
    line: u64,
    /// Whether something was held back from earlier writes.
    held_back: bool,
}

/// The writing side of an open table file.
pub(crate) struct Writer {
    /// Whether a write was refused of which an earlier part was held back: then nothing more is
    /// taken.
    broken: bool,
    /// Bytes that were taken, which is where the next write has to start.
    taken: u64,
    /// The number of the next line.
    line: u64,
    /// The start of a line whose end has not come yet.
    held: List<u8>,
    staged: Staged,
    before: Before,
    /// See [`Context::admitted`].
    admitted: bool,
}

impl Writer {
    /// Of a file that was just opened.
    pub(crate) const fn new() -> Self {
        Self::with(false)
    }

    /// Of rows that a kernel printed: it has admitted them, so that they are not refused because
    /// the machine has lost CPUs since.
    pub(crate) const fn of_admitted() -> Self {
        Self::with(true)
    }

    const fn with(admitted: bool) -> Self {
        Self {
            broken: false,
            taken: 0,
            line: 1,
            held: List::new(),
            staged: Staged::new(),
            before: Before {
                taken: 0,
                line: 1,
                held_back: false,
            },
            admitted,
        }
    }

    /// Whether `begin` was read and `commit` was not.
    pub(crate) fn in_transaction(&self) -> bool {
        self.staged.in_transaction()
    }

    /// One write(2), of which all bytes are taken or none.
    ///
    /// After a refusal the file can be written on if nothing was held back from earlier writes.
    /// Otherwise, so that the rest of a broken transaction is not taken for single commands, it
    /// has to be opened again.
    pub(crate) fn write(
        &mut self,
        published: &Table,
        machine: &Machine,
        supported: &Supported,
        offset: u64,
        bytes: &[u8],
    ) -> Result<Outcome, Refusal> {
        let context = Context {
            published,
            machine,
            supported,
            admitted: self.admitted,
        };
        self.before = Before {
            taken: self.taken,
            line: self.line,
            held_back: !self.held.is_empty() || self.in_transaction(),
        };
        let outcome = self
            .check(offset)
            .and_then(|()| self.take(context, bytes))
            .map_err(|refusal| refusal.on_line(self.line));
        if outcome.is_err() {
            self.take_back();
        } else {
            let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            self.taken = self.taken.saturating_add(count);
        }
        outcome
    }

    /// Makes the last write one that was refused: of itself, or because the caller could not publish
    /// what it made.
    pub(crate) fn take_back(&mut self) {
        self.taken = self.before.taken;
        self.line = self.before.line;
        self.held.clear();
        self.staged = Staged::new();
        self.broken |= self.before.held_back;
    }

    /// What is dropped when the file is closed now.
    pub(crate) fn close(self) -> Option<Refusal> {
        let text = if !self.held.is_empty() {
            "the file was closed inside a line, which is dropped"
        } else if self.in_transaction() {
            "the file was closed before commit, and the transaction is dropped"
        } else {
            return None;
        };
        Some(Refusal::new(&self.held, 1, Reason::invalid(text)).on_line(self.line))
    }

    /// Refuses a write that is not to be looked at.
    fn check(&self, offset: u64) -> Result<(), Refusal> {
        if self.broken {
            let text = "an earlier part of this input was refused: open the file again";
            return Err(Refusal::new(b"", 1, Reason::invalid(text)));
        }
        if offset != self.taken {
            return Err(Refusal::new(b"", 1, Reason::Offset(self.taken)));
        }
        Ok(())
    }

    /// Applies all lines of a write. A refusal is of the line that is counted.
    fn take(&mut self, context: Context<'_>, bytes: &[u8]) -> Result<Outcome, Refusal> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if let Some((b'\n', end)) = piece.split_last() {
                self.take_line(context, end)?;
                self.line = self.line.saturating_add(1);
            } else if bytes.len() < limits::STREAM_WRITE_BYTES {
                let text = "a write of less than 4096 bytes has to end with a newline";
                let held = u64::try_from(self.held.len()).unwrap_or(u64::MAX);
                let column = held.saturating_add(1);
                return Err(Refusal::new(piece, column, Reason::invalid(text)));
            } else {
                self.hold(piece)?;
            }
        }
        let Some(mut table) = self.staged.take() else {
            return Ok(Outcome::Staged);
        };
        table.freeze(context.published, context.machine)?;
        Ok(Outcome::Publish(table))
    }

    /// Keeps the start of a line, or adds to it.
    fn hold(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        let len = self.held.len().saturating_add(piece.len());
        if len > limits::LINE_BYTES {
            let start = if self.held.is_empty() {
                piece
            } else {
                &self.held
            };
            return Err(too_long(start));
        }
        Ok(self.held.extend_from_slice(piece)?)
    }

    /// Applies the line that ends with `end`.
    fn take_line(&mut self, context: Context<'_>, end: &[u8]) -> Result<(), Refusal> {
        if self.held.is_empty() {
            return self.staged.apply(context, text(end)?);
        }
        self.hold(end)?;
        let held = core::mem::replace(&mut self.held, List::new());
        self.staged.apply(context, text(&held)?)
    }
}

/// The text of a line that is short enough and has no odd bytes.
pub(super) fn text(line: &[u8]) -> Result<&str, Refusal> {
    if line.len() > limits::LINE_BYTES {
        return Err(too_long(line));
    }
    let refuse = |at: usize, why| {
        let byte = line.get(at..=at).unwrap_or_default();
        let column = u64::try_from(at).unwrap_or(u64::MAX).saturating_add(1);
        Err(Refusal::new(byte, column, Reason::invalid(why)))
    };
    // A carriage return, say, would become part of a path.
    let is_odd = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    if let Some(at) = line.iter().position(is_odd) {
        return refuse(at, "a control character: expected text");
    }
    match core::str::from_utf8(line) {
        Ok(text) => Ok(text),
        Err(error) => refuse(error.valid_up_to(), "invalid UTF-8: expected text"),
    }
}

fn too_long(line: &[u8]) -> Refusal {
    let text = "the line is too long: expected at most 4096 bytes";
    Refusal::new(line, 1, Reason::Plain(Errno::E2big, text))
}
