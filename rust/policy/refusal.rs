// SPDX-License-Identifier: GPL-2.0

//! Why a write was refused: an errno, the place, the word and what was expected instead.

use core::fmt::{
    self,
    Display,
    Formatter, //
};

use crate::mem::{
    NoMemory,
    Shared, //
};

use super::{
    address::Prefix,
    number::Fixed,
    row::{
        Row,
        Text, //
    },
};

/// The errors that the table's file gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errno {
    /// The writer may not, or nobody may.
    Eperm,
    /// `del` of a name that has no row.
    Enoent,
    /// No such process.
    Esrch,
    /// A line is too long.
    E2big,
    /// The table is another one by now.
    Eagain,
    /// No memory.
    Enomem,
    /// It belongs to somebody else.
    Ebusy,
    /// The match is in another row.
    Eexist,
    /// What cannot be understood.
    Einval,
    /// More rows than fit, or more CPU than can be guaranteed.
    Enospc,
    /// A write at another place than the end of the last one.
    Espipe,
    /// A number outside of its range.
    Erange,
    /// A key that this kernel cannot serve.
    Eopnotsupp,
}

impl Errno {
    /// The C name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Eperm => "EPERM",
            Self::Enoent => "ENOENT",
            Self::Esrch => "ESRCH",
            Self::E2big => "E2BIG",
            Self::Eagain => "EAGAIN",
            Self::Enomem => "ENOMEM",
            Self::Ebusy => "EBUSY",
            Self::Eexist => "EEXIST",
            Self::Einval => "EINVAL",
            Self::Enospc => "ENOSPC",
            Self::Espipe => "ESPIPE",
            Self::Erange => "ERANGE",
            Self::Eopnotsupp => "EOPNOTSUPP",
        }
    }

    /// The value, positive, as on every architecture that shares `asm-generic/errno.h`.
    pub(crate) const fn code(self) -> i32 {
        match self {
            Self::Eperm => 1,
            Self::Enoent => 2,
            Self::Esrch => 3,
            Self::E2big => 7,
            Self::Eagain => 11,
            Self::Enomem => 12,
            Self::Ebusy => 16,
            Self::Eexist => 17,
            Self::Einval => 22,
            Self::Enospc => 28,
            Self::Espipe => 29,
            Self::Erange => 34,
            Self::Eopnotsupp => 95,
        }
    }
}

/// What is wrong, and what would be right.
#[derive(Clone)]
pub(crate) enum Reason {
    /// No more to say than a sentence.
    Plain(Errno, &'static str),
    /// The prefix has bits behind its length; the prefix without them.
    HostBits(Prefix),
    /// The row's match is `other`'s already.
    Taken {
        /// The refused row.
        row: Shared<Row>,
        /// The row that has the match.
        other: Shared<Row>,
    },
    /// The guarantees do not fit, in 1/10000 %.
    OverBooked {
        /// What the machine can guarantee.
        whole: Fixed,
        /// What the other rows have not taken.
        left: Fixed,
    },
    /// The process is a member of this other VPS.
    Member(Shared<Text>),
    /// The write's offset is not this one.
    Offset(u64),
}

impl Reason {
    /// Something is not understood.
    pub(super) const fn invalid(expected: &'static str) -> Self {
        Self::Plain(Errno::Einval, expected)
    }

    /// A number is outside of its range.
    pub(super) const fn outside(expected: &'static str) -> Self {
        Self::Plain(Errno::Erange, expected)
    }
}

impl From<NoMemory> for Reason {
    fn from(_: NoMemory) -> Self {
        Self::Plain(Errno::Enomem, "no memory")
    }
}

/// The first bytes of a refused word: enough to find it, and of a fixed size, because a refusal
/// must not need memory.
#[derive(Clone, Copy)]
struct Excerpt {
    bytes: [u8; Self::BYTES],
    used: u8,
    cut: bool,
}

impl Excerpt {
    const BYTES: usize = 44;

    fn new(word: &[u8]) -> Self {
        let mut bytes = [0; Self::BYTES];
        let mut used = 0u8;
        for (to, from) in bytes.iter_mut().zip(word) {
            *to = *from;
            used = used.saturating_add(1);
        }
        Self {
            bytes,
            used,
            cut: word.len() > Self::BYTES,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.used)).unwrap_or_default()
    }
}

/// A refused write: nothing of it was applied.
#[derive(Clone)]
pub(crate) struct Refusal {
    line: u64,
    column: u64,
    word: Excerpt,
    reason: Reason,
}

impl Refusal {
    /// Refuses `word`, which starts at `column` (in bytes, from 1) of a line that is not known yet.
    pub(super) fn new(word: &[u8], column: u64, reason: Reason) -> Self {
        Self {
            line: 0,
            column,
            word: Excerpt::new(word),
            reason,
        }
    }

    /// The same refusal with its line number.
    pub(super) fn on_line(mut self, line: u64) -> Self {
        self.line = line;
        self
    }

    /// Line, counted from 1 since the file was opened.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Byte in the line, counted from 1.
    pub(crate) fn column(&self) -> u64 {
        self.column
    }

    /// What write(2) gives.
    pub(crate) fn errno(&self) -> Errno {
        match &self.reason {
            Reason::Plain(errno, _) => *errno,
            Reason::HostBits(_) => Errno::Einval,
            Reason::Taken { .. } => Errno::Eexist,
            Reason::OverBooked { .. } => Errno::Enospc,
            Reason::Member(_) => Errno::Ebusy,
            Reason::Offset(_) => Errno::Espipe,
        }
    }
}

impl From<NoMemory> for Refusal {
    fn from(error: NoMemory) -> Self {
        Self::new(b"", 1, error.into())
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: ",
            self.line,
            self.column,
            self.errno().name()
        )?;
        let word = self.word.as_bytes();
        if !word.is_empty() {
            let more = if self.word.cut { "..." } else { "" };
            write!(f, "'{}{more}': ", word.escape_ascii())?;
        }
        Display::fmt(&self.reason, f)
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(_, text) => f.write_str(text),
            Self::HostBits(right) => {
                write!(f, "bits are set behind the prefix: expected {right}")
            }
            Self::Taken { row, other } if row.name() == other.name() => {
                write!(f, "row {} has this match twice", row.name())
            }
            Self::Taken { row, other } => write!(
                f,
                "row {} cannot have a match of row {}: change or delete that row first",
                row.name(),
                other.name()
            ),
            Self::OverBooked { whole, left } => write!(
                f,
                "guarantees do not fit: {whole}% of the machine can be guaranteed, {left}% is left"
            ),
            Self::Member(vps) => write!(
                f,
                "this process is in VPS {}: stop that one first",
                vps.as_str()
            ),
            Self::Offset(expected) => write!(
                f,
                "write at another offset: expected {expected}, where the last write ended"
            ),
        }
    }
}
