// SPDX-License-Identifier: GPL-2.0

//! One table, for scripts.

use super::busy;
use super::columns::Column;
use super::order::Order;
use crate::tool::failure::Failure;
use crate::tool::figures::Key;
use crate::tool::listing;
use crate::tool::sample::{Rates, Reader, Sample};
use serde::Serialize;
use std::borrow::Cow;
use std::thread;
use std::time::Duration;

/// The hosts, those that used most first, after one interval; as a table or as JSON.
pub(in crate::tool) fn once(interval: Duration, as_json: bool) -> Result<String, Failure> {
    let mut reader = Reader::default();
    let mut before = reader.read()?;
    let places = busy(&before);
    reader.read_groups(&mut before, places);
    thread::sleep(interval);
    let mut after = reader.read()?;
    let places = busy(&after);
    reader.read_groups(&mut after, places);
    let rates = Rates::between(&before, &after);
    Ok(match as_json {
        true => json(&after, &rates),
        false => text(&after, &rates),
    })
}

/// The table.
pub(in crate::tool) fn text(sample: &Sample, rates: &Rates) -> String {
    let columns = Column::ALL;
    let line = |place: usize| {
        let (host, rates) = (&sample.hosts[place], &rates.hosts[place]);
        columns.map(|column| Cow::Owned(column.text(host, rates)))
    };
    let places = Order::default().arrange(sample, rates, "");
    let lines = places.into_iter().map(line);
    let headings = columns.map(|column| match column {
        Column::Host => column.heading().to_owned(),
        _ => format!(" {}", column.heading().replace(' ', "_")),
    });
    listing::table(headings.each_ref().map(String::as_str), lines)
}

/// What `--once -j` prints. What is not known is null.
#[derive(Serialize)]
struct Shown<'a> {
    /// `off`, `live` or `deaf`.
    health: &'a str,
    cpus: u32,
    reserve_percent: u32,
    /// The time between the two samples.
    seconds: f64,
    idle_percent: Option<f64>,
    used_percent: Option<f64>,
    hosts: Vec<ShownHost<'a>>,
}

/// Percent are of the whole machine, but for the pressure.
#[derive(Serialize)]
struct ShownHost<'a> {
    host: &'a str,
    guaranteed_percent: f64,
    cap_percent: Option<f64>,
    used_percent: Option<f64>,
    charged_percent: Option<f64>,
    pressure_percent: Option<f64>,
    throttled_ms_per_second: Option<f64>,
    channels: u64,
    accepted_per_second: Option<f64>,
    requests_per_second: Option<f64>,
    tasks: u64,
}

/// The same as JSON.
pub(in crate::tool) fn json(sample: &Sample, rates: &Rates) -> String {
    let host = |place: usize| {
        let (host, rates) = (&sample.hosts[place], &rates.hosts[place]);
        ShownHost {
            host: host.name(),
            guaranteed_percent: rounded(host.promise.guaranteed),
            cap_percent: host.promise.cap.map(rounded),
            used_percent: rates.used.map(rounded),
            charged_percent: rates.charged.map(rounded),
            pressure_percent: rates.pressure.map(rounded),
            throttled_ms_per_second: rates.throttled.map(rounded),
            channels: host.number(Key::Channels),
            accepted_per_second: rates.accepted.map(rounded),
            requests_per_second: rates.requests.map(rounded),
            tasks: host.number(Key::Tasks),
        }
    };
    let places = Order::default().arrange(sample, rates, "");
    let shown = Shown {
        health: &sample.health,
        cpus: sample.cpus,
        reserve_percent: sample.reserve,
        seconds: rounded(rates.over.as_secs_f64()),
        idle_percent: rates.idle.map(rounded),
        used_percent: rates.used.map(rounded),
        hosts: places.into_iter().map(host).collect(),
    };
    let mut text = serde_json::to_string_pretty(&shown).expect("strings and numbers");
    text.push('\n');
    text
}

/// With three decimals.
fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}
