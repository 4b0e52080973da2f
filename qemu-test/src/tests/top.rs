// SPDX-License-Identifier: GPL-2.0
//! `vhqos top` on a terminal, with the module.

use crate::scene::rows;
use crate::server::Prefork;
use crate::tests::shares::endless;
use crate::tests::shares::GUARANTEES;
use crate::vhqos;
use crate::wait::until;
use nix::fcntl::fcntl;
use nix::fcntl::FcntlArg;
use nix::fcntl::OFlag;
use nix::pty::openpty;
use nix::pty::Winsize;
use nix::sys::signal::kill;
use nix::sys::signal::Signal;
use nix::sys::termios::tcgetattr;
use nix::sys::termios::Termios;
use nix::unistd::Pid;
use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;

crate::tests! { "top";
    screen_shows_who_uses_the_machine(60),
    terminal_is_given_back_on_every_way_out(30),
    one_table_is_printed(20),
}

const TOOL: &str = "/payload/vhqos";

nix::ioctl_write_ptr_bad!(set_size, nix::libc::TIOCSWINSZ, Winsize);

fn size(columns: u16, lines: u16) -> Winsize {
    Winsize {
        ws_row: lines,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

/// The command on a terminal of its own.
struct Terminal {
    keyboard: File,
    /// Kept open, so that what was written last can be read.
    line: OwnedFd,
    before: Termios,
    parser: vt100::Parser,
    command: Child,
}

impl Terminal {
    /// `vhqos top` on 80x24, which takes a sample every half second.
    fn start() -> Self {
        let pair = openpty(Some(&size(80, 24)), None).expect("a pseudo-terminal");
        fcntl(&pair.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("it is set");
        let end = || pair.slave.try_clone().expect("a descriptor");
        let command = Command::new("setsid")
            .args(["--ctty", TOOL, "top", "-d", "0.5"])
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("setsid runs");
        Self {
            before: tcgetattr(&pair.slave).expect("it is a terminal"),
            keyboard: File::from(pair.master),
            line: pair.slave,
            parser: vt100::Parser::new(24, 80, 0),
            command,
        }
    }

    /// The screen by now.
    fn text(&mut self) -> String {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = self.keyboard.read(&mut bytes) {
            self.parser.process(&bytes[..count]);
        }
        self.parser.screen().contents()
    }

    /// Waits until the screen is like that.
    #[track_caller]
    fn shows(&mut self, what: &str, is_it: impl Fn(&str) -> bool) {
        let mut last = String::new();
        let shown = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            until(what, 10.0, || {
                last = self.text();
                is_it(&last)
            })
        }));
        assert!(shown.is_ok(), "never {what}, at last:\n{last}");
    }

    fn press(&mut self, keys: &str) {
        self.keyboard
            .write_all(keys.as_bytes())
            .expect("it takes them");
    }

    fn resize(&mut self, columns: u16, lines: u16) {
        self.parser.set_size(lines, columns);
        // SAFETY: the descriptor is open, and the size outlives the call.
        unsafe { set_size(self.keyboard.as_raw_fd(), &size(columns, lines)) }.expect("it is set");
    }

    /// Waits for the end; what stands on the screen then, where the terminal has to be as it was.
    fn ended(mut self) -> (ExitStatus, String) {
        let mut status = None;
        until("it ended", 10.0, || {
            self.text();
            status = self.command.try_wait().expect("it is ours");
            status.is_some()
        });
        let text = self.text();
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "{text}");
        assert!(!screen.hide_cursor(), "{text}");
        let after = tcgetattr(&self.line).expect("it is a terminal");
        assert_eq!(after, self.before, "the terminal's settings");
        (status.expect("it ended"), text)
    }
}

/// The numbers in the line of a host.
fn numbers(text: &str, host: &str) -> Vec<f64> {
    let line = text.lines().find(|line| line.starts_with(host));
    let words = line.unwrap_or_default().split_whitespace().skip(1);
    words.filter_map(|word| word.parse().ok()).collect()
}

fn screen_shows_who_uses_the_machine() {
    vhqos::load_with("", &rows(GUARANTEES));
    let _server = Prefork::usual(4);
    // Before the load: under it, the program's pages take their time to come from the disk.
    let mut terminal = Terminal::start();
    terminal.shows("the list", |text| text.contains("3 hosts by CPU used"));
    let _load = endless(1, 4);
    terminal.shows("flowers on top, with most of the machine", |text| {
        let first = text.lines().nth(3).unwrap_or_default();
        // Four tasks on two CPUs: some of them wait at all times.
        first.starts_with("flowers") && matches!(numbers(first, "flowers")[..], [used, waiting, ..] if used > 60.0 && waiting > 20.0)
    });
    terminal.press("\r");
    terminal.shows("the host's tasks", |text| {
        let words: Vec<&str> = text.split_whitespace().collect();
        text.starts_with("flowers  used") && words.join(" ").contains(" serves yes transfer ")
    });
    terminal.press("\x1b");
    terminal.shows("the list again", |text| {
        text.contains("3 hosts by CPU used")
    });
    terminal.press("/ba");
    terminal.shows("the bank only", |text| {
        text.contains("1 of 3 hosts with ba") && !text.contains("flowers")
    });
    terminal.press("\x1b");
    terminal.resize(40, 10);
    terminal.shows("the small screen", |text| {
        let lines: Vec<_> = text.lines().collect();
        lines.len() == 10
            && lines[0].contains("2 CPUs  hosts")
            && lines[9].starts_with("? help  q quit")
    });
    terminal.press("q");
    let (status, _) = terminal.ended();
    assert_eq!(status.code(), Some(0));
}

fn terminal_is_given_back_on_every_way_out() {
    vhqos::load_with("", &rows(GUARANTEES));
    let is_there = |text: &str| text.contains("3 hosts by CPU used");
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let mut terminal = Terminal::start();
        terminal.shows("the screen", is_there);
        kill(Pid::from_raw(terminal.command.id() as i32), signal).expect("it runs");
        let (status, _) = terminal.ended();
        assert_eq!(status.signal(), Some(signal as i32));
    }
    let mut terminal = Terminal::start();
    terminal.shows("the screen", is_there);
    vhqos::unload();
    let (status, text) = terminal.ended();
    assert_eq!(status.code(), Some(3));
    assert_eq!(
        text.trim(),
        "vhqos: the module is not loaded: modprobe vhqos"
    );
}

fn one_table_is_printed() {
    vhqos::load_with("", &rows(GUARANTEES));
    let _server = Prefork::usual(4);
    let _load = endless(1, 4);
    let call = |words: &[&str]| {
        let command = Command::new(TOOL)
            .arg("top")
            .args(words)
            .env("TERM", "dumb")
            .output();
        let output = command.expect("the command runs");
        let text = |bytes| String::from_utf8(bytes).expect("it is text");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (status, out, err) = call(&["--once", "-d", "1"]);
    assert_eq!((status, &*err), (Some(0), ""));
    assert!(out.starts_with("HOST  "), "{out}");
    // The guarantee, the share and the pressure.
    let found = numbers(&out, "flowers");
    let [28.5, used, waiting, ..] = found[..] else {
        panic!("{out}");
    };
    println!("note: the only busy host used {used} %, and waited for {waiting} %");
    assert!(
        (60.0..=100.0).contains(&used) && (20.0..=100.0).contains(&waiting),
        "{out}"
    );
    assert_eq!(numbers(&out, "bank")[..3], [47.5, 0.0, 0.0], "{out}");
    let (status, out, err) = call(&[]);
    let why =
        "vhqos: top needs a terminal as standard output: `vhqos top --once` prints one table\n";
    assert_eq!((status, &*out, &*err), (Some(1), "", why));
}
