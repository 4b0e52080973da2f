// SPDX-License-Identifier: GPL-2.0
//! Virtual private servers: the files of the module, and shells that play an init.

use crate::cgroup;
use crate::vhqos;
use crate::vhqos::Record;
use crate::wait::until;
use std::fs::OpenOptions;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

/// Where the tests' processes come from.
pub const ORIGIN: &str = "user.slice/tenants.scope";

/// Gives a command to `/proc/vhqos/vps` in one write(2).
pub fn try_command(text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(vhqos::path("vps"))?;
    file.write_all(format!("{text}\n").as_bytes())
}

/// Gives a command to `/proc/vhqos/vps`; panics with the module's reason when it is refused.
#[track_caller]
pub fn command(text: &str) {
    if let Err(error) = try_command(text) {
        panic!("{text}: {error}: {}", vhqos::last_error());
    }
}

/// The group of a VPS, as `/proc/PID/cgroup` shows it.
pub fn shown(name: &str) -> String {
    format!("/vhqos.vps/{name}")
}

/// The group of a VPS for `cgroup`.
pub fn group(name: &str) -> String {
    format!("vhqos.vps/{name}")
}

/// The record of a VPS.
pub fn record(name: &str) -> Option<Record> {
    vhqos::records("vps")
        .into_iter()
        .find(|record| record.get("vps").is_some_and(|one| one == name))
}

/// A field of the record of a VPS.
#[track_caller]
pub fn field(name: &str, key: &str) -> String {
    let found = record(name).and_then(|record| record.get(key).cloned());
    found.unwrap_or_else(|| panic!("no {key} of {name} in vps:\n{}", vhqos::read("vps")))
}

/// The processes of a VPS, by `/proc/vhqos/members`, ascending.
pub fn members(name: &str) -> Vec<i32> {
    let mut found: Vec<i32> = vhqos::records("members")
        .into_iter()
        .filter(|record| record.get("vps").is_some_and(|one| one == name))
        .map(|record| record["group"].parse().expect("a number"))
        .collect();
    found.sort();
    found
}

/// The VPS of a process.
pub fn of(process: i32) -> Option<String> {
    vhqos::records("members")
        .into_iter()
        .find(|record| record["group"] == process.to_string())
        .and_then(|record| record.get("vps").cloned())
}

/// Checks that a process is a member and in its group.
#[track_caller]
pub fn assert_member(process: i32, name: &str) {
    assert_eq!(
        (of(process).as_deref(), cgroup::of(process)),
        (Some(name), Some(shown(name))),
        "process {process}; members:\n{}",
        vhqos::read("members")
    );
}

/// A shell that does what it is told, in [`ORIGIN`] until it is a member; killed when dropped.
pub struct Shell {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Shell {
    /// Starts one.
    #[track_caller]
    pub fn start() -> Self {
        cgroup::make(ORIGIN);
        let mut command = Command::new("sh");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // SAFETY: entering a group opens and writes one file.
        unsafe {
            command.pre_exec(|| {
                cgroup::enter(ORIGIN);
                Ok(())
            });
        }
        let mut child = command.spawn().expect("sh is there");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Self {
            child,
            input,
            output,
        }
    }

    /// Starts one as the init of a VPS.
    #[track_caller]
    pub fn init_of(name: &str) -> Self {
        let shell = Self::start();
        command(&format!("start {name} {}", shell.pid()));
        shell
    }

    /// The process identifier.
    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Gives it lines to run, and gives what they wrote.
    #[track_caller]
    pub fn run(&mut self, lines: &str) -> String {
        self.input
            .write_all(format!("{lines}\necho; echo DONE\n").as_bytes())
            .expect("the shell reads");
        let mut text = String::new();
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).expect("the shell writes");
            assert!(length > 0, "the shell ended: {lines}");
            if line == "DONE\n" {
                return text.trim().to_owned();
            }
            text += &line;
        }
    }

    /// The same for what writes a number.
    #[track_caller]
    pub fn number(&mut self, lines: &str) -> i32 {
        let text = self.run(lines);
        text.parse()
            .unwrap_or_else(|_| panic!("{lines}: a number was expected: {text}"))
    }

    /// Starts a process that sleeps, with words before it (`setsid`), and gives its number.
    #[track_caller]
    pub fn sleeper(&mut self, words: &str) -> i32 {
        let pid = self.number(&format!("{words} sleep 1000 >/dev/null 2>&1 & echo $!"));
        until("it sleeps", 20.0, || {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm"));
            name.is_ok_and(|name| name == "sleep\n")
        });
        pid
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
