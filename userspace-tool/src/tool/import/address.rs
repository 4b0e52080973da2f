// SPDX-License-Identifier: GPL-2.0

//! Where sites are served.

use crate::policy::Span;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The first port that every program may listen at: a row without ports does not cover these.
const UNPRIVILEGED: u16 = 1024;

/// What a row without ports covers.
const PRIVILEGED: Span = Span {
    first: 1,
    last: UNPRIVILEGED - 1,
};

/// What is said of a port that is none.
pub(crate) const NO_PORT: &str = "the port is none from 1 to 65535";

/// What is said of a site that is served at a name.
const RESOLVED: &str = "a name, which only the server's resolver knows: the row is for all addresses, unless you write addr= there";

/// Ports as ascending ranges that do not touch; none: all that the server listens at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ports(Vec<Span>);

impl Ports {
    /// One port.
    pub(crate) fn one(port: u16) -> Self {
        Self(vec![Span {
            first: port,
            last: port,
        }])
    }

    /// Reads `80` or `8000-8100`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse::<u16>().ok(),
            false => None,
        };
        let (first, last) = (number(first)?, number(last)?);
        (1 <= first && first <= last).then(|| Self(vec![Span { first, last }]))
    }

    /// Whether it is all ports.
    pub(crate) fn are_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether programs of anybody may listen at one of them.
    pub(crate) fn has_unprivileged(&self) -> bool {
        self.0.iter().any(|span| span.last >= UNPRIVILEGED)
    }

    /// These and others. Beside ports that a row has to name, it has to name those too that it covers without.
    pub(crate) fn join(&mut self, other: &Self) {
        if self.are_all() || other.are_all() {
            if !self.has_unprivileged() && !other.has_unprivileged() {
                self.0.clear();
                return;
            }
            self.0.push(PRIVILEGED);
        }
        self.0.extend(&other.0);
        self.0.sort_unstable_by_key(|span| span.first);
        let mut joined: Vec<Span> = Vec::with_capacity(self.0.len());
        for span in self.0.drain(..) {
            match joined.last_mut() {
                Some(before) if span.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(span.last);
                }
                _ => joined.push(span),
            }
        }
        self.0 = joined;
    }

    /// Whether no row could tell these from those.
    fn clash(&self, other: &Self) -> bool {
        if self.are_all() || other.are_all() {
            return self.are_all() && other.are_all();
        }
        self.0
            .iter()
            .any(|one| other.0.iter().any(|two| one.overlaps(*two)))
    }
}

impl Display for Ports {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (number, span) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str(",")?;
            }
            write!(f, "{span}")?;
        }
        Ok(())
    }
}

/// An address and ports that a site is served at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listen {
    /// `None`: every address.
    pub(crate) address: Option<IpAddr>,
    pub(crate) ports: Ports,
}

impl Listen {
    /// At an address; the unspecified one stands for all.
    pub(crate) fn at(address: Option<IpAddr>, ports: Ports) -> Self {
        let address = address.map(|address| address.to_canonical());
        Self {
            address: address.filter(|address| !address.is_unspecified()),
            ports,
        }
    }
}

/// Where a word of a configuration says that a site is served; and what is said of it, if a row cannot say all of that.
pub(crate) type Served = (Vec<Listen>, Option<&'static str>);

/// Where a site is served that is at some ports of an address.
pub(crate) fn served(host: &str, ports: &Ports) -> Served {
    let Some(found) = addresses(host) else {
        return (vec![Listen::at(None, ports.clone())], Some(RESOLVED));
    };
    let found = found.into_iter();
    let listens = found.map(|address| Listen::at(address, ports.clone()));
    (listens.collect(), None)
}

/// The addresses that a server's word for one stands for; `None`: it is a name that only the server's resolver knows.
fn addresses(host: &str) -> Option<Vec<Option<IpAddr>>> {
    if host == "*" || host.eq_ignore_ascii_case("_default_") {
        return Some(vec![None]);
    }
    if host.eq_ignore_ascii_case("localhost") {
        return Some(vec![
            Some(Ipv4Addr::LOCALHOST.into()),
            Some(Ipv6Addr::LOCALHOST.into()),
        ]);
    }
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let bare = inner.unwrap_or(host);
    // The zone of a link-local address says which link, which rows do not.
    let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
    let address = bare.parse().ok().map(|address| vec![Some(address)]);
    match inner {
        Some(_) => address.filter(|found| found.iter().flatten().all(IpAddr::is_ipv6)),
        None => address,
    }
}

/// Splits `HOST`, `HOST:PORT`, `[IPV6]` and `[IPV6]:PORT`; the brackets stay.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    let behind = match text.starts_with('[') {
        true => text.find(']').map_or(text.len(), |at| at + 1),
        // An IPv6 address without brackets has no port behind it.
        false if text.parse::<Ipv6Addr>().is_ok() => text.len(),
        false => text.rfind(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(behind);
    (host, rest.strip_prefix(':'))
}

/// What an `addr=` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    Every4,
    Every6,
    One(IpAddr),
}

/// Where a row is valid: its `addr=`; everywhere, if there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scope(pub(crate) BTreeMap<Place, Ports>);

impl Scope {
    /// All of these. It is everywhere if one of them is, but for ports that rows have to name.
    pub(crate) fn of(listens: &[Listen]) -> Self {
        let is_wide = listens.iter().any(|listen| listen.address.is_none());
        let has_unprivileged = listens.iter().any(|listen| listen.ports.has_unprivileged());
        let mut scope = Self::default();
        if listens.is_empty() || (is_wide && !has_unprivileged) {
            return scope;
        }
        for listen in listens {
            let places = match listen.address {
                Some(address) => vec![Place::One(address)],
                None => vec![Place::Every4, Place::Every6],
            };
            for place in places {
                let ports = scope.0.entry(place);
                ports
                    .and_modify(|ports| ports.join(&listen.ports))
                    .or_insert_with(|| listen.ports.clone());
            }
        }
        scope
    }

    /// Whether it is everywhere.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a place at which no one could say which of two rows with the same name is meant: what
    /// rust/policy/names.rs refuses.
    pub(crate) fn clash(&self, other: &Self) -> bool {
        if self.is_everywhere() || other.is_everywhere() {
            return self.is_everywhere() && other.is_everywhere();
        }
        let theirs = |place| other.0.get(place);
        self.0
            .iter()
            .any(|(place, ports)| theirs(place).is_some_and(|theirs| ports.clash(theirs)))
    }
}

/// The value of `addr=`.
pub(crate) fn value(place: Place, ports: &Ports) -> String {
    let (address, length) = match place {
        Place::Every4 => (IpAddr::V4(Ipv4Addr::UNSPECIFIED), "/0"),
        Place::Every6 => (IpAddr::V6(Ipv6Addr::UNSPECIFIED), "/0"),
        Place::One(address) => (address, ""),
    };
    match (address, ports.are_all()) {
        (_, true) => format!("{address}{length}"),
        (IpAddr::V4(_), false) => format!("{address}{length}:{ports}"),
        (IpAddr::V6(_), false) => format!("[{address}]{length}:{ports}"),
    }
}
