// SPDX-License-Identifier: GPL-2.0

//! Why the command could not do what it was told, and its exit status.

use super::arguments::HOSTS;
use super::file::Fault;
use miette::{GraphicalReportHandler, GraphicalTheme};
use std::fmt::{self, Display, Formatter, Write};
use std::io;
use std::path::Path;

/// Exit statuses, but for success and wrong usage, which is 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// What was asked for was refused, or is wrong.
    Failed = 1,
    /// The module is not loaded, or is another version's.
    NoModule = 3,
    /// The caller may not.
    NotPermitted = 4,
    /// A program was found and cannot be executed; as of env(1).
    NotExecutable = 126,
    /// A program was not found; as of env(1).
    NoProgram = 127,
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something is wrong at places of a file.
    Faults(Vec<Fault>),
    /// What was found is not well: printed already.
    Found(String),
    /// A program that was waited for ended with this status; there is nothing to be said.
    Ended(u8),
    /// Something else.
    Plain {
        status: Status,
        what: String,
        /// What to do.
        help: Option<String>,
    },
}

impl Failure {
    /// A failure that has no place in a file.
    pub(crate) fn new(status: Status, what: impl Into<String>) -> Self {
        Self::Plain {
            status,
            what: what.into(),
            help: None,
        }
    }

    /// What was asked for cannot be done.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::new(Status::Failed, what)
    }

    /// A system call failed.
    pub(crate) fn io(what: impl Display, error: &io::Error) -> Self {
        let failure = Self::new(status(error), format!("{what}: {}", reason(error)));
        match error.kind() {
            io::ErrorKind::PermissionDenied => failure.help("run it as root"),
            _ => failure,
        }
    }

    /// A file or a directory that was named cannot be read.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let failure = Self::io(format_args!("{} cannot be read", path.display()), error);
        match error.kind() {
            io::ErrorKind::PermissionDenied => failure,
            io::ErrorKind::NotFound if path == Path::new(HOSTS) => {
                failure.help("write it, as vhqos-apply(1) says, or name another file")
            }
            io::ErrorKind::NotFound => failure.help("name one that is there"),
            io::ErrorKind::IsADirectory => failure.help("name a file in it"),
            _ => failure.help("name another one"),
        }
    }

    /// The same, with what to do.
    pub(crate) fn help(self, text: impl Into<String>) -> Self {
        match self {
            Self::Plain { status, what, .. } => Self::Plain {
                status,
                what,
                help: Some(text.into()),
            },
            other => other,
        }
    }

    /// What is wrong and what to do, on a line of something that says more.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Plain { what, help, .. } => match help {
                Some(help) => format!("{what}: {help}"),
                None => what.clone(),
            },
            other => other.to_string().trim_end().to_owned(),
        }
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Faults(_) | Self::Found(_) => Status::Failed as u8,
            Self::Ended(status) => *status,
            Self::Plain { status, .. } => *status as u8,
        }
    }

    /// The same with an excerpt of the file around each place, for a terminal.
    pub(crate) fn report(&self, colour: bool) -> String {
        let Self::Faults(faults) = self else {
            return self.to_string();
        };
        let theme = match colour {
            true => GraphicalTheme::unicode(),
            false => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_context_lines(1);
        let mut text = String::new();
        for fault in faults {
            if handler
                .render_report(&mut text, fault.diagnostic())
                .is_err()
            {
                // Never seen; but then at least without the excerpt.
                let _ = writeln!(text, "{}", fault.plain());
            }
        }
        text
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults(faults) => {
                for fault in faults {
                    writeln!(f, "{}", fault.plain())?;
                }
                Ok(())
            }
            Self::Found(_) | Self::Ended(_) => Ok(()),
            Self::Plain { .. } => writeln!(f, "vhqos: {}", self.sentence()),
        }
    }
}

/// What an error says, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((text, _)) => text.to_lowercase(),
        None => text,
    }
}

fn status(error: &io::Error) -> Status {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Status::NotPermitted,
        _ => Status::Failed,
    }
}
