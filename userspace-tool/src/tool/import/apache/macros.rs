// SPDX-License-Identifier: GPL-2.0

//! mod_macro: `<Macro NAME $PARAMETER...>` and `Use NAME VALUE...`.

use super::lines::LINE_BYTES;
use super::words::words;
use crate::tool::import::Origin;
use crate::tool::units::counted;
use std::collections::HashMap;

/// A macro that was defined.
#[derive(Debug, Clone)]
pub(super) struct Macro {
    parameters: Vec<String>,
    lines: Vec<String>,
}

/// A section in another language, while it is read.
#[derive(Debug)]
pub(super) struct Raw {
    /// The section's name.
    pub(super) name: String,
    /// Where it begins.
    pub(super) origin: Origin,
    /// What stands behind the name.
    argument: String,
    lines: Vec<String>,
    /// Sections of the same name inside.
    depth: usize,
}

impl Raw {
    pub(super) fn new(name: &str, argument: &str, origin: &Origin) -> Self {
        Self {
            name: name.to_owned(),
            origin: origin.clone(),
            argument: argument.to_owned(),
            lines: Vec::new(),
            depth: 0,
        }
    }

    /// Takes a line; whether it ends the section.
    pub(super) fn take(&mut self, line: &str) -> bool {
        let is = |found: Option<String>| found.is_some_and(|found| found == self.name);
        if is(super::section::closed(line)) {
            if self.depth == 0 {
                return true;
            }
            self.depth -= 1;
        } else if is(super::section::opened(line).map(|(name, _)| name)) {
            self.depth += 1;
        }
        self.lines.push(line.to_owned());
        false
    }
}

/// All macros, by their names in lower case.
#[derive(Debug, Default)]
pub(super) struct Macros(HashMap<String, Macro>);

impl Macros {
    /// Takes a section that was read.
    pub(super) fn define(&mut self, raw: Raw) {
        let mut words = words(&raw.argument).into_iter();
        let Some(name) = words.next() else {
            return;
        };
        // `/IgnoreEmptyArgs` and `/IgnoreBadNesting` say which warnings are not wanted.
        let parameters = words.filter(|word| !word.starts_with('/')).collect();
        let lines = raw.lines;
        self.0
            .insert(name.to_ascii_lowercase(), Macro { parameters, lines });
    }

    /// Forgets a macro.
    pub(super) fn undefine(&mut self, name: &str) {
        self.0.remove(&name.to_ascii_lowercase());
    }

    /// The lines of a macro with these values.
    ///
    /// Errors: there is no such one, or it takes more or fewer.
    pub(super) fn expand(&self, name: &str, values: &[String]) -> Result<Vec<String>, String> {
        let Some(found) = self.0.get(&name.to_ascii_lowercase()) else {
            return Err(format!(
                "there is no macro {name}: name the file that defines it first"
            ));
        };
        if found.parameters.len() != values.len() {
            return Err(format!(
                "macro {name} takes {} and gets {}",
                counted(found.parameters.len(), "value"),
                values.len()
            ));
        }
        let lines = found.lines.iter();
        let lines = lines.map(|line| substituted(line, &found.parameters, values));
        let lines: Option<Vec<String>> = lines.collect();
        lines.ok_or_else(|| "a line of it has more than 16 MiB with these values".to_owned())
    }
}

/// The line with values in the place of parameters: at each place, the longest one that is there. `None`: it is too long.
fn substituted(line: &str, parameters: &[String], values: &[String]) -> Option<String> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(one) = rest.chars().next() {
        let pairs = parameters.iter().zip(values);
        let here = pairs
            .filter(|(parameter, _)| !parameter.is_empty() && rest.starts_with(parameter.as_str()));
        if let Some((parameter, value)) = here.max_by_key(|(parameter, _)| parameter.len()) {
            text.push_str(value);
            if text.len() > LINE_BYTES {
                return None;
            }
            rest = &rest[parameter.len()..];
            continue;
        }
        text.push(one);
        rest = &rest[one.len_utf8()..];
    }
    Some(text)
}
