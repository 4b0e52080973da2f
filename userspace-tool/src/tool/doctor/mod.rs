// SPDX-License-Identifier: GPL-2.0

//! What is well with this machine and what is not, and what to do about it.

mod facts;
mod groups;
mod kernel;
mod machine;
mod running;
mod servers;
mod sockets;

pub(super) use facts::Facts;
#[cfg(test)]
pub(super) use {
    facts::is_signed,
    groups::Group,
    servers::{Place, Process, Server, Socket},
};

use super::style;
use std::fmt::Write;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// As it should be.
    Well,
    /// To be looked at.
    Odd,
    /// Nothing works, or not what was asked for.
    Bad,
}

/// Something that was found.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) grade: Grade,
    what: String,
    /// What to do.
    remedy: Option<String>,
}

impl Finding {
    fn well(what: impl Into<String>) -> Self {
        Self {
            grade: Grade::Well,
            what: what.into(),
            remedy: None,
        }
    }

    fn odd(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            grade: Grade::Odd,
            what: what.into(),
            remedy: Some(remedy.into()),
        }
    }

    fn bad(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            grade: Grade::Bad,
            ..Self::odd(what, remedy)
        }
    }
}

/// Everything that can be said of the machine.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all = kernel::findings(facts);
    all.extend(running::findings(facts));
    all.extend(groups::findings(facts));
    all.extend(servers::findings(facts));
    all
}

/// A line for each finding, and one behind it for what to do.
pub(super) fn print(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let grade = match finding.grade {
            Grade::Well => style::good("well"),
            Grade::Odd => style::notable("odd "),
            Grade::Bad => style::bad("bad "),
        };
        let _ = writeln!(text, "{grade}  {}", finding.what);
        if let Some(remedy) = &finding.remedy {
            let _ = writeln!(text, "      {remedy}");
        }
    }
    text
}
