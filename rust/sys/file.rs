// SPDX-License-Identifier: GPL-2.0

//! Files that the kernel itself reads and writes.
//!
//! C header: [`include/linux/fs.h`](srctree/include/linux/fs.h)

use crate::sys::bindings;
use core::ptr::NonNull;
use kernel::error::from_err_ptr;
use kernel::prelude::*;

/// An open file.
///
/// # Invariants
///
/// Owns one reference on an open `struct file`.
pub(crate) struct File(NonNull<bindings::file>);

// SAFETY: A `struct file` may be used from any thread.
unsafe impl Send for File {}
// SAFETY: Reads and writes of kernfs files, the only ones used here, take their own locks.
unsafe impl Sync for File {}

impl File {
    /// # Safety
    ///
    /// `raw` is a file with a reference that the caller gives up, or an error pointer.
    pub(crate) unsafe fn from_raw(raw: *mut bindings::file) -> Result<Self> {
        let file = from_err_ptr(raw)?;
        // INVARIANT: The reference of `raw` is taken over.
        NonNull::new(file).map(Self).ok_or(ENOENT)
    }

    /// The file, for C.
    pub(crate) fn as_ptr(&self) -> *mut bindings::file {
        self.0.as_ptr()
    }

    /// Writes all of `text` at the start of the file, in one call; sleeps.
    pub(crate) fn write(&self, text: &[u8]) -> Result {
        let mut position = 0;
        // SAFETY: The file is open, and `text` is valid for its length.
        let written = unsafe {
            bindings::kernel_write(
                self.as_ptr(),
                text.as_ptr().cast(),
                text.len(),
                &raw mut position,
            )
        };
        match usize::try_from(written) {
            Ok(count) if count == text.len() => Ok(()),
            Ok(_) => Err(EIO),
            Err(_) => Err(Error::from_errno(c_int::try_from(written).unwrap_or(-5))),
        }
    }

    /// Reads from the start of the file into `buffer` and gives back the part that was filled; sleeps.
    pub(crate) fn read<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
        let mut position = 0;
        // SAFETY: The file is open, and `buffer` is valid for its length.
        let read = unsafe {
            bindings::kernel_read(
                self.as_ptr(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut position,
            )
        };
        match usize::try_from(read) {
            Ok(count) => buffer.get(..count).ok_or(EIO),
            Err(_) => Err(Error::from_errno(c_int::try_from(read).unwrap_or(-5))),
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, the reference is ours to give back.
        unsafe { bindings::fput(self.0.as_ptr()) };
    }
}
