// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/hosts`: what each host uses.
//!
//! `host`: its name; `tasks`: bound now; `channels`: open now; `accepted`, `transfers`, `binds`: since
//! the row was written; `cpu_usec`, `throttled_usec`: of its group since it was made; `weight`: in
//! force, 0 for an idle host; `group`: `made`, or `none` before a large table's host is first used.

use crate::engine::control::Control;
use crate::engine::snapshot::Snapshot;
use crate::policy::HostId;
use crate::sys::procfs::Entry;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::seq_print;
use kernel::sync::atomic::Relaxed;
use kernel::sync::Arc;

pub(super) struct Hosts(pub(super) Arc<Control>);

impl Entry for Hosts {
    /// The table as it was when the file was opened.
    type Open = Arc<Snapshot>;

    fn open(&self) -> Result<Self::Open> {
        Ok(self.0.engine().current())
    }

    fn next(&self, open: &Self::Open, from: u64) -> Option<u64> {
        super::table::next_row(open, from)
    }

    fn show(&self, open: &Self::Open, at: u64, out: &SeqFile) {
        let Ok(id) = u32::try_from(at).map(HostId) else {
            return;
        };
        let (Some(row), Some(host)) = (open.table().row(id), open.host(id)) else {
            return;
        };
        let group = host.group();
        let (cpu, throttled) = group
            .as_ref()
            .and_then(|group| group.times().ok())
            .unwrap_or((0, 0));
        seq_print!(
            out,
            "host={} tasks={} channels={} accepted={} transfers={} binds={} cpu_usec={} throttled_usec={} weight={} group={}\n",
            row.name(),
            host.tasks(),
            host.channels(),
            host.accepted.load(Relaxed),
            host.transfers.load(Relaxed),
            host.binds.load(Relaxed),
            cpu,
            throttled,
            group.as_ref().map_or(0, |group| group.weight()),
            if group.is_some() { "made" } else { "none" },
        );
    }
}
