// SPDX-License-Identifier: GPL-2.0

//! Which program a task runs, by its file.
//!
//! C header: [`include/linux/mm_types.h`](srctree/include/linux/mm_types.h)

use crate::sys::bindings;
use crate::sys::file::File;
use kernel::prelude::*;
use kernel::task::Task;

/// File systems whose subvolumes and snapshots count inodes each for itself, and are one device for the kernel: btrfs and
/// bcachefs (include/uapi/linux/magic.h).
const SUBVOLUMES: [c_ulong; 2] = [0x9123_683e, 0xca45_1a4e];

/// A file: its file system and its inode. Nothing is held: a program that is not running may be forgotten by the kernel, and
/// its file system unmounted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u32,
    inode: u64,
    /// Which of the files that had the number, one after another.
    generation: u32,
    /// Where the inode is in memory, on a file system where the rest may be another subvolume's too; else 0. There it is
    /// another identity once the kernel has forgotten the file and read it again, and has to be found again.
    place: usize,
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
            let system = (*inode).i_sb;
            let shared = SUBVOLUMES.contains(&(*system).s_magic);
            Self {
                device: (*system).s_dev,
                inode: (*inode).i_ino,
                generation: (*inode).i_generation,
                place: if shared { inode as usize } else { 0 },
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
