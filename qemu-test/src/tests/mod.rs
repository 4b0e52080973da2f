// SPDX-License-Identifier: GPL-2.0
//! The tests, one file an area.  Their names and what they assert are the specification of the module.

mod apart;
mod bind;
mod bounds;
mod canary;
mod class;
mod close;
mod events;
mod export;
mod faults;
mod harness;
mod import;
mod kernel_threads;
mod leaving;
mod lifecycle;
mod loops;
mod matrix;
mod module;
mod mutex;
mod named_servers;
pub mod names;
mod readers;
mod refusals;
mod report;
mod rights;
pub mod scale;
mod servers;
pub mod shares;
mod short;
mod stress;
mod table;
mod threads;
mod throttle;
mod tool;
mod tool_vps;
mod top;
mod transfers;
mod vps;

use crate::runner::Test;

/// Every test, in the order in which they run.
pub fn all() -> Vec<Test> {
    let mut all = [
        harness::TESTS,
        module::TESTS,
        table::TESTS,
        refusals::TESTS,
        rights::TESTS,
        class::TESTS,
        leaving::TESTS,
        transfers::TESTS,
        bind::TESTS,
        bounds::TESTS,
        apart::TESTS,
        close::TESTS,
        events::TESTS,
        loops::TESTS,
        servers::TESTS,
        threads::TESTS,
        kernel_threads::TESTS,
        matrix::TESTS,
        throttle::TESTS,
        stress::TESTS,
        canary::TESTS,
        scale::TESTS,
        mutex::TESTS,
        tool::TESTS,
        top::TESTS,
        export::TESTS,
        report::TESTS,
        import::TESTS,
        tool_vps::TESTS,
        readers::TESTS,
        faults::TESTS,
        lifecycle::TESTS,
        shares::TESTS,
    ]
    .concat();
    all.extend(names::all());
    all.extend(named_servers::all());
    all.extend(vps::all());
    all
}
