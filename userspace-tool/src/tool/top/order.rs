// SPDX-License-Identifier: GPL-2.0

//! Which hosts are shown, and in which order.

use super::columns::Column;
use crate::tool::sample::{Rates, Sample};
use std::cmp::Ordering;

/// The column that hosts are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tool) struct Order {
    pub(super) column: Column,
    /// The other way round than usual, which is the largest first, and names by the alphabet.
    pub(super) is_reversed: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            column: Column::Used,
            is_reversed: false,
        }
    }
}

impl Order {
    /// Goes so many columns on, or back.
    pub(super) fn turn(&mut self, columns: isize) {
        let all = Column::ALL;
        let at = all.iter().position(|one| *one == self.column).unwrap_or(0);
        let count = all.len() as isize;
        let next = (at as isize + columns).rem_euclid(count);
        self.column = all[next as usize];
        self.is_reversed = false;
    }

    /// The places of the hosts whose names have `filter` in them. What is not known goes last, and equals stay as in the table.
    pub(super) fn arrange(self, sample: &Sample, rates: &Rates, filter: &str) -> Vec<usize> {
        let filter = filter.to_ascii_lowercase();
        let is_wanted =
            |name: &str| filter.is_empty() || name.to_ascii_lowercase().contains(&filter);
        let hosts = sample.hosts.iter().zip(&rates.hosts).enumerate();
        let wanted = hosts.filter(|(_, (host, _))| is_wanted(host.name()));
        let mut keyed: Vec<(Option<f64>, usize)> = wanted
            .map(|(place, (host, rates))| (self.column.number(host, rates), place))
            .collect();
        keyed.sort_by(|(one, at), (other, then)| {
            if self.column == Column::Host {
                let names = (sample.hosts[*at].name(), sample.hosts[*then].name());
                let order = names.0.cmp(names.1);
                return if self.is_reversed {
                    order.reverse()
                } else {
                    order
                };
            }
            match (one, other) {
                (Some(one), Some(other)) if self.is_reversed => one.total_cmp(other),
                (Some(one), Some(other)) => other.total_cmp(one),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            }
        });
        keyed.into_iter().map(|(_, place)| place).collect()
    }
}
