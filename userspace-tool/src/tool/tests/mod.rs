// SPDX-License-Identifier: GPL-2.0

//! Tests of the command: what it reads, and what it prints. `qemu-test` has those with the module.

mod apply;
mod difference;
mod doctor;
mod edits;
mod events;
mod explain;
mod export;
mod failure;
mod faults;
mod files;
mod help;
mod import;
mod module;
mod refusal;
mod report;
mod sample;
mod save;
mod scale;
mod show;
mod signature;
mod top;
mod units;
mod vps;

use crate::policy::Machine;
use crate::tool::failure::Failure;
use crate::tool::file::{self, Configuration};
use crate::tool::judge::judge;
use nix::time::ClockId;
use std::fs;
use std::time::Duration;
use tempfile::TempDir;

/// Two CPUs, of which 5 % are left to others.
const MACHINE: Machine = Machine {
    cpus: 2,
    reserve_ppm: 50_000,
    guests: 0,
};

/// Files in a directory of their own; the first one is the one that is read.
struct Files {
    directory: TempDir,
    first: String,
}

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("room for a directory");
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().expect("it is below the directory"))
                .expect("room for a directory");
            fs::write(path, text).expect("room for a file");
        }
        Self {
            directory,
            first: files[0].0.to_owned(),
        }
    }

    fn read(&self) -> Result<Configuration, Failure> {
        file::read(&self.directory.path().join(&self.first))
    }

    /// The rows, as the module would get them.
    #[track_caller]
    fn lines(&self) -> String {
        let configuration = self.read().unwrap_or_else(|failure| panic!("{failure}"));
        let lines = configuration.lines.iter();
        let lines: Vec<_> = lines.map(|line| line.text.clone() + "\n").collect();
        lines.concat()
    }

    /// What is wrong with them, without the directory's name.
    #[track_caller]
    fn faults(&self) -> String {
        let failure = self.failure().to_string();
        self.without_directory(&failure)
    }

    fn failure(&self) -> Failure {
        let judged = self.read().map(|files| judge(&files, &MACHINE));
        match judged {
            Ok(Ok(_)) => panic!("nothing is wrong"),
            Ok(Err(failure)) | Err(failure) => failure,
        }
    }

    fn without_directory(&self, text: &str) -> String {
        let directory = format!("{}/", self.directory.path().display());
        text.replace(&directory, "")
    }
}

/// One file.
fn file(text: &str) -> Files {
    Files::new(&[("hosts.conf", text)])
}

/// So many texts, one behind the other.
fn many(count: u32, text: impl Fn(u32) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().concat()
}

/// What comes of work that may take so many seconds of a CPU: several times what it takes, and less than it would if it took each
/// with each.
#[track_caller]
fn within<T>(seconds: u64, work: impl FnOnce() -> T) -> T {
    let used = || ClockId::CLOCK_THREAD_CPUTIME_ID.now().map(Duration::from);
    let before = used().expect("the kernel has this clock");
    let done = work();
    let taken = used().expect("the kernel has this clock") - before;
    assert!(taken < Duration::from_secs(seconds), "{taken:?}");
    done
}
