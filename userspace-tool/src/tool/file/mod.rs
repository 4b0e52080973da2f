// SPDX-License-Identifier: GPL-2.0

//! The configuration file, `/etc/vhqos/hosts.conf`.
//!
//! One statement a line, words separated by blanks and tabs. A word that begins with `#` and all behind it is a comment.
//!
//! | statement | what it says |
//! |---|---|
//! | `host NAME KEY=VALUE...` | a row, as `/proc/vhqos/table` takes it |
//! | `host NAME package=PACKAGE KEY=VALUE...` | the same with what the package says; a key that the row has itself is the row's |
//! | `package NAME KEY=VALUE...` | what rows have in common: all keys but `addr`, `name` and `vps`, which tell hosts apart |
//! | `include PATTERN` | the files of that name, where `*`, `?` and `[...]` stand for others, but not for hidden ones; from the directory of this file |
//!
//! A package may stand behind the rows that use it, and in another file. Files of a pattern are read in the order of their names, and
//! there may be none.

mod fault;
mod help;
mod line;
mod package;
mod reader;
mod source;

pub(crate) use fault::Fault;
pub(crate) use help::HELP;
pub(crate) use line::Line;
pub(crate) use package::{OWN_KEYS, PACKAGE};
pub(crate) use reader::{read, read_text, FAULTS};
pub(crate) use source::{Place, Sources};

use source::Words;

/// What the files say.
pub(crate) struct Configuration {
    /// The rows, in the order in which they were read.
    pub(crate) lines: Vec<Line>,
    /// A row for each package that no row takes: it is to be understood too.
    pub(crate) specimens: Vec<Line>,
    /// How many packages there are.
    pub(crate) packages: usize,
    /// The files.
    pub(crate) sources: Sources,
}

/// A statement: its words without the verb, and where the verb stands.
struct Statement {
    verb: Place,
    words: Words,
}
