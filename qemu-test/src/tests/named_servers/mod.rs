// SPDX-License-Identifier: GPL-2.0
//! Unmodified servers whose hosts share one address and are told apart by their names.

mod apache;

use crate::runner::Test;

/// The tests of this folder.
pub fn all() -> Vec<Test> {
    [apache::TESTS].concat()
}
