// SPDX-License-Identifier: GPL-2.0

//! Files below /proc: records that are read, and text that is written.
//!
//! Reading goes through `seq_file`: records are shown into its buffer, and no lock of ours is held
//! while the reader gets its copy. A file may stay open when the module goes: procfs waits for calls
//! that run, and answers later ones with `EIO` (`proc_entry_rundown()` of fs/proc/inode.c).
//!
//! C headers: [`include/linux/proc_fs.h`](srctree/include/linux/proc_fs.h),
//! [`include/linux/seq_file.h`](srctree/include/linux/seq_file.h)

use crate::limits;
use crate::sys::bindings;
use crate::sys::task;
use core::marker::PhantomData;
use core::ptr::NonNull;
use kernel::error::{
    from_result,
    to_result, //
};
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::sync::{
    new_mutex,
    Arc,
    Mutex, //
};
use kernel::uaccess::{
    UserPtr,
    UserSlice, //
};

/// What stands behind one file.
///
/// Reading takes no lock of ours that is held while writing: the lock of a `seq_file` is held around
/// it, and a write may end in reading a `seq_file` of a cgroup.
pub(crate) trait Entry: Send + Sync + 'static {
    /// What one open file reads; made when it is opened.
    type Reading: Send + Sync + 'static;
    /// What one open file remembers of what was written.
    type Writing: Send + Unpin + 'static;

    /// Someone opens the file.
    fn open(&self) -> Result<(Self::Reading, Self::Writing)>;

    /// The first record at `from` or behind it, or `None` at the end.
    fn next(&self, reading: &Self::Reading, from: u64) -> Option<u64>;

    /// Prints the record `at`.
    fn show(&self, reading: &Self::Reading, at: u64, out: &SeqFile);

    /// Takes one write: all of `text`, which starts at `offset` of the open file, or nothing.
    /// `privileged`: both who opened the file and who writes may administrate the machine.
    fn write(&self, _: &mut Self::Writing, _privileged: bool, _offset: u64, _: &[u8]) -> Result {
        Err(EACCES)
    }

    /// A write failed before its text was there.
    fn lost(&self, _error: Error) {}

    /// The open file is closed.
    fn release(&self, _writing: Self::Writing) {}
}

/// A directory below /proc; it is removed when this is dropped, after all files in it.
///
/// # Invariants
///
/// `raw` is a directory that was made and not yet removed.
pub(crate) struct Folder {
    raw: NonNull<bindings::proc_dir_entry>,
}

// SAFETY: Entries of procfs may be removed from any thread.
unsafe impl Send for Folder {}
// SAFETY: Only its address is used.
unsafe impl Sync for Folder {}

impl Folder {
    /// Makes `/proc/name`, for root only.
    pub(crate) fn make(name: &CStr) -> Result<Self> {
        // SAFETY: The name is copied.
        let raw =
            unsafe { bindings::proc_mkdir_mode(name.as_char_ptr(), 0o500, core::ptr::null_mut()) };
        // INVARIANT: It was made now.
        NonNull::new(raw).map(|raw| Self { raw }).ok_or(ENOMEM)
    }

    /// The C side of it.
    pub(super) fn as_ptr(&self) -> *mut bindings::proc_dir_entry {
        self.raw.as_ptr()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, it was not removed before.
        unsafe { bindings::proc_remove(self.raw.as_ptr()) };
    }
}

/// A file; when this is dropped it is removed, and no call on it runs any more.
///
/// # Invariants
///
/// `raw` is a file that was made and not yet removed; its data is `entry`.
pub(crate) struct Registration<E: Entry> {
    raw: NonNull<bindings::proc_dir_entry>,
    _entry: Arc<E>,
}

// SAFETY: Entries of procfs may be removed from any thread, and `E` may be shared.
unsafe impl<E: Entry> Send for Registration<E> {}
// SAFETY: As above.
unsafe impl<E: Entry> Sync for Registration<E> {}

impl<E: Entry> Registration<E> {
    /// Makes the file `name` in `folder`, mode 0600 when it can be written, else 0400.
    pub(crate) fn make(
        name: &CStr,
        folder: &Folder,
        writable: bool,
        entry: Arc<E>,
    ) -> Result<Self> {
        let mode = if writable { 0o600 } else { 0o400 };
        // SAFETY: The name is copied, the operations are constant, and `entry` lives longer than the
        // file, because it is dropped after the file was removed.
        let raw = unsafe {
            bindings::proc_create_data(
                name.as_char_ptr(),
                mode,
                folder.raw.as_ptr(),
                &Operations::<E>::FILE,
                Arc::as_ptr(&entry).cast_mut().cast(),
            )
        };
        // INVARIANT: It was made now.
        Ok(Self {
            raw: NonNull::new(raw).ok_or(ENOMEM)?,
            _entry: entry,
        })
    }
}

impl<E: Entry> Drop for Registration<E> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, it was not removed before. This waits for running calls.
        unsafe { bindings::proc_remove(self.raw.as_ptr()) };
    }
}

/// One open file: `private` of its `seq_file`.
#[pin_data]
struct OpenFile<E: Entry> {
    entry: NonNull<E>,
    reading: E::Reading,
    #[pin]
    writing: Mutex<Option<E::Writing>>,
}

impl<E: Entry> OpenFile<E> {
    fn entry(&self) -> &E {
        // SAFETY: procfs calls nothing on this file after its registration is gone, and the
        // registration keeps the entry.
        unsafe { self.entry.as_ref() }
    }
}

/// The C side of a file.
struct Operations<E>(PhantomData<E>);

impl<E: Entry> Operations<E> {
    const FILE: bindings::proc_ops = bindings::proc_ops {
        proc_open: Some(Self::open),
        proc_read_iter: Some(bindings::seq_read_iter),
        proc_write: Some(Self::write),
        proc_lseek: Some(bindings::seq_lseek),
        proc_release: Some(Self::release),
        // SAFETY: All other fields are optional, and zero is none.
        ..unsafe { core::mem::MaybeUninit::zeroed().assume_init() }
    };

    const RECORDS: bindings::seq_operations = bindings::seq_operations {
        start: Some(Self::start),
        stop: Some(Self::stop),
        next: Some(Self::next),
        show: Some(Self::show),
    };

    /// # Safety
    ///
    /// `seq` is the `seq_file` of a file that `open` opened.
    unsafe fn state<'a>(seq: *mut bindings::seq_file) -> &'a OpenFile<E> {
        // SAFETY: `open` put a box there, which `release` takes.
        unsafe { &*(*seq).private.cast::<OpenFile<E>>() }
    }

    /// # Safety
    ///
    /// Called by procfs only.
    unsafe extern "C" fn open(inode: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        from_result(|| {
            // SAFETY: The data of an entry is what `Registration::make` gave (`pde_data()`).
            let entry = NonNull::new(unsafe { (*inode).i_private }.cast::<E>()).ok_or(ENODEV)?;
            // SAFETY: The registration keeps the entry while procfs calls.
            let (reading, writing) = unsafe { entry.as_ref() }.open()?;
            let state = KBox::pin_init(
                pin_init!(OpenFile {
                    entry,
                    reading,
                    writing <- new_mutex!(Some(writing)),
                }),
                GFP_KERNEL,
            )?;
            // SAFETY: `file` is being opened by us; the operations are constant.
            to_result(unsafe { bindings::seq_open(file, &Self::RECORDS) })?;
            // SAFETY: `seq_open` put a `seq_file` there. The box stays where it is. A write at an offset
            // is refused by the entry, which says why, not by `pwrite(2)`, which does not.
            unsafe {
                (*file).f_mode |= bindings::VHQOS_FMODE_PWRITE;
                let seq = (*file).private_data.cast::<bindings::seq_file>();
                (*seq).private = KBox::into_raw(Pin::into_inner_unchecked(state)).cast();
            }
            Ok(0)
        })
    }

    /// # Safety
    ///
    /// Called by procfs only, for a file that `open` opened.
    unsafe extern "C" fn release(inode: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        // SAFETY: `open` put both there, and this is the last call on the file.
        let state = unsafe {
            let seq = (*file).private_data.cast::<bindings::seq_file>();
            KBox::from_raw((*seq).private.cast::<OpenFile<E>>())
        };
        let writing = state.writing.lock().take();
        if let Some(writing) = writing {
            state.entry().release(writing);
        }
        // SAFETY: Undoes `seq_open`.
        unsafe { bindings::seq_release(inode, file) }
    }

    /// # Safety
    ///
    /// Called by procfs only, for a file that `open` opened, with a buffer of the caller's.
    unsafe extern "C" fn write(
        file: *mut bindings::file,
        buffer: *const c_char,
        count: usize,
        offset: *mut bindings::loff_t,
    ) -> isize {
        // SAFETY: The file is open, and the offset is the caller's own.
        let (state, offset) = unsafe {
            let seq = (*file).private_data.cast::<bindings::seq_file>();
            (Self::state(seq), &mut *offset)
        };
        // SAFETY: The file is open, and the initial user namespace lives for ever.
        let opener = unsafe {
            bindings::file_ns_capable(
                file,
                &raw mut bindings::init_user_ns,
                bindings::CAP_SYS_ADMIN as c_int,
            )
        };
        let privileged = opener && task::may_administrate();
        let count = count.min(limits::WRITE_BYTES);
        from_result(|| {
            let start = u64::try_from(*offset).map_err(|_| EINVAL)?;
            let end = offset.checked_add(i64::try_from(count)?).ok_or(EFBIG)?;
            let mut text = KVVec::new();
            let user = UserPtr::from_addr(buffer as usize);
            UserSlice::new(user, count)
                .read_all(&mut text, GFP_KERNEL_ACCOUNT)
                .inspect_err(|error| state.entry().lost(*error))?;
            let mut writing = state.writing.lock();
            let writing: &mut E::Writing = Option::as_mut(&mut *writing).ok_or(EIO)?;
            state.entry().write(writing, privileged, start, &text)?;
            *offset = end;
            Ok(isize::try_from(count)?)
        })
    }

    /// Finds the record at `*position` or behind it.
    ///
    /// # Safety
    ///
    /// `seq` is the `seq_file` of a file that `open` opened, whose lock the caller holds.
    unsafe fn find(seq: *mut bindings::seq_file, position: *mut bindings::loff_t) -> *mut c_void {
        // SAFETY: By the function's contract.
        let (state, position) = unsafe { (Self::state(seq), &mut *position) };
        let from = u64::try_from(*position).unwrap_or(u64::MAX);
        let found = state.entry().next(&state.reading, from);
        match found.map(i64::try_from) {
            Some(Ok(at)) => {
                *position = at;
                // Any address but null says that there is a record; `show` reads the position.
                (&raw mut *position).cast()
            }
            _ => core::ptr::null_mut(),
        }
    }

    /// # Safety
    ///
    /// Called by `seq_file` only.
    unsafe extern "C" fn start(
        seq: *mut bindings::seq_file,
        position: *mut bindings::loff_t,
    ) -> *mut c_void {
        // SAFETY: By the function's contract.
        unsafe { Self::find(seq, position) }
    }

    /// # Safety
    ///
    /// Called by `seq_file` only.
    unsafe extern "C" fn next(
        seq: *mut bindings::seq_file,
        _record: *mut c_void,
        position: *mut bindings::loff_t,
    ) -> *mut c_void {
        // SAFETY: By the function's contract, the position is ours to move.
        unsafe {
            *position = (*position).saturating_add(1);
            Self::find(seq, position)
        }
    }

    /// # Safety
    ///
    /// Called by `seq_file` only.
    unsafe extern "C" fn stop(_seq: *mut bindings::seq_file, _record: *mut c_void) {}

    /// # Safety
    ///
    /// Called by `seq_file` only, with what `start` or `next` gave back.
    unsafe extern "C" fn show(seq: *mut bindings::seq_file, record: *mut c_void) -> c_int {
        // SAFETY: By the function's contract; a record is the address of the position.
        let (state, out, at) = unsafe {
            (
                Self::state(seq),
                SeqFile::from_raw(seq),
                *record.cast::<bindings::loff_t>(),
            )
        };
        if let Ok(at) = u64::try_from(at) {
            state.entry().show(&state.reading, at, out);
        }
        0
    }
}
