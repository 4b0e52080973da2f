// SPDX-License-Identifier: GPL-2.0

//! Records as they stand in `/proc/vhqos/events`.

use super::record::{
    Record,
    Who, //
};
use core::fmt::{
    self,
    Display,
    Formatter,
    Write, //
};

/// The line of a record, with its newline.
pub(crate) struct Line<'a> {
    /// Its number: one more than that of the record before.
    pub(crate) sequence: u64,
    /// When it happened, in nanoseconds since the boot.
    pub(crate) time: u64,
    /// What happened.
    pub(crate) record: Record<'a>,
}

/// `-` for none.
struct OrNone<'a>(&'a str);

impl Display for OrNone<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            "" => "-",
            text => text,
        })
    }
}

/// Bytes that anybody chose: what would end the line is a question mark, and what is no UTF-8 the character for that.
struct Tame<'a>(&'a [u8]);

impl Display for Tame<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for one in chunk.valid().chars() {
                f.write_char(if one.is_control() { '?' } else { one })?;
            }
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

/// The task and its process; the name, which may have blanks, stands at the end of the line.
impl Display for Who<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "task={} group={}", self.task, self.group)
    }
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "seq={} time={} ", self.sequence, self.time)?;
        Display::fmt(&self.record, f)?;
        f.write_char('\n')
    }
}

impl Display for Record<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind {
                who,
                host,
                from,
                channel,
                by,
            } => write!(
                f,
                "event=bind {who} host={host} from={} channel={channel} by={} comm={}",
                OrNone(from),
                by.word(),
                Tame(who.comm)
            ),
            Self::Release { who, host, by } => write!(
                f,
                "event=release {who} host={host} by={} comm={}",
                by.word(),
                Tame(who.comm)
            ),
            Self::Refusal { why } => write!(f, "event=refusal why={}", Tame(why)),
            Self::Trouble { what, count } => write!(f, "event=trouble what={what} count={count}"),
            Self::Row {
                host,
                change,
                generation,
            } => write!(
                f,
                "event=row host={host} change={} generation={generation}",
                change.word()
            ),
            Self::Table {
                rows,
                added,
                removed,
                changed,
                generation,
            } => write!(
                f,
                "event=table rows={rows} added={added} removed={removed} changed={changed} generation={generation}"
            ),
            Self::Health { from, to } => {
                write!(f, "event=health from={} to={}", from.word(), to.word())
            }
            Self::Lost { count } => write!(f, "event=lost count={count}"),
        }
    }
}
