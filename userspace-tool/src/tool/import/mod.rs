// SPDX-License-Identifier: GPL-2.0

//! `import`: rows from what web servers and control panels know of their virtual hosts.
//!
//! A reader of one format gives [`Sites`]; [`hosts`] makes one host of what is one site, so that no two rows claim the same; [`print`]
//! writes the file, which the tool's own check has to take. What no row can say, a comment tells.
//!
//! A name that two sites claim at one address and port is the first one's, as in the server; but a row is found by its most specific
//! name first and by its address then, while servers choose the address first, and Apache then the first site that matches, be it by
//! `*.NAME`.

pub(crate) mod address;
pub(crate) mod apache;
pub(crate) mod cpanel;
mod files;
pub(crate) mod hosts;
pub(crate) mod lve;
pub(crate) mod name;
pub(crate) mod nginx;
pub(crate) mod parameters;
pub(crate) mod print;
mod rows;

use super::failure::Failure;
use address::Listen;
use name::Unsayable;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A line of a file, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    file: Arc<str>,
    line: usize,
}

impl Origin {
    /// A line of `file`.
    fn new(file: &Arc<str>, line: usize) -> Self {
        Self {
            file: file.clone(),
            line,
        }
    }

    /// Something is wrong here.
    fn failure(&self, what: impl Display) -> Failure {
        Failure::failed(format!("{self}: {what}"))
    }

    /// A file that is named here cannot be read.
    fn unreadable(&self, path: &Path, error: &io::Error) -> Failure {
        let path = path.display();
        let failure = Failure::io(format_args!("{self}: {path} cannot be read"), error);
        match error.kind() {
            io::ErrorKind::PermissionDenied => failure,
            _ => failure.help("correct the path, or take the line out"),
        }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What is said of a place.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    origin: Origin,
    text: String,
}

impl Note {
    fn new(origin: &Origin, text: impl Into<String>) -> Self {
        Self {
            origin: origin.clone(),
            text: text.into(),
        }
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.text)
    }
}

/// A virtual host.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    origin: Origin,
    /// What the file calls it.
    what: String,
    /// The user of whose host it is a part; without one, its first name says of which.
    user: Option<String>,
    /// As `name=` has them; the first one is the site's own.
    names: Vec<String>,
    /// Where it is served.
    listens: Vec<Listen>,
    /// It has no names, or is said to take all.
    catches_all: bool,
    /// What the file says that a row cannot say.
    notes: Vec<Note>,
}

impl Site {
    /// A site without names, served nowhere.
    fn new(origin: &Origin, what: impl Into<String>) -> Self {
        Self {
            origin: origin.clone(),
            what: what.into(),
            user: None,
            names: Vec::new(),
            listens: Vec::new(),
            catches_all: true,
            notes: Vec::new(),
        }
    }

    /// Takes a name as the configuration has it.
    fn add_name(&mut self, text: &str, origin: &Origin) {
        match name::name(text) {
            Ok(name) => {
                self.catches_all = false;
                self.names.push(name);
            }
            Err(Unsayable::All) => {
                let why = format!(
                    "`{text}` takes all names: what asks for no name of a row is the default row's"
                );
                self.notes.push(Note::new(origin, why));
            }
            Err(Unsayable::Because(why)) => {
                self.catches_all = false;
                let why = format!("`{text}` is left out: {why}");
                self.notes.push(Note::new(origin, why));
            }
        }
    }
}

/// All that was read.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    pub(crate) sites: Vec<Site>,
    /// What is said of nothing that became a site.
    pub(crate) notes: Vec<Note>,
}
