// SPDX-License-Identifier: GPL-2.0

//! The look-up as it would be written without regard to its cost.

pub(crate) mod look_up {
    use std::cmp::Reverse;
    use std::net::{
        IpAddr,
        Ipv4Addr,
        Ipv6Addr, //
    };

    use crate::check::Desk;
    use crate::policy::{
        Endpoint,
        HostId,
        Prefix,
        Row,
        Span, //
    };

    /// Ports below belong to root.
    const START: u16 = 1024;

    /// The first row, the most specific first, of those that match and that are not `denied`.
    fn naive(desk: &Desk, local: &Endpoint, denied: Option<HostId>) -> Option<HostId> {
        let mut best = None;
        for (id, row) in desk.table.each().filter(|(id, _)| denied != Some(*id)) {
            let covered = local.port < START || !row.servers().is_empty();
            if row.name() == "default" && covered {
                best = best.max(Some((-1, false, id)));
            }
            // The addresses of a row with names only say where these are valid.
            let own = row.names().is_empty();
            for one in row.matches().iter().filter(|_| own) {
                let ports = row.ports(one);
                let named = ports.iter().any(|span| span.contains(local.port));
                if one.prefix().contains(local.address) && (named || ports.is_empty() && covered) {
                    best = best.max(Some((i32::from(one.prefix().length()), named, id)));
                }
            }
        }
        best.map(|(_, _, id)| id)
    }

    /// Both look-ups give the same host, also when the best one is denied.
    pub(crate) fn compare(desk: &Desk, address: IpAddr, port: u16) -> Option<HostId> {
        let local = Endpoint::new(address, port);
        let mut asked = Vec::new();
        let found = desk.table.lookup(&local, START, &mut |id, row: &Row| {
            assert_eq!(desk.table.row(id).map(|row| row.name()), Some(row.name()));
            asked.push(id);
            true
        });
        assert_eq!(asked, Vec::from_iter(found), "{local:?}");
        assert_eq!(
            found,
            naive(desk, &local, None),
            "{local:?}\n{}",
            desk.print()
        );
        if found.is_some() {
            let next = desk
                .table
                .lookup(&local, START, &mut |id, _| Some(id) != found);
            assert_eq!(
                next,
                naive(desk, &local, found),
                "{local:?} without {found:?}"
            );
        }
        found
    }

    /// How well a row with names fits: by the length of a prefix, and whether it names the port.
    fn fit(row: &Row, local: &Endpoint) -> Option<(i32, bool)> {
        let covered = local.port < START || !row.servers().is_empty();
        if row.matches().is_empty() {
            return covered.then_some((-1, false));
        }
        let fits = row.matches().iter().filter_map(|one| {
            let ports = row.ports(one);
            let named = ports.iter().any(|span| span.contains(local.port));
            let fits =
                one.prefix().contains(local.address) && (named || ports.is_empty() && covered);
            fits.then_some((i32::from(one.prefix().length()), named))
        });
        fits.max()
    }

    /// How many labels are in front of what a row's name has of `name`.
    fn distance(own: &str, name: &str) -> Option<usize> {
        match own.strip_prefix("*.") {
            Some(above) => {
                let front = name.strip_suffix(above)?.strip_suffix('.')?;
                Some(front.split('.').count())
            }
            None => (own == name).then_some(0),
        }
    }

    /// The row whose name is the closest, and of those the one that fits best, without one that is `denied`.
    fn naive_name(
        desk: &Desk,
        name: &str,
        local: &Endpoint,
        denied: Option<HostId>,
    ) -> Option<HostId> {
        let mut best = None;
        for (id, row) in desk.table.each().filter(|(id, _)| denied != Some(*id)) {
            let Some(fit) = fit(row, local) else { continue };
            for own in row.names() {
                if let Some(distance) = distance(own.as_str(), name) {
                    best = best.max(Some((Reverse(distance), fit, id)));
                }
            }
        }
        best.map(|(_, _, id)| id)
    }

    /// Both look-ups give a name to the same host, also when the best one is denied.
    pub(crate) fn compare_name(desk: &Desk, name: &str, address: IpAddr, port: u16) {
        let local = Endpoint::new(address, port);
        let look_up = |denied: Option<HostId>| {
            let mut admit = |id, _: &Row| Some(id) != denied;
            let found = desk.table.lookup_name(name, &local, START, &mut admit);
            let expected = naive_name(desk, name, &local, denied);
            assert_eq!(
                found,
                expected,
                "{name} at {local:?} without {denied:?}\n{}",
                desk.print()
            );
            found
        };
        if let Some(found) = look_up(None) {
            look_up(Some(found));
        }
    }

    /// The row whose name is the closest, if it is the only one with it, or the only one that has it without addresses.
    fn naive_at_path(desk: &Desk, name: &str) -> Option<HostId> {
        let all = desk.table.each().flat_map(|(id, row)| {
            let own = row
                .names()
                .iter()
                .filter_map(|own| distance(own.as_str(), name));
            own.map(move |distance| (distance, id, row))
        });
        let all: Vec<_> = all.collect();
        let closest = all.iter().map(|(distance, ..)| *distance).min()?;
        let rows = all.iter().filter(|(distance, ..)| *distance == closest);
        let (tied, free): (Vec<_>, Vec<_>) = rows.partition(|(.., row)| !row.matches().is_empty());
        match (&free[..], &tied[..]) {
            ([(_, id, _)], _) | ([], [(_, id, _)]) => Some(*id),
            _ => None,
        }
    }

    /// Both look-ups give a name at a UNIX socket to the same host.
    pub(crate) fn compare_at_path(desk: &Desk, name: &str) -> Option<HostId> {
        let found = desk.table.lookup_name_at_path(name, &mut |_, _| true);
        let expected = naive_at_path(desk, name);
        assert_eq!(found, expected, "{name}\n{}", desk.print());
        found
    }

    /// Compares at the edges of a match.
    pub(crate) fn around(desk: &Desk, prefix: &Prefix, ports: &[Span]) {
        let mut numbers = vec![80, 1023, 1024, 65535];
        for span in ports {
            numbers.extend([
                span.first - 1,
                span.first,
                span.last,
                span.last.saturating_add(1),
            ]);
        }
        for port in numbers {
            for address in edges(prefix) {
                compare(desk, address, port);
            }
        }
    }

    /// The first and last address, and those beside them.
    fn edges(prefix: &Prefix) -> Vec<IpAddr> {
        match prefix.address() {
            IpAddr::V4(v4) => {
                let first = u32::from(v4);
                let last = first | u32::MAX.checked_shr(prefix.length().into()).unwrap_or(0);
                let all = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
                all.map(|bits| IpAddr::V4(Ipv4Addr::from(bits))).into()
            }
            IpAddr::V6(v6) => {
                let first = u128::from(v6);
                let last = first | u128::MAX.checked_shr(prefix.length().into()).unwrap_or(0);
                let all = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
                all.map(|bits| IpAddr::V6(Ipv6Addr::from(bits))).into()
            }
        }
    }
}
