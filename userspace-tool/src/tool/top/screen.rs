// SPDX-License-Identifier: GPL-2.0

//! What the screen shows: the samples, and where the user is.

use super::detail::Detail;
use super::history::History;
use super::order::Order;
use crate::tool::sample::{Host, HostRates, Rates, Sample};
use std::time::Duration;

/// What is on the screen.
#[derive(Debug)]
pub(super) enum View {
    /// The list of hosts.
    Hosts,
    /// The same, while the filter is typed.
    Filter,
    /// One host's tasks and channels.
    Host(Detail),
    /// What the keys do.
    Help,
}

/// All that is known between two frames.
#[derive(Debug)]
pub(in crate::tool) struct Screen {
    pub(super) interval: Duration,
    before: Option<Sample>,
    pub(super) now: Sample,
    pub(super) rates: Rates,
    pub(super) history: History,
    pub(super) order: Order,
    pub(super) filter: String,
    pub(super) view: View,
    /// Places of the hosts that the list has, in its order.
    pub(super) shown: Vec<usize>,
    /// The line that is chosen.
    pub(super) chosen: usize,
    /// The host there, which is followed when the order changes, once the user has chosen it.
    followed: Option<String>,
    /// The first line on the screen, and how many there are, by the last frame.
    pub(super) first: usize,
    pub(super) page: usize,
}

impl Screen {
    /// Before anything is known but one sample.
    pub(in crate::tool) fn new(now: Sample, interval: Duration) -> Self {
        let mut screen = Self {
            interval,
            before: None,
            rates: Rates::between(&now, &now),
            now,
            history: History::default(),
            order: Order::default(),
            filter: String::new(),
            view: View::Hosts,
            shown: Vec::new(),
            chosen: 0,
            followed: None,
            first: 0,
            page: 1,
        };
        screen.arrange();
        screen
    }

    /// Goes on to the next sample, whose groups are not read yet.
    pub(in crate::tool) fn take(&mut self, sample: Sample) {
        let before = std::mem::replace(&mut self.now, sample);
        self.rates = Rates::between(&before, &self.now);
        let hosts = self.now.hosts.iter().zip(&self.rates.hosts);
        self.history
            .record(hosts.map(|(host, rates)| (host.name(), rates.used)));
        self.before = Some(before);
        self.arrange();
    }

    /// Has the groups read whose pressure is seen now, by `read`, which is given the sample and the places.
    pub(in crate::tool) fn read_groups(&mut self, read: impl FnOnce(&mut Sample, Vec<usize>)) {
        let is_sorted_by_them = self.order.column == super::columns::Column::Pressure;
        let places = match &self.view {
            View::Host(detail) => self.place(&detail.host).into_iter().collect(),
            _ if is_sorted_by_them => super::busy(&self.now),
            _ => {
                let lines = self.shown.iter().skip(self.first);
                lines.take(self.page).copied().collect()
            }
        };
        read(&mut self.now, places);
        if let Some(before) = &self.before {
            self.rates.add_pressure(before, &self.now);
        }
        if is_sorted_by_them {
            self.arrange();
        }
    }

    /// Sorts and filters, and stays at the host that was chosen.
    pub(super) fn arrange(&mut self) {
        self.shown = self.order.arrange(&self.now, &self.rates, &self.filter);
        let is_followed = |place: &usize| {
            let followed = self.followed.as_deref();
            followed == Some(self.now.hosts[*place].name())
        };
        if let Some(at) = self.shown.iter().position(is_followed) {
            self.chosen = at;
        }
        self.chosen = self.chosen.min(self.shown.len().saturating_sub(1));
    }

    /// Goes to a line.
    pub(super) fn choose(&mut self, line: usize) {
        self.chosen = line.min(self.shown.len().saturating_sub(1));
        self.followed = self.host().map(|(host, _)| host.name().to_owned());
    }

    /// Goes to the start, and follows nobody.
    pub(super) fn go_to_the_start(&mut self) {
        self.chosen = 0;
        self.followed = None;
    }

    /// The host that is chosen.
    pub(super) fn host(&self) -> Option<(&Host, &HostRates)> {
        self.at(*self.shown.get(self.chosen)?)
    }

    /// A host by its place.
    pub(super) fn at(&self, place: usize) -> Option<(&Host, &HostRates)> {
        Some((self.now.hosts.get(place)?, self.rates.hosts.get(place)?))
    }

    /// Where a host is; `None`: its row is gone.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.now.hosts.iter().position(|host| host.name() == name)
    }

    /// Moves the page so that the chosen line is on it.
    pub(super) fn turn_page(&mut self, lines: usize) {
        self.page = lines.max(1);
        self.first = self.first.min(self.chosen);
        self.first = self.first.max((self.chosen + 1).saturating_sub(self.page));
        // No empty lines below the last one, as long as there are others above.
        let last = self.shown.len().saturating_sub(self.page);
        self.first = self.first.min(last);
    }

    /// The detail that is shown.
    pub(in crate::tool) fn detail(&mut self) -> Option<&mut Detail> {
        match &mut self.view {
            View::Host(detail) => Some(detail),
            _ => None,
        }
    }
}
