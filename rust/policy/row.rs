// SPDX-License-Identifier: GPL-2.0

//! A row of the table: one host, with its matches and its parameters.

use core::fmt::{
    self,
    Debug,
    Display,
    Formatter, //
};

use crate::{
    limits,
    mem::{
        Boxed,
        List,
        NoMemory, //
    },
};

use super::{
    address::Match,
    cpu::Machine,
    number::{
        whole,
        NumberError, //
    },
    params::{
        Params,
        Supported, //
    },
    refusal::{
        Errno,
        Reason,
        Refusal, //
    },
    span::Span,
    word::{
        Word,
        Words, //
    },
};

/// The row for connections that no other row matches.
pub(crate) const DEFAULT: &str = "default";

/// Text that a row owns.
pub(crate) struct Text(List<u8>);

impl Text {
    pub(super) fn new(text: &str) -> Result<Self, NoMemory> {
        let mut bytes = List::with_capacity(text.len())?;
        bytes.extend_from_slice(text.as_bytes())?;
        Ok(Self(bytes))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        // It was made of a `str` and never changed.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl Eq for Text {}

impl Debug for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(self.as_str(), f)
    }
}

/// A process that a row may bind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// It runs the program at this path.
    Executable(Text),
    /// Its effective user has this number.
    User(u32),
    /// It is in this cgroup or below; the path starts at the cgroup2 mount.
    Cgroup(Text),
}

impl Server {
    fn parse(word: Word<'_>, value: &str) -> Result<Self, Refusal> {
        const BAD: &str = "bad server: expected exe:/PATH, user:UID or cgroup:/PATH";

        let path = |path: &str| match path.strip_prefix('/') {
            Some(_) => Ok(Text::new(path)?),
            None => Err(word.invalid("a path starts with /")),
        };
        match value.split_once(':') {
            Some(("exe", text)) => Ok(Self::Executable(path(text)?)),
            Some(("cgroup", text)) => Ok(Self::Cgroup(path(text)?)),
            Some(("user", text)) => {
                match whole(text, u64::from(u32::MAX).saturating_sub(1)).map(u32::try_from) {
                    Ok(Ok(user)) => Ok(Self::User(user)),
                    Err(NumberError::Syntax) => Err(word.invalid("bad user: expected a number")),
                    _ => Err(word.outside("a user is a number from 0 to 4294967294")),
                }
            }
            _ => Err(word.invalid(BAD)),
        }
    }
}

impl Display for Server {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Executable(path) => write!(f, "exe:{}", path.as_str()),
            Self::User(user) => write!(f, "user:{user}"),
            Self::Cgroup(path) => write!(f, "cgroup:{}", path.as_str()),
        }
    }
}

/// What few rows have, kept apart so that the others stay small.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
struct Rare {
    ports: List<Span>,
    servers: List<Server>,
}

/// One host. Its [`Display`] is the line that makes it, without the newline.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct Row {
    name: Text,
    matches: List<Match>,
    rare: Option<Boxed<Rare>>,
    params: Params,
}

impl Row {
    /// The host's name.
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The addresses; empty for the default row only.
    pub(crate) fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// The ports of one of the row's own matches, ascending; empty when it names none.
    pub(crate) fn ports(&self, one: &Match) -> &[Span] {
        one.ports(self.rare.as_ref().map_or(&[], |rare| &rare.ports))
    }

    /// The processes that may be bound, any of which suffices; empty when every process may.
    pub(crate) fn servers(&self) -> &[Server] {
        self.rare.as_ref().map_or(&[], |rare| &rare.servers)
    }

    /// What the row asks for.
    pub(crate) fn params(&self) -> &Params {
        &self.params
    }

    /// Reads what follows the verb of a `host` line.
    pub(super) fn parse(
        name: Word<'_>,
        words: Words<'_>,
        machine: &Machine,
        supported: &Supported,
    ) -> Result<Self, Refusal> {
        check_name(name)?;
        let mut matches = List::new();
        let mut ports = List::new();
        let mut servers = List::new();
        let mut params = Params::new();
        for word in words {
            let Some((key, value)) = word.key_and_value() else {
                return Err(word.invalid("expected key=value"));
            };
            match key {
                "addr" if name.text == DEFAULT => {
                    return Err(word.invalid("row default takes no addr="));
                }
                "addr" if matches.len() >= limits::MATCHES_PER_ROW => {
                    return Err(
                        word.refuse(Reason::Plain(Errno::E2big, "at most 64 addr= in a row"))
                    );
                }
                "addr" => {
                    let one =
                        Match::parse(value, &mut ports).map_err(|reason| word.refuse(reason))?;
                    matches.push(one)?;
                }
                "server" if servers.len() >= limits::SERVERS_PER_ROW => {
                    return Err(
                        word.refuse(Reason::Plain(Errno::E2big, "at most 16 server= in a row"))
                    );
                }
                "server" => {
                    let server = Server::parse(word, value)?;
                    if servers.contains(&server) {
                        return Err(word.invalid("this server= is in the row already"));
                    }
                    servers.push(server)?;
                }
                _ => params.set(word, key, value, supported)?,
            }
        }
        if matches.is_empty() && name.text != DEFAULT {
            return Err(name.invalid("a row needs at least one addr="));
        }
        check_params(name, &params, machine)?;
        Ok(Self::build(name.text, matches, ports, servers, params)?)
    }

    /// Puts the row together in no more memory than it needs.
    fn build(
        name: &str,
        matches: List<Match>,
        ports: List<Span>,
        servers: List<Server>,
        params: Params,
    ) -> Result<Self, NoMemory> {
        let rare = if ports.is_empty() && servers.is_empty() {
            None
        } else {
            let ports = ports.try_clone()?;
            Some(Boxed::new(Rare { ports, servers })?)
        };
        Ok(Self {
            name: Text::new(name)?,
            matches: matches.try_clone()?,
            rare,
            params,
        })
    }
}

/// Refuses a name that is no host's.
pub(super) fn check_name(name: Word<'_>) -> Result<(), Refusal> {
    if name.text.len() > limits::NAME_BYTES {
        return Err(name.invalid("a name has at most 253 bytes"));
    }
    let odd = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if name.text.starts_with(['.', '-']) || name.text.bytes().any(odd) {
        return Err(name
            .invalid("bad name: expected letters, digits, '.', '_' and '-', no '.' or '-' first"));
    }
    Ok(())
}

/// Refuses parameters that contradict each other.
fn check_params(name: Word<'_>, params: &Params, machine: &Machine) -> Result<(), Refusal> {
    let Some(min) = params.cpu_min else {
        return Ok(());
    };
    if params.cpu_idle == Some(true) && !min.is_zero() {
        return Err(name.invalid("cpu.idle=1 and a cpu.min exclude each other"));
    }
    match params.cpu_max {
        Some(max) if min.ticks(*machine) > max.ticks(*machine) => {
            Err(name.outside("cpu.min is more than cpu.max"))
        }
        _ => Ok(()),
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "host {}", self.name())?;
        let ports = self.rare.as_ref().map_or(&[][..], |rare| &rare.ports);
        for one in self.matches.iter() {
            f.write_str(" addr=")?;
            one.fmt_with(ports, f)?;
        }
        for server in self.servers() {
            write!(f, " server={server}")?;
        }
        Display::fmt(&self.params, f)
    }
}
