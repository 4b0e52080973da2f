// SPDX-License-Identifier: GPL-2.0

//! What one open `/proc/vhqos/table` has written: commands, one a line.
//!
//! `host NAME key=value...` makes or replaces a row, `del NAME` and `flush` take rows out.
//! `begin` starts a new, empty table, which `commit` puts in place of the whole old one; what
//! stands between may be written in many pieces. All lines of one write are applied, or none.

use crate::{
    limits,
    mem::{
        Boxed,
        List,
        NoMemory, //
    },
};

use super::{
    cpu::Machine,
    params::Supported,
    refusal::{
        Errno,
        Reason,
        Refusal, //
    },
    row::{
        self,
        Row, //
    },
    shares::Claims,
    table::{
        PutError,
        Table, //
    },
    word::{
        Word,
        Words, //
    },
};

/// What became of a write.
pub(crate) enum Outcome {
    /// The caller publishes this table.
    Publish(Boxed<Table>),
    /// Nothing changes yet: the bytes are part of a line or of a transaction, or say nothing.
    Staged,
}

/// What goes with every line of one write.
#[derive(Clone, Copy)]
struct Context<'a> {
    published: &'a Table,
    machine: &'a Machine,
    supported: &'a Supported,
}

/// A transaction that was begun.
struct Transaction {
    table: Boxed<Table>,
    /// The published table's generation when it was begun: as long as it is the same, the slots are
    /// right.
    generation: u64,
}

/// Whether more may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A write was refused of which an earlier part was held back.
    Broken,
}

/// The writing side of an open table file.
pub(crate) struct Writer {
    state: State,
    /// Bytes that were taken, which is where the next write has to start.
    taken: u64,
    /// The number of the next line.
    line: u64,
    /// The start of a line whose end has not come yet.
    held: List<u8>,
    transaction: Option<Transaction>,
}

impl Writer {
    /// Of a file that was just opened.
    pub(crate) const fn new() -> Self {
        Self {
            state: State::Open,
            taken: 0,
            line: 1,
            held: List::new(),
            transaction: None,
        }
    }

    /// Whether `begin` was read and `commit` was not.
    pub(crate) fn in_transaction(&self) -> bool {
        self.transaction.is_some()
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
        };
        let line = self.line;
        let held_back = !self.held.is_empty() || self.in_transaction();
        let outcome = self.check(offset).and_then(|()| self.take(context, bytes));
        if outcome.is_err() {
            self.line = line;
            self.held.clear();
            self.transaction = None;
            if held_back {
                self.state = State::Broken;
            }
        } else {
            let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            self.taken = self.taken.saturating_add(count);
        }
        outcome
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
        Some(Refusal::new(&self.held, 1, Reason::Plain(Errno::Einval, text)).on_line(self.line))
    }

    /// Refuses a write that is not to be looked at.
    fn check(&self, offset: u64) -> Result<(), Refusal> {
        let refuse = |reason| Err(Refusal::new(b"", 1, reason).on_line(self.line));
        if self.state == State::Broken {
            return refuse(Reason::Plain(
                Errno::Einval,
                "an earlier part of this input was refused: open the file again",
            ));
        }
        if offset != self.taken {
            return refuse(Reason::Offset(self.taken));
        }
        Ok(())
    }

    /// Applies all lines of a write.
    fn take(&mut self, context: Context<'_>, bytes: &[u8]) -> Result<Outcome, Refusal> {
        let mut draft = None;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            match piece.split_last() {
                Some((b'\n', end)) => {
                    let taken = self.take_line(context, &mut draft, end);
                    taken.map_err(|refusal| refusal.on_line(self.line))?;
                    self.line = self.line.saturating_add(1);
                }
                _ if bytes.len() < limits::STREAM_WRITE_BYTES => {
                    let text = "a write of less than 4096 bytes has to end with a newline";
                    let column = u64::try_from(self.held.len())
                        .unwrap_or(u64::MAX)
                        .saturating_add(1);
                    let reason = Reason::Plain(Errno::Einval, text);
                    return Err(Refusal::new(piece, column, reason).on_line(self.line));
                }
                _ => self
                    .hold(piece)
                    .map_err(|refusal| refusal.on_line(self.line))?,
            }
        }
        let Some(mut table) = draft else {
            return Ok(Outcome::Staged);
        };
        table
            .freeze(context.published, context.machine)
            .map_err(|error| Refusal::from(error).on_line(self.line.saturating_sub(1)))?;
        Ok(Outcome::Publish(table))
    }

    /// Keeps the start of a line, or adds to it.
    fn hold(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        let len = self.held.len().saturating_add(piece.len());
        if len > limits::LINE_BYTES {
            return Err(too_long(if self.held.is_empty() {
                piece
            } else {
                &self.held
            }));
        }
        Ok(self.held.extend_from_slice(piece)?)
    }

    /// Applies the line that ends with `end`.
    fn take_line(
        &mut self,
        context: Context<'_>,
        draft: &mut Option<Boxed<Table>>,
        end: &[u8],
    ) -> Result<(), Refusal> {
        if self.held.is_empty() {
            return self.take_text(context, draft, text(end)?);
        }
        self.hold(end)?;
        let held = core::mem::replace(&mut self.held, List::new());
        self.take_text(context, draft, text(&held)?)
    }

    fn take_text(
        &mut self,
        context: Context<'_>,
        draft: &mut Option<Boxed<Table>>,
        line: &str,
    ) -> Result<(), Refusal> {
        let mut words = Words::new(line);
        let Some(verb) = words.next() else {
            return Ok(());
        };
        match verb.text {
            "host" => {
                let name = operand(verb, &mut words)?;
                let row = Row::parse(name, words, context.machine, context.supported)?;
                let min = row
                    .params()
                    .cpu_min
                    .map_or(0, |min| min.ticks(*context.machine));
                let table = self.draft(context, draft)?;
                let before = table.guaranteed(context.machine);
                table
                    .put(row, context.published)
                    .map_err(|error| put_refusal(error, name, line))?;
                admit(context, table, before, min)
                    .map_err(|reason| word_of(line, "cpu.min", 0).unwrap_or(name).refuse(reason))
            }
            "del" => {
                let name = operand(verb, &mut words)?;
                nothing_more(words)?;
                row::check_name(name)?;
                match self.draft(context, draft)?.delete(name.text)? {
                    true => Ok(()),
                    false => Err(name.refuse(Reason::Plain(Errno::Enoent, "no row has this name"))),
                }
            }
            "flush" => {
                nothing_more(words)?;
                self.draft(context, draft)?.clear();
                Ok(())
            }
            "begin" => {
                nothing_more(words)?;
                if self.in_transaction() {
                    return Err(
                        verb.invalid("a transaction is open already: expected commit first")
                    );
                }
                self.transaction = Some(Transaction {
                    table: context.published.emptied()?,
                    generation: context.published.generation(),
                });
                Ok(())
            }
            "commit" => {
                nothing_more(words)?;
                let Some(transaction) = self.transaction.take() else {
                    return Err(verb.invalid("no transaction is open: expected begin first"));
                };
                let table = transaction
                    .end(context)
                    .map_err(|error| put_refusal(error, verb, line))?;
                // The machine may have become smaller since the rows were admitted.
                let before = context.published.guaranteed(context.machine);
                admit(context, &table, before, 0).map_err(|reason| verb.refuse(reason))?;
                *draft = Some(table);
                Ok(())
            }
            _ => Err(verb.invalid("unknown verb: expected host, del, flush, begin or commit")),
        }
    }

    /// The table that a line changes: the transaction's, or a copy of the published one.
    fn draft<'a>(
        &'a mut self,
        context: Context<'_>,
        draft: &'a mut Option<Boxed<Table>>,
    ) -> Result<&'a mut Table, NoMemory> {
        if let Some(transaction) = &mut self.transaction {
            return Ok(&mut transaction.table);
        }
        let table = match draft.take() {
            Some(table) => table,
            None => context.published.try_clone()?,
        };
        Ok(draft.insert(table))
    }
}

impl Transaction {
    fn end(self, context: Context<'_>) -> Result<Boxed<Table>, PutError> {
        if self.generation == context.published.generation() {
            return Ok(self.table);
        }
        self.table.rebased(context.published)
    }
}

/// Refuses a table that guarantees more than can be, and more than it did `before`. The row at hand
/// has `min` of it.
fn admit(context: Context<'_>, table: &Table, before: u64, min: u64) -> Result<(), Reason> {
    let sum = table.guaranteed(context.machine);
    if sum <= context.machine.guaranteed_ticks() || sum <= before {
        return Ok(());
    }
    let (whole, left) = Claims::room(*context.machine, sum.saturating_sub(min));
    Err(Reason::OverBooked { whole, left })
}

/// The text of a line that is short enough and has no odd bytes.
fn text(line: &[u8]) -> Result<&str, Refusal> {
    if line.len() > limits::LINE_BYTES {
        return Err(too_long(line));
    }
    let refuse = |at: usize, why| {
        let byte = line.get(at..=at).unwrap_or_default();
        let column = u64::try_from(at).unwrap_or(u64::MAX).saturating_add(1);
        Err(Refusal::new(
            byte,
            column,
            Reason::Plain(Errno::Einval, why),
        ))
    };
    if let Some(at) = line.iter().position(|byte| *byte == 0) {
        return refuse(at, "a NUL byte: expected text");
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

/// The name behind a verb.
fn operand<'a>(verb: Word<'a>, words: &mut Words<'a>) -> Result<Word<'a>, Refusal> {
    words
        .next()
        .ok_or_else(|| verb.invalid("expected a name behind the verb"))
}

fn nothing_more(mut words: Words<'_>) -> Result<(), Refusal> {
    match words.next() {
        None => Ok(()),
        Some(word) => Err(word.invalid("expected nothing more on this line")),
    }
}

/// The word of `line` that is the `number`-th with this key.
fn word_of<'a>(line: &'a str, key: &str, number: usize) -> Option<Word<'a>> {
    Words::new(line)
        .filter(|word| word.has_key(key))
        .nth(number)
}

/// Refuses the word of `line` because of which `name`'s row cannot be put into the table.
#[inline(never)]
fn put_refusal(error: PutError, name: Word<'_>, line: &str) -> Refusal {
    match error {
        PutError::NoMemory => NoMemory.into(),
        PutError::Full => name.refuse(Reason::Plain(
            Errno::Enospc,
            "the table is full: at most 100000 rows",
        )),
        PutError::Taken { number, row, other } => {
            let word = word_of(line, "addr", number).unwrap_or(name);
            word.refuse(Reason::Taken { row, other })
        }
    }
}
