// SPDX-License-Identifier: GPL-2.0

//! `report`: a page of what hosts were guaranteed and what they used.

use super::destination::Destination;
use crate::tool::failure::Failure;
use crate::tool::report::history::Recording;
use crate::tool::report::{page, record, Ends};
use crate::tool::units;
use clap::Args;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(in crate::tool) const EXAMPLES: &str = "\
Examples:
  vhqos report --html report.html
  vhqos report --minutes 60 --html /var/www/html/vhqos.html

Ctrl-C, or SIGTERM or SIGHUP, ends it early, and the page is written all the same.";

#[derive(Debug, Args)]
pub(in crate::tool) struct Report {
    /// How long to look.
    #[arg(short, long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: u32,
    /// The page; `-` is the standard output.
    #[arg(long, value_name = "FILE")]
    html: PathBuf,
}

/// Looks for some minutes, and writes the page.
pub(super) fn report(arguments: &Report) -> Result<String, Failure> {
    let name = arguments.html.display();
    let failed = |error: io::Error| Failure::io(format_args!("{name} cannot be written"), &error);
    // Until the page is written.
    let ends = Ends::take()?;
    if arguments.html == Path::new("-") {
        return Ok(page(&look(arguments, &ends)?));
    }
    // Minutes later it would be too late to say that it cannot be written.
    let to = Destination::find(&arguments.html).map_err(failed)?;
    to.try_out().map_err(failed)?;
    let recording = look(arguments, &ends)?;
    to.write(&page(&recording)).map_err(failed)?;
    Ok(format!(
        "{name}: {} in {}\n",
        units::counted(recording.hosts.len(), "host"),
        units::time((recording.seconds() * 1e6) as u64)
    ))
}

fn look(arguments: &Report, ends: &Ends) -> Result<Recording, Failure> {
    if io::stderr().is_terminal() {
        let what = units::counted(arguments.minutes as usize, "minute");
        eprintln!("vhqos: looking for {what}; Ctrl-C ends it early");
    }
    record(Duration::from_secs(60 * u64::from(arguments.minutes)), ends)
}
