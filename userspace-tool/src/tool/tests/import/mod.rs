// SPDX-License-Identifier: GPL-2.0

//! What `import` makes of configurations: the files of the tests are beside them.

mod apache;
mod cpanel;
mod limits;
mod lve;
mod nginx;
mod properties;

use super::MACHINE;
use crate::tool::arguments::Arguments;
use crate::tool::command;
use crate::tool::failure::Failure;
use crate::tool::file;
use crate::tool::judge::judge;
use clap::Parser;
use std::fs;

/// Where the files are.
const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tool/tests/import/");

/// Calls the command with words behind `vhqos import`.
fn run(words: impl Iterator<Item = String>) -> Result<String, Failure> {
    let words = ["vhqos", "import"]
        .map(str::to_owned)
        .into_iter()
        .chain(words);
    let arguments = Arguments::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
    command::run(arguments.command.expect("one was named"))
}

/// Calls it with words in which `@` stands for the directory of the files.
fn call(words: &str) -> Result<String, Failure> {
    let words = words.split_whitespace();
    run(words.map(|word| word.replace('@', DIRECTORY)))
}

/// What it makes of a file that has this in it, whose name stands behind the words; or why nothing.
///
/// Panics if the tool itself does not take it: what is in a server's file is never a reason to print what is wrong.
#[track_caller]
fn made(words: &[&str], text: impl AsRef<[u8]>) -> Result<String, String> {
    let directory = tempfile::tempdir().expect("room for a directory");
    let path = directory.path().join("file");
    fs::write(&path, text).expect("room for a file");
    let file = path.to_str().expect("it is text");
    let words = words.iter().chain([&file]);
    let without_directory = |text: String| {
        let directory = format!("{}/", directory.path().display());
        text.replace(&directory, "")
    };
    match run(words.map(|word| (*word).to_owned())) {
        Ok(text) => {
            check(&text);
            Ok(without_directory(text))
        }
        Err(failure @ Failure::Faults(_)) => panic!("its own rows are wrong:\n{failure}"),
        Err(failure) => Err(without_directory(failure.to_string())),
    }
}

/// What it prints, which the tool itself has to take, without the directory's name.
#[track_caller]
fn import(words: &str) -> String {
    let text = call(words).unwrap_or_else(|failure| panic!("{failure}"));
    check(&text);
    text.replace(DIRECTORY, "")
}

/// Panics if `vhqos check` does not take a text.
#[track_caller]
fn check(text: &str) {
    let read = file::read_text("printed", text.to_owned());
    if let Err(failure) = read.and_then(|read| judge(&read, &MACHINE)) {
        panic!("{failure}in:\n{text}");
    }
}

/// Why it fails.
#[track_caller]
fn failure(words: &str) -> String {
    match call(words) {
        Ok(text) => panic!("it does not fail, but prints\n{text}"),
        Err(failure) => failure.to_string().replace(DIRECTORY, ""),
    }
}
