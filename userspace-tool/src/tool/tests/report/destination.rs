// SPDX-License-Identifier: GPL-2.0

//! Where the page is put.

use crate::tool::command::destination::Destination;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs::{self, Permissions};
use std::os::unix::fs::{symlink, FileTypeExt, PermissionsExt};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().expect("room for a directory")
}

/// How many files there are.
fn files(directory: &TempDir) -> usize {
    let files = fs::read_dir(directory).expect("it is there");
    files.count()
}

#[test]
fn file_is_replaced_and_keeps_its_mode() {
    let directory = directory();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    fs::write(&file, "before").expect("room for a file");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("it is ours");
    symlink(&file, &link).expect("room for a link");
    let to = Destination::find(&link).expect("it is a file");
    to.try_out().expect("room for another");
    to.write("after").expect("room for another");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "after");
    let mode = fs::metadata(&file).expect("it is there").permissions();
    assert_eq!(mode.mode() & 0o7777, 0o600);
    assert!(link.is_symlink());
    assert_eq!(files(&directory), 2);
}

#[test]
fn new_file_can_be_read_by_all() {
    let directory = directory();
    let file = directory.path().join("file");
    let to = Destination::find(&file).expect("nothing is there");
    to.try_out().expect("room for a file");
    assert_eq!(files(&directory), 0);
    to.write("text").expect("room for a file");
    let mode = fs::metadata(&file).expect("it is there").permissions();
    assert_eq!(mode.mode() & 0o7777, 0o644);
    let nowhere = Destination::find(&directory.path().join("nowhere/file"));
    assert!(nowhere.expect("nothing is there").try_out().is_err());
}

#[test]
fn only_files_are_replaced() {
    let directory = directory();
    let (fifo, link) = (directory.path().join("fifo"), directory.path().join("link"));
    mkfifo(&fifo, Mode::S_IRWXU).expect("room for a pipe");
    symlink("/dev/null", &link).expect("room for a link");
    for path in [&fifo, &link] {
        let error = Destination::find(path).expect_err("it is no file");
        assert_eq!(error.to_string(), "it is no regular file");
    }
    let kind = fs::metadata(&fifo).expect("it is there").file_type();
    assert!(kind.is_fifo());
    let error = Destination::find(directory.path()).expect_err("it is a directory");
    assert_eq!(error.to_string(), "is a directory");
}
