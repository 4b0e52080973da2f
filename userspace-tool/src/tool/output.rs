// SPDX-License-Identifier: GPL-2.0

//! What is printed, and where to.

use super::failure::Failure;
use std::io::{self, Write};

/// Prints `text` on the standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    match stream(text)? {
        true => Ok(()),
        false => Err(Failure::failed("the standard output was closed")),
    }
}

/// Prints `text`, which more may follow; false when nobody reads it any more.
pub(crate) fn stream(text: &str) -> Result<bool, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::io("the standard output", &error)),
    }
}

/// Says something on the standard error, beside what is printed.
pub(crate) fn note(text: &str) {
    // Nobody could be told.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Prints why a command failed on the standard error, with excerpts of files if that is a terminal.
pub(crate) fn report(failure: &Failure) {
    let mut err = anstream::stderr().lock();
    let text = match err.is_terminal() {
        true => failure.report(true),
        false => failure.to_string(),
    };
    // Nobody could be told.
    let _ = err.write_all(text.as_bytes());
}
