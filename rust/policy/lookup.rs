// SPDX-License-Identifier: GPL-2.0

//! Which row a connection belongs to: by where it arrived, and by the name that was asked for.

use super::{
    address::Endpoint,
    row::Row,
    table::{
        HostId,
        Table, //
    },
};

impl Table {
    /// The host of a connection that arrived at `local`.
    ///
    /// The most specific row is tried first; `admit` says whether the process at hand may be bound by
    /// the row. A match without ports holds only for ports below `unprivileged_port_start`, unless the
    /// row says which servers it is for. Allocates nothing, and takes no longer for more rows.
    pub(crate) fn lookup(
        &self,
        local: &Endpoint,
        unprivileged_port_start: u16,
        admit: &mut dyn FnMut(HostId, &Row) -> bool,
    ) -> Option<HostId> {
        let privileged = local.port < unprivileged_port_start;
        let mut may = |id: HostId, named_port: bool| {
            self.row(id).is_some_and(|row| {
                let covered = named_port || privileged || !row.servers().is_empty();
                covered && admit(id, row)
            })
        };
        let found = self
            .index
            .lookup(local, |id, named_port| may(HostId(id), named_port));
        found
            .map(HostId)
            .or_else(|| self.default.filter(|id| may(*id, false)))
    }

    /// Whether the names that clients ask for may decide about a connection that arrived at `local`.
    #[inline]
    pub(crate) fn asks_for_names(&self, local: &Endpoint, unprivileged_port_start: u16) -> bool {
        let privileged = local.port < unprivileged_port_start;
        self.host_names.may_decide(privileged)
    }

    /// The host that a client asked for by `name`, which is in lower case, on a connection that arrived at `local`.
    ///
    /// The name itself is looked for, then those above it; for one name, the row whose addresses fit `local` best, and one
    /// without addresses last. Ports and `admit` are as in [`Table::lookup`]. Allocates nothing; takes time in proportion to
    /// the different numbers of labels that names in `*.NAME` have, and no longer for more rows.
    pub(crate) fn lookup_name(
        &self,
        name: &str,
        local: &Endpoint,
        unprivileged_port_start: u16,
        admit: &mut dyn FnMut(HostId, &Row) -> bool,
    ) -> Option<HostId> {
        let privileged = local.port < unprivileged_port_start;
        let row_of = |id| self.row(HostId(id)).map(|row| &**row);
        let mut may = |id, row: &Row| admit(HostId(id), row);
        self.host_names
            .lookup(self.seed, name, local, privileged, row_of, &mut may)
            .map(HostId)
    }

    /// The same on a connection that arrived at a UNIX socket of the table: addresses do not matter there, and what several rows
    /// have is nobody's, unless one of them has no addresses.
    pub(crate) fn lookup_name_at_path(
        &self,
        name: &str,
        admit: &mut dyn FnMut(HostId, &Row) -> bool,
    ) -> Option<HostId> {
        let row_of = |id| self.row(HostId(id)).map(|row| &**row);
        let mut may = |id, row: &Row| admit(HostId(id), row);
        self.host_names
            .lookup_anywhere(self.seed, name, row_of, &mut may)
            .map(HostId)
    }

    /// How often the rows are asked for what `name` is looked for by.
    #[cfg(test)]
    pub(crate) fn probes(&self, name: &str) -> usize {
        self.host_names.keys(name).count()
    }

    /// The row of a UNIX socket.
    pub(crate) fn find_path(&self, path: &[u8]) -> Option<HostId> {
        let path = core::str::from_utf8(path).ok()?;
        let has = |id| {
            self.row(HostId(id))
                .is_some_and(|row| row.paths().iter().any(|one| one.as_str() == path))
        };
        self.others.find(self.hash(path), has).map(HostId)
    }

    /// Whether UNIX sockets have rows.
    pub(crate) fn has_paths(&self) -> bool {
        self.paths > 0
    }

    /// Whether rows have names.
    pub(crate) fn has_names(&self) -> bool {
        self.host_names.len() > 0
    }
}
