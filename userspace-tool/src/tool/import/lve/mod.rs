// SPDX-License-Identifier: GPL-2.0

//! CloudLinux's limits of users (LVE): `/etc/container/ve.cfg`, which `lvectl` writes, and what `lvectl list`, `limits` and `list-user`
//! print, with `--json` or without.
//!
//! The formats are those of CloudLinux's manual (docs.cloudlinux.com, "Limits" and "lvectl"): in ve.cfg, `<cpu limit="50%">` is of one
//! core and `limit="50"` of the whole machine; `mem` and `pmem` are counted in pages of 4,096 bytes, `io` in KiB/s. `lvectl` prints
//! SPEED in percent of one core. Of CPU, or SPEED, and NCPU the less counts. IO and IOPS are of reads and writes together. 0 is no limit.
//!
//! | LVE | here |
//! |---|---|
//! | CPU or SPEED, NCPU | `cpu.max` |
//! | PMEM, NPROC, IO, IOPS | `memory.max`, `pids.max`, `io.max`, of VPSes only |
//! | VMEM, EP | nothing |

mod all;
mod cap;
mod limits;
mod packages;
mod printed;
mod users;
mod ve_cfg;

pub(crate) use limits::Units;
pub(crate) use users::{Passwd, Plans};

use super::address::Scope;
use super::hosts::{hosts, unique, Host, Hosts};
use super::{cpanel, files, name, Note, Origin};
use crate::tool::failure::Failure;
use all::All;
use limits::Limits;
use packages::Packages;
use printed::{json, table};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use ve_cfg::ve_cfg;

/// Whose limits they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Whose {
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
type Found = Vec<(Whose, Limits, Origin)>;

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
    let packages = Packages::new(&all, beside);
    let hosts = match (&beside.userdata, beside.is_vps) {
        (Some(userdata), _) => sites(userdata, &all, &packages, beside)?,
        (None, true) => guests(&all, &packages, beside),
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

/// A host for each user that has sites.
fn sites(
    userdata: &Path,
    all: &All,
    packages: &Packages,
    beside: &Beside,
) -> Result<Hosts, Failure> {
    let sites = cpanel::read(&[userdata.to_owned()], true)?;
    let users = sites.sites.iter().filter_map(|site| site.user.clone());
    let users: HashSet<String> = users.collect();
    let mut hosts = hosts(sites);
    for host in &mut hosts.hosts {
        let user = host.user.as_deref().unwrap_or(&host.host);
        let (words, notes) = packages.words(user, all, beside);
        host.words = words;
        host.notes.extend(notes);
    }
    for said in all.users.iter().filter(|said| !users.contains(&said.name)) {
        let text = format!(
            "user {} is left out: {} has no site of his",
            said.name,
            userdata.display()
        );
        hosts.notes.push(Note::new(&said.origin, text));
    }
    Ok(hosts)
}

/// A VPS for each user that has limits of his own.
fn guests(all: &All, packages: &Packages, beside: &Beside) -> Hosts {
    let mut hosts = Hosts::default();
    let mut taken = HashSet::new();
    for said in all.users.iter() {
        let called = unique(&mut taken, &name::host(&said.name));
        let (mut words, notes) = packages.words(&said.name, all, beside);
        words.insert(0, format!("vps={called}"));
        hosts.hosts.push(Host {
            host: called,
            user: Some(said.name.clone()),
            origins: vec![said.origin.clone()],
            names: Vec::new(),
            scope: Scope::default(),
            words,
            notes,
        });
    }
    hosts
}

/// Nothing says which sites are a user's.
fn strangers(all: &All) -> Hosts {
    let notes = all.users.iter().map(|said| {
        let why = "his sites are not in this file: --userdata says them, or --vps that he is a VPS";
        let text = format!("user {} is left out: {why}", said.name);
        Note::new(&said.origin, text)
    });
    Hosts {
        hosts: Vec::new(),
        notes: notes.collect(),
    }
}
