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
use crate::sys::seq::Print;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
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
        let members = seen.members(host.vps.load(Relaxed));
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let weight = group.as_ref().map_or(0, |group| group.weight());
        out.text("host=");
        out.text(row.name());
        out.number(c" tasks=", count(host.tasks().saturating_add(members)));
        out.number(c" channels=", count(host.channels()));
        out.number(c" accepted=", host.accepted.load(Relaxed));
        out.number(c" requests=", host.requests.load(Relaxed));
        out.number(c" transfers=", host.transfers.load(Relaxed));
        out.number(c" binds=", host.binds.load(Relaxed));
        out.number(c" cpu_usec=", cpu.saturating_add(charged));
        out.number(c" charged_usec=", charged);
        out.number(c" throttled_usec=", throttled);
        out.number(c" weight=", weight.into());
        out.text(match group.is_some() {
            true => " group=made\n",
            false => " group=none\n",
        });
    }
}
