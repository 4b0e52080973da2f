// SPDX-License-Identifier: GPL-2.0

//! The pure parts of the kernel module, built from the module's own files for tests, fuzzing and
//! the `vhqos` command, which is here too.

#![allow(
    dead_code,
    unused_imports,
    reason = "the module uses what is not used here"
)]

pub mod check;
mod mem;
#[cfg(feature = "tool")]
#[warn(dead_code, unused_imports)]
pub mod tool;

#[path = "../../rust/events/mod.rs"]
mod events;
#[path = "../../rust/limits.rs"]
mod limits;
#[path = "../../rust/policy/mod.rs"]
mod policy;
#[path = "../../rust/sniff/mod.rs"]
mod sniff;
#[path = "../../rust/track/mod.rs"]
mod track;

#[cfg(test)]
mod tests;
