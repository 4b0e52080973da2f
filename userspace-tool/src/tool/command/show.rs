// SPDX-License-Identifier: GPL-2.0

//! `show` and `dump`: the table with what each host uses.

use crate::events::Health;
use crate::tool::arguments::Show;
use crate::tool::failure::Failure;
use crate::tool::figures::{figures, parts, Figures, Key, NO_TIME};
use crate::tool::listing;
use crate::tool::module::Module;
use crate::tool::row::Row;
use crate::tool::style;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write;

/// What `show -j` prints.
#[derive(Serialize)]
pub(in crate::tool) struct Shown<'a> {
    /// Of the module.
    pub(in crate::tool) version: &'a str,
    /// `off`, `live` or `deaf`.
    pub(in crate::tool) health: &'a str,
    pub(in crate::tool) cpus: u32,
    pub(in crate::tool) reserve_percent: u32,
    pub(in crate::tool) hosts: Vec<Figures<'a>>,
}

/// The table, or one host.
pub(super) fn show(arguments: &Show) -> Result<String, Failure> {
    let module = Module::find()?;
    module.with_rows_and_hosts(|table, hosts| shown(arguments, &module, table, hosts))
}

fn shown(
    arguments: &Show,
    module: &Module,
    table: &[Row<'_>],
    hosts: &str,
) -> Result<String, Failure> {
    let machine = module.machine();
    let mut shown = Shown {
        version: module.status("version"),
        health: module.status("health"),
        cpus: machine.cpus,
        reserve_percent: machine.reserve_ppm / 10_000,
        hosts: Vec::new(),
    };
    if arguments.host.is_none() && !arguments.json {
        return Ok(listing(shown.health, parts(table, hosts)));
    }
    let wanted = |host: &Figures<'_>| match &arguments.host {
        Some(name) => host.row.name == name,
        None => true,
    };
    if let Some(host) = &arguments.host {
        super::row::known(table, host)?;
    }
    shown.hosts.extend(figures(table, hosts).filter(wanted));
    Ok(match arguments.json {
        true => json(&shown),
        false => shown.hosts.iter().map(details).collect(),
    })
}

/// All figures of all hosts, one a line behind a heading, separated by tabs.
pub(super) fn dump() -> Result<String, Failure> {
    let module = Module::find()?;
    module.with_rows_and_hosts(|table, hosts| Ok(lines(figures(table, hosts))))
}

/// See [`dump`].
pub(in crate::tool) fn lines<'a>(hosts: impl Iterator<Item = Figures<'a>>) -> String {
    let keys = Key::ALL.map(Key::name).join("\t");
    let mut text = format!("#host\t{keys}\tgroup\trow\n");
    for host in hosts {
        text.push_str(host.row.name);
        for word in Key::ALL
            .map(|key| host.text(key))
            .iter()
            .chain([&host.group])
        {
            text.push('\t');
            text.push_str(word);
        }
        text.push('\t');
        host.row.push_to(&mut text);
        text.push('\n');
    }
    text
}

/// See [`Shown`].
pub(in crate::tool) fn json(shown: &Shown<'_>) -> String {
    let mut text = serde_json::to_string_pretty(shown).expect("strings and numbers");
    text.push('\n');
    text
}

/// A line for each host.
pub(in crate::tool) fn listing<'a>(
    health: &str,
    hosts: Vec<impl Iterator<Item = Figures<'a>> + Send>,
) -> String {
    let mut text = String::new();
    if health == Health::Deaf.word() {
        let why = "the hooks are silent, and nobody is in a host's class: switch ftrace and kprobes on again";
        let _ = writeln!(text, "{}", style::bad(why));
    }
    let mut parts: Vec<_> = hosts.into_iter().map(Iterator::peekable).collect();
    if parts.iter_mut().all(|hosts| hosts.peek().is_none()) {
        text += "no hosts: `vhqos apply FILE`, or `vhqos set HOST addr=... cpu.min=...`\n";
        return text;
    }
    let headings = [
        "HOST",
        " MIN",
        " MAX",
        " WEIGHT",
        " TASKS",
        " OPEN",
        " ACCEPTED",
        " REQUESTS",
        " CPU TIME",
        " THROTTLED",
        "SERVES",
    ];
    let throttled = |column: usize, time: &str| headings[column] == " THROTTLED" && time != NO_TIME;
    let lines = parts.into_iter().map(|hosts| hosts.map(|host| line(&host)));
    let table = listing::coloured_parts(headings, lines.collect(), throttled);
    match text.is_empty() {
        true => table,
        false => text + &table,
    }
}

/// What stands in the columns.
fn line<'a>(host: &Figures<'a>) -> [Cow<'a, str>; 11] {
    [
        host.row.name.into(),
        host.parameter("cpu.min").unwrap_or("-").into(),
        host.parameter("cpu.max").unwrap_or("-").into(),
        host.count(Key::Weight),
        host.count(Key::Tasks),
        host.count(Key::Channels),
        host.count(Key::Accepted),
        host.count(Key::Requests),
        host.time(Key::CpuUsec),
        host.time(Key::ThrottledUsec),
        host.serves(),
    ]
}

/// All of one host, a line each.
pub(in crate::tool) fn details(host: &Figures<'_>) -> String {
    let mut text = format!("{}\n", style::heading(host.row.name));
    for word in &host.row.words {
        let _ = writeln!(text, "  {word}");
    }
    let lines = [
        ("tasks bound", host.count(Key::Tasks)),
        ("connections open", host.count(Key::Channels)),
        ("connections accepted", host.count(Key::Accepted)),
        ("requests by name", host.count(Key::Requests)),
        ("transfers", host.count(Key::Transfers)),
        ("moves to its class", host.count(Key::Binds)),
        ("CPU time", host.time(Key::CpuUsec)),
        ("of which by event loops", host.time(Key::ChargedUsec)),
        ("throttled", host.time(Key::ThrottledUsec)),
        ("weight in force", host.count(Key::Weight)),
        ("group", host.group.into()),
    ];
    for (what, value) in lines {
        let _ = writeln!(text, "  {what:<25}{value}");
    }
    text
}
