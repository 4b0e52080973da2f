// SPDX-License-Identifier: GPL-2.0

//! Samples the module for some time.

use super::ends::Ends;
use super::history::{may_want, Recording};
use crate::tool::failure::Failure;
use crate::tool::sample::{Rates, Reader, Sample};
use nix::sys::utsname::uname;
use std::time::{Duration, Instant, SystemTime};

/// Intervals at the most: as many as a plot can show.
const INTERVALS: u32 = 300;

/// Between two samples at the least.
const INTERVAL: Duration = Duration::from_secs(1);

/// Samples the module for so long, or until a signal ends it.
///
/// Errors: the module could not be read twice.
pub(in crate::tool) fn record(length: Duration, ends: &Ends) -> Result<Recording, Failure> {
    let mut reader = Reader::default();
    let mut last = reader.read()?;
    let began = Instant::now();
    let interval = INTERVAL.max(length / INTERVALS);
    let mut recording = Recording::new(machine(), SystemTime::now());
    let mut due = Duration::ZERO;
    while due < length {
        due = (due + interval).min(length);
        // A sample that took long is not made up for by short intervals.
        due = due.max(began.elapsed().min(length));
        let is_ended = ends.wait(due.saturating_sub(began.elapsed()))?;
        match advance(&mut reader, &mut last, &mut recording) {
            Ok(()) => {}
            Err(failure) if recording.intervals.is_empty() => return Err(failure),
            Err(failure) => {
                recording.cut = Some(failure.sentence());
                break;
            }
        }
        if is_ended {
            break;
        }
    }
    Ok(recording)
}

/// Reads the next sample, and records what was since the last one.
fn advance(
    reader: &mut Reader,
    last: &mut Sample,
    recording: &mut Recording,
) -> Result<(), Failure> {
    let mut next = reader.read()?;
    let mut rates = Rates::between(last, &next);
    let hosts = next.hosts.iter().zip(&rates.hosts).enumerate();
    let asked = hosts.filter(|(_, (host, rates))| may_want(host, rates));
    let asked: Vec<_> = asked.map(|(place, _)| place).collect();
    reader.read_groups(&mut next, asked);
    rates.add_pressure(last, &next);
    recording.add(&next, &rates);
    *last = next;
    Ok(())
}

/// The machine's name; one that nobody has named is called `(none)` by the kernel.
fn machine() -> String {
    let name = uname().map_or(String::new(), |names| {
        names.nodename().to_string_lossy().into_owned()
    });
    match &*name {
        "" | "(none)" => "This machine".to_owned(),
        _ => name,
    }
}
