// SPDX-License-Identifier: GPL-2.0

//! `Define`d names, and the environment that the server is started with.

use super::lines::LINE_BYTES;
use crate::tool::failure::Failure;
use crate::tool::import::files;
use std::collections::HashMap;
use std::path::Path;

/// What `${NAME}` stands for, and what `<IfDefine NAME>` asks.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// With `Define`, or `-D`.
    defined: HashMap<String, Option<String>>,
    environment: HashMap<String, String>,
}

impl Variables {
    /// Defines a name, with or without a value.
    pub(crate) fn define(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        let before = self.defined.entry(name.to_owned()).or_default();
        *before = value.or(before.take());
    }

    /// Forgets a name.
    pub(super) fn undefine(&mut self, name: &str) {
        self.defined.remove(name);
    }

    /// Whether a name is defined.
    pub(super) fn has(&self, name: &str) -> bool {
        self.defined.contains_key(name)
    }

    /// Takes the assignments of Debian's /etc/apache2/envvars, a shell script: `NAME=VALUE` and `export NAME=VALUE`, wherever they stand.
    ///
    /// Errors: it cannot be read.
    pub(crate) fn read_environment(&mut self, script: &Path) -> Result<(), Failure> {
        let (_, script) = files::named(script)?;
        for line in script.lines() {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            let is_odd = |byte: u8| !(byte.is_ascii_alphanumeric() || byte == b'_');
            if name.is_empty() || name.bytes().any(is_odd) {
                continue;
            }
            let value = self.shell_word(value);
            self.environment.insert(name.to_owned(), value);
        }
        Ok(())
    }

    /// A word as the shell reads it, but for commands: quotes go, variables are put in.
    fn shell_word(&self, text: &str) -> String {
        let (quote, text) = match text.chars().next() {
            Some(quote @ ('"' | '\'')) => (Some(quote), &text[1..]),
            _ => (None, text),
        };
        let end = match quote {
            Some(quote) => text.find(quote),
            None => text.find([' ', '\t', ';']),
        };
        let text = &text[..end.unwrap_or(text.len())];
        if quote == Some('\'') {
            return text.to_owned();
        }
        let mut word = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            word.push_str(before);
            let (name, behind) = match behind.strip_prefix('{') {
                Some(inner) => inner.split_once('}').unwrap_or((inner, "")),
                None => {
                    let is_odd = |one: char| !(one.is_ascii_alphanumeric() || one == '_');
                    behind.split_at(behind.find(is_odd).unwrap_or(behind.len()))
                }
            };
            word.push_str(self.environment.get(name).map_or("", String::as_str));
            rest = behind;
        }
        word + rest
    }

    /// The line with what its variables stand for; what is defined nowhere stays as it is. `None`: it is too long.
    pub(super) fn resolve(&self, line: &str) -> Option<String> {
        let mut text = String::with_capacity(line.len());
        let mut rest = line;
        while let Some((before, behind)) = rest.split_once("${") {
            text.push_str(before);
            let Some((inner, behind)) = behind.split_once('}') else {
                // No other one ends, either.
                text.push_str("${");
                rest = behind;
                break;
            };
            // Newer ones know a default: `${NAME?=DEFAULT}`.
            let (name, otherwise) = match inner.split_once("?=") {
                Some((name, otherwise)) => (name, Some(otherwise)),
                None => (inner, None),
            };
            if text.len() > LINE_BYTES {
                return None;
            }
            match self.value(name).or(otherwise) {
                Some(value) => text.push_str(value),
                None => {
                    text.push_str("${");
                    text.push_str(inner);
                    text.push('}');
                }
            }
            rest = behind;
        }
        text.push_str(rest);
        (text.len() <= LINE_BYTES).then_some(text)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let defined = self.defined.get(name).and_then(Option::as_ref);
        let value = defined.or_else(|| self.environment.get(name));
        value.map(String::as_str)
    }
}
