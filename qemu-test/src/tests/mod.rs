// SPDX-License-Identifier: GPL-2.0
//! The tests, one file an area.  Their names and what they assert are the specification of the module.

mod harness;

use crate::runner::Test;

/// Every test, in the order in which they run.
pub fn all() -> Vec<Test> {
    [harness::TESTS].concat()
}
