// SPDX-License-Identifier: GPL-2.0

//! Putting out of a group of ours who is there without being tracked, so that it can be removed: a process that
//! somebody moved there, or a child that was born while memory was too short to track it, or while the hooks were disarmed.

use crate::class::insist::insist;
use crate::class::tree::Tree;
use crate::sys::cgroup;
use crate::sys::task::{
    self,
    TaskExt, //
};
use kernel::prelude::*;
use kernel::str::CString;

/// How often a group is looked at: new ones may be born meanwhile.
const SWEEPS: u32 = 100;

/// The longest path of a group, with its NUL: PATH_MAX.
const PATH_BYTES: usize = 4096;

/// Moves the processes of all whom `list`, a file of the group at `group`, names to where their parents are, or else to the
/// group above our domain, or to the root if that takes none; sleeps.
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
            let home = insist(|| home(tree, number)).ok().flatten();
            let home = home.as_ref().and_then(|path| path.to_str().ok());
            let places = Iterator::chain(home.into_iter(), [tree.parent(), "."]);
            let _ = places.map(move_to).find(Result::is_ok);
        }
        any
    };
    for _ in 0..SWEEPS {
        if !matches!(insist(|| tree.read(group, list, move_all)), Ok(true)) {
            return;
        }
    }
}

/// The path of the group of the parent of the task with this number, unless it is one of ours, or the parent is the
/// machine's init, to whom orphans go; sleeps. Who was born in our group came from there with its parent, which is back.
fn home(tree: &Tree, number: &str) -> Result<Option<CString>> {
    let Some(parent) = task::parent_of(number.parse().map_err(|_| EINVAL)?) else {
        return Ok(None);
    };
    if parent.is_kernel_thread() || parent.group_number() == 1 {
        return Ok(None);
    }
    let mut buffer = KVec::from_elem(0u8, PATH_BYTES, GFP_KERNEL)?;
    let path = core::str::from_utf8(cgroup::path_of(&parent, &mut buffer)?)?;
    let path = path.trim_start_matches('/');
    let is_below = |above: &str| {
        let rest = path.strip_prefix(above);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if is_below(tree.root()) || is_below(tree.vps_root()) {
        return Ok(None);
    }
    let path = if path.is_empty() { "." } else { path };
    CString::try_from_fmt(format_args!("{path}")).map(Some)
}
