// SPDX-License-Identifier: GPL-2.0

//! Files below /proc that are read as they grow: a read waits until there is something, and each open file has a place of its own.
//!
//! A file may stay open when the module goes. Who waits is woken then, and reads the end of the file; procfs waits for that,
//! and answers later calls with `EIO` (`proc_entry_rundown()` of fs/proc/inode.c).
//!
//! C headers: [`include/linux/proc_fs.h`](srctree/include/linux/proc_fs.h),
//! [`include/linux/poll.h`](srctree/include/linux/poll.h)

use crate::sys::bell::Bell;
use crate::sys::bindings;
use crate::sys::procfs::Folder;
use crate::sys::task;
use core::marker::PhantomData;
use core::ptr::NonNull;
use kernel::error::from_result;
use kernel::prelude::*;
use kernel::sync::{
    new_mutex,
    Arc,
    Mutex, //
};
use kernel::uaccess::{
    UserPtr,
    UserSlice,
    UserSliceWriter, //
};

/// What stands behind such a file.
pub(crate) trait Stream: Send + Sync + 'static {
    /// One open file: its place, and the line that is read next.
    type Reader: Send + Unpin + 'static;

    /// Someone who may administrate the machine opens the file.
    fn open(&self) -> Result<Self::Reader>;

    /// The line that is read next, if there is one; sleeps.
    fn line<'a>(&self, reader: &'a mut Self::Reader) -> Option<&'a [u8]>;

    /// That line was read.
    fn taken(&self, reader: &mut Self::Reader);

    /// A number of the reader's place.
    fn place(&self, reader: &Self::Reader) -> u64;

    /// Whether there is a line for who is at `place`; does not sleep.
    fn has_more(&self, place: u64) -> bool;

    /// What rings when there is a new line.
    fn bell(&self) -> &Bell;

    /// The open file is closed.
    fn release(&self, reader: Self::Reader);
}

/// A file; when this is dropped it is removed, and no call on it runs any more.
///
/// # Invariants
///
/// `raw` is a file that was made and not yet removed; its data is `stream`.
pub(crate) struct Streaming<S: Stream> {
    raw: NonNull<bindings::proc_dir_entry>,
    stream: Arc<S>,
}

// SAFETY: Entries of procfs may be removed from any thread, and `S` may be shared.
unsafe impl<S: Stream> Send for Streaming<S> {}
// SAFETY: As above.
unsafe impl<S: Stream> Sync for Streaming<S> {}

impl<S: Stream> Streaming<S> {
    /// Makes the file `name` in `folder`, for root only.
    pub(crate) fn make(name: &CStr, folder: &Folder, stream: Arc<S>) -> Result<Self> {
        // SAFETY: The name is copied, the operations are constant, and `stream` lives longer than the file, because it is
        // dropped after the file was removed.
        let raw = unsafe {
            bindings::proc_create_data(
                name.as_char_ptr(),
                0o400,
                folder.as_ptr(),
                &Operations::<S>::FILE,
                Arc::as_ptr(&stream).cast_mut().cast(),
            )
        };
        // INVARIANT: It was made now.
        Ok(Self {
            raw: NonNull::new(raw).ok_or(ENOMEM)?,
            stream,
        })
    }
}

impl<S: Stream> Drop for Streaming<S> {
    fn drop(&mut self) {
        // Who waits in a call would be waited for.
        self.stream.bell().end();
        // SAFETY: By the type invariant, it was not removed before. This waits for running calls, and closes what is open.
        unsafe { bindings::proc_remove(self.raw.as_ptr()) };
    }
}

/// One open file: `private_data` of its `file`.
#[pin_data]
struct OpenFile<S: Stream> {
    stream: NonNull<S>,
    #[pin]
    reader: Mutex<Option<S::Reader>>,
}

impl<S: Stream> OpenFile<S> {
    fn stream(&self) -> &S {
        // SAFETY: procfs calls nothing on this file after it is removed, and who removes it keeps the stream.
        unsafe { self.stream.as_ref() }
    }

    /// Copies the lines that there are, as many as fit, and gives how many bytes; or where the reader is, if there are none.
    fn copy(&self, out: &mut UserSliceWriter) -> Result<core::result::Result<usize, u64>> {
        let stream = self.stream();
        let mut reader = self.reader.lock();
        let reader: &mut S::Reader = Option::as_mut(&mut *reader).ok_or(EIO)?;
        let mut bytes = 0usize;
        while let Some(line) = stream.line(reader) {
            let copied = match line.len() <= out.len() {
                true => out.write_slice(line).map(|()| line.len()),
                // Not one line fits.
                false => Err(EINVAL),
            };
            match copied {
                Ok(length) => bytes = bytes.saturating_add(length),
                Err(_) if bytes > 0 => break,
                Err(error) => return Err(error),
            }
            stream.taken(reader);
        }
        Ok(match bytes {
            0 => Err(stream.place(reader)),
            _ => Ok(bytes),
        })
    }

    /// One read: waits until there is something, if it may.
    fn read(&self, out: &mut UserSliceWriter, waits: bool) -> Result<usize> {
        let stream = self.stream();
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            // Asked before, so that what came before the end is read.
            let ended = stream.bell().has_ended();
            let place = match self.copy(out)? {
                Ok(bytes) => return Ok(bytes),
                Err(place) => place,
            };
            if ended {
                return Ok(0);
            }
            if !waits {
                return Err(EAGAIN);
            }
            let ready = || stream.bell().has_ended() || stream.has_more(place);
            stream.bell().wait(ready)?;
        }
    }
}

/// The C side of a file.
struct Operations<S>(PhantomData<S>);

impl<S: Stream> Operations<S> {
    const FILE: bindings::proc_ops = bindings::proc_ops {
        proc_open: Some(Self::open),
        proc_read: Some(Self::read),
        proc_poll: Some(Self::poll),
        proc_release: Some(Self::release),
        // SAFETY: All other fields are optional, and zero is none.
        ..unsafe { core::mem::MaybeUninit::zeroed().assume_init() }
    };

    /// # Safety
    ///
    /// `file` is one that `open` opened, and is open.
    unsafe fn state<'a>(file: *mut bindings::file) -> &'a OpenFile<S> {
        // SAFETY: `open` put a box there, which `release` takes.
        unsafe { &*(*file).private_data.cast::<OpenFile<S>>() }
    }

    /// # Safety
    ///
    /// Called by procfs only.
    unsafe extern "C" fn open(inode: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        from_result(|| {
            if !task::may_administrate() {
                return Err(EPERM);
            }
            // SAFETY: The data of an entry is what `Streaming::make` gave (`pde_data()`).
            let stream = NonNull::new(unsafe { (*inode).i_private }.cast::<S>()).ok_or(ENODEV)?;
            // SAFETY: Who makes the file keeps the stream while procfs calls.
            let entry = unsafe { stream.as_ref() };
            let reader = entry.open()?;
            let state = KBox::pin_init(
                pin_init!(OpenFile { stream, reader <- new_mutex!(None) }),
                GFP_KERNEL,
            );
            let state = match state {
                Ok(state) => state,
                Err(error) => {
                    entry.release(reader);
                    return Err(error);
                }
            };
            *state.reader.lock() = Some(reader);
            // SAFETY: `file` is being opened by us; the box stays where it is. `stream_open()` cannot fail: it says that the
            // file has no offset, so that one reader does not wait for another one of the same open file.
            unsafe {
                (*file).private_data = KBox::into_raw(Pin::into_inner_unchecked(state)).cast();
                bindings::stream_open(inode, file);
            }
            Ok(0)
        })
    }

    /// # Safety
    ///
    /// Called by procfs only, for a file that `open` opened.
    unsafe extern "C" fn release(_inode: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        // SAFETY: `open` put it there, and this is the last call on the file.
        let state = unsafe { KBox::from_raw((*file).private_data.cast::<OpenFile<S>>()) };
        let reader = state.reader.lock().take();
        if let Some(reader) = reader {
            state.stream().release(reader);
        }
        0
    }

    /// # Safety
    ///
    /// Called by procfs only, for a file that `open` opened, with a buffer of the caller's.
    unsafe extern "C" fn read(
        file: *mut bindings::file,
        buffer: *mut c_char,
        count: usize,
        _offset: *mut bindings::loff_t,
    ) -> isize {
        // SAFETY: The file is open; its flags are one word.
        let (state, flags) = unsafe { (Self::state(file), (*file).f_flags) };
        let mut out = UserSlice::new(UserPtr::from_addr(buffer as usize), count).writer();
        let waits = flags & bindings::O_NONBLOCK == 0;
        from_result(|| Ok(isize::try_from(state.read(&mut out, waits)?)?))
    }

    /// # Safety
    ///
    /// Called by procfs only, for a file that `open` opened.
    unsafe extern "C" fn poll(
        file: *mut bindings::file,
        table: *mut bindings::poll_table_struct,
    ) -> bindings::__poll_t {
        // SAFETY: The file is open.
        let state = unsafe { Self::state(file) };
        let stream = state.stream();
        let ready = || {
            let reader = state.reader.lock();
            let place = reader.as_ref().map(|reader| stream.place(reader));
            place.is_none_or(|place| stream.has_more(place))
        };
        // SAFETY: The arguments are those of `->poll`.
        unsafe { stream.bell().poll(file, table.cast(), ready) }
    }
}
