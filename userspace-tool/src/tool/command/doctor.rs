// SPDX-License-Identifier: GPL-2.0

//! `doctor`: what is well and what is not.

use super::check;
use crate::tool::arguments::{Check, HOSTS};
use crate::tool::doctor::{findings, print, Facts, Grade};
use crate::tool::failure::Failure;
use std::path::Path;

/// Says what is well and what is not; fails when something is bad.
pub(super) fn doctor() -> Result<String, Failure> {
    let there = Path::new(HOSTS).exists();
    let file = there.then(|| check::check(&Check::of(HOSTS)));
    let found = findings(&Facts::gather(
        file.map(|file| file.map(|text| text.trim_end().to_owned())),
    ));
    let text = print(&found);
    match found.iter().any(|finding| finding.grade == Grade::Bad) {
        true => Err(Failure::Found(text)),
        false => Ok(text),
    }
}
