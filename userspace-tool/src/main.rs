// SPDX-License-Identifier: GPL-2.0

//! The `vhqos` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    vhqos::tool::run()
}
