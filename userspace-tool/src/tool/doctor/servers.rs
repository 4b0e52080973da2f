// SPDX-License-Identifier: GPL-2.0

//! The servers of this machine: what the module makes of them, and whose their sockets are.

use super::sockets::Whose;
use super::{Facts, Finding};
use crate::policy::{Row, Server as Admitted};
use crate::tool::judge;
use crate::tool::record::Record;
use std::net::SocketAddr;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tool) enum Place {
    Address(SocketAddr),
    /// The path of a UNIX stream socket, without symbolic links.
    Path(String),
}

/// A listening socket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tool) struct Socket {
    pub(in crate::tool) place: Place,
    pub(in crate::tool) is_mptcp: bool,
}

/// A process that has a listening socket open.
#[derive(Debug, Clone)]
pub(in crate::tool) struct Process {
    pub(in crate::tool) pid: u32,
    /// Its effective user.
    pub(in crate::tool) user: u32,
    pub(in crate::tool) cgroup: String,
    pub(in crate::tool) threads: u64,
}

/// The processes of one program that have listening sockets open.
#[derive(Debug, Clone)]
pub(in crate::tool) struct Server {
    /// The path of the program.
    pub(in crate::tool) program: String,
    pub(in crate::tool) processes: Vec<Process>,
    /// Each one once, in order.
    pub(in crate::tool) sockets: Vec<Socket>,
}

/// What the module makes of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Serves,
    Forks,
    Loops,
    Threads,
    Passes,
    Unknown,
}

/// The names of programs without their versions, what they do, and whether they serve sites.
const KNOWN: [(&str, Kind, bool); 23] = [
    ("apache2", Kind::Serves, true),
    ("httpd", Kind::Serves, true),
    ("php-fpm", Kind::Serves, true),
    ("uwsgi", Kind::Serves, true),
    ("nginx", Kind::Loops, true),
    ("haproxy", Kind::Loops, true),
    ("lighttpd", Kind::Loops, true),
    ("caddy", Kind::Loops, true),
    ("envoy", Kind::Loops, true),
    ("node", Kind::Loops, true),
    ("traefik", Kind::Loops, true),
    ("varnishd", Kind::Threads, true),
    ("redis-server", Kind::Loops, false),
    ("mariadbd", Kind::Threads, false),
    ("mysqld", Kind::Threads, false),
    ("dovecot", Kind::Passes, false),
    ("systemd", Kind::Passes, false),
    ("exim4", Kind::Forks, false),
    ("inetd", Kind::Forks, false),
    ("postgres", Kind::Forks, false),
    ("proftpd", Kind::Forks, false),
    ("sshd", Kind::Forks, false),
    ("vsftpd", Kind::Forks, false),
];

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Serves => {
                "its processes serve what they accept, and are moved to the host's class"
            }
            Self::Forks => "it accepts for its children, which are moved to the host's class",
            Self::Loops => "an event loop: charged to each host, and not moved (unless loops=move)",
            Self::Threads => {
                "a pool of threads: each has the class of the connection that it served last"
            }
            Self::Passes => {
                "it hands connections on, and who gets one is moved to the host's class"
            }
            Self::Unknown => "what it does is learned from its connections",
        }
    }
}

impl Server {
    /// The name of its program.
    pub(super) fn name(&self) -> &str {
        self.program.rsplit('/').next().unwrap_or_default()
    }

    fn known(&self) -> Option<&'static (&'static str, Kind, bool)> {
        let mut known = KNOWN.iter();
        // php-fpm8.4, but not node_exporter.
        let is_version = |rest: &str| rest.bytes().all(|one| one.is_ascii_digit() || one == b'.');
        known.find(|(start, ..)| self.name().strip_prefix(start).is_some_and(is_version))
    }

    /// Whether its sockets should have rows.
    pub(super) fn is_for_sites(&self) -> bool {
        self.known().is_some_and(|(.., is_site)| *is_site)
    }

    /// What the module has seen it do, or else what its program does.
    fn kind(&self, tasks: &str) -> Kind {
        let known = self.known().map_or(Kind::Unknown, |(_, kind, _)| *kind);
        let is_ours = |task: &Record<'_>| {
            let group = task.get("group").and_then(|group| group.parse().ok());
            self.processes.iter().any(|one| Some(one.pid) == group)
        };
        let seen = tasks.lines().map(Record::parse).filter(is_ours);
        let mut kinds = seen.filter_map(|task| match task.get("kind") {
            Some("serves") => Some(Kind::Serves),
            Some("forks") => Some(Kind::Forks),
            Some("loops") => Some(Kind::Loops),
            _ => None,
        });
        let seen = kinds.next_back().unwrap_or(known);
        let many = self.processes.iter().any(|one| one.threads > 1);
        match seen {
            Kind::Serves if many => Kind::Threads,
            other => other,
        }
    }

    /// Whether a row may bind it.
    pub(super) fn is_admitted(&self, row: &Row) -> bool {
        let is_one = |one: &Process, server: &Admitted| match server {
            Admitted::Executable(path) => path.as_str() == self.program,
            Admitted::User(user) => *user == one.user,
            Admitted::Cgroup(path) => {
                let rest = one.cgroup.strip_prefix(path.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        };
        let servers = row.servers();
        let mut all = self.processes.iter();
        servers.is_empty() || all.any(|one| servers.iter().any(|server| is_one(one, server)))
    }
}

/// What can be said of them.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all = Vec::new();
    let table = facts.table.as_ref().zip(facts.machine.as_ref());
    let table = table.and_then(|(rows, machine)| judge::table(rows, machine).ok());
    for server in &facts.servers {
        let of = match &table {
            Some(table) => Whose::of(facts, table, server),
            None => Whose::default(),
        };
        // A machine listens at many sockets that are no site's.
        if !server.is_for_sites() && of.is_quiet() {
            continue;
        }
        let processes = match server.processes.len() {
            1 => "1 process".to_owned(),
            many => format!("{many} processes"),
        };
        let (name, what) = (server.name(), server.kind(&facts.tasks).text());
        let listens = of.text();
        all.push(Finding::well(format!(
            "{name} ({processes}): {what}{listens}"
        )));
        all.extend(of.complaints(server));
    }
    all
}
