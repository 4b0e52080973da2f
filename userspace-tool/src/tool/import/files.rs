// SPDX-License-Identifier: GPL-2.0

//! Files of servers.

use super::Origin;
use crate::tool::failure::Failure;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How deep includes and directories may lie in each other: what Apache allows (`AP_MAX_INCLUDE_DEPTH`, `AP_MAX_FNMATCH_DEPTH`).
const DEPTH: usize = 128;

/// How many files are read at most: one for each row of the largest table, ten times over.
const FILES: usize = 1_000_000;

/// Files and macros that were read so far.
#[derive(Debug, Default)]
pub(super) struct Count(usize);

impl Count {
    /// Counts one more, which is named at `origin`, where `depth` others include each other.
    ///
    /// Errors: it is one too many.
    pub(super) fn add(&mut self, origin: &Origin, depth: usize) -> Result<(), Failure> {
        self.0 += 1;
        match too_many(depth, self.0) {
            Some(why) => Err(origin
                .failure(why)
                .help("take out the one by which one includes itself")),
            None => Ok(()),
        }
    }
}

/// Why no more files are read, if `depth` others include the next one, which is number `count`.
fn too_many(depth: usize, count: usize) -> Option<String> {
    match (depth, count) {
        (DEPTH.., _) => Some(format!(
            "more than {DEPTH} files or macros lie in each other here"
        )),
        (_, FILES..) => Some(format!(
            "more than {FILES} files or macros are read up to here"
        )),
        _ => None,
    }
}

/// The text of a file, of which what is not UTF-8 is Latin-1: servers do not care, and comments are in all languages.
pub(super) fn read(path: &Path) -> io::Result<String> {
    Ok(decode(fs::read(path)?))
}

/// The name and the text of a file that was asked for.
///
/// Errors: it cannot be read.
pub(super) fn named(path: &Path) -> Result<(Arc<str>, String), Failure> {
    let text = read(path).map_err(|error| Failure::unreadable(path, &error))?;
    Ok((path.display().to_string().into(), text))
}

/// See [`read`].
pub(super) fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = String::new();
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().copied().map(char::from));
        }
        text
    })
}

/// The file, or all files in and below the directory, by their names.
pub(super) fn within(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    add_within(path, 0, &mut files)?;
    Ok(files)
}

fn add_within(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    if let Some(why) = too_many(depth, files.len()) {
        return Err(io::Error::other(why));
    }
    for path in entries(path)? {
        add_within(&path, depth + 1, files)?;
    }
    Ok(())
}

/// What is in a directory, by name.
pub(super) fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let found = fs::read_dir(directory)?;
    let found: io::Result<Vec<_>> = found.map(|entry| Ok(entry?.path())).collect();
    let mut found = found?;
    found.sort_unstable();
    Ok(found)
}
