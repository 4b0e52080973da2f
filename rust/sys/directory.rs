// SPDX-License-Identifier: GPL-2.0

//! A place in a mounted file system, and what can be made and opened below it.
//!
//! Everything is found relative to a held place, never by the root directory or the mounts of who
//! happens to run: a server in a container has others.
//!
//! C header: [`include/linux/namei.h`](srctree/include/linux/namei.h)

use crate::sys::bindings;
use crate::sys::cgroup;
use crate::sys::file::File;
use core::mem::MaybeUninit;
use kernel::error::{
    from_err_ptr,
    to_result, //
};
use kernel::prelude::*;
use kernel::str::CString;

/// A directory that is held: its mount stays mounted.
///
/// # Invariants
///
/// Owns a reference on the mount and on the entry of `path`.
pub(crate) struct Directory {
    path: bindings::path,
}

// SAFETY: A held path may be used from any thread.
unsafe impl Send for Directory {}
// SAFETY: Walking from a held path takes its own locks.
unsafe impl Sync for Directory {}

impl Directory {
    /// The directory at `path`, as the current task sees it.
    pub(crate) fn open(path: &CStr) -> Result<Self> {
        let mut slot = MaybeUninit::<bindings::path>::zeroed();
        // SAFETY: `path` ends with NUL, and `slot` is a place for the result.
        to_result(unsafe {
            bindings::kern_path(
                path.as_char_ptr(),
                bindings::VHQOS_LOOKUP_FOLLOW | bindings::VHQOS_LOOKUP_DIRECTORY,
                slot.as_mut_ptr(),
            )
        })?;
        // SAFETY: `kern_path` filled the slot.
        let path = unsafe { slot.assume_init() };
        // INVARIANT: `kern_path` took the references.
        Ok(Self { path })
    }

    /// The magic number of the file system.
    pub(crate) fn file_system(&self) -> c_ulong {
        // SAFETY: By the type invariant, the entry and with it its superblock are held.
        unsafe { (*(*self.path.dentry).d_sb).s_magic }
    }

    /// Opens the file `name`, relative to this directory.
    fn open_with(&self, name: &CStr, flags: u32) -> Result<File> {
        let flags = c_int::try_from(flags).map_err(|_| EINVAL)?;
        // SAFETY: The path is held, and `name` ends with NUL.
        let file =
            unsafe { bindings::file_open_root(&raw const self.path, name.as_char_ptr(), flags, 0) };
        // SAFETY: `file_open_root` gives a reference, or an error.
        unsafe { File::from_raw(file) }
    }

    /// Opens a file to read it.
    pub(crate) fn open_to_read(&self, name: &CStr) -> Result<File> {
        self.open_with(name, bindings::O_RDONLY)
    }

    /// Opens a file to write to it.
    pub(crate) fn open_to_write(&self, name: &CStr) -> Result<File> {
        self.open_with(name, bindings::O_WRONLY)
    }

    /// Opens a directory.
    pub(crate) fn open_directory(&self, name: &CStr) -> Result<File> {
        self.open_with(name, bindings::O_RDONLY | bindings::O_DIRECTORY)
    }

    /// Finds a file without opening it.
    pub(crate) fn find(&self, name: &CStr) -> Result<File> {
        self.open_with(name, bindings::O_PATH)
    }

    /// Makes the directory `name` in the directory `parent`, which is relative to this one.
    ///
    /// Errors: `EEXIST` when it is there already, and what the file system says.
    pub(crate) fn make(&self, parent: &CStr, name: &CStr) -> Result {
        let parent = self.open_with(parent, bindings::O_RDONLY | bindings::O_DIRECTORY)?;
        let (entry, inode) = place(&parent);
        let mut name = name_of(name);
        self.writable(|| {
            // SAFETY: The open file holds `entry`; `name` lives on.
            let child = unsafe { bindings::start_creating_noperm(entry, &raw mut name) };
            let child = from_err_ptr(child)?;
            // SAFETY: `child` is locked for creation below `entry`, whose inode is `inode`.
            let made = unsafe {
                bindings::vfs_mkdir(
                    &raw mut bindings::nop_mnt_idmap,
                    inode,
                    child,
                    0o755,
                    core::ptr::null_mut(),
                )
            };
            // SAFETY: What `vfs_mkdir` gives back, an error or not, is what ends the creation.
            unsafe { bindings::end_dirop(made) };
            from_err_ptr(made).map(|_| ())
        })
    }

    /// Removes the empty directory `name` from the directory `parent`, which is relative to this one.
    pub(crate) fn remove(&self, parent: &CStr, name: &CStr) -> Result {
        let parent = self.open_with(parent, bindings::O_RDONLY | bindings::O_DIRECTORY)?;
        let (entry, inode) = place(&parent);
        let mut name = name_of(name);
        self.writable(|| {
            // SAFETY: The open file holds `entry`; `name` lives on.
            let child = unsafe { bindings::start_removing_noperm(entry, &raw mut name) };
            let child = from_err_ptr(child)?;
            // SAFETY: `child` is locked for removal below `entry`, whose inode is `inode`.
            let status = unsafe {
                bindings::vfs_rmdir(
                    &raw mut bindings::nop_mnt_idmap,
                    inode,
                    child,
                    core::ptr::null_mut(),
                )
            };
            // SAFETY: Ends what `start_removing_noperm` began.
            unsafe { bindings::end_dirop(child) };
            to_result(status)
        })
    }

    /// The names of the cgroups right below the one at `parent`, which is relative to this one.
    pub(crate) fn groups_in(&self, parent: &CStr) -> Result<KVec<CString>> {
        let parent = self.open_with(parent, bindings::O_RDONLY | bindings::O_DIRECTORY)?;
        let mut names = KVec::new();
        cgroup::each_child(&parent, |name| {
            let mut text = KVec::with_capacity(name.to_bytes_with_nul().len(), GFP_NOWAIT)?;
            text.extend_from_slice(name.to_bytes_with_nul(), GFP_NOWAIT)?;
            Ok(names.push(text, GFP_NOWAIT)?)
        })?;
        let mut result = KVec::with_capacity(names.len(), GFP_KERNEL)?;
        for name in names.iter() {
            let name = CStr::from_bytes_with_nul(name).map_err(|_| EINVAL)?;
            result.push(
                CString::try_from_fmt(format_args!("{}", name.to_str()?))?,
                GFP_KERNEL,
            )?;
        }
        Ok(result)
    }

    /// Calls `change` while the mount cannot become read-only.
    fn writable(&self, change: impl FnOnce() -> Result) -> Result {
        // SAFETY: The mount is held.
        to_result(unsafe { bindings::mnt_want_write(self.path.mnt) })?;
        let result = change();
        // SAFETY: Undoes the call above.
        unsafe { bindings::mnt_drop_write(self.path.mnt) };
        result
    }
}

/// The entry and the inode of an open directory.
fn place(directory: &File) -> (*mut bindings::dentry, *mut bindings::inode) {
    // SAFETY: An open file holds its entry and its inode, and they do not change.
    unsafe {
        let file = directory.as_ptr();
        ((*file).__bindgen_anon_1.f_path.dentry, (*file).f_inode)
    }
}

/// A component of a path, as the directory functions take it; they compute the hash.
fn name_of(name: &CStr) -> bindings::qstr {
    let mut component = bindings::qstr {
        name: name.as_char_ptr().cast(),
        ..Default::default()
    };
    component.__bindgen_anon_1.__bindgen_anon_1.len =
        u32::try_from(name.to_bytes().len()).unwrap_or(0);
    component
}

impl Drop for Directory {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, the references are ours to give back.
        unsafe { bindings::path_put(&raw const self.path) };
    }
}
