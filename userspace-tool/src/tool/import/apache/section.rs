// SPDX-License-Identifier: GPL-2.0

//! Sections that are open.

/// What is in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lines of the main server.
    Main,
    /// Lines of the virtual host with this number.
    Host(usize),
    /// Nothing that is looked for: a condition that does not hold, or what is said of directories and files.
    Closed,
}

/// An open section.
#[derive(Debug)]
pub(super) struct Section {
    /// In lower case, without brackets.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The line.
    pub(super) line: usize,
}

/// The name of a section, and what stands behind it, of `<NAME REST>`.
pub(super) fn opened(line: &str) -> Option<(String, &str)> {
    let inner = line
        .strip_prefix('<')
        .filter(|inner| !inner.starts_with('/'))?;
    let inner = inner.rfind('>').map_or(inner, |end| &inner[..end]);
    let end = inner.find(super::lines::is_blank).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    Some((
        name.to_ascii_lowercase(),
        rest.trim_matches(super::lines::is_blank),
    ))
}

/// The name of a section, of `</NAME>`.
pub(super) fn closed(line: &str) -> Option<String> {
    let inner = line.strip_prefix("</")?;
    let end = inner
        .find(|one| one == '>' || super::lines::is_blank(one))
        .unwrap_or(inner.len());
    Some(inner[..end].to_ascii_lowercase())
}

/// Whether what is in the section is another language's, up to its end.
pub(super) fn is_raw(name: &str) -> bool {
    matches!(name, "macro" | "perl")
}
