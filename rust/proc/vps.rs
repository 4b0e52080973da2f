// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/vps`: virtual private servers. The grammar of what is written is `policy`'s.
//!
//! Lines are read before the first is carried out; one that is refused ends the write, and the lines
//! before it stay in force.
//!
//! Reading gives one record a VPS. `vps`: its name; `init`: the process that was started, as the initial
//! PID namespace numbers it, or `-` when that is gone; `state`: `running`, or `empty` when no process is
//! left, and it can be started again; `processes`, `threads`: that live; `cpu_usec`: CPU time of its group
//! since its first command; `row`: the host of the table whose `vps=` it is, or `-`; `exec`: the programs
//! that make a process a member, each with a key of its own, or `-`.

use crate::engine::control::{
    Control,
    Turn, //
};
use crate::engine::vps::change::Failure;
use crate::engine::vps::Vps;
use crate::policy::{
    vps,
    Refusal, //
};
use crate::sys::procfs::Entry;
use kernel::fmt;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::seq_print;
use kernel::str::CString;
use kernel::sync::Arc;

pub(super) struct VpsFile(pub(super) Arc<Control>);

/// One VPS as it was when the file was opened.
pub(super) struct Seen {
    vps: Arc<Vps>,
    processes: u32,
    threads: u32,
    cpu_usec: u64,
    row: Option<CString>,
    programs: KVec<CString>,
}

/// What was written to one open file.
pub(super) struct Open {
    line: u64,
}

/// `-` for none.
struct OrNone<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for OrNone<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(one) => fmt::Display::fmt(one, f),
            None => f.write_str("-"),
        }
    }
}

impl Entry for VpsFile {
    type Reading = KVVec<Seen>;
    type Writing = Open;

    fn open(&self) -> Result<(KVVec<Seen>, Open)> {
        Ok((self.look()?, Open { line: 1 }))
    }

    fn next(&self, seen: &KVVec<Seen>, from: u64) -> Option<u64> {
        let count = u64::try_from(seen.len()).ok()?;
        (from < count).then_some(from)
    }

    fn show(&self, seen: &KVVec<Seen>, at: u64, out: &SeqFile) {
        let Some(one) = usize::try_from(at).ok().and_then(|at| seen.get(at)) else {
            return;
        };
        let state = match one.processes {
            0 => "empty",
            _ => "running",
        };
        let row = one.row.as_ref().and_then(|row| row.to_str().ok());
        seq_print!(
            out,
            "vps={} init={} state={} processes={} threads={} cpu_usec={} row={}",
            one.vps.name(),
            OrNone(one.vps.init().map(|init| init.tgid)),
            state,
            one.processes,
            one.threads,
            one.cpu_usec,
            OrNone(row),
        );
        for program in one.programs.iter() {
            seq_print!(out, " exec={}", program.to_str().unwrap_or("?"));
        }
        let none = if one.programs.is_empty() {
            " exec=-"
        } else {
            ""
        };
        seq_print!(out, "{}\n", none);
    }

    fn write(&self, open: &mut Open, privileged: bool, _offset: u64, text: &[u8]) -> Result {
        if !privileged {
            let why = "1:1: EPERM: 'write': CAP_SYS_ADMIN in the initial user namespace is needed, by who opened the file and by who writes";
            return Err(self.0.refuse(EPERM, format_args!("{why}")));
        }
        let control = self.0.clone();
        control.with_turn(|turn| self.carry_out(turn, open, text))
    }
}

impl VpsFile {
    /// Carries out all commands of one write; the caller has the turn.
    #[inline(never)]
    fn carry_out(&self, turn: &mut Turn, open: &mut Open, text: &[u8]) -> Result {
        let mut kernel = None;
        let done = vps::each_command(text, open.line, |command| {
            self.carry_out_one(turn, command, &mut kernel)
        });
        match done {
            Ok(lines) => {
                open.line = open.line.saturating_add(lines);
                Ok(())
            }
            Err(refusal) => Err(self.refuse(&refusal, kernel)),
        }
    }

    /// Carries out one command; `kernel` is what the kernel said if that is the reason.
    #[inline(never)]
    fn carry_out_one(
        &self,
        turn: &mut Turn,
        command: &vps::Command<'_>,
        kernel: &mut Option<Error>,
    ) -> Result<(), Refusal> {
        let done = self.0.vps_command(turn, command);
        done.map_err(|failure| reason(failure, command, kernel))
    }

    /// What there is now.
    fn look(&self) -> Result<KVVec<Seen>> {
        let engine = self.0.engine();
        let now = engine.current();
        let mut seen = KVVec::new();
        for vps in engine.vpses.all()? {
            let mut programs = KVec::new();
            let mut complete = Ok(());
            engine.vpses.each_rule(|rule| {
                if Arc::ptr_eq(&rule.vps, &vps) {
                    complete = CString::try_from_fmt(format_args!(
                        "{}",
                        rule.path.to_str().unwrap_or("?")
                    ))
                    .and_then(|path| Ok(programs.push(path, GFP_KERNEL)?));
                }
            });
            complete?;
            let row = match now.table().find_vps(vps.name()) {
                Some(id) => now.table().row(id),
                None => None,
            };
            let row = row
                .map(|row| CString::try_from_fmt(format_args!("{}", row.name())))
                .transpose()?;
            let cpu_usec = vps.group().times().map_or(0, |(cpu, _)| cpu);
            let one = Seen {
                vps,
                processes: 0,
                threads: 0,
                cpu_usec,
                row,
                programs,
            };
            seen.push(one, GFP_KERNEL)?;
        }
        engine.vpses.members.for_each_mut(|_, member| {
            let threads = member.process.threads();
            let number = member.vps.vps().number;
            let place = seen.binary_search_by_key(&number, |one| one.vps.number);
            let place = place.ok().and_then(|at| seen.get_mut(at));
            if let Some(one) = place.filter(|_| threads > 0) {
                one.processes = one.processes.saturating_add(1);
                one.threads = one.threads.saturating_add(threads);
            }
        });
        Ok(seen)
    }

    /// Keeps why a write was refused, and gives the error.
    #[inline(never)]
    fn refuse(&self, refusal: &Refusal, kernel: Option<Error>) -> Error {
        let Some(error) = kernel else {
            let error = Error::from_errno(refusal.errno().code().saturating_neg());
            return self.0.refuse(error, format_args!("{refusal}"));
        };
        let fault = self.0.engine().classes.take_fault();
        let fault = fault.as_ref().and_then(|text| text.to_str().ok());
        let what = fault.unwrap_or("memory, a group or a hook; see the kernel log");
        let (line, column) = (refusal.line(), refusal.column());
        self.0.refuse(
            error,
            format_args!("{line}:{column}: {error:?}: the kernel refused: {what}"),
        )
    }
}

/// Why a command was refused; `kernel` is what the kernel said.
#[inline(never)]
fn reason(failure: Failure, command: &vps::Command<'_>, kernel: &mut Option<Error>) -> Refusal {
    match failure {
        Failure::Refused(refusal) => refusal,
        Failure::Kernel(error) => {
            *kernel = Some(error);
            command.refuse_kernel()
        }
    }
}
