// SPDX-License-Identifier: GPL-2.0

//! `monitor`: what happens, as it happens.

use super::row::similar;
use crate::tool::event::{Event, Kind, Printer};
use crate::tool::failure::{Failure, Status};
use crate::tool::module::{since_boot, Module};
use crate::tool::output;
use crate::tool::row::{by_name, rows, Row};
use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nix::errno::Errno;
use nix::poll::{poll, PollFd, PollFlags, PollTimeout};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_shutdown;
use std::fmt::Write;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

pub(in crate::tool) const EXAMPLES: &str = "\
Examples:
  vhqos monitor
  vhqos monitor bank flowers --event bind,release
  vhqos monitor -j | jq -r 'select(.event == \"refusal\") | .why'

What a host is named for is shown, and what concerns all of them; a host that is not there may come, and is told on the standard error.
Ends with Ctrl-C, with the reader of its output, and, with status 3, when the module is unloaded. Who reads too slowly is told how many
events were lost.";

/// Bytes of one read: some hundred lines.
const PIECE: usize = 64 * 1024;

/// How long events are let gather, so that a busy server does not wake us with each of them.
const GATHER: Duration = Duration::from_millis(20);

#[derive(Debug, Args)]
pub(crate) struct Monitor {
    /// Only what concerns these hosts.
    #[arg(value_name = "HOST")]
    hosts: Vec<String>,
    /// Only these events; several are separated by commas.
    #[arg(short, long, value_name = "EVENT", value_delimiter = ',')]
    event: Vec<Kind>,
    /// As JSON, an object a line.
    #[arg(short, long)]
    json: bool,
}

/// Prints what happens until somebody ends it.
pub(super) fn monitor(arguments: &Monitor) -> Result<String, Failure> {
    let module = Module::find()?;
    let mut events = module.events()?;
    if !arguments.hosts.is_empty() {
        output::note(&strangers(&rows(&module.table()?), &arguments.hosts));
    }
    end_by_signals().map_err(|error| Failure::io("signals", &error))?;
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let mut printer = Printer::new(arguments.json, zone);
    let mut buffer = vec![0; PIECE];
    loop {
        if !wait(&events)? {
            return Ok(String::new());
        }
        thread::sleep(GATHER);
        while let Some(lines) = read(&mut events, &mut buffer)? {
            let boot = boot();
            let mut text = String::new();
            let wanted = lines
                .lines()
                .map(Event::parse)
                .filter(|event| event.is_wanted(&arguments.event, &arguments.hosts));
            wanted.for_each(|event| printer.print(&event, boot, &mut text));
            if !output::stream(&text)? {
                return Ok(String::new());
            }
        }
    }
}

/// What is said of names that no host has: it may come, or the name is misspelt.
pub(in crate::tool) fn strangers(table: &[Row<'_>], names: &[String]) -> String {
    let known = by_name(table);
    let mut text = String::new();
    for name in names.iter().filter(|name| !known.contains_key(&***name)) {
        let meant = similar(table, name);
        let meant = meant.map_or(String::new(), |other| format!(" (is {other} meant?)"));
        let _ = writeln!(
            text,
            "vhqos: there is no host {name} now{meant}: it is shown when it comes"
        );
    }
    text
}

/// Has the signals that end the command end it at once and well, also while it prints: nothing is left undone then.
fn end_by_signals() -> io::Result<()> {
    let always = Arc::new(AtomicBool::new(true));
    for signal in [SIGINT, SIGTERM] {
        register_conditional_shutdown(signal, 0, Arc::clone(&always))?;
    }
    Ok(())
}

/// Waits until there is something to read; false when nobody reads what is printed any more.
fn wait(events: &File) -> Result<bool, Failure> {
    let out = io::stdout();
    let mut files = [
        PollFd::new(events.as_fd(), PollFlags::POLLIN),
        // Only that nobody has the other end any more.
        PollFd::new(out.as_fd(), PollFlags::empty()),
    ];
    loop {
        match poll(&mut files, PollTimeout::NONE) {
            Err(Errno::EINTR) => (),
            Err(error) => return Err(Failure::io("poll", &error.into())),
            Ok(_) => break,
        }
    }
    let [_, out] = files.map(|file| file.any().unwrap_or(true));
    Ok(!out)
}

/// The lines that there are, as many as fit; none when all were read.
fn read(events: &mut File, buffer: &mut [u8]) -> Result<Option<String>, Failure> {
    let unloaded = || Failure::new(Status::NoModule, "the module was unloaded");
    loop {
        match events.read(buffer) {
            Ok(0) => return Err(unloaded()),
            Ok(length) => {
                return Ok(Some(
                    String::from_utf8_lossy(&buffer[..length]).into_owned(),
                ))
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock => return Ok(None),
                ErrorKind::Interrupted => (),
                // What procfs says of a file whose module is gone.
                _ if error.raw_os_error() == Some(Errno::EIO as i32) => return Err(unloaded()),
                _ => return Err(Failure::io("/proc/vhqos/events", &error)),
            },
        }
    }
}

/// When the machine was started, by the clock of now: events are told in the time since then.
fn boot() -> Timestamp {
    let since = SignedDuration::try_from(since_boot()).unwrap_or_default();
    Timestamp::now()
        .checked_sub(since)
        .unwrap_or(Timestamp::UNIX_EPOCH)
}
