// SPDX-License-Identifier: GPL-2.0
//! Child processes that run a closure, and what a test wants to know about a process.

use crate::cgroup;
use nix::sys::signal::kill;
use nix::sys::signal::Signal;
use nix::sys::wait::waitpid;
use nix::sys::wait::WaitStatus;
use nix::unistd::fork;
use nix::unistd::ForkResult;
use nix::unistd::Pid;
use std::fs;
use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::panic::catch_unwind;
use std::panic::AssertUnwindSafe;
use std::process::exit;

/// While it lives, the thread that made it has most of the CPU time that it wants, whatever the load.
pub struct Hurry(());

impl Hurry {
    /// From now on.
    pub fn begin() -> Self {
        set_nice(0, -20);
        Self(())
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        set_nice(0, 0);
    }
}

/// Gives a thread, 0 for the calling one, a nice value.
#[track_caller]
pub fn set_nice(task: i32, value: i32) {
    // SAFETY: the call takes numbers only.
    let done = unsafe { libc::setpriority(libc::PRIO_PROCESS, task as libc::id_t, value) };
    assert_eq!(done, 0, "who is root may");
}

/// A forked child.  Killed when dropped.
pub struct Child {
    pid: Pid,
    output: Option<File>,
}

impl Child {
    /// Forks; the child runs `body` in `group`, and what it writes to the file that it is given can be had by `output`.
    /// To be called while the calling process has one thread.
    #[track_caller]
    pub fn new(group: &str, body: impl FnOnce(&mut File)) -> Self {
        let (reader, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).expect("pipe");
        cgroup::make(group);
        // SAFETY: the caller has one thread, so the child has the locks of none.
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => Self {
                pid: child,
                output: Some(File::from(reader)),
            },
            ForkResult::Child => {
                drop(reader);
                let mut output = File::from(writer);
                let done = catch_unwind(AssertUnwindSafe(|| {
                    cgroup::enter(group);
                    body(&mut output);
                }));
                exit(i32::from(done.is_err()));
            }
        }
    }

    /// The process identifier.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Waits for the end and gives what the child wrote; panics when the child failed.
    #[track_caller]
    pub fn finish(mut self) -> String {
        let mut text = String::new();
        self.output
            .take()
            .expect("not yet read")
            .read_to_string(&mut text)
            .expect("the child writes text");
        match waitpid(self.pid, None) {
            Ok(WaitStatus::Exited(_, 0)) => {}
            other => panic!("the child: {other:?}, it wrote: {text}"),
        }
        self.pid = Pid::from_raw(0);
        text
    }

    /// The pipe that the child writes.
    pub fn output(&mut self) -> &mut File {
        self.output.as_mut().expect("not finished")
    }

    fn reap(&mut self) {
        if self.pid.as_raw() > 0 {
            let _ = kill(self.pid, Signal::SIGKILL);
            let _ = waitpid(self.pid, None);
            self.pid = Pid::from_raw(0);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.reap();
    }
}

/// Runs `body` in a child of its own and gives what it wrote.
#[track_caller]
pub fn aside(body: impl FnOnce(&mut File)) -> String {
    Child::new("user.slice/test.scope", body).finish()
}

/// Prints one line into a child's output, whole.
pub fn say(output: &mut File, line: &str) {
    output
        .write_all(format!("{line}\n").as_bytes())
        .expect("the parent reads");
}

/// A field of `/proc/PID/stat` by its number in proc(5), from 3 on.
pub fn stat_field(task: i32, number: usize) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{task}/stat")).ok()?;
    let after = text.rsplit_once(") ")?.1;
    after.split(' ').nth(number - 3).map(str::to_owned)
}

/// Whether the task sleeps: what a blocked accept looks like.
pub fn sleeps(task: i32) -> bool {
    stat_field(task, 3).as_deref() == Some("S")
}

/// The nice value of a task.
pub fn nice(task: i32) -> i32 {
    stat_field(task, 19)
        .and_then(|text| text.parse().ok())
        .expect("the task lives")
}

/// The I/O priority of a task as the kernel keeps it: class << 13 | data.
pub fn io_priority(task: i32) -> i64 {
    const WHO_PROCESS: i32 = 1;
    // SAFETY: the call takes numbers only.
    unsafe { libc::syscall(libc::SYS_ioprio_get, WHO_PROCESS, task) }
}

/// The children of a process.
pub fn children(parent: i32) -> Vec<i32> {
    let text =
        fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    text.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// CPU seconds of the calling process, all its threads.
pub fn own_cpu_seconds() -> f64 {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// A clock in seconds.
pub fn clock(id: libc::clockid_t) -> f64 {
    let time =
        nix::time::clock_gettime(nix::time::ClockId::from_raw(id)).expect("the clock is there");
    time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9
}
