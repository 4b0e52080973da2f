// SPDX-License-Identifier: GPL-2.0

//! CloudLinux's limits of users (LVE): `/etc/container/ve.cfg`, which `lvectl` writes, and what `lvectl list`, `limits` and `list-user`
//! print, with `--json` or without.
//!
//! The formats are those of CloudLinux's manual (docs.cloudlinux.com, "Limits" and "lvectl"): in ve.cfg, `<cpu limit="50%">` is of one
//! core and `limit="50"` of the whole machine; `mem` and `pmem` are counted in pages of 4,096 bytes, `io` in KiB/s. `lvectl` prints
//! SPEED in percent of one core. 0 is no limit.
//!
//! | LVE | here |
//! |---|---|
//! | SPEED | `cpu.max` |
//! | PMEM, NPROC, IO, IOPS | `memory.max`, `pids.max`, `io.max`, of VPSes only |
//! | VMEM, EP, NCPU | nothing |

mod limits;
mod printed;
mod users;
mod ve_cfg;

pub(crate) use limits::{Limits, Units};
pub(crate) use printed::{json, table};
pub(crate) use users::{Passwd, Plans};
pub(crate) use ve_cfg::ve_cfg;

use super::cpanel;
use super::hosts::{hosts, Host, Hosts};
use super::{files, Note, Origin};
use crate::tool::failure::Failure;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Whose limits they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    /// Everybody's who has no others.
    Default,
    /// Those of a package.
    Package(String),
    /// Those of the user with this number.
    Id(u32),
    /// Those of the user with this name.
    User(String),
}

/// All limits of a file, where each is said.
pub(crate) type Found = Vec<(Whose, Limits, Origin)>;

/// What is read beside the limits.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// cPanel's userdata: the names of the users' sites.
    pub(crate) userdata: Option<PathBuf>,
    /// Each user is a VPS.
    pub(crate) is_vps: bool,
    /// The numbers of users.
    pub(crate) passwd: Passwd,
    /// The packages of users.
    pub(crate) plans: Plans,
    /// What is needed to say limits in the table's units.
    pub(crate) units: Units,
}

/// Reads files; the hosts, and the lines of packages.
///
/// Errors: a file cannot be read, or not be understood.
pub(crate) fn read(paths: &[PathBuf], beside: &Beside) -> Result<(Hosts, String), Failure> {
    let mut all = All::default();
    for path in paths {
        let (name, text) = files::named(path)?;
        for (whose, limits, origin) in found(&name, &text)? {
            all.add(whose, limits, origin, &beside.passwd);
        }
    }
    let mut packages = Packages::new(&all, beside);
    let hosts = match (&beside.userdata, beside.is_vps) {
        (Some(userdata), _) => sites(userdata, &all, &mut packages, beside)?,
        (None, true) => guests(&all, &mut packages, beside),
        (None, false) => strangers(&all),
    };
    Ok((hosts, packages.text))
}

/// What a file says, whatever its format is.
fn found(name: &Arc<str>, text: &str) -> Result<Found, Failure> {
    match text.trim_start().chars().next() {
        Some('<') => ve_cfg(name, text),
        Some('{' | '[') => json(name, text),
        _ => table(name, text),
    }
}

/// All limits, by whose they are; the last ones count.
#[derive(Default)]
struct All {
    default: Limits,
    packages: Vec<(String, Limits, Origin)>,
    users: Vec<(String, Limits, Origin)>,
}

impl All {
    fn add(&mut self, whose: Whose, limits: Limits, origin: Origin, passwd: &Passwd) {
        let (list, name) = match whose {
            Whose::Default => {
                self.default = limits;
                return;
            }
            Whose::Package(name) => (&mut self.packages, name),
            Whose::Id(id) => (&mut self.users, passwd.name(id)),
            Whose::User(name) => (&mut self.users, name),
        };
        list.retain(|(other, ..)| *other != name);
        list.push((name, limits, origin));
    }

    /// The user's own limits.
    fn user(&self, name: &str) -> Option<&(String, Limits, Origin)> {
        self.users.iter().find(|(user, ..)| user == name)
    }
}

/// `package` lines, and what is called so.
struct Packages {
    text: String,
    /// Names here, by names there; the default's is that of nothing.
    names: HashMap<Option<String>, String>,
}

impl Packages {
    fn new(all: &All, beside: &Beside) -> Self {
        let mut packages = Self {
            text: String::new(),
            names: HashMap::new(),
        };
        let mut taken = std::collections::HashSet::new();
        let named = all.packages.iter();
        let named = named.map(|(name, limits, origin)| (Some(name), limits, Some(origin)));
        for (name, limits, origin) in [(None, &all.default, None)].into_iter().chain(named) {
            let limits = limits.or(&all.default);
            let wanted = name.map_or("default".to_owned(), |name| super::name::word(name));
            let called = super::hosts::unique(&mut taken, &wanted);
            if let Some(origin) = origin {
                super::print::comment(&mut packages.text, origin);
            }
            if let Some(note) = limits.lost(&beside.units, beside.is_vps) {
                super::print::comment(&mut packages.text, note);
            }
            let mut words = vec!["package".to_owned(), called.clone()];
            words.extend(limits.words(&beside.units, beside.is_vps));
            packages.text += &(words.join(" ") + "\n");
            packages.names.insert(name.cloned(), called);
        }
        packages
    }

    /// What the row of a user says: his package, and his own limits.
    fn words(&self, user: &str, all: &All, beside: &Beside) -> (Vec<String>, Vec<Note>) {
        let plan = beside.plans.of(user).cloned();
        let named = self.names.get(&plan).or_else(|| self.names.get(&None));
        let mut words: Vec<String> = named
            .map(|name| format!("package={name}"))
            .into_iter()
            .collect();
        let mut notes = Vec::new();
        if let Some((_, own, origin)) = all.user(user) {
            words.extend(own.words(&beside.units, beside.is_vps));
            let lost = own.lost(&beside.units, beside.is_vps);
            notes.extend(lost.into_iter().map(|text| Note::new(origin, text)));
        }
        (words, notes)
    }
}

/// A host for each user that has sites.
fn sites(
    userdata: &std::path::Path,
    all: &All,
    packages: &mut Packages,
    beside: &Beside,
) -> Result<Hosts, Failure> {
    let sites = cpanel::read(&[userdata.to_owned()], true)?;
    let users: Vec<String> = sites
        .sites
        .iter()
        .filter_map(|site| site.user.clone())
        .collect();
    let mut hosts = hosts(sites);
    for host in &mut hosts.hosts {
        let user = host.user.as_deref().unwrap_or(&host.host);
        let (words, notes) = packages.words(user, all, beside);
        host.words = words;
        host.notes.extend(notes);
    }
    for (user, _, origin) in &all.users {
        if !users.contains(user) {
            let text = format!(
                "user {user} is left out: {} has no site of his",
                userdata.display()
            );
            hosts.notes.push(Note::new(origin, text));
        }
    }
    Ok(hosts)
}

/// A VPS for each user that has limits of his own.
fn guests(all: &All, packages: &mut Packages, beside: &Beside) -> Hosts {
    let mut hosts = Hosts::default();
    let mut taken = std::collections::HashSet::new();
    for (user, _, origin) in &all.users {
        let called = super::hosts::unique(&mut taken, &super::name::host(user));
        let (mut words, notes) = packages.words(user, all, beside);
        words.insert(0, format!("vps={called}"));
        hosts.hosts.push(Host {
            host: called,
            user: Some(user.clone()),
            origins: vec![origin.clone()],
            names: Vec::new(),
            scope: super::address::Scope::default(),
            words,
            notes,
        });
    }
    hosts
}

/// Nothing says which sites are a user's.
fn strangers(all: &All) -> Hosts {
    let notes = all.users.iter().map(|(user, _, origin)| {
        let why = "his sites are not in this file: --userdata says them, or --vps that he is a VPS";
        Note::new(origin, format!("user {user} is left out: {why}"))
    });
    Hosts {
        hosts: Vec::new(),
        notes: notes.collect(),
    }
}
