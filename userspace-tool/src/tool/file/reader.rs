// SPDX-License-Identifier: GPL-2.0

//! Reads a file and those that it includes.

use super::package::Packages;
use super::source::lines;
use super::{Configuration, Fault, Place, Sources, Statement, Words};
use crate::tool::failure::{reason, Failure};
use crate::tool::pattern::{is_pattern, matches};
use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// How many faults are told at once.
pub(crate) const FAULTS: usize = 20;

/// Reads the file at `path`, `-` for the standard input, and what it includes.
///
/// Errors: it cannot be read, or it has faults, of which the first [`FAULTS`] are given.
pub(crate) fn read(path: &Path) -> Result<Configuration, Failure> {
    let mut reader = Reader::default();
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::io("the standard input cannot be read", &error))?;
        let text = text("<stdin>", bytes).map_err(Failure::failed)?;
        let source = reader.sources.add("<stdin>", text);
        reader.statements(source, Path::new("."));
    } else {
        let name = path.display();
        let bytes = fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
        let text = text(&name.to_string(), bytes).map_err(Failure::failed)?;
        reader.open.extend(fs::canonicalize(path).ok());
        let source = reader.sources.add(&name.to_string(), text);
        reader.statements(source, directory(path));
    }
    reader.finish()
}

/// Reads a text that is in no file, by the name by which it is spoken of.
///
/// Errors: as those of [`read`].
pub(crate) fn read_text(name: &str, text: String) -> Result<Configuration, Failure> {
    let mut reader = Reader::default();
    let source = reader.sources.add(name, text);
    reader.statements(source, Path::new("."));
    reader.finish()
}

/// The text of a file, or where it is none.
fn text(name: &str, bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("{name}:{line}: a byte that is no UTF-8: expected text")
    })
}

/// The directory that a file is in.
fn directory(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

#[derive(Default)]
struct Reader {
    sources: Sources,
    hosts: Vec<Statement>,
    packages: Packages,
    faults: Vec<Fault>,
    /// The files that are being read, each one included by the one before it.
    open: Vec<PathBuf>,
}

impl Reader {
    /// Takes the statements of a source; `directory` is where its includes are looked for.
    fn statements(&mut self, source: u32, directory: &Path) {
        let text = self.sources.whole(source);
        for Words(mut words) in lines(source, &text) {
            if self.faults.len() >= FAULTS {
                return;
            }
            if words.is_empty() {
                continue;
            }
            let verb = words.remove(0);
            let words = Words(words);
            let taken = match self.sources.text(verb) {
                "host" => {
                    self.hosts.push(Statement { verb, words });
                    Ok(())
                }
                "package" => self.packages.add(&self.sources, Statement { verb, words }),
                "include" => self.include(verb, &words, directory),
                other => Err(self.unknown(verb, other)),
            };
            self.faults.extend(taken.err());
        }
    }

    fn unknown(&self, verb: Place, text: &str) -> Fault {
        if matches!(text, "del" | "flush" | "begin" | "commit") {
            let what = format!("{text} has no place in a file, which says what the whole table is");
            return Fault::new(&self.sources, verb, what).help(
                "take the line out; a host that is not in the file is deleted when it is applied",
            );
        }
        Fault::new(&self.sources, verb, "unknown statement")
            .help("expected host, package or include")
    }

    /// Reads the files that an `include` names.
    fn include(&mut self, verb: Place, words: &Words, directory: &Path) -> Result<(), Fault> {
        let [word] = words.0[..] else {
            let place = words.0.get(1).copied().unwrap_or(verb);
            return Err(Fault::new(&self.sources, place, "include takes one word")
                .help("include hosts.d/*.conf"));
        };
        let pattern = self.sources.text(word);
        let name = directory.join(pattern);
        let name = name.display();
        let fault = |what: String| Fault::new(&self.sources, word, what);
        let found = matches(directory, pattern).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => fault(format!("bad pattern: {error}"))
                .help("`*`, `?` and `[...]` stand for others; `[[]` is a bracket"),
            _ => fault(format!("{name} cannot be looked for: {}", reason(&error)))
                .help("correct the path, or run it as root"),
        })?;
        // A pattern may find nothing; a name that is not there is a mistake.
        if found.is_empty() && !is_pattern(pattern) {
            return Err(fault(format!("there is no file {name}")).help(
                "write the file, or take the line out; `include hosts.d/*.conf` takes what is there",
            ));
        }
        let is_text = |path: &&PathBuf| {
            path.strip_prefix(directory)
                .unwrap_or(path)
                .to_str()
                .is_some()
        };
        if let Some(odd) = found.iter().find(|path| !is_text(path)) {
            let what = format!("the name of {} is not UTF-8", odd.display());
            return Err(fault(what).help("give the file another name"));
        }
        for path in found {
            self.include_one(word, &path)?;
        }
        Ok(())
    }

    fn include_one(&mut self, word: Place, path: &Path) -> Result<(), Fault> {
        let name = path.display().to_string();
        let fault = |what: String| Fault::new(&self.sources, word, what);
        let unreadable = |error: io::Error| {
            fault(format!("{name} cannot be read: {}", reason(&error)))
                .help("correct it or its mode, or take it or the line out")
        };
        let real = fs::canonicalize(path).map_err(unreadable)?;
        if self.open.contains(&real) {
            return Err(
                fault(format!("{name} includes itself")).help("take one of the includes out")
            );
        }
        let bytes = fs::read(path).map_err(unreadable)?;
        let text = text(&name, bytes).map_err(fault)?;
        let source = self.sources.add(&name, text);
        self.open.push(real);
        self.statements(source, directory(path));
        self.open.pop();
        Ok(())
    }

    /// Puts rows and packages together.
    fn finish(mut self) -> Result<Configuration, Failure> {
        let mut seen: HashMap<&str, Place> = HashMap::with_capacity(self.hosts.len());
        let mut lines = Vec::with_capacity(self.hosts.len());
        for statement in &self.hosts {
            // A place is found by going through the file to it.
            if self.faults.len() >= FAULTS {
                break;
            }
            let Some(name) = statement.words.0.first().copied() else {
                let fault = Fault::new(&self.sources, statement.verb, "a host has a name");
                self.faults
                    .push(fault.help("host shop name=shop.example cpu.min=10%"));
                continue;
            };
            let text = self.sources.text(name);
            if let Some(other) = seen.insert(text, name) {
                let what = format!("host {text} is there already");
                let help = format!("its row is in {}", self.sources.line_of(other));
                self.faults
                    .push(Fault::new(&self.sources, name, what).help(help));
            }
            match self.packages.expand(&self.sources, statement) {
                Ok(line) => lines.push(line),
                Err(fault) => self.faults.push(fault),
            }
        }
        if !self.faults.is_empty() {
            self.faults.truncate(FAULTS);
            return Err(Failure::Faults(self.faults));
        }
        let specimens = self.packages.unused(&self.sources, &self.hosts);
        drop(seen);
        Ok(Configuration {
            lines,
            specimens,
            packages: self.packages.len(),
            sources: self.sources,
        })
    }
}
