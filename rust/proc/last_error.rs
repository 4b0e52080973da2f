// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/last_error`: why the last refused write was refused; empty when none was.

use crate::engine::control::Control;
use crate::sys::procfs::Entry;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::seq_print;
use kernel::sync::Arc;

pub(super) struct LastError(pub(super) Arc<Control>);

impl Entry for LastError {
    type Reading = ();
    type Writing = ();

    fn open(&self) -> Result<((), ())> {
        Ok(((), ()))
    }

    fn next(&self, (): &(), from: u64) -> Option<u64> {
        let any = self.0.last_error(|text| !text.is_empty());
        (from == 0 && any).then_some(0)
    }

    fn show(&self, (): &(), _: u64, out: &SeqFile) {
        self.0.last_error(|text| {
            if let Ok(text) = core::str::from_utf8(text) {
                seq_print!(out, "{}\n", text);
            }
        });
    }
}
