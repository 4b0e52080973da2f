// SPDX-License-Identifier: GPL-2.0
//! Programs that are clients of web servers, and what they say in the end.

use std::io::Read;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

/// What a client said of its requests.
pub struct Report {
    /// Those that were answered, with what was asked for.
    pub answered: u64,
    /// Those that were not, or with an error.
    pub failed: u64,
}

/// A client program.
pub struct Program {
    name: &'static str,
    report: fn(&str) -> Report,
    /// The option with which it writes of each request to a file, and how a line of that is read.
    log: (&'static str, fn(&str) -> Option<Request>),
}

/// A request that was answered.
pub struct Request {
    /// When it was sent, in microseconds since the epoch; some programs know the second only.
    pub sent: u64,
    /// Microseconds until it was answered.
    pub took: u32,
}

/// Apache's own.
pub const AB: Program = Program {
    name: "ab",
    report: |text| Report {
        answered: behind(text, "Complete requests:"),
        failed: behind(text, "Failed requests:") + behind(text, "Non-2xx responses:"),
    },
    // The date, seconds since the epoch, and milliseconds: to connect, from then to the answer, both, to wait.
    log: ("-g", |line| {
        let mut fields = line.split('\t').skip(1);
        let sent: u64 = fields.next()?.parse().ok()?;
        let took: u32 = fields.nth(2)?.parse().ok()?;
        Some(Request {
            sent: sent * 1_000_000,
            took: took * 1_000,
        })
    }),
};

/// nghttp2's: HTTP/2, many requests at once on a connection.
pub const H2LOAD: Program = Program {
    name: "h2load",
    report: |text| Report {
        answered: before(text, " succeeded,"),
        failed: before(text, " failed,"),
    },
    // Microseconds since the epoch, the status, and microseconds.
    log: ("--log-file", |line| {
        let mut fields = line.split('\t');
        Some(Request {
            sent: fields.next()?.parse().ok()?,
            took: fields.nth(1)?.parse().ok()?,
        })
    }),
};

/// An event loop that speaks HTTP/1.1. It says nothing of errors when there were none.
pub const WRK: Program = Program {
    name: "wrk",
    report: |text| Report {
        answered: before(text, " requests in "),
        failed: behind(text, "Socket errors:") + behind(text, "Non-2xx or 3xx responses:"),
    },
    log: ("", |_| None),
};

/// The number in front of the first `word`.
#[track_caller]
fn before(text: &str, word: &str) -> u64 {
    let number = text.split_once(word).and_then(|(start, _)| {
        let digits = start.rsplit(|letter: char| !letter.is_ascii_digit());
        digits.into_iter().next()?.parse().ok()
    });
    number.unwrap_or_else(|| panic!("no number before `{word}`: {text}"))
}

/// The sum of the numbers behind `start` in the line that begins so; nothing if there is none.
fn behind(text: &str, start: &str) -> u64 {
    let mut lines = text.lines();
    let found = lines.find_map(|line| line.trim_start().strip_prefix(start));
    let words = found.unwrap_or_default().split([' ', ',']);
    words.filter_map(|word| word.parse::<u64>().ok()).sum()
}

impl Program {
    /// Starts it.
    #[track_caller]
    pub fn start(&'static self, words: &[&str]) -> Running {
        let child = Command::new(self.name)
            .args(words)
            .stdout(Stdio::piped())
            .spawn();
        Running {
            program: self,
            child: child.unwrap_or_else(|error| panic!("{}: {error}", self.name)),
        }
    }

    /// Starts it with so many connections, which ask for the page at an URL for so many seconds; the last of `words` is what stands
    /// before the seconds. Each request is written to the file `log`.
    #[track_caller]
    pub fn start_for(
        &'static self,
        words: &[&str],
        seconds: u32,
        page: &str,
        connections: usize,
        log: &str,
    ) -> Running {
        let (seconds, connections) = (seconds.to_string(), connections.to_string());
        let log = [self.log.0, log];
        self.start(&[&log, words, &[&seconds, "-c", &connections, page]].concat())
    }

    /// The requests in a file that it wrote.
    #[track_caller]
    pub fn requests(&self, log: &str) -> Vec<Request> {
        let text = std::fs::read_to_string(log).expect("it wrote it");
        text.lines().filter_map(self.log.1).collect()
    }
}

/// A client that runs; ended when dropped.
pub struct Running {
    program: &'static Program,
    child: Child,
}

impl Running {
    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end.
    #[track_caller]
    pub fn finish(mut self) -> Report {
        let mut text = String::new();
        let mut output = self.child.stdout.take().expect("a pipe");
        output.read_to_string(&mut text).expect("it prints text");
        let status = self.child.wait().expect("a child");
        assert!(status.success(), "{}: {status}: {text}", self.program.name);
        (self.program.report)(&text)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
