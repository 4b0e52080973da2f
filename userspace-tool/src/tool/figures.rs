// SPDX-License-Identifier: GPL-2.0

//! What each host uses, beside its row.

use super::row::Row;
use super::units;
use super::walk::{places, Walk};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// No time at all, as people read it.
pub(crate) const NO_TIME: &str = "0.0s";

/// The figures of `/proc/vhqos/hosts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Tasks,
    Channels,
    Accepted,
    Requests,
    Transfers,
    Binds,
    CpuUsec,
    ChargedUsec,
    ThrottledUsec,
    Weight,
}

impl Key {
    /// All of them, in the order of the file.
    pub(crate) const ALL: [Self; 10] = [
        Self::Tasks,
        Self::Channels,
        Self::Accepted,
        Self::Requests,
        Self::Transfers,
        Self::Binds,
        Self::CpuUsec,
        Self::ChargedUsec,
        Self::ThrottledUsec,
        Self::Weight,
    ];

    /// Its name there.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Channels => "channels",
            Self::Accepted => "accepted",
            Self::Requests => "requests",
            Self::Transfers => "transfers",
            Self::Binds => "binds",
            Self::CpuUsec => "cpu_usec",
            Self::ChargedUsec => "charged_usec",
            Self::ThrottledUsec => "throttled_usec",
            Self::Weight => "weight",
        }
    }
}

/// A host: its row, and what it uses.
#[derive(Debug)]
pub(crate) struct Figures<'a> {
    pub(crate) row: &'a Row<'a>,
    /// By `Key`, as written.
    values: [&'a str; Key::ALL.len()],
    /// Whether it has a group: `made`, or `none` before a host of a large table is first used.
    pub(crate) group: &'a str,
}

impl<'a> Figures<'a> {
    /// The host's name, its figures and its group in a line of the file.
    pub(crate) fn parse(line: &'a str) -> Option<(&'a str, [&'a str; Key::ALL.len()], &'a str)> {
        let mut values = ["0"; Key::ALL.len()];
        let (mut host, mut group) = (None, "none");
        let mut rest = line;
        // They stand in this order.
        if let Some((value, behind)) = field(rest, "host") {
            (host, rest) = (Some(value), behind);
        }
        for key in Key::ALL {
            if let Some((value, behind)) = field(rest, key.name()) {
                (values[key as usize], rest) = (value, behind);
            }
        }
        // A version that adds some, or has another order, is read too.
        for (key, value) in rest.split(' ').filter_map(|word| word.split_once('=')) {
            match key {
                "host" => host = Some(value),
                "group" => group = value,
                _ => {
                    if let Some(key) = Key::ALL.into_iter().find(|one| one.name() == key) {
                        values[key as usize] = value;
                    }
                }
            }
        }
        Some((host?, values, group))
    }

    /// A figure as it was written.
    pub(crate) fn text(&self, key: Key) -> &'a str {
        self.values[key as usize]
    }

    /// A figure.
    pub(crate) fn number(&self, key: Key) -> u64 {
        self.text(key).parse().unwrap_or(0)
    }

    /// The same as a count that people read.
    pub(crate) fn count(&self, key: Key) -> Cow<'a, str> {
        match self.text(key) {
            text if text.len() <= 3 => text.into(),
            _ => units::count(self.number(key)).into(),
        }
    }

    /// The same of a key that counts microseconds.
    pub(crate) fn time(&self, key: Key) -> Cow<'a, str> {
        match self.number(key) {
            0 => NO_TIME.into(),
            other => units::time(other).into(),
        }
    }

    /// The parameter of this key as it was written.
    pub(crate) fn parameter(&self, key: &str) -> Option<&'a str> {
        self.row.values(key).next()
    }

    /// What is the host's, in short: the first of its names, addresses and VPS, and how many more there are.
    pub(crate) fn serves(&self) -> Cow<'a, str> {
        let values = |key| self.row.values(key);
        let mut all = values("name").chain(values("addr"));
        let first = match (all.next(), self.parameter("vps")) {
            (Some(first), _) => first,
            (None, Some(vps)) => return format!("vps {vps}").into(),
            (None, None) => return "everything else".into(),
        };
        match all.count() {
            0 => first.into(),
            more => format!("{first} and {more} more").into(),
        }
    }
}

/// The value of the field `key`, if a record begins with it, and what stands behind.
fn field<'a>(record: &'a str, key: &str) -> Option<(&'a str, &'a str)> {
    let value = record.strip_prefix(key)?.strip_prefix('=')?;
    // Values are short: this is faster than a search that looks at words of the machine.
    match value.bytes().position(|byte| byte == b' ') {
        Some(end) => Some((&value[..end], &value[end + 1..])),
        None => Some((value, "")),
    }
}

/// The hosts of a table with their figures. What came or went between the two readings is left out.
pub(crate) fn figures<'a>(
    table: &'a [Row<'a>],
    hosts: &'a str,
) -> impl Iterator<Item = Figures<'a>> + Send {
    figures_from(0, table, hosts)
}

/// The same in two halves, if there are many.
pub(crate) fn parts<'a>(
    table: &'a [Row<'a>],
    hosts: &'a str,
) -> Vec<impl Iterator<Item = Figures<'a>> + Send> {
    const FEW: usize = 10_000;
    let middle = hosts.len() / 2;
    let newline = hosts.as_bytes()[middle..]
        .iter()
        .position(|byte| *byte == b'\n');
    match newline {
        Some(at) if table.len() > FEW => {
            let (first, second) = hosts.split_at(middle + at + 1);
            let before = first.bytes().filter(|byte| *byte == b'\n').count();
            vec![
                figures_from(0, table, first),
                figures_from(before, table, second),
            ]
        }
        _ => vec![figures_from(0, table, hosts)],
    }
}

/// The figures of hosts before which so many others stand.
fn figures_from<'a>(
    before: usize,
    table: &'a [Row<'a>],
    hosts: &'a str,
) -> impl Iterator<Item = Figures<'a>> + Send {
    let mut walk = Walk::behind(before);
    let mut known = None;
    hosts.lines().filter_map(move |line| {
        let (name, values, group) = Figures::parse(line)?;
        // Both are in the same order, unless the table was changed in between.
        let is_there = |at: usize| table.get(at).is_some_and(|row| row.name == name);
        let at = walk.step(is_there, || {
            let known = known.get_or_insert_with(|| places(table.iter().map(|row| row.name)));
            known.get(name).copied()
        })?;
        let row = table.get(at)?;
        Some(Figures { row, values, group })
    })
}

impl Serialize for Figures<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("host", self.row.name)?;
        map.serialize_entry("row", &self.row.line())?;
        map.serialize_entry("group", self.group)?;
        for key in Key::ALL {
            map.serialize_entry(key.name(), &self.number(key))?;
        }
        map.end()
    }
}
