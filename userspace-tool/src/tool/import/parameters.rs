// SPDX-License-Identifier: GPL-2.0

//! What every row is given.

use crate::policy::Machine;
use crate::tool::failure::Failure;
use crate::tool::file;
use crate::tool::judge::judge;
use crate::tool::row::is_word;
use clap::Args;

/// What every row is given: the servers' files do not say it.
#[derive(Debug, Args, Default)]
pub(crate) struct Parameters {
    /// Gives each row this package, which is printed too, with what `--set` says.
    #[arg(long, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// Gives each row, or the package, a parameter; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

impl Parameters {
    /// Errors: a word that a row cannot have.
    pub(crate) fn check(&self, machine: &Machine) -> Result<(), Failure> {
        for word in &self.set {
            let key = word.split_once('=').map(|(key, _)| key);
            let what = match key {
                Some(key) if file::OWN_KEYS.contains(&key) => {
                    "it tells hosts apart, and is not the same for all"
                }
                Some(key) if is_word(word) && !key.is_empty() => continue,
                _ => "expected KEY=VALUE without blanks, such as cpu.weight=100",
            };
            return Err(Failure::failed(format!("--set {word}: {what}")));
        }
        let specimen = format!("host specimen name=specimen {}", self.set.join(" "));
        judge(&file::read_text("--set", specimen)?, machine)?;
        match &self.package {
            Some(name) if !is_word(name) => Err(Failure::failed(format!(
                "--package {name}: expected a name without blanks"
            ))),
            _ => Ok(()),
        }
    }

    /// What stands on each row.
    pub(crate) fn words(&self) -> Vec<String> {
        match &self.package {
            Some(name) => vec![format!("package={name}")],
            None => self.set.clone(),
        }
    }

    /// The line of the package.
    pub(crate) fn line(&self) -> Option<String> {
        let name = self.package.as_ref()?;
        let words = self.set.iter().map(|word| format!(" {word}"));
        Some(format!("package {name}{}\n", words.collect::<String>()))
    }

    /// How many bytes of a row they are, when its package is put in.
    pub(crate) fn bytes(&self) -> usize {
        self.set.iter().map(|word| word.len() + 1).sum()
    }
}
