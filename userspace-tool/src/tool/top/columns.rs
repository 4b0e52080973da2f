// SPDX-License-Identifier: GPL-2.0

//! The columns of the list of hosts, and which of them a screen has room for.

use crate::tool::figures::Key;
use crate::tool::sample::{Host, HostRates};

/// A column that hosts can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tool) enum Column {
    Host,
    Guaranteed,
    Cap,
    Used,
    Pressure,
    Throttled,
    Open,
    Accepted,
    Requests,
    Tasks,
}

impl Column {
    /// All, from the left to the right.
    pub(super) const ALL: [Self; 10] = [
        Self::Host,
        Self::Guaranteed,
        Self::Cap,
        Self::Used,
        Self::Pressure,
        Self::Throttled,
        Self::Open,
        Self::Accepted,
        Self::Requests,
        Self::Tasks,
    ];

    /// What stands above it.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Host => "HOST",
            Self::Guaranteed => "MIN%",
            Self::Cap => "MAX%",
            Self::Used => "USED%",
            Self::Pressure => "WAIT%",
            Self::Throttled => "THR ms",
            Self::Open => "OPEN",
            Self::Accepted => "ACC/s",
            Self::Requests => "REQ/s",
            Self::Tasks => "TASKS",
        }
    }

    /// What it is, in a sentence.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Host => "name",
            Self::Guaranteed => "guarantee",
            Self::Cap => "cap",
            Self::Used => "CPU used",
            Self::Pressure => "pressure",
            Self::Throttled => "throttling",
            Self::Open => "open connections",
            Self::Accepted => "connections a second",
            Self::Requests => "requests a second",
            Self::Tasks => "tasks",
        }
    }

    /// What a host has in it; `None`: it is not known, or the column is of names.
    pub(super) fn number(self, host: &Host, rates: &HostRates) -> Option<f64> {
        let figure = |key| Some(host.number(key) as f64);
        match self {
            Self::Host => None,
            Self::Guaranteed => Some(host.promise.guaranteed).filter(|percent| *percent > 0.0),
            Self::Cap => host.promise.cap,
            Self::Used => rates.used,
            Self::Pressure => rates.pressure,
            Self::Throttled => rates.throttled,
            Self::Open => figure(Key::Channels),
            Self::Accepted => rates.accepted,
            Self::Requests => rates.requests,
            Self::Tasks => figure(Key::Tasks),
        }
    }

    /// The same as it is shown.
    pub(super) fn text(self, host: &Host, rates: &HostRates) -> String {
        let Some(number) = self.number(host, rates) else {
            return match self {
                Self::Host => host.name().to_owned(),
                _ => "-".to_owned(),
            };
        };
        match self {
            Self::Guaranteed | Self::Cap | Self::Used | Self::Pressure => format!("{number:.1}"),
            Self::Accepted | Self::Requests if number < 100.0 => format!("{number:.1}"),
            _ if number >= 99_999.5 => format!("{:.0}k", number / 1000.0),
            _ => format!("{number:.0}"),
        }
    }

    /// Cells that it takes.
    fn width(self) -> usize {
        match self {
            Self::Host => 10,
            Self::Pressure | Self::Open | Self::Tasks => 5,
            _ => 6,
        }
    }
}

/// What stands in a line, from the left to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Column(Column),
    Bar,
    History,
}

impl Part {
    /// In the order of their places, each with its rank: what has the least is left out last.
    const ALL: [(Self, usize); 12] = [
        (Self::Column(Column::Host), 0),
        (Self::Column(Column::Guaranteed), 9),
        (Self::Column(Column::Cap), 10),
        (Self::Column(Column::Used), 1),
        (Self::Bar, 2),
        (Self::Column(Column::Pressure), 3),
        (Self::Column(Column::Throttled), 6),
        (Self::Column(Column::Open), 4),
        (Self::Column(Column::Accepted), 8),
        (Self::Column(Column::Requests), 5),
        (Self::Column(Column::Tasks), 11),
        (Self::History, 7),
    ];

    fn width(self) -> usize {
        match self {
            Self::Column(column) => column.width(),
            Self::Bar => 14,
            Self::History => 10,
        }
    }
}

/// The parts that a line of so many cells has room for, and how wide each is; `longest` is the length of the longest name.
pub(super) fn layout(cells: usize, longest: usize) -> Vec<(Part, usize)> {
    let mut room = cells;
    let mut chosen = Vec::new();
    let mut ranked = Part::ALL;
    ranked.sort_by_key(|(_, rank)| *rank);
    for (part, _) in ranked {
        let blank = usize::from(!chosen.is_empty());
        if room < part.width() + blank {
            break;
        }
        room -= part.width() + blank;
        chosen.push(part);
    }
    let has_history = chosen.contains(&Part::History);
    let name = longest.saturating_sub(Column::Host.width()).min(room / 2);
    let history = if has_history { (room - name) / 3 } else { 0 };
    let more = |part| match part {
        Part::Column(Column::Host) if chosen.contains(&Part::Bar) => name,
        Part::Column(Column::Host) => room,
        Part::Bar => room - name - history,
        Part::History => history,
        Part::Column(_) => 0,
    };
    let places = Part::ALL.into_iter().map(|(part, _)| part);
    places
        .filter(|part| chosen.contains(part))
        .map(|part| (part, part.width() + more(part)))
        .collect()
}
