// SPDX-License-Identifier: GPL-2.0

//! The table as handlers see it: rows, and the host of each.

use crate::engine::host::Host;
use crate::mem::{
    Boxed,
    List,
    Shared, //
};
use crate::policy::{
    HostId,
    Table, //
};
use kernel::prelude::*;
use kernel::sync::Arc;

/// A published table; it does not change.
pub(crate) struct Snapshot {
    table: Boxed<Table>,
    /// By slot, as in the table.
    hosts: List<Option<Arc<Host>>>,
}

impl Snapshot {
    /// A table without rows; apart from who needs one, for the stack's sake. Sleeps.
    #[inline(never)]
    pub(crate) fn empty_table(seed: u64) -> Result<Boxed<Table>> {
        Ok(Boxed::new(Table::new(seed))?)
    }

    /// The hosts of `table`: those of `before` where the name is the same, new ones elsewhere. Sleeps.
    pub(crate) fn new(table: Boxed<Table>, before: Option<&Snapshot>) -> Result<Self> {
        let mut hosts = List::with_capacity(table.slots())?;
        for id in ids(&table) {
            let host = match (table.row(id), before.and_then(|old| old.kept(id, &table))) {
                (None, _) => None,
                (Some(_), Some(host)) => Some(host.clone()),
                (Some(row), None) => Some(Host::new(row)?),
            };
            hosts.push(host)?;
        }
        Ok(Self { table, hosts })
    }

    /// The host of the slot `id`, if the row there has the same name in `table`.
    fn kept(&self, id: HostId, table: &Table) -> Option<&Arc<Host>> {
        let (old, new) = (self.table.row(id)?, table.row(id)?);
        (Shared::ptr_eq(old, new) || old.name() == new.name())
            .then(|| self.host(id))
            .flatten()
    }

    /// The rows.
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The host of a row.
    pub(crate) fn host(&self, id: HostId) -> Option<&Arc<Host>> {
        self.hosts.get(usize::try_from(id.0).ok()?)?.as_ref()
    }

    /// All slots, empty ones too.
    pub(crate) fn ids(&self) -> impl Iterator<Item = HostId> + '_ {
        ids(&self.table)
    }

    /// The row's slot of a host that is in this table.
    pub(crate) fn find(&self, host: &Arc<Host>) -> Option<HostId> {
        self.ids()
            .find(|id| self.host(*id).is_some_and(|one| Arc::ptr_eq(one, host)))
    }

    /// Whether the host of the slot `id` is another one, or none, in `other`.
    pub(crate) fn lost(&self, id: HostId, other: &Snapshot) -> Option<&Arc<Host>> {
        let host = self.host(id)?;
        let same = other.host(id).is_some_and(|one| Arc::ptr_eq(one, host));
        (!same).then_some(host)
    }
}

fn ids(table: &Table) -> impl Iterator<Item = HostId> {
    (0..table.slots()).filter_map(|slot| u32::try_from(slot).ok().map(HostId))
}
