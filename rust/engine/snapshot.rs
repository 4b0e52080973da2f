// SPDX-License-Identifier: GPL-2.0

//! The table as handlers see it: rows, and the host of each.

use crate::class::change::names_files;
use crate::engine::host::Host;
use crate::events::Change;
use crate::mem::{
    Boxed,
    Shared, //
};
use crate::policy::{
    Changed,
    HostId,
    Paged,
    Row,
    Table, //
};
use kernel::prelude::*;
use kernel::sync::Arc;

/// A published table; it does not change. A new one shares with the one before what is the same.
pub(crate) struct Snapshot {
    table: Boxed<Table>,
    /// By slot, as in the table.
    hosts: Paged<Option<Arc<Host>>>,
    /// How many rows name CPUs.
    cpusets: usize,
    /// How many rows name files.
    files: usize,
}

impl Snapshot {
    /// The table without rows; sleeps.
    #[inline(never)]
    pub(crate) fn empty(seed: u64) -> Result<Self> {
        Ok(Self {
            table: Self::empty_table(seed)?,
            hosts: Paged::new(),
            cpusets: 0,
            files: 0,
        })
    }

    /// A table without rows; apart from who needs one, for the stack's sake. Sleeps.
    #[inline(never)]
    pub(crate) fn empty_table(seed: u64) -> Result<Boxed<Table>> {
        Ok(Boxed::new(Table::new(seed))?)
    }

    /// The hosts of `table`, which comes after `before`: the same ones where the name is the same, new
    /// ones elsewhere. Sleeps.
    pub(crate) fn after(before: &Snapshot, table: Boxed<Table>) -> Result<Self> {
        let mut hosts = before.hosts.try_clone()?;
        let (mut cpusets, mut files) = (before.cpusets, before.files);
        let count = |count: usize, old: bool, new: bool| {
            count
                .saturating_sub(usize::from(old))
                .saturating_add(usize::from(new))
        };
        let with_files = |row: Option<&Shared<Row>>| row.is_some_and(|row| names_files(row));
        hosts.grow(table.slots(), None)?;
        for id in table.changed(&before.table) {
            let (old, new) = (before.table.row(id), table.row(id));
            let host = match (old, new) {
                (_, None) => None,
                (Some(old), Some(new)) if old.name() == new.name() && old.vps() == new.vps() => {
                    before.host(id).cloned()
                }
                (_, Some(new)) => Some(Host::new(id, new)?),
            };
            hosts.set(index(id), host)?;
            cpusets = count(cpusets, names_cpus(old), names_cpus(new));
            files = count(files, with_files(old), with_files(new));
        }
        hosts.freeze()?;
        Ok(Self {
            table,
            hosts,
            cpusets,
            files,
        })
    }

    /// The rows.
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The host of a row.
    pub(crate) fn host(&self, id: HostId) -> Option<&Arc<Host>> {
        self.hosts.get(index(id))?.as_ref()
    }

    /// A row and its host.
    pub(crate) fn entry(&self, id: HostId) -> Option<(&Shared<Row>, &Arc<Host>)> {
        Some((self.table.row(id)?, self.host(id)?))
    }

    /// All rows with their slots and hosts.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (HostId, &Shared<Row>, &Arc<Host>)> {
        let rows = self.table.each();
        rows.filter_map(|(id, row)| Some((id, row, self.host(id)?)))
    }

    /// The slots whose row is not the same in `other`.
    pub(crate) fn changed<'a>(&'a self, other: &'a Snapshot) -> Changed<'a> {
        self.table.changed(&other.table)
    }

    /// Calls `visit` for each row that is not the same as in `before`, with what became of it.
    pub(crate) fn each_change(&self, before: &Snapshot, mut visit: impl FnMut(&Row, Change)) {
        for id in self.changed(before) {
            match (before.table.row(id), self.table.row(id)) {
                (Some(old), Some(new)) if old.name() == new.name() => visit(new, Change::Changed),
                (old, new) => {
                    if let Some(old) = old {
                        visit(old, Change::Removed);
                    }
                    if let Some(new) = new {
                        visit(new, Change::Added);
                    }
                }
            }
        }
    }

    /// The host of the slot `id`, if it is another one, or none, in `other`.
    pub(crate) fn lost(&self, id: HostId, other: &Snapshot) -> Option<&Arc<Host>> {
        let host = self.host(id)?;
        let same = other.host(id).is_some_and(|one| Arc::ptr_eq(one, host));
        (!same).then_some(host)
    }

    /// Whether a row names CPUs.
    pub(crate) fn names_cpus(&self) -> bool {
        self.cpusets > 0
    }

    /// Whether a row names programs, or UNIX sockets, or might.
    pub(crate) fn names_files(&self) -> bool {
        self.files > 0
    }
}

fn index(id: HostId) -> usize {
    usize::try_from(id.0).unwrap_or(usize::MAX)
}

fn names_cpus(row: Option<&Shared<Row>>) -> bool {
    row.is_some_and(|row| row.vps().is_none() && row.params().cpuset.is_some())
}
