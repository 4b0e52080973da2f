// SPDX-License-Identifier: GPL-2.0

//! Tests of the pure code.

mod changed;
mod config;
mod events;
mod group_name;
mod host_names;
mod kind;
mod lookup;
mod memory;
mod names;
mod properties;
mod refusals;
mod rows;
mod scale;
mod shares;
mod sniff;
mod track;
mod vps;
mod writes;
