// SPDX-License-Identifier: GPL-2.0

//! The commands of `/proc/vhqos/vps`, one a line.
//!
//! | command | what it does |
//! |---|---|
//! | `start NAME PID` | PID's process and all its descendants are the VPS NAME |
//! | `join NAME` | the process that writes joins NAME |
//! | `exec NAME PATH` | a process that executes the file at PATH joins NAME |
//! | `stop NAME` | NAME is forgotten; its processes go back to where they came from |
//! | `kill NAME` | all processes of NAME are killed |

use crate::limits;

use super::{
    number::{
        whole,
        NumberError, //
    },
    refusal::{
        Errno,
        Reason,
        Refusal, //
    },
    row,
    word::{
        Word,
        Words, //
    },
    writer, //
};

/// What a line wants.
#[derive(Clone, Copy)]
pub(crate) enum Verb<'a> {
    /// The process with this number, as the writer numbers processes, is the init of the VPS.
    Start(i32),
    /// The writer's process joins.
    Join,
    /// Whoever executes the file at this path joins.
    Exec(&'a str),
    /// The VPS is forgotten.
    Stop,
    /// The VPS is killed.
    Kill,
}

/// One command, and where its words stand.
#[derive(Clone, Copy)]
pub(crate) struct Command<'a> {
    /// What is wanted.
    pub(crate) verb: Verb<'a>,
    name: Word<'a>,
    /// The last word: what a process or a file is refused by.
    last: Word<'a>,
    line: u64,
}

impl<'a> Command<'a> {
    /// The name of the VPS.
    pub(crate) fn name(&self) -> &'a str {
        self.name.text
    }

    /// Refuses the name.
    #[inline(never)]
    pub(crate) fn refuse_name(&self, reason: Reason) -> Refusal {
        self.name.refuse(reason).on_line(self.line)
    }

    /// Refuses the process or the file; the name where neither is written.
    #[inline(never)]
    pub(crate) fn refuse_last(&self, reason: Reason) -> Refusal {
        self.last.refuse(reason).on_line(self.line)
    }

    /// The place of a command that the kernel did not let one carry out.
    pub(crate) fn refuse_kernel(&self) -> Refusal {
        self.refuse_name(Reason::Plain(Errno::Einval, "the kernel refused"))
    }

    /// Reads a line; a blank one says nothing.
    #[inline(never)]
    fn parse(line: &'a str, number: u64) -> Result<Option<Self>, Refusal> {
        let mut words = Words::new(line);
        let Some(verb) = words.next() else {
            return Ok(None);
        };
        let known = ["start", "join", "exec", "stop", "kill"];
        if !known.contains(&verb.text) {
            return Err(verb.invalid("unknown verb: expected start, join, exec, stop or kill"));
        }
        let name = words
            .next()
            .ok_or_else(|| verb.invalid("expected a name behind the verb"))?;
        row::check_name(name)?;
        let mut last = name;
        let verb = match verb.text {
            "join" => Verb::Join,
            "stop" => Verb::Stop,
            "kill" => Verb::Kill,
            more => {
                last = words
                    .next()
                    .ok_or_else(|| name.invalid("expected one word more behind the name"))?;
                match more {
                    "start" => Verb::Start(process(last)?),
                    _ => Verb::Exec(path(last)?),
                }
            }
        };
        match words.next() {
            Some(word) => Err(word.invalid("expected nothing more on this line")),
            None => Ok(Some(Self {
                verb,
                name,
                last,
                line: number,
            })),
        }
    }
}

fn process(word: Word<'_>) -> Result<i32, Refusal> {
    let most = u64::try_from(i32::MAX).unwrap_or(0);
    match whole(word.text, most).map(i32::try_from) {
        Ok(Ok(number)) if number > 0 => Ok(number),
        Err(NumberError::Syntax) => Err(word.invalid("bad process: expected its number")),
        _ => Err(word.refuse(Reason::outside(
            "a process is a number from 1 to 2147483647",
        ))),
    }
}

fn path(word: Word<'_>) -> Result<&str, Refusal> {
    if word.text.starts_with('/') {
        return Ok(word.text);
    }
    Err(word.invalid("a path starts with /"))
}

/// Reads all lines of one write, of which the first has the number `first`, and calls `act` with each
/// command. Nothing is done when a line cannot be read. Gives the number of lines; an error of `act` ends
/// it, and what was done before stays done.
pub(crate) fn each_command<'a>(
    bytes: &'a [u8],
    first: u64,
    mut act: impl FnMut(&Command<'a>) -> Result<(), Refusal>,
) -> Result<u64, Refusal> {
    each_line(bytes, first, |_| Ok(()))?;
    each_line(bytes, first, |command| act(command))
}

#[inline(never)]
fn each_line<'a>(
    bytes: &'a [u8],
    first: u64,
    mut act: impl FnMut(&Command<'a>) -> Result<(), Refusal>,
) -> Result<u64, Refusal> {
    let mut number = first;
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        if let Some(command) = read_line(piece, number)? {
            act(&command)?;
        }
        number = number.saturating_add(1);
    }
    Ok(number.saturating_sub(first))
}

/// Reads a line with its newline; a blank one says nothing.
#[inline(never)]
fn read_line(piece: &[u8], number: u64) -> Result<Option<Command<'_>>, Refusal> {
    let Some((b'\n', line)) = piece.split_last() else {
        let text = "a write has to end with a newline";
        return Err(Refusal::new(piece, 1, Reason::invalid(text)).on_line(number));
    };
    writer::text(line)
        .and_then(|line| Command::parse(line, number))
        .map_err(|refusal| refusal.on_line(number))
}

/// The refusals that depend on what there is.
impl Reason {
    /// No process has the number.
    pub(crate) const NO_PROCESS: Self = Self::Plain(Errno::Esrch, "no process has this number");
    /// The process is one of the kernel's own.
    pub(crate) const KERNEL_THREAD: Self = Self::Plain(
        Errno::Einval,
        "a thread of the kernel: expected a process of user space",
    );
    /// The process is the machine's init.
    pub(crate) const MACHINE_INIT: Self = Self::Plain(
        Errno::Eperm,
        "process 1 is the machine's own init: expected another one",
    );
    /// The VPS has processes.
    pub(crate) const RUNNING: Self = Self::Plain(
        Errno::Eexist,
        "this VPS is running: expected another name, or stop or kill first",
    );
    /// There is no such VPS.
    pub(crate) const NO_VPS: Self = Self::Plain(Errno::Enoent, "no VPS has this name");
    /// There are too many.
    pub(crate) const TOO_MANY_VPSES: Self =
        Self::Plain(Errno::Enospc, "at most 10000 VPSes: stop one first");
    /// There are too many rules.
    pub(crate) const TOO_MANY_RULES: Self =
        Self::Plain(Errno::Enospc, "at most 1000 exec rules: stop a VPS first");
    /// There are too many processes.
    pub(crate) const TOO_MANY_MEMBERS: Self =
        Self::Plain(Errno::Enospc, "at most 1000000 processes in all VPSes");
    /// The file is another VPS's.
    pub(crate) const TAKEN_FILE: Self =
        Self::Plain(Errno::Ebusy, "this file is in an exec rule already");
    /// There is no such file.
    pub(crate) const NO_FILE: Self = Self::Plain(
        Errno::Enoent,
        "no file is there: expected a program, by its path from the root of who loaded the module",
    );
}

const _: () = assert!(limits::VPSES == 10_000 && limits::EXEC_RULES == 1_000);
