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
    host_name::HostName,
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
    resources,
    span::Span,
    word::{
        Word,
        Words, //
    },
};

/// The row for connections that no other row matches.
pub(crate) const DEFAULT: &str = "default";

/// What the path of a UNIX socket stands behind.
pub(super) const UNIX: &str = "unix:";

/// Text that a row owns.
pub(crate) struct Text(List<u8>);

impl Text {
    /// A copy of `text`.
    pub(crate) fn new(text: &str) -> Result<Self, NoMemory> {
        let mut new = Self::with_capacity(text.len())?;
        new.push(text)?;
        Ok(new)
    }

    /// No text, with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Result<Self, NoMemory> {
        Ok(Self(List::with_capacity(bytes)?))
    }

    /// Appends `text`.
    pub(super) fn push(&mut self, text: &str) -> Result<(), NoMemory> {
        self.0.extend_from_slice(text.as_bytes())
    }

    /// Appends `text`, its letters of ASCII in lower case.
    pub(super) fn push_lower_case(&mut self, text: &str) -> Result<(), NoMemory> {
        text.bytes()
            .try_for_each(|byte| self.0.push(byte.to_ascii_lowercase()))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        // It was made of `str`s only.
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
    #[inline(never)]
    fn parse(value: &str) -> Result<Self, Reason> {
        let path = |path: &str| match path.strip_prefix('/') {
            Some(_) => Ok(Text::new(path)?),
            None => Err(Reason::invalid("a path starts with /")),
        };
        match value.split_once(':') {
            Some(("exe", text)) => Ok(Self::Executable(path(text)?)),
            Some(("cgroup", text)) => Ok(Self::Cgroup(path(text)?)),
            Some(("user", text)) => {
                // The highest number means "no user" to the kernel.
                let max = u64::from(u32::MAX).saturating_sub(1);
                match whole(text, max).map(u32::try_from) {
                    Ok(Ok(user)) => Ok(Self::User(user)),
                    Err(NumberError::Syntax) => Err(Reason::invalid("bad user: expected a number")),
                    _ => Err(Reason::outside("a user is a number from 0 to 4294967294")),
                }
            }
            _ => Err(Reason::invalid(
                "bad server: expected exe:/PATH, user:UID or cgroup:/PATH",
            )),
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
    names: List<HostName>,
    servers: List<Server>,
    rarest: Option<Boxed<Rarest>>,
}

/// What fewer have.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
struct Rarest {
    paths: List<Text>,
    vps: Option<Text>,
}

impl Rare {
    fn is_empty(&self) -> bool {
        let limited = !self.servers.is_empty() || !self.ports.is_empty();
        !limited && self.names.is_empty() && self.rarest.is_none()
    }
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

    /// The addresses: where its connections arrive, or, if it has names, where these are valid. Empty for the default row, the
    /// rows of VPSes, and rows whose names are valid everywhere.
    pub(crate) fn matches(&self) -> &[Match] {
        &self.matches
    }

    fn rarest(&self) -> Option<&Rarest> {
        self.rare.as_ref()?.rarest.as_deref()
    }

    /// The names that clients ask for.
    pub(crate) fn names(&self) -> &[HostName] {
        self.rare.as_ref().map_or(&[], |rare| &rare.names)
    }

    /// The paths of UNIX sockets where its connections arrive.
    pub(crate) fn paths(&self) -> &[Text] {
        self.rarest().map_or(&[], |rarest| &rarest.paths)
    }

    /// The ports of one of the row's own matches, ascending; empty when it names none.
    pub(crate) fn ports(&self, one: &Match) -> &[Span] {
        one.ports(self.rare.as_ref().map_or(&[], |rare| &rare.ports))
    }

    /// The processes that may be bound, any of which suffices; empty when every process may.
    pub(crate) fn servers(&self) -> &[Server] {
        self.rare.as_ref().map_or(&[], |rare| &rare.servers)
    }

    /// The VPS whose row this is.
    pub(crate) fn vps(&self) -> Option<&str> {
        let vps = self.rarest()?.vps.as_ref()?;
        Some(vps.as_str())
    }

    /// What the row asks for.
    pub(crate) fn params(&self) -> &Params {
        &self.params
    }

    /// Reads what follows the verb of a `host` line. Without a `machine` its amounts need not fit
    /// each other.
    #[inline(never)]
    pub(super) fn parse(
        name: Word<'_>,
        words: Words<'_>,
        machine: Option<&Machine>,
        supported: &Supported,
    ) -> Result<Self, Refusal> {
        check_name(name)?;
        let mut row = Parts::new(name.text == DEFAULT)?;
        row.read(words.clone(), supported)?;
        row.check_kind(words.clone())?;
        let plain =
            row.matches.is_empty() && row.rarest.paths.is_empty() && row.rare.names.is_empty();
        if plain && !row.is_default && row.rarest.vps.is_none() {
            return Err(name.invalid("a row needs at least one addr= or name=, or a vps="));
        }
        row.check(machine).map_err(|(key, reason)| {
            let mut words = words;
            words
                .find(|word| word.has_key(key))
                .unwrap_or(name)
                .refuse(reason)
        })?;
        Ok(Parts::build(row, name.text)?)
    }
}

/// A row while its words are read.
struct Parts {
    is_default: bool,
    matches: List<Match>,
    rare: Rare,
    rarest: Rarest,
    params: Params,
}

impl Parts {
    /// On the heap, because the kernel's stack is small.
    #[inline(never)]
    fn new(is_default: bool) -> Result<Boxed<Self>, NoMemory> {
        Boxed::new(Self {
            is_default,
            matches: List::new(),
            rare: Rare {
                ports: List::new(),
                names: List::new(),
                servers: List::new(),
                rarest: None,
            },
            rarest: Rarest {
                paths: List::new(),
                vps: None,
            },
            params: Params::new(),
        })
    }

    #[inline(never)]
    fn read(&mut self, words: Words<'_>, supported: &Supported) -> Result<(), Refusal> {
        for word in words.clone() {
            let taken = match word.key_and_value() {
                None => Err(Reason::invalid("expected key=value")),
                Some(("addr", value)) => self.add_addr(value),
                Some(("name", value)) => self.add_name(value),
                Some(("server", value)) => self.add_server(value),
                Some((key, value)) => {
                    let mut before = words.clone().take_while(|other| other.is_before(word));
                    let once = !resources::repeats(key);
                    if once && before.any(|other| other.has_key(key)) {
                        Err(Reason::invalid("this key is in the row already"))
                    } else if key == "vps" {
                        check_name(word.behind_key())?;
                        self.set_vps(value)
                    } else {
                        self.params.set(key, value, supported)
                    }
                }
            };
            taken.map_err(|reason| word.refuse(reason))?;
        }
        Ok(())
    }

    fn add_addr(&mut self, value: &str) -> Result<(), Reason> {
        if self.is_default {
            return Err(Reason::invalid("row default takes no addr="));
        }
        let count = self.matches.len().saturating_add(self.rarest.paths.len());
        if count >= limits::MATCHES_PER_ROW {
            return Err(Reason::Plain(Errno::E2big, "at most 64 addr= in a row"));
        }
        if let Some(path) = value.strip_prefix(UNIX) {
            return self.add_path(path);
        }
        let one = Match::parse(value, &mut self.rare.ports)?;
        Ok(self.matches.push(one)?)
    }

    fn add_path(&mut self, path: &str) -> Result<(), Reason> {
        if !path.starts_with('/') || path.len() > limits::SOCKET_PATH_BYTES {
            return Err(Reason::invalid(
                "bad socket: expected unix:/PATH of at most 107 bytes, as the server binds it",
            ));
        }
        if self.rarest.paths.iter().any(|other| other.as_str() == path) {
            return Err(Reason::invalid("this addr= is in the row already"));
        }
        Ok(self.rarest.paths.push(Text::new(path)?)?)
    }

    fn add_name(&mut self, value: &str) -> Result<(), Reason> {
        if self.is_default {
            return Err(Reason::invalid("row default takes no name="));
        }
        if self.rare.names.len() >= limits::NAMES_PER_ROW {
            return Err(Reason::Plain(Errno::E2big, "at most 512 name= in a row"));
        }
        let name = HostName::parse(value)?;
        if self.rare.names.contains(&name) {
            return Err(Reason::invalid("this name= is in the row already"));
        }
        Ok(self.rare.names.push(name)?)
    }

    fn set_vps(&mut self, value: &str) -> Result<(), Reason> {
        if self.is_default {
            return Err(Reason::invalid("row default takes no vps="));
        }
        if value.is_empty() {
            return Err(Reason::invalid("expected the name of a VPS"));
        }
        self.rarest.vps = Some(Text::new(value)?);
        Ok(())
    }

    /// Refuses a key that the row of a VPS cannot have, or that no other row can.
    fn check_kind(&self, words: Words<'_>) -> Result<(), Refusal> {
        for word in words {
            let Some((key, value)) = word.key_and_value() else {
                continue;
            };
            if key == "addr" && value.starts_with(UNIX) && !self.rare.names.is_empty() {
                return Err(word.invalid(
                    "a row with name= takes no unix:, where all names are valid: give the socket a row of its own",
                ));
            }
            let why = match key {
                "addr" => "a row with vps= takes no addr=",
                "name" => "a row with vps= takes no name=",
                "server" => "a row with vps= takes no server=: all processes of the VPS are meant",
                "nice" | "ioprio" => {
                    "a row with vps= takes no nice and no ioprio: these belong to its own processes"
                }
                _ if resources::is_key(key) => "only a row with vps= takes this key",
                _ => continue,
            };
            if self.rarest.vps.is_some() != resources::is_key(key) {
                return Err(word.invalid(why));
            }
        }
        Ok(())
    }

    fn add_server(&mut self, value: &str) -> Result<(), Reason> {
        if self.rare.servers.len() >= limits::SERVERS_PER_ROW {
            return Err(Reason::Plain(Errno::E2big, "at most 16 server= in a row"));
        }
        let server = Server::parse(value)?;
        if self.rare.servers.contains(&server) {
            return Err(Reason::invalid("this server= is in the row already"));
        }
        Ok(self.rare.servers.push(server)?)
    }

    /// Refuses parameters that contradict each other, by the key of one of them.
    fn check(&self, machine: Option<&Machine>) -> Result<(), (&'static str, Reason)> {
        let Some(min) = self.params.cpu_min else {
            return Ok(());
        };
        if self.params.cpu_idle == Some(true) && !min.is_zero() {
            let reason = Reason::invalid("cpu.idle=1 and a cpu.min exclude each other");
            return Err(("cpu.idle", reason));
        }
        match (self.params.cpu_max, machine) {
            (Some(max), Some(machine)) if min.ticks(*machine) > max.ticks(*machine) => {
                Err(("cpu.max", Reason::invalid("cpu.min is more than cpu.max")))
            }
            _ => Ok(()),
        }
    }

    /// Puts the row together in no more memory than it needs.
    #[inline(never)]
    fn build(parts: Boxed<Self>, name: &str) -> Result<Row, NoMemory> {
        let parts = parts.into_inner();
        let mut rare = parts.rare;
        if !parts.rarest.paths.is_empty() || parts.rarest.vps.is_some() {
            rare.rarest = Some(Boxed::new(parts.rarest)?);
        }
        let rare = match rare.is_empty() {
            true => None,
            false => {
                let ports = fitted(rare.ports)?;
                Some(Boxed::new(Rare { ports, ..rare })?)
            }
        };
        Ok(Row {
            name: Text::new(name)?,
            matches: fitted(parts.matches)?,
            rare,
            params: parts.params,
        })
    }
}

/// A list in no more memory than it needs.
fn fitted<T: Clone>(list: List<T>) -> Result<List<T>, NoMemory> {
    match list.has_room() {
        true => list.try_clone(),
        false => Ok(list),
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

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "host {}", self.name())?;
        if let Some(vps) = self.vps() {
            write!(f, " vps={vps}")?;
        }
        let ports = self.rare.as_ref().map_or(&[][..], |rare| &rare.ports);
        for one in self.matches.iter() {
            f.write_str(" addr=")?;
            one.fmt_with(ports, f)?;
        }
        for path in self.paths() {
            write!(f, " addr=unix:{}", path.as_str())?;
        }
        for name in self.names() {
            write!(f, " name={}", name.as_str())?;
        }
        for server in self.servers() {
            write!(f, " server={server}")?;
        }
        Display::fmt(&self.params, f)
    }
}
