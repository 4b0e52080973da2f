// SPDX-License-Identifier: GPL-2.0

//! Whose a connection is that arrives at a UNIX socket.

use super::{lines, Candidate};
use crate::policy::Table;
use crate::tool::failure::Failure;
use std::fmt::Write;

/// Says whose connections to the socket at `path` are that ask for no name. The module knows a socket by the file and not by its
/// path, so `identity` says which one is at a path, if any.
pub(in crate::tool) fn socket(
    table: &Table,
    path: &str,
    identity: &dyn Fn(&str) -> Option<(u64, u64)>,
) -> Result<String, Failure> {
    if !path.starts_with('/') {
        let failure = Failure::failed(format!("unix:{path}: a path starts with /"));
        return Err(failure.help("unix:/run/php/fpm.sock, say"));
    }
    let there = identity(path);
    let paths = table
        .each()
        .flat_map(|(_, row)| row.paths().iter().map(|one| (row.name(), one.as_str())));
    let mut all = paths.filter_map(|(host, one)| {
        let why = match one == path {
            true => "its path",
            false if there.is_some() && identity(one) == there => "the same socket by another path",
            false => return None,
        };
        Some((host, one, why))
    });
    let mut text = String::new();
    match all.next() {
        Some((host, one, why)) => {
            let _ = writeln!(text, "unix:{path} is {host}'s");
            text += &lines(vec![Candidate {
                host: host.to_owned(),
                by: format!("addr=unix:{one}"),
                why: why.to_owned(),
                rank: (true, 0),
            }]);
            text += "names go before it: a request for a name that a row has is that row's (vhqos explain NAME)\n";
        }
        None => {
            let _ = writeln!(text, "unix:{path} is nobody's");
            let _ = writeln!(
                text,
                "a UNIX socket needs a row of its own: vhqos set HOST addr+=unix:{path}"
            );
        }
    }
    if there.is_none() {
        text += "no socket is there now: has its server started?\n";
    }
    Ok(text)
}
