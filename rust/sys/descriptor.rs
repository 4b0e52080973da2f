// SPDX-License-Identifier: GPL-2.0

//! Descriptors: which open files a process refers to, asked of the kernel's own tables.
//!
//! C header: [`include/linux/fdtable.h`](srctree/include/linux/fdtable.h)

use crate::sys::bindings;
use crate::sys::file::File;
use crate::sys::socket::Socket;
use core::marker::PhantomData;
use core::ptr::{
    read_volatile,
    NonNull, //
};
use kernel::prelude::*;
use kernel::task::Task;
use kernel::types::Opaque;

/// Descriptors in one word of the bitmap of those in use.
const BITS: usize = c_ulong::BITS as usize;

/// A `struct file` of a process, borrowed.
#[repr(transparent)]
pub(crate) struct Opened(Opaque<bindings::file>);

impl Opened {
    /// # Safety
    ///
    /// `raw` is null or an open file that stays open for `'a`.
    pub(crate) unsafe fn from_raw<'a>(raw: *mut bindings::file) -> Option<&'a Self> {
        // SAFETY: By the function's contract; the wrapper is transparent.
        unsafe { raw.cast::<Self>().as_ref() }
    }

    /// Its socket, if it is one and has a `struct sock`.
    pub(crate) fn socket(&self) -> Option<&Socket> {
        // SAFETY: The file is open, and keeps its socket; `sk` is read once (`sock_from_file()` of
        // net/socket.c).
        unsafe {
            let socket = NonNull::new(bindings::sock_from_file(self.0.get()))?;
            Socket::from_raw(read_volatile(&raw const (*socket.as_ptr()).sk).cast())
        }
    }

    /// How many references there are beside one: descriptors, and calls at work on one.
    pub(crate) fn others(&self) -> i64 {
        // SAFETY: The file is open; its count begins with 0 for one (include/linux/file_ref.h).
        unsafe { read_volatile(&raw const (*self.0.get()).f_ref.refcnt.counter) }
    }
}

impl File {
    /// The file, as one of a process.
    pub(crate) fn as_opened(&self) -> &Opened {
        // SAFETY: The reference that `self` owns keeps the file open; the wrapper is transparent.
        unsafe { &*self.as_ptr().cast::<Opened>() }
    }
}

/// The table of descriptors of a process, borrowed.
pub(crate) struct Table<'a>(NonNull<bindings::files_struct>, PhantomData<&'a ()>);

impl Table<'_> {
    /// # Safety
    ///
    /// `raw` is null or a table that stays for the lifetime of the result, during which preemption is off.
    pub(crate) unsafe fn from_raw(raw: *mut bindings::files_struct) -> Option<Self> {
        Some(Self(NonNull::new(raw)?, PhantomData))
    }

    /// Whether a descriptor below `limit` refers to `file`; one that looks at a descriptor that is being
    /// opened or closed may or may not see it.
    pub(crate) fn refers_to(&self, file: &Opened, limit: usize) -> bool {
        // SAFETY: With preemption off, which is an RCU read side, the table of now and its two arrays stay
        // (`files_fdtable()`); both have `max_fds` entries, a multiple of the bits in a word.
        unsafe {
            let table = read_volatile(&raw const (*self.0.as_ptr()).fdt);
            let end = usize::try_from((*table).max_fds).unwrap_or(0).min(limit);
            let mut first = 0usize;
            while first < end {
                let mut used = read_volatile((*table).open_fds.add(first / BITS));
                while used != 0 {
                    let fd = first.wrapping_add(used.trailing_zeros() as usize);
                    if read_volatile((*table).fd.add(fd)) == file.0.get() {
                        return true;
                    }
                    used &= used.wrapping_sub(1);
                }
                first = first.wrapping_add(BITS);
            }
        }
        false
    }
}

/// The first descriptor of `task` that is `from` or greater, with its file; takes a lock of the task, does not
/// sleep.
pub(crate) fn next(task: &Task, from: u32) -> Option<(u32, File)> {
    let mut fd = from;
    // SAFETY: The task is alive; a file that is found comes with a reference (`fget_task_next()` of fs/file.c).
    let file = unsafe { bindings::fget_task_next(task.as_ptr(), &raw mut fd) };
    // SAFETY: The reference is ours.
    unsafe { File::from_raw(file) }.ok().map(|file| (fd, file))
}

/// Whether a descriptor of `task` below `end` refers to `file`; does not sleep.
pub(crate) fn is_below(task: &Task, file: &Opened, end: u32) -> bool {
    let mut from = 0;
    while let Some((fd, one)) = next(task, from).filter(|(fd, _)| *fd < end) {
        if one.as_ptr() == file.0.get() {
            return true;
        }
        from = fd.saturating_add(1);
    }
    false
}
