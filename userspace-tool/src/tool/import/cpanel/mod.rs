// SPDX-License-Identifier: GPL-2.0

//! cPanel's `/var/cpanel/userdata`: a directory for each user, in it a YAML file for each virtual host, from which cPanel makes
//! httpd.conf (`servername`, `serveralias` with names between blanks, `ip`, `port`, `user`, and `ipv6` with addresses as keys), a twin of
//! it called `NAME_SSL` for TLS, `main` that lists the domains (`main_domain`, `sub_domains`), and caches of these as JSON.
//!
//! cPanel documents `main` and these keys with its hooks and its API (`domainuserdata`); the rest is what such files look like.

mod yaml;

pub(crate) use yaml::{read as read_yaml, Value};

use super::address::{addresses, Listen, Ports};
use super::{files, Note, Origin, Site, Sites};
use crate::tool::failure::Failure;
use std::collections::HashSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How names of files end that are no virtual hosts.
const OTHERS: [&str; 6] = [".cache", ".json", ".lock", ".yaml", ".bak", ".php-fpm"];

/// Reads all users, one user's directory, or one virtual host's file, each. With `by_user`, all of a user's sites are one host.
///
/// Errors: a file or a directory cannot be read.
pub(crate) fn read(paths: &[PathBuf], by_user: bool) -> Result<Sites, Failure> {
    let mut sites = Sites::default();
    for path in paths {
        if !path.is_dir() {
            file(path, None, &mut sites)?;
            continue;
        }
        let (users, own): (Vec<_>, Vec<_>) =
            entries(path)?.into_iter().partition(|path| path.is_dir());
        directory(path, &own, by_user, &mut sites)?;
        for user in users {
            directory(&user, &entries(&user)?, by_user, &mut sites)?;
        }
    }
    Ok(sites)
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    files::entries(path).map_err(|error| Failure::unreadable(path, &error))
}

/// The name of a file.
fn base(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Takes the files of a user's directory, the one of his main domain first.
fn directory(
    directory: &Path,
    entries: &[PathBuf],
    by_user: bool,
    sites: &mut Sites,
) -> Result<(), Failure> {
    let user = by_user.then(|| base(directory));
    let main = match entries.iter().find(|path| base(path) == "main") {
        Some(path) => Main::read(path, sites)?,
        None => Main::default(),
    };
    let is_site = |path: &&PathBuf| {
        let name = base(path);
        let is_other = OTHERS.iter().any(|end| name.ends_with(end));
        path.is_file() && !is_other && !name.starts_with('.') && !matches!(&*name, "main" | "cache")
    };
    let mut found: Vec<&PathBuf> = entries.iter().filter(is_site).collect();
    let is_first = |path: &&PathBuf| main.first.as_ref() == Some(&base(path));
    found.sort_by_key(|path| !is_first(path));
    let names: HashSet<String> = found.iter().map(|path| base(path)).collect();
    for (domain, origin) in &main.domains {
        if !names.contains(domain) {
            let text =
                format!("{domain} is left out: it is listed, and has no file beside this one");
            sites.notes.push(Note::new(origin, text));
        }
    }
    for path in found {
        file(path, user.as_deref(), sites)?;
    }
    Ok(())
}

/// What `main` says.
#[derive(Default)]
struct Main {
    /// `main_domain`.
    first: Option<String>,
    /// The domains that have a file, and where they are listed.
    domains: Vec<(String, Origin)>,
}

impl Main {
    fn read(path: &Path, sites: &mut Sites) -> Result<Self, Failure> {
        let Some((name, keys)) = mapping(path, sites)? else {
            return Ok(Self::default());
        };
        let mut main = Self::default();
        for (key, value) in &keys {
            if matches!(key.as_str(), "main_domain" | "sub_domains") {
                let origin = Origin::new(&name, value.line);
                let domains = value.texts.iter().cloned();
                main.domains
                    .extend(domains.map(|domain| (domain, origin.clone())));
            }
            if key == "main_domain" {
                main.first = value.texts.first().cloned();
            }
        }
        Ok(main)
    }
}

/// A file's name, and its keys. What is no YAML is told and left out: one of thousands of files should not keep the others.
#[allow(
    clippy::type_complexity,
    reason = "it is taken apart where it is called"
)]
fn mapping(
    path: &Path,
    sites: &mut Sites,
) -> Result<Option<(Arc<str>, Vec<(String, Value)>)>, Failure> {
    let (name, text) = files::named(path)?;
    match read_yaml(&text) {
        Ok(keys) => Ok(Some((name, keys))),
        Err((line, why)) => {
            let text = format!("the file is left out: it is no YAML: {why}");
            sites.notes.push(Note::new(&Origin::new(&name, line), text));
            Ok(None)
        }
    }
}

/// Takes a virtual host.
fn file(path: &Path, user: Option<&str>, sites: &mut Sites) -> Result<(), Failure> {
    let Some((name, keys)) = mapping(path, sites)? else {
        return Ok(());
    };
    let value = |key: &str| keys.iter().find(|(found, _)| found == key);
    let origin = |value: &Value| Origin::new(&name, value.line);
    let Some((_, own)) = value("servername") else {
        let text = "the file is left out: it has no servername, so it is no virtual host";
        sites.notes.push(Note::new(&Origin::new(&name, 1), text));
        return Ok(());
    };
    let mut site = Site::new(&origin(own), format!("virtual host {}", base(path)));
    site.host = user.map(str::to_owned);
    for (_, value) in [value("servername"), value("serveralias")]
        .into_iter()
        .flatten()
    {
        let names = value.texts.iter().flat_map(|text| text.split_whitespace());
        names.for_each(|text| site.add_name(text, &origin(value)));
    }
    let port = value("port").and_then(|(_, port)| port.texts.first());
    let ports = port.and_then(|port| Ports::parse(port)).unwrap_or_default();
    for (_, value) in [value("ip"), value("ipv6")].into_iter().flatten() {
        for text in &value.texts {
            match address(text) {
                Some(address) => site.listens.push(Listen::at(Some(address), ports.clone())),
                None => {
                    let text = format!("address {text} is left out: it is none");
                    site.notes.push(Note::new(&origin(value), text));
                }
            }
        }
    }
    sites.sites.push(site);
    Ok(())
}

/// An address, in full or short.
fn address(text: &str) -> Option<IpAddr> {
    addresses(text)?.into_iter().next()?
}
