// SPDX-License-Identifier: GPL-2.0

//! Records of one text and numbers, printed without a format: a table has a hundred thousand of them.
//!
//! C header: [`include/linux/seq_file.h`](srctree/include/linux/seq_file.h)

use crate::sys::bindings;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;

/// Printing a part of a record; what does not fit makes `seq_file` show the record again, with more room.
pub(crate) trait Print {
    /// Prints `text`.
    fn text(&self, text: &str);

    /// Prints `before`, and `number` in decimal.
    fn number(&self, before: &'static CStr, number: u64);
}

impl Print for SeqFile {
    fn text(&self, text: &str) {
        // SAFETY: `SeqFile` is a transparent wrapper of one that is being shown, which only who shows it changes; the text is
        // valid for its length.
        unsafe { bindings::seq_write(raw(self), text.as_ptr().cast(), text.len()) };
    }

    fn number(&self, before: &'static CStr, number: u64) {
        // SAFETY: As above; `before` ends with NUL.
        unsafe { bindings::seq_put_decimal_ull(raw(self), before.as_char_ptr(), number) };
    }
}

fn raw(file: &SeqFile) -> *mut bindings::seq_file {
    core::ptr::from_ref(file).cast_mut().cast()
}
