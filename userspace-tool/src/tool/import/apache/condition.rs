// SPDX-License-Identifier: GPL-2.0

//! Conditions that hold, or not, when the server reads its configuration.

use std::collections::HashSet;
use std::path::Path;

use super::variables::Variables;
use super::words::words;

/// Modules that servers are commonly built with: by name, and by the file of their source.
const BUILT_IN: [&str; 16] = [
    "core_module",
    "core.c",
    "so_module",
    "mod_so.c",
    "http_module",
    "http_core.c",
    "watchdog_module",
    "mod_watchdog.c",
    "log_config_module",
    "mod_log_config.c",
    "logio_module",
    "mod_logio.c",
    "version_module",
    "mod_version.c",
    "unixd_module",
    "mod_unixd.c",
];

/// The version that conditions are asked for: the last one of 2.4.
const VERSION: [u32; 3] = [2, 4, u32::MAX];

/// Modules that the configuration loads.
#[derive(Debug, Default)]
pub(super) struct Modules(HashSet<String>);

impl Modules {
    /// Takes a `LoadModule NAME FILE`.
    pub(super) fn load(&mut self, name: &str, file: &str) {
        let stem = Path::new(file).file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy();
        // Those that are not called as their source is: MPMs, and PHP's.
        let source = match stem.strip_prefix("mod_mpm_") {
            Some(mpm) => mpm,
            None if stem.starts_with("libphp") => "mod_php",
            None => &stem,
        };
        self.0.insert(format!("{source}.c"));
        self.0.insert(name.to_owned());
    }

    /// Whether a module is there. One file of a configuration says nothing of modules: then all are taken to be there.
    fn has(&self, module: &str) -> bool {
        self.0.is_empty() || self.0.contains(module) || BUILT_IN.contains(&module)
    }
}

/// Whether a condition holds; `None`: the section is none.
pub(super) fn holds(
    section: &str,
    argument: &str,
    variables: &Variables,
    modules: &Modules,
    root: &Path,
) -> Option<bool> {
    let (is_not, argument) = match argument.strip_prefix('!') {
        Some(argument) => (true, argument),
        None => (false, argument),
    };
    let words = words(argument);
    let first = words.first().map_or("", String::as_str);
    let holds = match section {
        "ifmodule" => modules.has(first),
        "ifdefine" => variables.has(first),
        "iffile" => root.join(first).exists(),
        "ifversion" => version(&words),
        // What the server knows is what it needs: these are asked to be kind to old ones.
        "ifdirective" | "ifsection" => true,
        _ => return None,
    };
    Some(holds != is_not)
}

/// `OPERATOR VERSION`; without an operator, equal.
fn version(words: &[String]) -> bool {
    let (operator, text) = match words {
        [text] => ("=", text),
        [operator, text, ..] => (&**operator, text),
        [] => return true,
    };
    let parts = text.split('.').map(|part| part.parse::<u32>().ok());
    let Some(parts) = parts.collect::<Option<Vec<_>>>() else {
        // A regular expression, which is asked for neighbours of a version: kind to what is there.
        return !operator.starts_with('!');
    };
    let named = VERSION.get(..parts.len()).unwrap_or(&VERSION);
    let order = named.cmp(&parts[..]);
    match operator {
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        "!=" | "!==" => order.is_ne(),
        _ => order.is_eq(),
    }
}
