// SPDX-License-Identifier: GPL-2.0

//! Names of sites, as servers write them and as `name=` takes them (rust/policy/host_name.rs).

use crate::limits::NAME_BYTES;

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
    let name = text.to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    let bare = name.strip_prefix("*.").unwrap_or(name);
    let because = |why| Err(Unsayable::Because(why));
    if name == "*" {
        return Err(Unsayable::All);
    }
    if name.contains("${") {
        return because("the variable is not defined: name a file that defines it");
    }
    if bare.contains(['*', '?']) {
        return because("of wildcards, rows know *.NAME only: write the names themselves");
    }
    if !name.is_ascii() {
        return because("clients ask for the xn-- form of such a name: write that");
    }
    let is_odd = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_label = |label: &str| !label.is_empty() && !label.bytes().any(is_odd);
    if bare.len() > NAME_BYTES || !bare.split('.').all(is_label) {
        return because("it is no name that a client can ask for");
    }
    Ok(name.to_owned())
}

/// What a host with this `name=` is called, not yet told apart from others.
pub(super) fn host(name: &str) -> String {
    // As cPanel calls the host of a wildcard: no other site is called so.
    let host = match name.strip_prefix("*.") {
        Some(name) => format!("_wildcard_.{name}"),
        None => name.to_owned(),
    };
    match &*host {
        // That row is for what nobody else matches.
        "default" => "default-site".to_owned(),
        host if host.starts_with(['.', '-']) => shortened(&format!("host{host}"), 0),
        host => shortened(host, 0),
    }
}

/// `host` with so many bytes of room behind it.
pub(super) fn shortened(host: &str, room: usize) -> String {
    host.chars().take(NAME_BYTES - room).collect()
}
