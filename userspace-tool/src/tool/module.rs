// SPDX-License-Identifier: GPL-2.0

//! The loaded module, through `/proc/vhqos`.

use super::explain::Files;
use super::failure::{Failure, Status};
use super::refusal::Refused;
use super::row::{rows, Row};
use crate::policy::Machine;
use nix::errno::Errno;
use nix::time::{clock_gettime, ClockId};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Where the module shows itself.
const PLACE: &str = "/proc/vhqos";

/// The files of this version's module are understood.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Bytes of one write, but for a longer line: what the kernel copies at a time.
const PIECE: usize = 64 * 1024;

/// The loaded module.
pub(crate) struct Module {
    status: String,
}

/// A field of `status`, which has one a line; nothing when it is not there.
pub(crate) fn field<'a>(status: &'a str, key: &str) -> &'a str {
    let mut lines = status.lines();
    lines
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .unwrap_or_default()
}

/// Why the module did not take what was written.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// It says at which line.
    Refused(Refused),
    /// The table is of another generation than the writer said.
    Changed,
    /// It could not be written at all.
    Failed(Failure),
}

impl Rejection {
    /// It, of what was not read from a file.
    pub(crate) fn into_failure(self) -> Failure {
        match self {
            Self::Refused(why) => why.failure(),
            Self::Changed => Failure::failed("others keep changing the table").help("try again"),
            Self::Failed(failure) => failure,
        }
    }
}

impl Module {
    /// Looks for the module.
    ///
    /// Errors: it is not loaded, or of a version whose files this program does not know; the caller is not root.
    pub(crate) fn find() -> Result<Self, Failure> {
        if !Path::new(PLACE).exists() {
            return Err(
                Failure::new(Status::NoModule, "the module is not loaded").help("modprobe vhqos")
            );
        }
        let module = Self {
            status: read("status")?,
        };
        check_version(module.status("version"), VERSION)?;
        Ok(module)
    }

    /// A field of `status`; nothing when it is not there.
    pub(crate) fn status(&self, key: &str) -> &str {
        field(&self.status, key)
    }

    /// All of `status`.
    pub(crate) fn whole_status(&self) -> &str {
        &self.status
    }

    /// The machine as the module counts it.
    pub(crate) fn machine(&self) -> Machine {
        let number = |text: &str| text.trim_end_matches('%').parse().unwrap_or(0);
        Machine {
            cpus: number(self.status("cpus")),
            reserve_ppm: number(self.status("reserve")) * 10_000,
            guests: 0,
        }
    }

    /// The rows, one a line, in the form that is written.
    pub(crate) fn table(&self) -> Result<String, Failure> {
        read("table")
    }

    /// What each host uses: records.
    pub(crate) fn hosts(&self) -> Result<String, Failure> {
        read("hosts")
    }

    /// The rows, and what each host uses: records. Both are read at once.
    pub(crate) fn table_and_hosts(&self) -> Result<(String, String), Failure> {
        thread::scope(|scope| {
            let hosts = scope.spawn(|| read("hosts"));
            let table = read("table")?;
            Ok((table, hosts.join().expect("it does not panic")?))
        })
    }

    /// Calls `act` with the rows and the records of the hosts; the rows are taken apart while the records are still read.
    pub(crate) fn with_rows_and_hosts<R>(
        &self,
        act: impl FnOnce(&[Row<'_>], &str) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        thread::scope(|scope| {
            let hosts = scope.spawn(|| read("hosts"));
            let table = read("table")?;
            let rows = rows(&table);
            act(&rows, &hosts.join().expect("it does not panic")?)
        })
    }

    /// The VPSes: records.
    pub(crate) fn vpses(&self) -> Result<String, Failure> {
        read("vps")
    }

    /// Whom it has in which class: records.
    pub(crate) fn tasks(&self) -> Result<String, Failure> {
        read("tasks")
    }

    /// What it shows of processes.
    pub(crate) fn processes(&self) -> Result<Files, Failure> {
        Ok(Files {
            tasks: self.tasks()?,
            flags: read("flags")?,
            channels: read("channels")?,
            members: read("members")?,
            vps: self.vpses()?,
            now: since_boot(),
        })
    }

    /// What happens from now on; a read does not wait.
    pub(crate) fn events(&self) -> Result<File, Failure> {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(nix::libc::O_NONBLOCK);
        let opened = options.open(format!("{PLACE}/events"));
        opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                Failure::new(Status::NoModule, "the loaded module tells no events")
                    .help("load the module of this version: rmmod vhqos, then modprobe vhqos")
            }
            _ => failure("events", &error),
        })
    }

    /// Gives a command to `vps`, about the process that calls if it says `join`.
    pub(crate) fn vps_command(&self, line: &str) -> Result<(), Rejection> {
        let mut file = open("vps")?;
        write_piece(&mut file, "vps", &format!("{line}\n"))
    }

    /// Writes commands, one a line: each call of write(2) gets as many lines as fit into [`PIECE`], and is taken whole or not at all.
    pub(crate) fn write(&self, text: &str) -> Result<(), Rejection> {
        let mut file = open("table")?;
        let mut rest = text;
        while !rest.is_empty() {
            let window = rest.len().min(PIECE);
            let end = match rest.as_bytes()[..window]
                .iter()
                .rposition(|one| *one == b'\n')
            {
                Some(at) => at + 1,
                None => rest.find('\n').map_or(rest.len(), |at| at + 1),
            };
            let (piece, behind) = rest.split_at(end);
            write_piece(&mut file, "table", piece)?;
            rest = behind;
        }
        Ok(())
    }
}

/// A file of the module, to be written.
fn open(file: &str) -> Result<File, Rejection> {
    let opened = OpenOptions::new()
        .write(true)
        .open(format!("{PLACE}/{file}"));
    opened.map_err(|error| Rejection::Failed(failure(file, &error)))
}

/// Writes to the open file of this name in one call of write(2).
fn write_piece(to: &mut File, file: &str, piece: &str) -> Result<(), Rejection> {
    let Err(error) = to.write_all(piece.as_bytes()) else {
        return Ok(());
    };
    if error.kind() == io::ErrorKind::WouldBlock {
        return Err(Rejection::Changed);
    }
    let why = read("last_error").map_err(Rejection::Failed)?;
    // Another writer's refusal may stand there by now: then its error is another one, most likely.
    let errno = Errno::from_raw(error.raw_os_error().unwrap_or(0));
    let is_ours =
        |refused: &Refused| errno == Errno::UnknownErrno || format!("{errno:?}") == refused.errno;
    match Refused::parse(&why).filter(is_ours) {
        Some(refused) => Err(Rejection::Refused(refused)),
        None => Err(Rejection::Failed(failure(file, &error))),
    }
}

/// Refuses a module whose files a program does not know, by their versions.
pub(crate) fn check_version(module: &str, program: &str) -> Result<(), Failure> {
    if series(module) == series(program) {
        return Ok(());
    }
    let what = match module {
        "" => format!("the loaded module says no version, this program is {program}"),
        _ => format!("the loaded module is version {module}, this program {program}"),
    };
    Err(Failure::new(Status::NoModule, what)
        .help("load the module of this version: rmmod vhqos, then modprobe vhqos"))
}

/// Major and minor version, which say what the files are like.
fn series(version: &str) -> Option<&str> {
    version.rsplit_once('.').map(|(series, _)| series)
}

/// A file of the module.
fn read(file: &str) -> Result<String, Failure> {
    fs::read_to_string(format!("{PLACE}/{file}")).map_err(|error| failure(file, &error))
}

fn failure(file: &str, error: &io::Error) -> Failure {
    Failure::io(format_args!("{PLACE}/{file}"), error)
}

/// The time since the boot, that of sleep too, as the module counts it.
pub(crate) fn since_boot() -> Duration {
    let since = clock_gettime(ClockId::CLOCK_BOOTTIME).map(Duration::from);
    since.unwrap_or_default()
}
