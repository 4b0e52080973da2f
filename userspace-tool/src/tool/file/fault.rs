// SPDX-License-Identifier: GPL-2.0

//! What is wrong at a place of a text.

use super::source::{Place, Sources};
use miette::{Diagnostic, NamedSource, SourceSpan};
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use thiserror::Error;

/// What is wrong, where, and what to do.
#[derive(Debug)]
pub(crate) struct Fault(Box<Details>);

#[derive(Debug, Error, Diagnostic)]
#[error("{what}")]
struct Details {
    what: String,
    #[source_code]
    file: NamedSource<Arc<str>>,
    #[label("here")]
    at: SourceSpan,
    #[help]
    help: Option<String>,
}

impl Fault {
    /// `what` is wrong at `place`.
    pub(crate) fn new(sources: &Sources, place: Place, what: impl Into<String>) -> Self {
        let source = sources.of(place);
        Self(Box::new(Details {
            what: what.into(),
            file: NamedSource::new(&*source.name, source.text.clone()),
            at: place.span().into(),
            help: None,
        }))
    }

    /// The same, with what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// It on one line, as compilers print it, and what to do on another one.
    pub(crate) fn plain(&self) -> impl Display + '_ {
        Plain(&self.0)
    }

    /// It for a report with an excerpt of the text.
    pub(crate) fn diagnostic(&self) -> &dyn Diagnostic {
        &*self.0
    }
}

struct Plain<'a>(&'a Details);

impl Display for Plain<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Details {
            what,
            file,
            at,
            help,
        } = self.0;
        let before = &file.inner()[..at.offset()];
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let column = 1 + before.len() - start;
        write!(f, "{}:{line}:{column}: error: {what}", file.name())?;
        if let Some(help) = help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}
