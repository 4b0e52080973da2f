// SPDX-License-Identifier: GPL-2.0

//! What `apply` does not do.

use crate::tool::command::apply::check_emptying;
use insta::assert_snapshot;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::path::Path;

/// Why a file without rows is not applied to a table of so many.
fn refusal(file: &Path, rows: usize) -> String {
    let checked = check_emptying(file, rows, 0);
    checked.map_or_else(|failure| failure.to_string(), |()| String::new())
}

#[test]
fn a_pipe_without_rows_does_not_empty_the_table() {
    assert_snapshot!(refusal(Path::new("-"), 117), @"vhqos: the standard input has no rows, and the table has 117 rows, which would be deleted: if that is meant, `vhqos apply /dev/null` does it");
    let directory = tempfile::tempdir().expect("room for a directory");
    let pipe = directory.path().join("pipe");
    mkfifo(&pipe, Mode::S_IRWXU).expect("room for a pipe");
    let why = refusal(&pipe, 1);
    assert!(
        why.contains("/pipe has no rows, and the table has 1 row,"),
        "{why}"
    );
}

#[test]
fn what_is_meant_to_be_empty_is_applied() {
    assert_eq!(refusal(Path::new("/dev/null"), 117), "");
    let directory = tempfile::tempdir().expect("room for a directory");
    let file = directory.path().join("hosts.conf");
    std::fs::write(&file, "# nobody\n").expect("room for a file");
    assert_eq!(refusal(&file, 117), "");
    // Nothing is deleted.
    assert_eq!(refusal(Path::new("-"), 0), "");
    assert!(check_emptying(Path::new("-"), 117, 1).is_ok());
}
