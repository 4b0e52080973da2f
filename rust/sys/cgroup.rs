// SPDX-License-Identifier: GPL-2.0

//! Where a task stands in the cgroup v2 hierarchy.
//!
//! C header: [`include/linux/cgroup.h`](srctree/include/linux/cgroup.h)

use crate::sys::bindings;
use crate::sys::file::File;
use kernel::prelude::*;
use kernel::sync::rcu;
use kernel::task::Task;
use kernel::types::Opaque;

/// The file system magic of cgroup v2: `CGROUP2_SUPER_MAGIC` of include/uapi/linux/magic.h.
pub(crate) const FILE_SYSTEM: c_ulong = 0x6367_7270;

/// `CSS_ONLINE` of include/linux/cgroup-defs.h.
const ONLINE: c_uint = 1 << 1;

/// The path of the task's group from the root of the hierarchy, `/` for the root; it does not sleep.
///
/// Errors: `ERANGE` when `buffer` is too small.
pub(crate) fn path_of<'a>(task: &Task, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
    let guard = rcu::read_lock();
    // SAFETY: Under RCU the set of groups of a living task, and the group that it names, stay valid
    // (`task_dfl_cgroup()` and `cgroup_path()` of linux/cgroup.h); the buffer is valid for its length.
    let length = unsafe {
        let set = core::ptr::read_volatile(&raw const (*task.as_ptr()).cgroups);
        let node = (*(*set).dfl_cgrp).kn;
        bindings::kernfs_path_from_node(
            node,
            core::ptr::null_mut(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
        )
    };
    drop(guard);
    let length = usize::try_from(length).map_err(|_| ERANGE)?;
    if length >= buffer.len() {
        return Err(ERANGE);
    }
    buffer.get(..length).ok_or(ERANGE)
}

/// Whether two tasks are in the same group. The caller has switched preemption off.
pub(crate) fn in_same_group(one: &Task, other: &Task) -> bool {
    let group = |task: &Task| {
        // SAFETY: Under RCU, which preemption off is, the set of groups of a living task stays valid; the
        // group is only compared.
        unsafe { (*core::ptr::read_volatile(&raw const (*task.as_ptr()).cgroups)).dfl_cgrp }
    };
    core::ptr::eq(group(one), group(other))
}

/// A group that a hooked function was given.
///
/// # Invariants
///
/// Points to a group that the function's caller keeps.
#[repr(transparent)]
pub(crate) struct Group(Opaque<bindings::cgroup>);

impl Group {
    /// # Safety
    ///
    /// `raw` is null or a group that stays for the lifetime that the caller chooses.
    pub(crate) unsafe fn from_raw<'a>(raw: *mut bindings::cgroup) -> Option<&'a Self> {
        // SAFETY: By the function's contract; the wrapper is transparent.
        unsafe { raw.cast::<Self>().as_ref() }
    }

    /// Whether it is the group with the number `above`, or one below it; does not sleep.
    pub(crate) fn is_within(&self, above: usize) -> bool {
        // SAFETY: By the type invariant it is held, and a group keeps the groups above it.
        unsafe { is_below(self.0.get(), above) }
    }

    /// Whether it is of the hierarchy of cgroup v2.
    pub(crate) fn is_version_2(&self) -> bool {
        // SAFETY: By the type invariant it is held, and with it its root; the initial task is in a group of
        // the default hierarchy as long as the machine runs, and its set of groups never changes its root.
        unsafe {
            let set = core::ptr::read_volatile(&raw const bindings::init_task.cgroups);
            (*self.0.get()).root == (*(*set).dfl_cgrp).root
        }
    }
}

/// The number of the group whose directory is open: no other group has it while it lives.
pub(crate) fn number_of(directory: &File) -> usize {
    // SAFETY: The inode of a cgroup's directory points to its kernfs node, and that to the group; the
    // open file holds inode and node.
    unsafe {
        let node = (*(*directory.as_ptr()).f_inode)
            .i_private
            .cast::<bindings::kernfs_node>();
        (*node).priv_ as usize
    }
}

/// Whether the task is in the group with the number `above`, or in one below it; it does not sleep.
pub(crate) fn is_within(task: &Task, above: usize) -> bool {
    let guard = rcu::read_lock();
    // SAFETY: Under RCU the set of groups of a living task, and the groups from there up, stay valid.
    let within = unsafe {
        let set = core::ptr::read_volatile(&raw const (*task.as_ptr()).cgroups);
        is_below((*set).dfl_cgrp, above)
    };
    drop(guard);
    within
}

/// # Safety
///
/// `group` stays valid during the call, and so do the groups above it.
unsafe fn is_below(group: *mut bindings::cgroup, above: usize) -> bool {
    let mut group = group;
    while !group.is_null() {
        if group as usize == above {
            return true;
        }
        // SAFETY: By the function's contract; `cgroup_parent()` of linux/cgroup.h, and `self` is the
        // first field of a group.
        group = unsafe { (*group).self_.parent }.cast();
    }
    false
}

/// Calls `name` with the name of each group right below the one whose directory is open as
/// `directory`; it must not sleep.
pub(crate) fn each_child(directory: &File, mut name: impl FnMut(&CStr) -> Result) -> Result {
    let guard = rcu::read_lock();
    // SAFETY: The inode of a cgroup's directory points to its kernfs node, and that to the group; the
    // open file holds them. Under RCU the children on the list, their nodes and names stay valid
    // (`css_next_child()` of kernel/cgroup/cgroup.c; `self` is the first field of a group).
    let result = unsafe {
        let node = (*(*directory.as_ptr()).f_inode)
            .i_private
            .cast::<bindings::kernfs_node>();
        let group = (*node).priv_.cast::<bindings::cgroup>();
        let head = &raw mut (*group).self_.children;
        let mut entry = core::ptr::read_volatile(&raw const (*head).next);
        let mut result = Ok(());
        while entry != head && result.is_ok() {
            let css = kernel::container_of!(entry, kernel::bindings::cgroup_subsys_state, sibling);
            let child = (*css).cgroup;
            let text = core::ptr::read_volatile(&raw const (*(*child).kn).name);
            // A removed group stays on the list until nobody holds it (`cgroup_is_dead()`).
            if !text.is_null() && (*css).flags & ONLINE != 0 {
                result = name(CStr::from_char_ptr(text.cast()));
            }
            entry = core::ptr::read_volatile(&raw const (*entry).next);
        }
        result
    };
    drop(guard);
    result
}

/// Whether a move of a thread failed because its process is in another domain: there is no way from there into a threaded group
/// (`cgroup_attach_permissions()` of kernel/cgroup/cgroup.c).
pub(crate) fn is_elsewhere(error: Error) -> bool {
    u32::try_from(error.to_errno().saturating_neg()) == Ok(bindings::EOPNOTSUPP)
}
