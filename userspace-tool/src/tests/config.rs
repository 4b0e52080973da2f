// SPDX-License-Identifier: GPL-2.0

//! How many cases property tests try.

use proptest::test_runner::{
    Config,
    RngSeed, //
};

/// The same `cases` at every run, so that what passed once passes again; new ones, as many as it says, with `PROPTEST_CASES`.
pub(crate) fn config(cases: u32) -> Config {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => Config::default(),
        None => Config {
            rng_seed: RngSeed::Fixed(2001),
            ..Config::with_cases(cases)
        },
    }
}
