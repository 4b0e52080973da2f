// SPDX-License-Identifier: GPL-2.0

//! Addresses: where a connection arrived, and what a row matches.
//!
//! `addr=ADDRESS[/PREFIX][:PORTS]`, where an IPv6 address stands in brackets when ports follow:
//! `192.0.2.0/24:80,443`, `2001:db8::/32`, `[2001:db8::]/32:80`. An IPv4-mapped IPv6 address is the
//! IPv4 address, on both sides.

use core::fmt::{
    self,
    Display,
    Formatter, //
};
use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use crate::mem::{
    List,
    NoMemory, //
};

use super::{
    number::{
        whole,
        NumberError, //
    },
    refusal::Reason,
    span::{
        self,
        Span,
        SpanError, //
    },
};

/// The local end of an accepted connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The address; never an IPv4-mapped one.
    pub(crate) address: IpAddr,
    /// The port.
    pub(crate) port: u16,
}

impl Endpoint {
    /// An address, folded to IPv4 when it is a mapped one, and a port.
    pub(crate) fn new(address: IpAddr, port: u16) -> Self {
        Self {
            address: address.to_canonical(),
            port,
        }
    }
}

/// The bits of an address, from the highest bit of `high` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bits {
    pub(super) high: u64,
    pub(super) low: u64,
}

impl Bits {
    pub(super) fn new(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self {
                high: u64::from(u32::from(v4)) << 32,
                low: 0,
            },
            IpAddr::V6(v6) => {
                let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = v6.octets();
                Self {
                    high: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
                    low: u64::from_be_bytes([i, j, k, l, m, n, o, p]),
                }
            }
        }
    }

    /// The first `length` bits, the others zero.
    pub(super) fn masked(self, length: u8) -> Self {
        let length = u32::from(length);
        Self {
            high: self.high & mask(length.min(64)),
            low: self.low & mask(length.saturating_sub(64)),
        }
    }
}

/// The highest `bits` of 64 bits.
fn mask(bits: u32) -> u64 {
    let rest = 64u32.saturating_sub(bits);
    u64::MAX.checked_shl(rest).unwrap_or(0)
}

/// All addresses that start with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// The address of which all bits behind the length are zero.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// How many bits count.
    pub(crate) fn length(&self) -> u8 {
        self.length
    }

    /// Whether the prefix is one address.
    pub(crate) fn is_single(&self) -> bool {
        self.length == width(self.address)
    }

    /// Whether `address` starts with the prefix.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && Bits::new(address).masked(self.length) == Bits::new(self.address)
    }

    fn parse(address: IpAddr, length: Option<&str>) -> Result<Self, Reason> {
        let length = match length {
            None => width(address),
            Some(text) => match whole(text, u64::from(width(address))).map(u8::try_from) {
                Ok(Ok(length)) => length,
                Err(NumberError::Syntax) => {
                    return Err(Reason::invalid("bad prefix length: expected a number"))
                }
                _ => {
                    return Err(Reason::outside(
                        "prefix length: at most 32 for IPv4, 128 for IPv6",
                    ))
                }
            },
        };
        let prefix = Self { address, length };
        let right = prefix.without_host_bits();
        if right != prefix {
            return Err(Reason::HostBits(right.folded()));
        }
        if prefix.is_single() && address.is_unspecified() {
            return Err(Reason::invalid(
                "no connection arrives there: write 0.0.0.0/0 or ::/0 for every address",
            ));
        }
        Ok(prefix.folded())
    }

    fn without_host_bits(self) -> Self {
        let Bits { high, low } = Bits::new(self.address).masked(self.length);
        let address = match self.address {
            IpAddr::V4(_) => {
                let [a, b, c, d, ..] = high.to_be_bytes();
                IpAddr::V4(Ipv4Addr::new(a, b, c, d))
            }
            IpAddr::V6(_) => {
                let [a, b, c, d, e, f, g, h] = high.to_be_bytes();
                let [i, j, k, l, m, n, o, p] = low.to_be_bytes();
                let octets = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p];
                IpAddr::V6(Ipv6Addr::from(octets))
            }
        };
        Self { address, ..self }
    }

    /// A prefix of IPv4-mapped addresses as the IPv4 prefix.
    fn folded(self) -> Self {
        match (self.address.to_canonical(), self.length.checked_sub(96)) {
            (address @ IpAddr::V4(_), Some(length)) if self.address.is_ipv6() => {
                Self { address, length }
            }
            _ => self,
        }
    }

    fn fmt_with(&self, brackets: bool, f: &mut Formatter<'_>) -> fmt::Result {
        match self.address {
            IpAddr::V6(v6) if brackets => write!(f, "[{v6}]")?,
            address => write!(f, "{address}")?,
        }
        if !self.is_single() {
            write!(f, "/{}", self.length)?;
        }
        Ok(())
    }
}

impl Display for Prefix {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.fmt_with(false, f)
    }
}

/// Bits in an address of this family.
fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// One `addr=` of a row; its ports are kept by the row, because few rows name any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    prefix: Prefix,
    first_port: u16,
    ports: u16,
}

impl Match {
    /// The addresses.
    pub(crate) fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// The ports, out of all ports of the row.
    pub(super) fn ports<'a>(&self, all: &'a [Span]) -> &'a [Span] {
        let start = usize::from(self.first_port);
        let end = start.saturating_add(usize::from(self.ports));
        all.get(start..end).unwrap_or_default()
    }

    /// Reads the value of `addr=`, appending its ports to those of the row.
    #[inline(never)]
    pub(super) fn parse(text: &str, all: &mut List<Span>) -> Result<Self, Reason> {
        let (address, length, ports) = split(text)?;
        let prefix = Prefix::parse(address, length)?;
        let start = all.len();
        if let Some(ports) = ports {
            span::parse(ports, 1, u16::MAX, all).map_err(port_reason)?;
        }
        let count = all.len().saturating_sub(start);
        let (Ok(first_port), Ok(ports)) = (u16::try_from(start), u16::try_from(count)) else {
            return Err(Reason::outside("too many ports in the row"));
        };
        Ok(Self {
            prefix,
            first_port,
            ports,
        })
    }

    /// Prints what [`Match::parse`] reads.
    pub(super) fn fmt_with(&self, all: &[Span], f: &mut Formatter<'_>) -> fmt::Result {
        let ports = self.ports(all);
        self.prefix.fmt_with(!ports.is_empty(), f)?;
        if !ports.is_empty() {
            write!(f, ":{}", span::Spans(ports))?;
        }
        Ok(())
    }
}

fn port_reason(error: SpanError) -> Reason {
    match error {
        SpanError::Syntax => Reason::invalid("bad ports: expected a list such as 80,443,8000-8100"),
        SpanError::Range => Reason::outside("a port is a number from 1 to 65535"),
        SpanError::Backward => Reason::invalid("a port range ends before it starts"),
        SpanError::Twice => Reason::invalid("a port is named twice"),
        SpanError::NoMemory => NoMemory.into(),
    }
}

/// Splits into address, prefix length and ports.
fn split(text: &str) -> Result<(IpAddr, Option<&str>, Option<&str>), Reason> {
    const BAD: &str =
        "bad address: expected ADDRESS[/PREFIX][:PORTS], an IPv6 address before ports in brackets";

    let (address, rest) = if let Some(inner) = text.strip_prefix('[') {
        let (address, rest) = inner.split_once(']').ok_or(Reason::invalid(BAD))?;
        let address: Ipv6Addr = address.parse().map_err(|_| Reason::invalid(BAD))?;
        (IpAddr::V6(address), rest)
    } else {
        let end = text.find('/').unwrap_or(text.len());
        let plain = text.get(..end).unwrap_or_default();
        if let Ok(address) = plain.parse::<Ipv6Addr>() {
            let rest = text.get(end..).unwrap_or_default();
            if rest.contains(':') {
                return Err(Reason::invalid(
                    "an IPv6 address before ports stands in brackets: [ADDRESS]/PREFIX:PORTS",
                ));
            }
            (IpAddr::V6(address), rest)
        } else {
            let end = text.find(['/', ':']).unwrap_or(text.len());
            let plain = text.get(..end).unwrap_or_default();
            let address: Ipv4Addr = plain.parse().map_err(|_| Reason::invalid(BAD))?;
            (IpAddr::V4(address), text.get(end..).unwrap_or_default())
        }
    };
    let (length, ports) = match rest.split_once(':') {
        Some((length, ports)) => (length, Some(ports)),
        None => (rest, None),
    };
    match length.strip_prefix('/') {
        Some(length) => Ok((address, Some(length), ports)),
        None if length.is_empty() => Ok((address, None, ports)),
        None => Err(Reason::invalid(BAD)),
    }
}
