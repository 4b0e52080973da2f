// SPDX-License-Identifier: GPL-2.0

//! The text that a scrape gets.

use super::families::{DURATION, HEALTH, HOOKS, HOSTS, MODULE, PARTS, RESERVE, STATUS, UP, VPSES};
use super::family::{Family, Kind};
use super::readings::Readings;
use crate::events::Health;
use crate::policy::Cpu;
use crate::tool::figures::{figures, Figures};
use crate::tool::record::Record;
use crate::tool::row::rows;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tool) enum Format {
    /// Prometheus's own, which node_exporter's textfile collector reads too.
    Text,
    OpenMetrics,
}

impl Format {
    /// What an `Accept` header asks for. Prometheus names both, and prefers OpenMetrics.
    pub(super) fn accepted(header: &str) -> Self {
        match header.contains("application/openmetrics-text") {
            true => Self::OpenMetrics,
            false => Self::Text,
        }
    }

    /// Its `Content-Type`.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The metrics of one moment, which it took `duration` to read; without readings, that there are none.
pub(in crate::tool) fn exposition(
    readings: Option<Readings>,
    duration: Duration,
    format: Format,
) -> String {
    let mut registry = Registry::with_prefix("vhqos");
    registry.register_collector(Box::new(Scrape {
        readings,
        duration,
        format,
    }));
    let mut text = String::new();
    let mut written = encode_registry(&mut text, &registry);
    if format == Format::OpenMetrics {
        written = written.and_then(|()| encode_eof(&mut text));
    }
    written.expect("a string takes all");
    text
}

/// One moment.
#[derive(Debug)]
struct Scrape {
    readings: Option<Readings>,
    duration: Duration,
    format: Format,
}

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out {
            encoder,
            format: self.format,
        };
        out.one(&UP, f64::from(u8::from(self.readings.is_some())))?;
        out.one(&DURATION, self.duration.as_secs_f64())?;
        let Some(readings) = &self.readings else {
            return Ok(());
        };
        status(&mut out, &readings.status)?;
        let reserve = f64::from(readings.machine.reserve_ppm) / 1e6;
        out.one(&RESERVE, reserve)?;
        hosts(&mut out, readings)?;
        vpses(&mut out, &readings.vpses)
    }
}

/// What is not a host's.
fn status(out: &mut Out<'_>, status: &str) -> fmt::Result {
    let fields: Vec<_> = status
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let value = |key: &str| fields.iter().find(|(found, _)| *found == key);
    let (_, version) = value("version").copied().unwrap_or_default();
    out.family(&MODULE, "version", [(version, 1.0)])?;
    let (_, health) = value("health").copied().unwrap_or_default();
    let states = Health::ALL.iter().map(|state| state.word());
    let states = states.map(|state| (state, f64::from(u8::from(state == health))));
    out.family(&HEALTH, "state", states)?;
    for (family, key) in &STATUS {
        if let Some(number) = value(key).and_then(|(_, text)| number(family, text)) {
            out.one(family, number)?;
        }
    }
    let hooks: Vec<_> = status
        .lines()
        .filter(|line| line.starts_with("hook="))
        .map(Record::parse)
        .collect();
    for (family, key) in &HOOKS {
        out.records(family, &hooks, "hook", key)?;
    }
    Ok(())
}

fn hosts(out: &mut Out<'_>, readings: &Readings) -> fmt::Result {
    let table = rows(&readings.table);
    let hosts: Vec<_> = figures(&table, &readings.hosts).collect();
    for (family, key) in &HOSTS {
        let samples = hosts
            .iter()
            .filter_map(|host| Some((host.row.name, number(family, host.text(*key))?)));
        out.family(family, "host", samples)?;
    }
    for part in &PARTS {
        let ratio = |host: &Figures<'_>| {
            let amount = Cpu::parse(host.parameter(part.key)?).ok()?;
            Some((part.percent)(amount, &readings.machine) / 100.0)
        };
        let samples = hosts
            .iter()
            .map(|host| (host.row.name, ratio(host).unwrap_or(part.without)));
        out.family(&part.family, "host", samples)?;
    }
    Ok(())
}

fn vpses(out: &mut Out<'_>, vpses: &str) -> fmt::Result {
    let vpses: Vec<_> = vpses.lines().map(Record::parse).collect();
    for (family, key) in &VPSES {
        out.records(family, &vpses, "vps", key)?;
    }
    Ok(())
}

/// What the module wrote, in the unit of the family: its times are in microseconds.
fn number(family: &Family, text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    Some(match family.name.ends_with("_seconds") {
        true => number / 1e6,
        false => number,
    })
}

/// Where families are written.
struct Out<'a> {
    encoder: DescriptorEncoder<'a>,
    format: Format,
}

impl Out<'_> {
    /// A family with one sample.
    fn one(&mut self, family: &Family, value: f64) -> fmt::Result {
        let name = self.name(family);
        let encoder = self.describe(family, &name)?;
        sample(encoder, family, &name, value)
    }

    /// A family with a sample for each value of a label.
    fn family<'a>(
        &mut self,
        family: &Family,
        label: &'static str,
        samples: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> fmt::Result {
        let name = self.name(family);
        let mut encoder = self.describe(family, &name)?;
        for (of, value) in samples {
            sample(encoder.encode_family(&[(label, of)])?, family, &name, value)?;
        }
        Ok(())
    }

    /// The same of a field of records, which the field `label` tells apart.
    fn records(
        &mut self,
        family: &Family,
        records: &[Record<'_>],
        label: &'static str,
        key: &str,
    ) -> fmt::Result {
        let samples = records
            .iter()
            .filter_map(|record| Some((record.get(label)?, number(family, record.get(key)?)?)));
        self.family(family, label, samples)
    }

    /// The family's name. In Prometheus's own format the suffix of counters is a part of it, in OpenMetrics only of the samples' names.
    fn name(&self, family: &Family) -> Cow<'static, str> {
        match (family.kind, self.format) {
            (Kind::Counter, Format::Text) => format!("{}_total", family.name).into(),
            _ => family.name.into(),
        }
    }

    /// Begins a family.
    fn describe<'a>(
        &'a mut self,
        family: &Family,
        name: &'a str,
    ) -> Result<MetricEncoder<'a>, fmt::Error> {
        let kind = match family.kind {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
        };
        self.encoder
            .encode_descriptor(name, family.help, None, kind)
    }
}

/// Writes a sample. What encodes counters adds the suffix, unless the name has it already.
fn sample(mut encoder: MetricEncoder<'_>, family: &Family, name: &str, value: f64) -> fmt::Result {
    match family.kind == Kind::Counter && name == family.name {
        true => encoder.encode_counter::<NoLabelSet, _, f64>(&value, None),
        false => encoder.encode_gauge(&value),
    }
}
