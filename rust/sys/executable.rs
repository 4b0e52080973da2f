// SPDX-License-Identifier: GPL-2.0

//! Which program a task runs, by its file.
//!
//! C header: [`include/linux/mm_types.h`](srctree/include/linux/mm_types.h)

use crate::sys::bindings;
use crate::sys::file::File;
use kernel::task::Task;

/// A file: its file system and its inode.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u32,
    inode: u64,
}

impl Identity {
    /// That of an open file.
    pub(crate) fn of(file: &File) -> Self {
        // SAFETY: An open file holds its inode, which does not change.
        unsafe { Self::new((*file.as_ptr()).f_inode) }
    }

    /// # Safety
    ///
    /// `inode` is one, and is held.
    unsafe fn new(inode: *const bindings::inode) -> Self {
        // SAFETY: By the function's contract; an inode holds its superblock.
        unsafe {
            Self {
                device: (*(*inode).i_sb).s_dev,
                inode: (*inode).i_ino,
            }
        }
    }

    /// That of an inode, if there is one.
    ///
    /// # Safety
    ///
    /// `inode` is null, or held.
    pub(super) unsafe fn of_inode(inode: *const bindings::inode) -> Option<Self> {
        // SAFETY: By the function's contract.
        (!inode.is_null()).then(|| unsafe { Self::new(inode) })
    }

    /// That of the file that `exec` is looking at, and whether it is the one that was asked for, not the
    /// interpreter of one; does not sleep.
    ///
    /// # Safety
    ///
    /// `program` is null, or an exec that goes on.
    pub(crate) unsafe fn of_exec(program: *const bindings::linux_binprm) -> Option<(Self, bool)> {
        // SAFETY: By the function's contract; an exec holds its file, and the file its inode. Both names
        // are one until a script's interpreter is put in place.
        unsafe {
            let program = program.as_ref()?;
            let file = Self::new((*program.file).f_inode);
            Some((file, core::ptr::eq(program.filename, program.interp)))
        }
    }

    /// That of the program of the current task; does not sleep.
    pub(crate) fn of_current() -> Option<Self> {
        let task = Task::current_raw();
        // SAFETY: The current task keeps its memory, if it has one; `get_file_active` takes a reference
        // on the file that is there at that moment.
        let file = unsafe {
            let memory = (*task).mm;
            if memory.is_null() {
                return None;
            }
            let slot = (&raw mut (*memory).__bindgen_anon_1.exe_file).cast();
            bindings::get_file_active(slot)
        };
        // SAFETY: The reference is ours.
        unsafe { File::from_raw(file) }
            .ok()
            .map(|file| Self::of(&file))
    }
}
