// SPDX-License-Identifier: GPL-2.0

//! Names of files in which `*`, `?` and `[...]` stand for others.
//!
//! The crate that knows such patterns looks for files as well; but it passes over names that are not UTF-8, and panics at them when
//! it is to pass over hidden ones.

use glob::{MatchOptions, Pattern};
use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// What stands for a directory and all that are below it.
const ALL_BELOW: &str = "**";

/// Whether it may name more than one file.
pub(crate) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// The files and directories that a pattern names, by their names; it is looked for in `directory`, unless it is absolute.
///
/// What is hidden is named only by what begins with a dot itself. Bytes that are not UTF-8 match what any character does.
///
/// Errors: it is no pattern, or a directory cannot be read.
pub(crate) fn matches(directory: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![directory.to_owned()];
    for part in Path::new(pattern).components() {
        let text = part.as_os_str().to_string_lossy();
        let mut next = Vec::new();
        for path in found {
            match &*text {
                _ if part == Component::CurDir => next.push(path),
                ALL_BELOW => add_below(path, &mut next)?,
                text if is_pattern(text) => add_matching(&path, text, &mut next)?,
                text => {
                    let path = path.join(text);
                    next.extend(fs::symlink_metadata(&path).is_ok().then_some(path));
                }
            }
        }
        found = next;
    }
    Ok(found)
}

/// What is in a directory and matches a pattern.
fn add_matching(directory: &Path, pattern: &str, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let options = MatchOptions {
        require_literal_leading_dot: true,
        ..MatchOptions::new()
    };
    // Servers take both for "none of these".
    let pattern = pattern.replace("[^", "[!");
    let pattern =
        Pattern::new(&pattern).map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
    for entry in entries(directory)? {
        let name = entry.file_name();
        if pattern.matches_with(&name.to_string_lossy(), options) {
            found.push(directory.join(name));
        }
    }
    Ok(())
}

/// A directory and those below it that are not hidden. Links are not followed: they may lead back.
fn add_below(directory: PathBuf, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !place(&directory).is_dir() {
        return Ok(());
    }
    found.push(directory.clone());
    for entry in entries(&directory)? {
        let name = entry.file_name();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        if !is_hidden && entry.file_type()?.is_dir() {
            add_below(directory.join(name), found)?;
        }
    }
    Ok(())
}

/// What is in a directory, by name; nothing is in a file.
fn entries(directory: &Path) -> io::Result<Vec<DirEntry>> {
    let place = place(directory);
    if !place.is_dir() {
        return Ok(Vec::new());
    }
    let found: io::Result<Vec<_>> = fs::read_dir(place)?.collect();
    let mut found = found?;
    found.sort_by_key(DirEntry::file_name);
    Ok(found)
}

/// Where a directory is, if it is named at all.
fn place(directory: &Path) -> &Path {
    match directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => directory,
    }
}
