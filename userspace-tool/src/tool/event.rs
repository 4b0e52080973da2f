// SPDX-License-Identifier: GPL-2.0

//! What happened: a line of `/proc/vhqos/events` (rust/proc/events.rs says what stands there).

use super::record::Record;
use super::style;
use super::units;
use crate::events::Health;
use clap::ValueEnum;
use jiff::tz::TimeZone;
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::fmt::Write;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A task has the class of a host from now on.
    Bind,
    /// A task has the class of no host any more.
    Release,
    /// What was written to the module was refused.
    Refusal,
    /// Something went wrong.
    Trouble,
    /// Rows were added, changed or removed.
    Row,
    /// The hooks came, went, fell silent or work again.
    Health,
}

/// Fields that are numbers.
const NUMBERS: [&str; 10] = [
    "seq",
    "task",
    "group",
    "channel",
    "count",
    "generation",
    "rows",
    "added",
    "removed",
    "changed",
];

/// One thing that happened.
pub(crate) struct Event<'a>(Record<'a>);

impl<'a> Event<'a> {
    /// Reads a line.
    pub(crate) fn parse(line: &'a str) -> Self {
        Self(Record::parse(line))
    }

    /// A field; nothing when it is not there.
    fn get(&self, key: &str) -> &'a str {
        self.0.get(key).unwrap_or_default()
    }

    fn number(&self, key: &str) -> u64 {
        self.get(key).parse().unwrap_or(0)
    }

    /// Whether it is to be shown: of these kinds, and of these hosts or of all; an empty list is everything.
    /// Whoever is too slow is told so in any case.
    pub(crate) fn is_wanted(&self, kinds: &[Kind], hosts: &[String]) -> bool {
        let kind = match self.get("event") {
            "lost" => return true,
            "table" => "row",
            event => event,
        };
        let is_kind = |one: &Kind| {
            let value = one.to_possible_value();
            value.is_some_and(|value| value.get_name() == kind)
        };
        let is_host = |one: &String| {
            let of_all = self.get("host").is_empty();
            of_all || self.get("host") == one || (kind == "bind" && self.get("from") == one)
        };
        (kinds.is_empty() || kinds.iter().any(is_kind))
            && (hosts.is_empty() || hosts.iter().any(is_host))
    }

    /// When it happened, by a clock that was at `boot` when the machine was started.
    fn time(&self, boot: Timestamp) -> Timestamp {
        let since = i64::try_from(self.number("time")).unwrap_or(i64::MAX);
        boot.saturating_add(jiff::SignedDuration::from_nanos(since))
            .expect("a time without a calendar's units is added")
    }

    /// What happened, but for the host that it concerns.
    fn what(&self) -> String {
        let who = || format!("{} {}", self.get("comm"), self.get("task"));
        let count = |key| units::count(self.number(key));
        match self.get("event") {
            "bind" => {
                let mut text = format!("{} by {}", who(), self.get("by"));
                let (channel, from) = (self.get("channel"), self.get("from"));
                if channel != "0" {
                    let _ = write!(text, " on channel {channel}");
                }
                if from != "-" {
                    let _ = write!(text, ", before {from}'s");
                }
                text
            }
            "release" => format!("{} by {}", who(), self.get("by")),
            "refusal" => self.get("why").to_owned(),
            "trouble" => format!("{}, {} by now", self.get("what"), count("count")),
            "row" => format!(
                "{}, generation {}",
                self.get("change"),
                self.get("generation")
            ),
            "table" => format!(
                "{} added, {} removed, {} changed, {} rows now, generation {}",
                count("added"),
                count("removed"),
                count("changed"),
                count("rows"),
                self.get("generation")
            ),
            "health" => format!("{}, before {}", self.get("to"), self.get("from")),
            "lost" => format!(
                "{} events were lost: they were read too slowly",
                count("count")
            ),
            _ => self.rest(),
        }
    }

    /// The fields of an event that this version does not know.
    fn rest(&self) -> String {
        let known = ["seq", "time", "event", "host"];
        let fields = self.0.fields().iter();
        let fields = fields.filter(|(key, _)| !known.contains(key));
        let words: Vec<_> = fields
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        words.join(" ")
    }
}

/// Prints events, one a line.
pub(crate) struct Printer {
    json: bool,
    zone: TimeZone,
    /// Columns of the longest host so far.
    width: usize,
}

impl Printer {
    /// As JSON, or for people where the time is that of `zone`.
    pub(crate) fn new(json: bool, zone: TimeZone) -> Self {
        Self {
            json,
            zone,
            width: 8,
        }
    }

    /// Appends the line of `event`; the machine was started at `boot`.
    pub(crate) fn print(&mut self, event: &Event<'_>, boot: Timestamp, text: &mut String) {
        let time = event.time(boot);
        match self.json {
            true => {
                let object = Object { event, time };
                *text += &serde_json::to_string(&object).expect("strings and numbers");
            }
            false => {
                let clock = time.to_zoned(self.zone.clone());
                let host = match event.get("host") {
                    "" => "-",
                    host => host,
                };
                self.width = self.width.max(host.chars().count());
                let kind = format!("{:<7}", event.get("event"));
                let is_deaf = event.get("to") == Health::Deaf.word();
                let kind = match event.get("event") {
                    "refusal" | "trouble" | "lost" => style::bad(&kind),
                    "health" if is_deaf => style::bad(&kind),
                    "row" | "table" | "health" => style::notable(&kind),
                    _ => kind.as_str().into(),
                };
                let (clock, width) = (clock.strftime("%H:%M:%S%.3f"), self.width);
                let _ = write!(text, "{clock}  {kind}  {host:<width$}  {}", event.what());
            }
        }
        text.push('\n');
    }
}

/// An event with its time, for JSON.
struct Object<'a, 'b> {
    event: &'b Event<'a>,
    time: Timestamp,
}

impl Serialize for Object<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.event.0.fields() {
            match (*key, *value) {
                ("time", _) => map.serialize_entry(key, &format!("{:.9}", self.time))?,
                ("from", "-") => map.serialize_entry(key, &None::<&str>)?,
                (key, value) if NUMBERS.contains(&key) => {
                    map.serialize_entry(key, &value.parse::<u64>().ok())?;
                }
                _ => map.serialize_entry(key, value)?,
            }
        }
        map.end()
    }
}
