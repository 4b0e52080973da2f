// SPDX-License-Identifier: GPL-2.0

//! Which class a process has, and because of what.

use crate::events::Cause;
use crate::tool::record::Record;
use crate::tool::units;
use std::fmt::Write;
use std::time::Duration;

/// What the module shows of processes, as `/proc/vhqos` has it.
pub(in crate::tool) struct Files {
    pub(in crate::tool) tasks: String,
    pub(in crate::tool) flags: String,
    pub(in crate::tool) channels: String,
    pub(in crate::tool) members: String,
    pub(in crate::tool) vps: String,
    /// When they were read, since the boot.
    pub(in crate::tool) now: Duration,
}

/// Says of each thread of the process `pid`, or of the thread `pid`, whose class it has; nothing when the module knows none.
/// `group` is the process that it is a thread of.
pub(in crate::tool) fn process(files: &Files, pid: u32, group: u32) -> Option<String> {
    if let Some(text) = member(files, pid, group) {
        return Some(text);
    }
    let pid = pid.to_string();
    let tasks = records(&files.tasks);
    let is_it = |task: &&Record| {
        ["task", "group"]
            .iter()
            .any(|key| task.get(key) == Some(&pid))
    };
    let (channels, flags) = (records(&files.channels), records(&files.flags));
    let mut text = String::new();
    for task in tasks.iter().filter(is_it) {
        let field = |key| task.get(key).unwrap_or("-");
        let since = task.get("since").and_then(|since| since.parse().ok());
        let time = since.map(Duration::from_nanos);
        let time = time.map(|since| files.now.saturating_sub(since).as_micros() as u64);
        let time = time.map(units::time);
        let class = match (field("host"), time) {
            ("-", Some(time)) => format!("has served nobody for {time}"),
            ("-", None) => "serves nobody".to_owned(),
            (host, Some(time)) => format!("has had the class of {host} for {time}"),
            (host, None) => format!("has the class of {host}"),
        };
        let _ = writeln!(
            text,
            "task {} of process {} {class}\n  {}",
            field("task"),
            field("group"),
            kind(field("kind"))
        );
        let flag = flags.iter().find(|flag| {
            flag.get("task") == task.get("task") && flag.get("channel") == task.get("channel")
        });
        if let Some(by) = flag.and_then(|flag| flag.get("by")) {
            let _ = writeln!(text, "  {}", cause(by));
        }
        let channel = field("channel");
        let channel = channels
            .iter()
            .find(|one| one.get("channel") == Some(channel));
        if let Some(channel) = channel {
            let field = |key| channel.get(key).unwrap_or("-");
            let _ = writeln!(
                text,
                "  by the connection {} from {} to {}, whose host is {}",
                field("channel"),
                field("peer"),
                field("local"),
                field("host")
            );
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The same of a member of a VPS.
fn member(files: &Files, pid: u32, group: u32) -> Option<String> {
    let members = records(&files.members);
    let number = group.to_string();
    let member = members
        .iter()
        .find(|one| one.get("group") == Some(&number))?;
    let vps = member.get("vps")?;
    let all = records(&files.vps);
    let record = all.iter().find(|one| one.get("vps") == Some(vps));
    let field = |key| record.and_then(|record| record.get(key)).unwrap_or("-");
    let who = match pid == group {
        true => format!("process {pid}"),
        false => format!("thread {pid} of process {group}"),
    };
    let role = match field("init") == number {
        true => "the init",
        false => "a member",
    };
    let class = match field("row") {
        "-" => format!("no row has vps={vps}: it has the default weight"),
        host => format!("it has the class of {host}, whose vps={vps} is"),
    };
    let origin = member.get("origin").unwrap_or("-");
    Some(format!(
        "{who} is {role} of VPS {vps}\n  {class}\n  it came from {origin}\n"
    ))
}

fn records(text: &str) -> Vec<Record<'_>> {
    text.lines().map(Record::parse).collect()
}

/// What a process was found to be.
fn kind(kind: &str) -> &str {
    match kind {
        "serves" => "its process serves what it accepts",
        "forks" => "its process accepts for its children, and is never bound",
        "loops" => "it serves several hosts at once: its CPU time is charged to each",
        _ => "nothing was learned of its process yet",
    }
}

/// What bound a task.
fn cause(by: &str) -> &str {
    match Cause::from_word(by) {
        Some(Cause::Accept) => "bound when it accepted",
        Some(Cause::Transfer) => "bound when it moved the first bytes",
        Some(Cause::Fork) => "born to a task that was bound",
        // It is not bound, but charged.
        None if by == "loop" => "the connection is the one at hand",
        None => by,
    }
}
