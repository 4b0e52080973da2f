// SPDX-License-Identifier: GPL-2.0

//! What hosts were guaranteed and what they used over some minutes, as one page that needs nothing else.
//!
//! The plots are SVG that is made here: what plotting crates make has its colours in it, and this page has light and dark ones.

mod chart;
mod ends;
pub(super) mod history;
mod judgement;
mod marks;
mod page;
mod record;
mod table;
pub(super) mod verdict;

pub(super) use ends::Ends;
#[cfg(test)]
pub(super) use ends::{heeded, ignored};
pub(super) use page::page;
pub(super) use record::record;
