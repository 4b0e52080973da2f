// SPDX-License-Identifier: GPL-2.0

//! Who has a number, and which package a user has.

use crate::tool::failure::Failure;
use crate::tool::import::files;
use std::collections::HashMap;
use std::path::Path;

/// Names of users by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Passwd(HashMap<u32, String>);

impl Passwd {
    /// Reads a file as passwd(5) has it.
    ///
    /// Errors: it cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let (_, text) = files::named(path)?;
        let users = text.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let user = fields.next().filter(|user| !user.is_empty())?;
            Some((fields.nth(1)?.parse().ok()?, user.to_owned()))
        });
        // The first one of a number is whom the system calls by it.
        let mut passwd = Self::default();
        for (number, user) in users {
            passwd.0.entry(number).or_insert(user);
        }
        Ok(passwd)
    }

    /// The name of a user; who has none is called by his number.
    pub(super) fn name(&self, number: u32) -> String {
        let name = self.0.get(&number);
        name.map_or_else(|| format!("uid-{number}"), Clone::clone)
    }
}

/// Packages by their users.
#[derive(Debug, Default)]
pub(crate) struct Plans(HashMap<String, String>);

impl Plans {
    /// Reads a directory such as cPanel's /var/cpanel/users: a file for each user, with a line `PLAN=PACKAGE`.
    ///
    /// Errors: a file cannot be read.
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        let mut plans = Self::default();
        let entries =
            files::entries(directory).map_err(|error| Failure::unreadable(directory, &error))?;
        for path in entries.iter().filter(|path| path.is_file()) {
            let (_, text) = files::named(path)?;
            let plan = text.lines().find_map(|line| line.strip_prefix("PLAN="));
            let user = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(plan) = plan {
                plans.0.insert(user.into_owned(), plan.to_owned());
            }
        }
        Ok(plans)
    }

    /// The package of a user.
    pub(super) fn of(&self, user: &str) -> Option<&String> {
        self.0.get(user)
    }
}
