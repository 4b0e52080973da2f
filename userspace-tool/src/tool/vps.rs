// SPDX-License-Identifier: GPL-2.0

//! Virtual private servers as `/proc/vhqos/vps` shows them, and why it refuses a command.

use super::failure::{Failure, Status};
use super::listing;
use super::record::Record;
use super::refusal::Refused;
use super::row::{by_name, Row};
use super::units;
use crate::policy::vps::each_command;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::HashMap;

/// One VPS, and the row that is for it.
#[derive(Debug, Serialize)]
pub(crate) struct Vps<'a> {
    /// Its name.
    pub(crate) vps: &'a str,
    /// The process that was started, while that lives.
    pub(crate) init: Option<u32>,
    /// `running`, or `empty`: no process is left.
    pub(crate) state: &'a str,
    processes: u64,
    threads: u64,
    cpu_usec: u64,
    /// The host whose `vps=` it is.
    host: Option<&'a str>,
    /// That host's row.
    row: Option<String>,
    /// Programs that make who executes them a member.
    exec: Vec<&'a str>,
    #[serde(skip)]
    limits: String,
}

impl<'a> Vps<'a> {
    fn parse(line: &'a str, rows: &HashMap<&str, &Row<'a>>) -> Option<Self> {
        let record = Record::parse(line);
        let number = |key| record.get(key).and_then(|text| text.parse().ok());
        let host = record.get("row").filter(|host| *host != "-");
        let row = host.and_then(|host| rows.get(host));
        let programs = line
            .split(' ')
            .filter_map(|word| word.strip_prefix("exec="));
        Some(Self {
            vps: record.get("vps")?,
            init: record.get("init").and_then(|init| init.parse().ok()),
            state: record.get("state").unwrap_or("-"),
            processes: number("processes").unwrap_or(0),
            threads: number("threads").unwrap_or(0),
            cpu_usec: number("cpu_usec").unwrap_or(0),
            host,
            row: row.map(|row| row.line()),
            exec: programs.filter(|path| *path != "-").collect(),
            limits: row.map_or(String::new(), |row| limits(row)),
        })
    }

    /// What stands in the columns.
    fn line(&self) -> [Cow<'_, str>; 8] {
        let or_none = |text: Option<String>| Cow::from(text.unwrap_or("-".to_owned()));
        [
            self.vps.into(),
            or_none(self.init.map(|init| init.to_string())),
            self.state.into(),
            units::count(self.processes).into(),
            units::count(self.threads).into(),
            units::time(self.cpu_usec).into(),
            self.host.unwrap_or("-").into(),
            or_none(Some(self.limits.clone()).filter(|text| !text.is_empty())),
        ]
    }
}

/// The parameters of a row.
fn limits(row: &Row<'_>) -> String {
    let words = row.words.iter().map(|word| &**word);
    let words: Vec<_> = words.filter(|word| !word.starts_with("vps=")).collect();
    words.join(" ")
}

/// The VPSes of `/proc/vhqos/vps`, in its order.
pub(crate) fn vpses<'a>(records: &'a str, table: &[Row<'a>]) -> Vec<Vps<'a>> {
    let rows = by_name(table);
    let lines = records.lines();
    lines.filter_map(|line| Vps::parse(line, &rows)).collect()
}

/// A line for each.
pub(crate) fn listing(vpses: &[Vps<'_>]) -> String {
    if vpses.is_empty() {
        return "no VPSes: `vhqos vps start NAME -- INIT`, or `vhqos run --vps NAME COMMAND`\n"
            .to_owned();
    }
    let headings = [
        "VPS",
        " INIT",
        "STATE",
        " PROCESSES",
        " THREADS",
        " CPU TIME",
        "HOST",
        "LIMITS",
    ];
    let lines = vpses.iter().map(Vps::line);
    listing::coloured(headings, lines)
}

/// The same as JSON.
pub(crate) fn json(vpses: &[Vps<'_>]) -> String {
    #[derive(Serialize)]
    struct Shown<'a> {
        vpses: &'a [Vps<'a>],
    }
    let mut text = serde_json::to_string_pretty(&Shown { vpses }).expect("strings and numbers");
    text.push('\n');
    text
}

/// Reads the name of a VPS, by the module's own grammar.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let line = format!("join {text}\n");
    match each_command(line.as_bytes(), 1, |_| Ok(())) {
        Ok(1) => Ok(text.to_owned()),
        Ok(_) => Err("expected one line".to_owned()),
        Err(refusal) => {
            let why = Refused::parse(&refusal.to_string()).expect("the form of all refusals");
            Err(why.reason)
        }
    }
}

/// The refusal of a command about the VPS `name`, with what to do.
pub(crate) fn refused(name: &str, why: &Refused) -> Failure {
    let (what, help) = why.parts();
    let help = match (&*why.errno, help) {
        // The right to write, not a process that may be no init.
        ("EPERM", _) if why.word.as_deref() == Some("write") => {
            return Failure::new(Status::NotPermitted, what).help("run it as root");
        }
        ("EEXIST", _) => format!("choose another name, or `vhqos vps kill {name}` first"),
        ("ESRCH", _) => "`ps -e` lists those that there are".to_owned(),
        ("ENOENT", _) => "`vhqos vps list` shows them".to_owned(),
        (_, Some(help)) => help.to_owned(),
        (_, None) => return Failure::failed(format!("refused: {what}")),
    };
    Failure::failed(format!("refused: {what}")).help(help)
}
