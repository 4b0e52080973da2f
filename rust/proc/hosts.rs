// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/hosts`: what each host uses.
//!
//! `host`: its name; `tasks`: bound now, of a VPS its processes; `channels`: open now; `accepted`, `requests` that
//! named it, `transfers`, `binds`: since the row was written; `cpu_usec`: CPU time spent for it, by its group since it was made and by
//! event loops; `charged_usec`: the part of the event loops, up to their last change of hosts;
//! `throttled_usec`: of its group; `weight`: in force, 0 for an idle host; `group`: `made`, or `none`
//! before a large table's host is first used.

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

/// What one open file shows.
pub(super) struct Seen {
    /// The table as it was when the file was opened.
    snapshot: Arc<Snapshot>,
    /// CPU time and throttled time of the hosts whose groups are made, by slot. Read here, because a
    /// `seq_file` of a cgroup must not be read while one of ours is shown.
    times: KVVec<(HostId, (u64, u64))>,
    /// How many processes each VPS has, by its number.
    members: KVVec<(u64, i64)>,
}

impl Seen {
    fn times(&self, id: HostId) -> (u64, u64) {
        self.times
            .binary_search_by_key(&id.0, |(id, _)| id.0)
            .ok()
            .and_then(|at| self.times.get(at))
            .map_or((0, 0), |(_, times)| *times)
    }

    fn members(&self, vps: u64) -> i64 {
        self.members
            .binary_search_by_key(&vps, |(number, _)| *number)
            .ok()
            .and_then(|at| self.members.get(at))
            .map_or(0, |(_, members)| *members)
    }
}

impl Entry for Hosts {
    type Reading = Seen;
    type Writing = ();

    fn open(&self) -> Result<(Seen, ())> {
        let snapshot = self.0.engine().current();
        let mut times = KVVec::new();
        for (id, _, host) in snapshot.entries() {
            if let Some(group) = host.group() {
                times.push((id, group.times().unwrap_or((0, 0))), GFP_KERNEL)?;
            }
        }
        let mut members = KVVec::new();
        for vps in self.0.engine().vpses.all()? {
            members.push((vps.number, vps.members()), GFP_KERNEL)?;
        }
        let seen = Seen {
            snapshot,
            times,
            members,
        };
        Ok((seen, ()))
    }

    fn next(&self, seen: &Seen, from: u64) -> Option<u64> {
        super::table::next_row(&seen.snapshot, from)
    }

    fn show(&self, seen: &Seen, at: u64, out: &SeqFile) {
        let Ok(id) = u32::try_from(at).map(HostId) else {
            return;
        };
        let Some((row, host)) = seen.snapshot.entry(id) else {
            return;
        };
        let group = host.group();
        let (cpu, throttled) = seen.times(id);
        let charged = host.charged.load(Relaxed) / 1000;
        seq_print!(
            out,
            "host={} tasks={} channels={} accepted={} requests={} transfers={} binds={} cpu_usec={} charged_usec={} throttled_usec={} weight={} group={}\n",
            row.name(),
            host.tasks().saturating_add(seen.members(host.vps.load(Relaxed))),
            host.channels(),
            host.accepted.load(Relaxed),
            host.requests.load(Relaxed),
            host.transfers.load(Relaxed),
            host.binds.load(Relaxed),
            cpu.saturating_add(charged),
            charged,
            throttled,
            group.as_ref().map_or(0, |group| group.weight()),
            if group.is_some() { "made" } else { "none" },
        );
    }
}
