// SPDX-License-Identifier: GPL-2.0

//! Figures for Prometheus: its text format and OpenMetrics, over HTTP or on the standard output.
//!
//! Names follow <https://prometheus.io/docs/practices/naming/>, the formats
//! <https://prometheus.io/docs/instrumenting/exposition_formats/> and
//! <https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>.

mod exposition;
mod families;
mod family;
mod readings;
mod server;

pub(super) use exposition::{exposition, Format};
pub(super) use readings::Readings;
pub(super) use server::serve;

/// A dashboard for Grafana 10 and later.
pub(super) const DASHBOARD: &str = include_str!("../../../dashboard/vhqos.json");
