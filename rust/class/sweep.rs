// SPDX-License-Identifier: GPL-2.0

//! Putting out of a group of ours who is there without being tracked, so that it can be removed: a process that
//! somebody moved there, or a child that was born while memory was too short to track it.

use crate::class::insist::insist;
use crate::class::tree::Tree;

/// How often a group is looked at: new ones may be born meanwhile.
const SWEEPS: u32 = 100;

/// Moves the processes of all whom `list`, a file of the group at `group`, names to the group above our domain, or
/// to the root if that takes none; sleeps.
pub(super) fn sweep(tree: &Tree, group: &str, list: &str) {
    let move_all = |text: &str| {
        let mut any = false;
        // A long list is cut, maybe inside a number, whose rest is looked at in the next turn.
        for line in text.split_inclusive('\n') {
            let Some(number) = line.strip_suffix('\n') else {
                continue;
            };
            any = true;
            let move_to =
                |place| insist(|| tree.write(place, "cgroup.procs", format_args!("{number}")));
            if move_to(tree.parent()).is_err() {
                let _ = move_to(".");
            }
        }
        any
    };
    for _ in 0..SWEEPS {
        if !matches!(insist(|| tree.read(group, list, move_all)), Ok(true)) {
            return;
        }
    }
}
