// SPDX-License-Identifier: GPL-2.0

//! The commands of the table file, one a line.
//!
//! `host NAME key=value...` makes or replaces a row, `del NAME` and `flush` take rows out. `begin`
//! starts a new, empty table, which `commit` puts in place of the whole old one. `generation N` changes
//! nothing: it is refused, and the write with it, when the table is another one than the writer has read.

use crate::mem::{
    Boxed,
    NoMemory, //
};

use super::{
    cpu::Machine,
    number::whole,
    params::Supported,
    refusal::{
        Errno,
        Reason,
        Refusal, //
    },
    row::{
        self,
        Row,
        UNIX, //
    },
    shares::Claims,
    table::{
        PutError,
        Table,
        Which, //
    },
    word::{
        Word,
        Words, //
    },
};

/// What commands are applied to and checked against.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) published: &'a Table,
    pub(super) machine: &'a Machine,
    pub(super) supported: &'a Supported,
    /// Whether a kernel has admitted these rows, though perhaps on a machine that had more CPUs.
    pub(super) admitted: bool,
}

impl<'a> Context<'a> {
    /// The machine that new rows have to fit.
    fn to_fit(self) -> Option<&'a Machine> {
        (!self.admitted).then_some(self.machine)
    }
}

/// A table that was begun.
struct Transaction {
    table: Boxed<Table>,
    /// The published table's generation when it was begun: as long as it is the same, the slots are
    /// right.
    generation: u64,
}

/// What the commands of a file have made and nobody sees yet.
pub(super) struct Staged {
    /// The changed copy of the published table; of one write.
    draft: Option<Boxed<Table>>,
    /// What stands behind `begin`; it outlives a write.
    transaction: Option<Transaction>,
}

impl Staged {
    pub(super) const fn new() -> Self {
        Self {
            draft: None,
            transaction: None,
        }
    }

    /// Whether `begin` was applied and `commit` was not.
    pub(super) fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// Takes the table that the commands of one write have made, if they have changed anything.
    pub(super) fn take(&mut self) -> Option<Boxed<Table>> {
        self.draft.take()
    }

    /// Applies a line. After a refusal all that is staged is to be dropped.
    pub(super) fn apply(&mut self, context: Context<'_>, line: &str) -> Result<(), Refusal> {
        let mut words = Words::new(line);
        let Some(verb) = words.next() else {
            return Ok(());
        };
        match verb.text {
            "host" => self.host(context, line, operand(verb, &mut words)?, words),
            "del" => {
                let name = operand(verb, &mut words)?;
                nothing_more(words)?;
                self.delete(context, name)
            }
            "flush" => {
                nothing_more(words)?;
                self.table(context)?.clear();
                Ok(())
            }
            "begin" => {
                nothing_more(words)?;
                self.begin(context, verb)
            }
            "commit" => {
                nothing_more(words)?;
                self.commit(context, verb, line)
            }
            "generation" => {
                let number = operand(verb, &mut words)?;
                nothing_more(words)?;
                is_generation(context, number)
            }
            _ => Err(verb
                .invalid("unknown verb: expected host, del, flush, begin, commit or generation")),
        }
    }

    /// The table that a line changes: the transaction's, or a copy of the published one.
    fn table(&mut self, context: Context<'_>) -> Result<&mut Table, NoMemory> {
        if let Some(transaction) = &mut self.transaction {
            return Ok(&mut transaction.table);
        }
        let table = match self.draft.take() {
            Some(table) => table,
            None => context.published.try_clone()?,
        };
        Ok(self.draft.insert(table))
    }

    #[inline(never)]
    fn host(
        &mut self,
        context: Context<'_>,
        line: &str,
        name: Word<'_>,
        words: Words<'_>,
    ) -> Result<(), Refusal> {
        let row = Row::parse(name, words, context.to_fit(), context.supported)?;
        let min = row.params().cpu_min;
        let min = min.map_or(0, |min| min.ticks(*context.machine));
        let table = self.table(context)?;
        let before = table.guaranteed(context.machine);
        table
            .put(row, context.published)
            .map_err(|error| put_refusal(error, name, line))?;
        admit(context, table, before, min).map_err(|reason| min_refusal(reason, name, line))
    }

    fn delete(&mut self, context: Context<'_>, name: Word<'_>) -> Result<(), Refusal> {
        row::check_name(name)?;
        if self.table(context)?.delete(name.text)? {
            return Ok(());
        }
        Err(name.refuse(Reason::Plain(Errno::Enoent, "no row has this name")))
    }

    fn begin(&mut self, context: Context<'_>, verb: Word<'_>) -> Result<(), Refusal> {
        if self.in_transaction() {
            return Err(verb.invalid("a transaction is open already: expected commit first"));
        }
        self.transaction = Some(Transaction {
            table: context.published.emptied()?,
            generation: context.published.generation(),
        });
        Ok(())
    }

    #[inline(never)]
    fn commit(&mut self, context: Context<'_>, verb: Word<'_>, line: &str) -> Result<(), Refusal> {
        let Some(transaction) = self.transaction.take() else {
            return Err(verb.invalid("no transaction is open: expected begin first"));
        };
        let table = transaction
            .end(context)
            .map_err(|error| put_refusal(error, verb, line))?;
        // The machine may have become smaller since the rows were admitted.
        let before = context.published.guaranteed(context.machine);
        admit(context, &table, before, 0).map_err(|reason| verb.refuse(reason))?;
        self.draft = Some(table);
        Ok(())
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
    let Some(machine) = context.to_fit() else {
        return Ok(());
    };
    let sum = table.guaranteed(machine);
    if sum <= machine.guaranteed_ticks() || sum <= before {
        return Ok(());
    }
    let (whole, left) = Claims::room(*machine, sum.saturating_sub(min));
    Err(Reason::OverBooked { whole, left })
}

/// Refuses what is not the number of the published table.
#[inline(never)]
fn is_generation(context: Context<'_>, number: Word<'_>) -> Result<(), Refusal> {
    match whole(number.text, u64::MAX) {
        Ok(number) if number == context.published.generation() => Ok(()),
        Ok(_) => Err(number.refuse(Reason::Plain(
            Errno::Eagain,
            "the table was changed since: read it again",
        ))),
        Err(_) => Err(number.invalid("bad generation: expected a number, as in status")),
    }
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

/// The word of `line` that is the `number`-th of those for which `is_it` holds.
fn word_of(line: &str, number: usize, is_it: impl Fn(&Word<'_>) -> bool) -> Option<Word<'_>> {
    Words::new(line).filter(|word| is_it(word)).nth(number)
}

/// Refuses the guarantee of `line`, which makes the row of `name`.
#[inline(never)]
fn min_refusal(reason: Reason, name: Word<'_>, line: &str) -> Refusal {
    word_of(line, 0, |word| word.has_key("cpu.min"))
        .unwrap_or(name)
        .refuse(reason)
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
        PutError::Crowded(number) => {
            let word = word_of(line, number, |word| word.has_key("name")).unwrap_or(name);
            let text = "at most 64 rows may have the same name=";
            word.refuse(Reason::Plain(Errno::E2big, text))
        }
        PutError::Taken { which, row, other } => {
            let is_path = |word: &Word<'_>| word.behind_key().text.starts_with(UNIX);
            let is_addr = |word: &Word<'_>| word.has_key("addr");
            let word = match which {
                Which::Address(number) => {
                    word_of(line, number, |word| is_addr(word) && !is_path(word))
                }
                Which::Path(number) => word_of(line, number, |word| is_addr(word) && is_path(word)),
                Which::Name(number) => word_of(line, number, |word| word.has_key("name")),
                Which::Vps => word_of(line, 0, |word| word.has_key("vps")),
            };
            let word = word.unwrap_or(name);
            word.refuse(Reason::Taken { row, other })
        }
    }
}
