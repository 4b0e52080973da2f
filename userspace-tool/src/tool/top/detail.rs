// SPDX-License-Identifier: GPL-2.0

//! One host's tasks and channels.

use crate::tool::explain::Files;
use crate::tool::listing;
use crate::tool::record::Record;
use crate::tool::sample::Promise;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;

/// Tasks, channels or processes that are listed, of each kind.
const ENTRIES: usize = 1000;

/// A host that is looked at, and what was last seen there.
#[derive(Debug)]
pub(in crate::tool) struct Detail {
    pub(in crate::tool) host: String,
    pub(in crate::tool) lines: Vec<String>,
    /// The first line on the screen, and how many there are, by the last frame.
    pub(super) first: usize,
    pub(super) page: usize,
}

impl Detail {
    /// Before anything is known of it.
    pub(super) fn of(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            lines: Vec::new(),
            first: 0,
            page: 1,
        }
    }

    /// Moves the page to where there are lines.
    pub(super) fn turn_page(&mut self, lines: usize) {
        self.page = lines.max(1);
        let last = self.lines.len().saturating_sub(self.page);
        self.first = self.first.min(last);
    }
}

/// What a host has: its tasks and channels, or a VPS's processes; `command` knows a task's command.
pub(in crate::tool) fn lines(
    files: &Files,
    promise: &Promise,
    command: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let command = |task: &str| {
        let name = command(task).unwrap_or_else(|| "-".to_owned());
        // A process gives itself its name, and a terminal obeys what is in it.
        name.trim_end().replace(char::is_control, "?")
    };
    match &promise.vps {
        Some(vps) => processes(files, vps, command),
        None => {
            let mut lines = tasks(files, &promise.name, command);
            lines.push(String::new());
            lines.extend(channels(files, &promise.name));
            lines
        }
    }
}

/// The command of a task, as the kernel knows it (`/proc/PID/comm`).
pub(super) fn command(task: &str) -> Option<String> {
    let bytes = fs::read(format!("/proc/{task}/comm")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn tasks(files: &Files, host: &str, command: impl Fn(&str) -> String) -> Vec<String> {
    let flags = files.flags.lines().map(Record::parse);
    let flags = flags.filter(|flag| flag.get("host") == Some(host));
    let flags = flags.filter_map(|flag| Some((flag.get("task")?, flag)));
    let flags: HashMap<_, _> = flags.collect();
    let tasks = files.tasks.lines().map(Record::parse);
    let tasks = tasks.filter_map(|task| {
        let flag = flags.get(task.get("task")?);
        let has_class = task.get("host") == Some(host);
        let is_ours = has_class || flag.is_some();
        is_ours.then_some((task, flag, has_class))
    });
    let headings = [
        " TASK", " PROCESS", "COMMAND", "KIND", "CLASS", "BY", " CHANNEL",
    ];
    listed("task", headings, tasks, |(task, flag, has_class)| {
        task_line(&task, flag, has_class, &command)
    })
}

fn task_line(
    task: &Record<'_>,
    flag: Option<&Record<'_>>,
    has_class: bool,
    command: impl Fn(&str) -> String,
) -> [String; 7] {
    let field = |key| task.get(key).unwrap_or("-").to_owned();
    let flag = |key| {
        flag.and_then(|flag| flag.get(key))
            .unwrap_or("-")
            .to_owned()
    };
    [
        field("task"),
        field("group"),
        command(&field("task")),
        field("kind"),
        if has_class { "yes" } else { "no" }.to_owned(),
        flag("by"),
        flag("channel"),
    ]
}

fn channels(files: &Files, host: &str) -> Vec<String> {
    let channels = files.channels.lines().map(Record::parse);
    let channels = channels.filter(|channel| channel.get("host") == Some(host));
    listed(
        "channel",
        [" CHANNEL", "STATE", " ACCEPTOR", "PEER", "LOCAL"],
        channels,
        |channel| {
            ["channel", "state", "acceptor", "peer", "local"]
                .map(|key| channel.get(key).unwrap_or("-").to_owned())
        },
    )
}

fn processes(files: &Files, vps: &str, command: impl Fn(&str) -> String) -> Vec<String> {
    let members = files.members.lines().map(Record::parse);
    let members = members.filter(|member| member.get("vps") == Some(vps));
    listed(
        "process",
        [" PROCESS", "COMMAND", "CAME FROM"],
        members,
        |member| {
            let field = |key| member.get(key).unwrap_or("-").to_owned();
            let process = field("group");
            let name = command(&process);
            [process, name, field("origin")]
        },
    )
}

/// The first of them in columns, and how many more there are. A line is made only of those that are shown: it may take a file.
fn listed<T, const N: usize>(
    what: &str,
    headings: [&str; N],
    mut all: impl Iterator<Item = T>,
    line: impl Fn(T) -> [String; N],
) -> Vec<String> {
    let shown = all.by_ref().take(ENTRIES);
    let lines: Vec<_> = shown.map(|one| line(one).map(Cow::Owned)).collect();
    let more = all.count();
    if lines.is_empty() {
        return vec![format!("no {what}s")];
    }
    let text = listing::table(headings, lines.into_iter());
    let mut text: Vec<_> = text.lines().map(str::to_owned).collect();
    if more > 0 {
        text.push(format!("and {more} more"));
    }
    text
}
