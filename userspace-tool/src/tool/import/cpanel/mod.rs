// SPDX-License-Identifier: GPL-2.0

//! cPanel's `/var/cpanel/userdata`: a directory for each user, in it a YAML file for each virtual host, from which cPanel makes
//! httpd.conf (`servername`, `serveralias` with names between blanks, `ip`, `port`, `user`, and `ipv6` with addresses as keys), a twin of
//! it called `NAME_SSL` for TLS, `main` that lists the domains (`main_domain`, `sub_domains`), and caches of these as JSON.
//!
//! cPanel documents `main` and these keys with its hooks and its API (`domainuserdata`); the rest is what such files look like.

mod yaml;

pub(crate) use yaml::read as read_yaml;

use super::address::{served, Listen, Ports, NO_PORT};
use super::{files, Note, Origin, Site, Sites};
use crate::tool::failure::Failure;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use yaml::Value;

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
        let Some(file) = File::read(path, sites)? else {
            return Ok(Self::default());
        };
        let mut main = Self::default();
        for (key, value) in &file.keys {
            if matches!(key.as_str(), "main_domain" | "sub_domains") {
                let origin = file.origin(value);
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

/// A file.
struct File {
    name: Arc<str>,
    keys: Vec<(String, Value)>,
}

impl File {
    /// Reads a file. What is no YAML is told and left out: one of thousands of files should not keep the others.
    fn read(path: &Path, sites: &mut Sites) -> Result<Option<Self>, Failure> {
        let (name, text) = files::named(path)?;
        match read_yaml(&text) {
            Ok(keys) => Ok(Some(Self { name, keys })),
            Err((line, why)) => {
                let text = format!("the file is left out: it is no YAML: {why}");
                sites.notes.push(Note::new(&Origin::new(&name, line), text));
                Ok(None)
            }
        }
    }

    /// The value of a key.
    fn value(&self, key: &str) -> Option<&Value> {
        let mut keys = self.keys.iter();
        keys.find(|(found, _)| found == key).map(|(_, value)| value)
    }

    /// Where a value is.
    fn origin(&self, value: &Value) -> Origin {
        Origin::new(&self.name, value.line)
    }

    /// The values of keys that are there, and where they are.
    fn values<'a>(&'a self, keys: &'a [&'a str]) -> impl Iterator<Item = (&'a Value, Origin)> {
        let values = keys.iter().filter_map(move |key| self.value(key));
        values.map(move |value| (value, self.origin(value)))
    }
}

/// Takes a virtual host.
fn file(path: &Path, user: Option<&str>, sites: &mut Sites) -> Result<(), Failure> {
    let Some(file) = File::read(path, sites)? else {
        return Ok(());
    };
    let Some(own) = file.value("servername") else {
        let text = "the file is left out: it has no servername, so it is no virtual host";
        sites
            .notes
            .push(Note::new(&Origin::new(&file.name, 1), text));
        return Ok(());
    };
    let mut site = Site::new(&file.origin(own), format!("virtual host {}", base(path)));
    site.user = user.map(str::to_owned);
    for (value, origin) in file.values(&["servername", "serveralias"]) {
        let names = value.texts.iter().flat_map(|text| text.split_whitespace());
        names.for_each(|text| site.add_name(text, &origin));
    }
    let mut ports = Ports::default();
    for (value, origin) in file.values(&["port"]) {
        for text in &value.texts {
            match Ports::parse(text) {
                Some(one) => ports = one,
                None => site
                    .notes
                    .push(Note::new(&origin, format!("port {text}: {NO_PORT}"))),
            }
        }
    }
    for (value, origin) in file.values(&["ip", "ipv6"]) {
        for text in &value.texts {
            let (listens, why) = served(text, &ports);
            site.listens.extend(listens);
            let note = why.map(|why| Note::new(&origin, format!("address {text}: {why}")));
            site.notes.extend(note);
        }
    }
    if site.listens.is_empty() {
        site.listens.push(Listen::at(None, ports));
    }
    sites.sites.push(site);
    Ok(())
}
