// SPDX-License-Identifier: GPL-2.0

//! Whether a process may be bound by a row: `server=`.

use crate::engine::host::Host;
use crate::engine::process::Process;
use crate::engine::Engine;
use crate::policy::{
    Row,
    Server, //
};
use crate::sys::executable::Identity;
use crate::sys::task;
use kernel::sync::Arc;
use kernel::task::Task;

impl Engine {
    /// Whether the current task, `task`, may be bound by `row`; does not sleep.
    pub(crate) fn admits(&self, task: &Task, row: &Row, host: Option<&Arc<Host>>) -> bool {
        let servers = row.servers();
        servers.is_empty()
            || servers.iter().any(|server| match server {
                Server::User(user) => *user == task::effective_user(),
                Server::Executable(_) => {
                    let file = Identity::of_current();
                    file.zip(host)
                        .is_some_and(|(file, host)| host.names_file(file))
                }
                Server::Cgroup(path) => self.is_from(task, path.as_str().as_bytes()),
            })
    }

    /// Whether `task` came from the group `path` or one below it.
    fn is_from(&self, task: &Task, path: &[u8]) -> bool {
        let process = match self.process_of(task) {
            Some(process) => process,
            // Not tracked yet: it is still where it came from.
            None => match Process::of(task) {
                Ok(process) => process,
                Err(_) => return false,
            },
        };
        let path = path.strip_suffix(b"/").unwrap_or(path);
        process
            .origin
            .path()
            .strip_prefix(path)
            .is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'/'))
    }
}
