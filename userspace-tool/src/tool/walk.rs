// SPDX-License-Identifier: GPL-2.0

//! Names that are looked up in a list, which most likely has them in the same order.

use std::collections::HashMap;

/// How far in the list the last name was.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    next: usize,
}

impl Walk {
    /// As if the last name was the one before this place.
    pub(crate) fn behind(next: usize) -> Self {
        Self { next }
    }

    /// The place of a name: the one behind the last, if it `is_there`, else the one that `look_up` finds, from which the walk goes on.
    pub(crate) fn step(
        &mut self,
        is_there: impl FnOnce(usize) -> bool,
        look_up: impl FnOnce() -> Option<usize>,
    ) -> Option<usize> {
        let at = match is_there(self.next) {
            true => self.next,
            false => look_up()?,
        };
        self.next = at + 1;
        Some(at)
    }
}

/// Where each name of a list is.
pub(crate) fn places<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    names.enumerate().map(|(at, name)| (name, at)).collect()
}
