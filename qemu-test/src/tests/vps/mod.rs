// SPDX-License-Identifier: GPL-2.0
//! Virtual private servers.

mod belong;
mod class;
mod refused;
mod serve;
mod side_by_side;

use crate::runner::Test;

/// The tests of this folder.
pub fn all() -> Vec<Test> {
    [
        belong::TESTS,
        class::TESTS,
        refused::TESTS,
        serve::TESTS,
        side_by_side::TESTS,
    ]
    .concat()
}
