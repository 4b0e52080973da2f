// SPDX-License-Identifier: GPL-2.0

//! `export`: figures for Prometheus.

use crate::tool::export::{exposition, serve, Format, Readings, DASHBOARD};
use crate::tool::failure::{Failure, Status};
use crate::tool::module::Module;
use crate::tool::output;
use clap::Args;
use std::io;
use std::net::{SocketAddr, TcpListener};

pub(in crate::tool) const EXAMPLES: &str = "\
Examples:
  vhqos export
  vhqos export --listen '[::1]:9418'
  vhqos export --once > /var/lib/prometheus/node-exporter/vhqos.prom
  vhqos export --dashboard > vhqos.json

Without a module vhqos_up is 0, and no host has figures.";

#[derive(Debug, Args)]
pub(in crate::tool) struct Export {
    /// Where to answer, at /metrics.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9418")]
    pub(in crate::tool) listen: SocketAddr,
    /// Prints the metrics once, for the textfile collector of node_exporter.
    #[arg(long, conflicts_with_all = ["listen", "dashboard"])]
    pub(in crate::tool) once: bool,
    /// Prints a dashboard for Grafana.
    #[arg(long, conflicts_with = "listen")]
    pub(in crate::tool) dashboard: bool,
}

/// Prints or serves metrics.
pub(super) fn export(arguments: &Export) -> Result<String, Failure> {
    if arguments.dashboard {
        return Ok(DASHBOARD.to_owned());
    }
    // It may be loaded later, but who may not read it now never may.
    match Module::find() {
        Err(failure) if failure.status() == Status::NotPermitted as u8 => return Err(failure),
        _ => {}
    }
    if arguments.once {
        let (readings, duration) = Readings::take();
        return Ok(exposition(readings, duration, Format::Text));
    }
    let listener = listen(arguments.listen)?;
    let at = listener.local_addr().unwrap_or(arguments.listen);
    output::print(&format!("http://{at}/metrics\n"))?;
    match serve(listener) {
        Err(error) => Err(Failure::io(format_args!("answering at {at}"), &error)),
    }
}

fn listen(at: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(at).map_err(|error| {
        let failure = Failure::io(format_args!("cannot listen at {at}"), &error);
        match error.kind() {
            io::ErrorKind::AddrInUse => {
                failure.help("another exporter runs there, or name another address with --listen")
            }
            io::ErrorKind::AddrNotAvailable => {
                failure.help("this machine does not have this address; name another one")
            }
            _ => failure,
        }
    })
}
