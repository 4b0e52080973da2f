// SPDX-License-Identifier: GPL-2.0

//! Packages: what rows have in common.

use super::source::{Place, Sources, Words};
use super::{Fault, Line, Statement};
use std::collections::{HashMap, HashSet};

/// The key by which a row takes a package.
pub(crate) const PACKAGE: &str = "package";

/// The keys that tell hosts apart, which no two rows can have in common.
pub(crate) const OWN_KEYS: [&str; 4] = ["addr", "name", "vps", PACKAGE];

/// What the keys begin with that only rows of VPSes take.
const CONTROLLERS: [&str; 3] = ["io.", "memory.", "pids."];

/// All packages, by name.
#[derive(Default)]
pub(super) struct Packages(HashMap<String, (Place, Words)>);

impl Packages {
    /// Takes a package.
    pub(super) fn add(&mut self, sources: &Sources, statement: Statement) -> Result<(), Fault> {
        let Some((name, words)) = statement.words.0.split_first() else {
            return Err(Fault::new(sources, statement.verb, "a package has a name")
                .help("package NAME cpu.min=2% cpu.max=20%"));
        };
        for word in words {
            let text = sources.text(*word);
            let (key, _) = text.split_once('=').ok_or_else(|| {
                Fault::new(sources, *word, "expected KEY=VALUE").help("package NAME cpu.min=2%")
            })?;
            if OWN_KEYS.contains(&key) {
                let what = format!("a package takes no {key}=");
                return Err(Fault::new(sources, *word, what)
                    .help("write it into the rows: it tells hosts apart"));
            }
        }
        let text = sources.text(*name);
        if let Some((other, _)) = self.0.get(text) {
            let what = format!("package {text} is there already");
            let help = format!(
                "it is defined in {}; give this one another name",
                sources.line_of(*other)
            );
            return Err(Fault::new(sources, *name, what).help(help));
        }
        let words = Words(words.to_vec());
        self.0.insert(text.to_owned(), (*name, words));
        Ok(())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A row for each package that no row takes, to see whether it can be understood.
    pub(super) fn unused(&self, sources: &Sources, rows: &[Statement]) -> Vec<Line> {
        let words = rows.iter().flat_map(|row| &row.words.0);
        let used: HashSet<&str> = words
            .filter_map(|word| sources.text(*word).strip_prefix(PACKAGE)?.strip_prefix('='))
            .collect();
        let unused = self.0.iter().filter(|(name, _)| !used.contains(&***name));
        let mut unused: Vec<_> = unused.map(|(_, found)| found).collect();
        unused.sort_by_key(|(name, _)| *name);
        let specimens = unused.iter();
        specimens
            .map(|(name, words)| specimen(sources, *name, words))
            .collect()
    }

    /// The row of a `host` statement, with the keys of its package that it has not itself.
    pub(super) fn expand(&self, sources: &Sources, statement: &Statement) -> Result<Line, Fault> {
        let mut line = Line::new(sources.text(statement.verb), statement.verb);
        let mut package = None;
        for word in &statement.words.0 {
            match key(sources, *word) {
                Some(PACKAGE) if package.is_some() => {
                    return Err(Fault::new(sources, *word, "a row takes one package")
                        .help("make a package that says what both say"));
                }
                Some(PACKAGE) => package = Some(*word),
                _ => line.push(sources, *word),
            }
        }
        let Some(package) = package else {
            return Ok(line);
        };
        let name = &sources.text(package)[PACKAGE.len() + 1..];
        let Some((_, words)) = self.0.get(name) else {
            let what = format!("there is no package {name}");
            return Err(Fault::new(sources, package, what).help(self.known()));
        };
        line.begin_package(package);
        for word in &words.0 {
            let mut own = statement.words.0.iter();
            if !own.any(|own| key(sources, *own) == key(sources, *word)) {
                line.push(sources, *word);
            }
        }
        Ok(line)
    }

    /// What may be meant instead of a package that is not there.
    fn known(&self) -> String {
        let mut names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        let (first, more) = names.split_at(names.len().min(8));
        let first = first.join(", ");
        match (names.len(), more.len()) {
            (0, _) => "no package is defined: write a line `package NAME KEY=VALUE...`".to_owned(),
            (1, _) => format!("the only package is {first}"),
            (_, 0) => format!("packages are {first}"),
            (_, more) => format!("packages are {first} and {more} more"),
        }
    }
}

/// A row that has what a package says and nothing else.
fn specimen(sources: &Sources, name: Place, words: &Words) -> Line {
    let mut line = Line::new("host", name);
    // Not the package's own name, which need not be a host's.
    line.push_text("specimen", name);
    let keys = words.0.iter().filter_map(|word| key(sources, *word));
    let of_vps = |key: &str| CONTROLLERS.iter().any(|one| key.starts_with(one));
    match keys.into_iter().any(of_vps) {
        true => line.push_text("vps=specimen", name),
        false => line.push_text("name=specimen", name),
    }
    for word in &words.0 {
        line.push(sources, *word);
    }
    line
}

/// The key of a word.
fn key(sources: &Sources, word: Place) -> Option<&str> {
    sources.text(word).split_once('=').map(|(key, _)| key)
}
