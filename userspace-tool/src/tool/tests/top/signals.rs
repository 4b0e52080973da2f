// SPDX-License-Identifier: GPL-2.0

//! What signals do, each in a process of its own, which is this program again.

use crate::tool::top::{end_by, events, stop, Happened};
use nix::sys::signal::{kill, raise, Signal};
use nix::sys::wait::{waitpid, WaitPidFlag, WaitStatus};
use nix::unistd::Pid;
use rustix::process::{setrlimit, Resource, Rlimit};
use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The signal that the process gets.
const SIGNAL: &str = "VHQOS_TEST_SIGNAL";

#[test]
fn process_of_its_own() {
    let Ok(signal) = env::var(SIGNAL) else {
        return;
    };
    let signal: Signal = signal.parse().expect("its name");
    let nothing = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, nothing).expect("less is allowed");
    if signal == Signal::SIGTSTP {
        return stop();
    }
    let events = events().unwrap_or_else(|failure| panic!("{failure}"));
    raise(signal).expect("it is heeded");
    loop {
        // There may be no terminal, which is told as well.
        let happened = events.recv_timeout(Duration::from_secs(60));
        if let Happened::Signal(signal) = happened.expect("the signal") {
            end_by(signal);
        }
    }
}

fn process_that_gets(signal: Signal) -> Child {
    let program = env::current_exe().expect("it runs");
    Command::new(program)
        .args(["--exact", "tool::tests::top::signals::process_of_its_own"])
        .env(SIGNAL, signal.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs again")
}

#[test]
fn signals_end_it_as_themselves() {
    for signal in [
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGTERM,
    ] {
        let status = process_that_gets(signal).wait().expect("it is ours");
        assert_eq!(status.signal(), Some(signal as i32), "{signal}: {status}");
    }
}

#[test]
fn it_is_suspended_and_goes_on() {
    let mut process = process_that_gets(Signal::SIGTSTP);
    let id = Pid::from_raw(process.id() as i32);
    let stopped = waitpid(id, Some(WaitPidFlag::WUNTRACED)).expect("it is ours");
    assert_eq!(stopped, WaitStatus::Stopped(id, Signal::SIGSTOP));
    kill(id, Signal::SIGCONT).expect("it is there");
    let status = process.wait().expect("it is ours");
    assert!(status.success(), "{status}");
}
