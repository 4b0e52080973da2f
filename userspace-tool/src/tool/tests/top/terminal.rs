// SPDX-License-Identifier: GPL-2.0

//! The live screen on a terminal, in a process of its own, which is this program again.

use super::usual;
use crate::tool::top::show;
use nix::pty::{openpty, OpenptyResult, Winsize};
use nix::sys::signal::{kill, Signal};
use nix::sys::termios::{tcgetattr, LocalFlags};
use nix::sys::wait::{waitid, Id, WaitPidFlag, WaitStatus};
use nix::unistd::Pid;
use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

/// Says that this process shows the screen.
const SCREEN: &str = "VHQOS_TEST_SCREEN";

/// How long anything is waited for: a hundred times what it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the terminal gets when the screen is taken, and when it is given back: DECSET 1049 of xterm.
const TAKEN: &str = "\x1b[?1049h";
const GIVEN_BACK: &str = "\x1b[?1049l";

#[test]
fn screen_of_its_own() {
    if env::var_os(SCREEN).is_some() {
        show(&mut usual(), |_| Ok(())).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

/// The process and its terminal.
struct Top {
    process: Child,
    terminal: File,
    output: Receiver<Vec<u8>>,
    /// What it has written.
    seen: String,
}

impl Top {
    fn start() -> Self {
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let OpenptyResult { master, slave } = openpty(&size, None).expect("a terminal");
        let end = || Stdio::from(slave.try_clone().expect("a descriptor"));
        let process = Command::new(env::current_exe().expect("it runs"))
            .args(["--exact", "tool::tests::top::terminal::screen_of_its_own"])
            .env(SCREEN, "1")
            .env("TERM", "xterm")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("it runs again");
        let terminal = File::from(master);
        let mut reader = terminal.try_clone().expect("a descriptor");
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // It fails when nobody has the other end any more.
            while let Ok(length @ 1..) = reader.read(&mut bytes) {
                let _ = sender.send(bytes[..length].to_vec());
            }
        });
        Self {
            process,
            terminal,
            output,
            seen: String::new(),
        }
    }

    /// Waits until it has written a text so many times.
    #[track_caller]
    fn wait_for(&mut self, text: &str, times: usize) {
        let until = Instant::now() + PATIENCE;
        while self.seen.matches(text).count() < times {
            let left = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("no {text:?} of {times} in {:?}", self.seen),
            }
        }
    }

    fn press(&mut self, key: &[u8]) {
        self.terminal.write_all(key).expect("it reads");
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.process.id() as i32)
    }

    fn signal(&self, signal: Signal) {
        kill(self.id(), signal).expect("it lives");
    }

    /// Whether lines are edited and echoed as the shell left it.
    fn is_as_before(&self) -> bool {
        let flags = tcgetattr(&self.terminal).expect("it is one").local_flags;
        flags.contains(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG)
    }

    /// Waits until it has stopped or ended.
    #[track_caller]
    fn ended(&self) -> WaitStatus {
        let until = Instant::now() + PATIENCE;
        let ends = WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED;
        let flags = ends | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        loop {
            match waitid(Id::Pid(self.id()), flags).expect("it is ours") {
                WaitStatus::StillAlive if Instant::now() < until => {
                    sleep(Duration::from_millis(1));
                }
                status => return status,
            }
        }
    }
}

impl Drop for Top {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn all_is_drawn_again_when_it_is_asked_for() {
    let mut top = Top::start();
    top.wait_for("flowers", 1);
    top.press(b"\x0c");
    top.wait_for("flowers", 2);
    top.press(b"q");
    assert_eq!(top.ended(), WaitStatus::Exited(top.id(), 0));
    assert!(top.is_as_before());
    top.wait_for(GIVEN_BACK, 1);
}

#[test]
fn the_terminal_is_given_back_while_it_is_stopped() {
    let mut top = Top::start();
    top.wait_for("flowers", 1);
    assert!(!top.is_as_before());
    top.signal(Signal::SIGTSTP);
    let stopped = WaitStatus::Stopped(top.id(), Signal::SIGSTOP);
    assert_eq!(top.ended(), stopped);
    assert!(top.is_as_before());
    top.wait_for(GIVEN_BACK, 1);
    top.signal(Signal::SIGCONT);
    top.wait_for(TAKEN, 2);
    top.wait_for("flowers", 2);
    // The key does the same.
    top.press(b"\x1a");
    assert_eq!(top.ended(), stopped);
    assert!(top.is_as_before());
    top.signal(Signal::SIGCONT);
    top.wait_for("flowers", 3);
    top.signal(Signal::SIGTERM);
    let ended = WaitStatus::Signaled(top.id(), Signal::SIGTERM, false);
    assert_eq!(top.ended(), ended);
    assert!(top.is_as_before());
}

#[test]
fn a_signal_at_the_first_moment_leaves_no_terminal_taken() {
    for _ in 0..10 {
        let top = Top::start();
        let until = Instant::now() + PATIENCE;
        while top.is_as_before() {
            assert!(Instant::now() < until, "it does not begin");
        }
        top.signal(Signal::SIGTERM);
        let ended = WaitStatus::Signaled(top.id(), Signal::SIGTERM, false);
        assert_eq!(top.ended(), ended);
        assert!(top.is_as_before());
    }
}
