// SPDX-License-Identifier: GPL-2.0

//! Names of sites, as servers write them and as `name=` takes them (rust/policy/host_name.rs).

use crate::limits::NAME_BYTES;
use crate::policy::HostName;

/// Why there is no `name=` for a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unsayable {
    /// It stands for all names.
    All,
    /// Something else.
    Because(&'static str),
}

/// What `name=` says for a server's name.
pub(crate) fn name(text: &str) -> Result<String, Unsayable> {
    let bare = text.strip_prefix("*.").unwrap_or(text);
    let because = |why| Err(Unsayable::Because(why));
    if matches!(text, "*" | "*.") {
        return Err(Unsayable::All);
    }
    if text.contains("${") {
        return because("the variable is not defined: name a file that defines it");
    }
    if bare.contains(['*', '?']) {
        return because("of wildcards, rows know *.NAME only: write the names themselves");
    }
    if !text.is_ascii() {
        return because("clients ask for the xn-- form of such a name: write that");
    }
    match HostName::parse(text) {
        Ok(name) => Ok(name.as_str().to_owned()),
        Err(_) => because("it is no name that a client can ask for"),
    }
}

/// What a host of this name is called, a `name=` or a user's, not yet told apart from others.
pub(super) fn host(name: &str) -> String {
    // As cPanel calls the host of a wildcard: no other site is called so.
    let host = match name.strip_prefix("*.") {
        Some(name) => format!("_wildcard_.{}", word(name)),
        None => word(name),
    };
    match &*host {
        // That row is for what nobody else matches.
        "default" => "default-site".to_owned(),
        host if host.starts_with(['.', '-']) => shortened(&format!("host{host}"), 0),
        host => shortened(host, 0),
    }
}

/// A name of a user or a package as a line can have it.
pub(super) fn word(name: &str) -> String {
    let is_odd = |one: char| !(one.is_ascii_alphanumeric() || matches!(one, '.' | '_' | '-'));
    match name.replace(is_odd, "_") {
        word if word.is_empty() => "_".to_owned(),
        word => word,
    }
}

/// `host` with so many bytes of room behind it.
pub(super) fn shortened(host: &str, room: usize) -> String {
    host.chars().take(NAME_BYTES - room).collect()
}
