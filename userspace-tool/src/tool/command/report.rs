// SPDX-License-Identifier: GPL-2.0

//! `report`: a page of what hosts were guaranteed and what they used.

use crate::tool::failure::Failure;
use crate::tool::report::{page, record};
use crate::tool::units;
use clap::Args;
use std::fs::Permissions;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::NamedTempFile;

pub(in crate::tool) const EXAMPLES: &str = "\
Examples:
  vhqos report --html report.html
  vhqos report --minutes 60 --html /var/www/html/vhqos.html

Ctrl-C ends it early, and the page is written all the same.";

/// The mode of the page.
const MODE: u32 = 0o644;

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
    let length = Duration::from_secs(60 * u64::from(arguments.minutes));
    if io::stderr().is_terminal() {
        let what = units::counted(arguments.minutes as usize, "minute");
        eprintln!("vhqos: looking for {what}; Ctrl-C ends it early");
    }
    let name = arguments.html.display();
    let failed = |error: io::Error| Failure::io(format_args!("{name} cannot be written"), &error);
    if arguments.html == Path::new("-") {
        return Ok(page(&record(length)?));
    }
    // Minutes later it would be too late to say that it cannot be written.
    let mut file = new_beside(&arguments.html).map_err(failed)?;
    let recording = record(length)?;
    file.write_all(page(&recording).as_bytes())
        .and_then(|()| file.as_file().set_permissions(Permissions::from_mode(MODE)))
        .map_err(failed)?;
    file.persist(&arguments.html)
        .map_err(|error| failed(error.error))?;
    Ok(format!(
        "{name}: {} in {}\n",
        units::counted(recording.hosts.len(), "host"),
        units::time((recording.seconds() * 1e6) as u64)
    ))
}

/// A file in the directory of another one.
fn new_beside(path: &Path) -> io::Result<NamedTempFile> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => NamedTempFile::new_in(parent),
        _ => NamedTempFile::new_in("."),
    }
}
