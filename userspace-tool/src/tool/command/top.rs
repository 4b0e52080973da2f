// SPDX-License-Identifier: GPL-2.0

//! `top`: what each host uses, live.

use crate::tool::failure::Failure;
use crate::tool::top;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub(in crate::tool) struct Top {
    /// The time between two samples, 0.1 to 3600.
    #[arg(short = 'd', long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    interval: Duration,
    /// Prints one table after one interval.
    #[arg(long)]
    once: bool,
    /// As JSON.
    #[arg(short, long, requires = "once")]
    json: bool,
}

/// Reads a number of seconds.
pub(in crate::tool) fn seconds(text: &str) -> Result<Duration, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (0.1..=3600.0).contains(number));
    number
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected 0.1 to 3600 seconds".to_owned())
}

/// Shows the screen until it is left; or what is to be printed once.
pub(super) fn top(arguments: &Top) -> Result<String, Failure> {
    match arguments.once {
        true => top::once(arguments.interval, arguments.json),
        false => top::live(arguments.interval).map(|()| String::new()),
    }
}
