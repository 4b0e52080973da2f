// SPDX-License-Identifier: GPL-2.0

//! Colours, where the standard output is a terminal that has them (`NO_COLOR`, `CLICOLOR_FORCE` and their like are heeded).

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use std::borrow::Cow;
use std::io;
use std::sync::OnceLock;

/// What comes, or is well.
pub(crate) fn good(what: &str) -> Cow<'_, str> {
    painted(AnsiColor::Green.on_default(), what)
}

/// What goes, or is wrong.
pub(crate) fn bad(what: &str) -> Cow<'_, str> {
    painted(AnsiColor::Red.on_default(), what)
}

/// What is to be noticed.
pub(crate) fn notable(what: &str) -> Cow<'_, str> {
    painted(AnsiColor::Yellow.on_default(), what)
}

/// A heading.
pub(crate) fn heading(what: &str) -> Cow<'_, str> {
    painted(Style::new().bold(), what)
}

/// Whether there are any.
pub(crate) fn has_colours() -> bool {
    static COLOURS: OnceLock<bool> = OnceLock::new();
    *COLOURS.get_or_init(|| AutoStream::choice(&io::stdout()) != ColorChoice::Never)
}

fn painted(style: Style, what: &str) -> Cow<'_, str> {
    match has_colours() {
        true => format!("{style}{what}{style:#}").into(),
        false => what.into(),
    }
}
