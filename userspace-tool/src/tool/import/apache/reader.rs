// SPDX-License-Identifier: GPL-2.0

//! Reads files and those that they include.

use super::condition::{holds, Modules};
use super::draft::{listen, Draft};
use super::lines::lines;
use super::macros::{Macros, Raw};
use super::section::{closed, is_raw, opened, Kind, Section};
use super::variables::Variables;
use super::words::{next, words};
use crate::tool::failure::Failure;
use crate::tool::import::address::Listen;
use crate::tool::import::files::{self, Count};
use crate::tool::import::{Note, Origin, Sites};
use std::path::PathBuf;
use std::sync::Arc;

/// How the server is started.
#[derive(Debug, Default)]
pub(crate) struct Apache {
    /// Where relative paths are looked for, until `ServerRoot` says.
    pub(crate) root: PathBuf,
    /// What `-D` and its environment say.
    pub(crate) variables: Variables,
}

/// Reads configurations, one behind the other, as if they were one.
///
/// Errors: a file cannot be read, or the server would not start.
pub(crate) fn read(paths: &[PathBuf], apache: Apache) -> Result<Sites, Failure> {
    let mut reader = Reader {
        root: apache.root,
        variables: apache.variables,
        modules: Modules::default(),
        macros: Macros::default(),
        sections: Vec::new(),
        raw: None,
        hosts: Vec::new(),
        main: None,
        listens: Vec::new(),
        notes: Vec::new(),
        files: Count::default(),
    };
    for path in paths {
        let (name, text) = files::named(path)?;
        reader.text(&name, &text, 0)?;
    }
    Ok(reader.finish())
}

pub(super) struct Reader {
    pub(super) root: PathBuf,
    variables: Variables,
    modules: Modules,
    pub(super) macros: Macros,
    /// Those that are open, the innermost one last.
    sections: Vec<Section>,
    /// The innermost one, if it is another language's.
    raw: Option<Raw>,
    hosts: Vec<Draft>,
    main: Option<Draft>,
    listens: Vec<Listen>,
    notes: Vec<Note>,
    pub(super) files: Count,
}

impl Reader {
    /// Takes a file; `depth` is how many others include it.
    pub(super) fn text(
        &mut self,
        file: &Arc<str>,
        text: &str,
        depth: usize,
    ) -> Result<(), Failure> {
        self.all(
            lines(text).map(|(number, line)| (Origin::new(file, number), line)),
            depth,
        )
    }

    /// Takes lines, in which all sections that are opened have to be closed.
    pub(super) fn all(
        &mut self,
        lines: impl Iterator<Item = (Origin, String)>,
        depth: usize,
    ) -> Result<(), Failure> {
        let outside = self.sections.len();
        let mut last = None;
        for (origin, line) in lines {
            self.line(&line, &origin, outside, depth)?;
            last = Some(origin);
        }
        if let Some(raw) = self.raw.take() {
            return Err(raw
                .origin
                .failure(format_args!("<{}> is not closed", raw.name))
                .help("write its end"));
        }
        match (self.sections.get(outside), last) {
            (Some(section), Some(origin)) => Err(Origin {
                line: section.line,
                ..origin
            }
            .failure(format_args!("<{}> is not closed", section.name))
            .help("write its end")),
            _ => Ok(()),
        }
    }

    fn line(
        &mut self,
        line: &str,
        origin: &Origin,
        outside: usize,
        depth: usize,
    ) -> Result<(), Failure> {
        if let Some(raw) = &mut self.raw {
            if raw.take(line) {
                let raw = self.raw.take();
                raw.into_iter().for_each(|raw| self.end_raw(raw));
            }
            return Ok(());
        }
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if self.kind() == Kind::Closed {
            return match (opened(line), closed(line)) {
                (Some((name, _)), _) => {
                    self.open(name, Kind::Closed, origin);
                    Ok(())
                }
                (_, Some(name)) => self.close(&name, origin, outside),
                _ => Ok(()),
            };
        }
        let line = self.variables.resolve(line).ok_or_else(|| {
            let what = "the line has more than 16 MiB with what its variables stand for";
            origin.failure(what).help("make them shorter")
        })?;
        if let Some(name) = closed(&line) {
            return self.close(&name, origin, outside);
        }
        if let Some((name, argument)) = opened(&line) {
            self.section(name, argument, origin);
            return Ok(());
        }
        let mut rest = &*line;
        let directive = next(&mut rest).unwrap_or_default().to_ascii_lowercase();
        self.directive(&directive, rest, origin, depth)
    }

    /// What the lines are in.
    fn kind(&self) -> Kind {
        self.sections
            .last()
            .map_or(Kind::Main, |section| section.kind)
    }

    fn open(&mut self, name: String, kind: Kind, origin: &Origin) {
        let line = origin.line;
        self.sections.push(Section { name, kind, line });
    }

    fn section(&mut self, name: String, argument: &str, origin: &Origin) {
        if is_raw(&name) {
            self.raw = Some(Raw::new(&name, argument, origin));
            return;
        }
        let condition = holds(&name, argument, &self.variables, &self.modules, &self.root);
        let kind = match condition {
            // As if it were not there.
            Some(true) => self.kind(),
            Some(false) => Kind::Closed,
            None if name == "virtualhost" => {
                self.hosts.push(Draft::new(argument, origin));
                Kind::Host(self.hosts.len() - 1)
            }
            None => Kind::Closed,
        };
        self.open(name, kind, origin);
    }

    fn end_raw(&mut self, raw: Raw) {
        if raw.name == "macro" {
            return self.macros.define(raw);
        }
        let text = "a program, which is not run here: write rows for the sites that it makes";
        self.notes
            .push(Note::new(&raw.origin, format!("<{}>: {text}", raw.name)));
    }

    fn close(&mut self, name: &str, origin: &Origin, outside: usize) -> Result<(), Failure> {
        let open = self.sections.get(outside..).unwrap_or_default().last();
        match open {
            Some(section) if section.name == name => {
                self.sections.pop();
                Ok(())
            }
            Some(section) => Err(origin
                .failure(format_args!(
                    "</{name}>, but <{}> of line {} is open",
                    section.name, section.line
                ))
                .help("close that first")),
            None => Err(origin
                .failure(format_args!("</{name}> without <{name}> in this file"))
                .help("take the line out")),
        }
    }

    fn directive(
        &mut self,
        name: &str,
        rest: &str,
        origin: &Origin,
        depth: usize,
    ) -> Result<(), Failure> {
        let words = words(rest);
        let first = words.first().map(String::as_str);
        match (name, first) {
            ("include", Some(pattern)) => self.include(pattern, false, origin, depth)?,
            ("includeoptional", Some(pattern)) => self.include(pattern, true, origin, depth)?,
            ("use", Some(_)) => self.use_macro(&words, origin, depth)?,
            ("undefmacro", Some(name)) => self.macros.undefine(name),
            ("serverroot", Some(root)) => self.root = root.into(),
            ("define", Some(name)) => {
                let value = words.get(1).map(String::as_str);
                self.variables.define(name, value);
            }
            ("undefine", Some(name)) => self.variables.undefine(name),
            ("loadmodule", Some(name)) => {
                self.modules
                    .load(name, words.get(1).map_or("", |file| file));
            }
            ("listen", Some(address)) => {
                self.listens.extend(listen(address).0);
            }
            _ => self.host_directive(name, words, origin),
        }
        Ok(())
    }

    /// What is said of a virtual host, or of the main server.
    fn host_directive(&mut self, name: &str, words: Vec<String>, origin: &Origin) {
        let draft = match self.kind() {
            Kind::Host(number) => self.hosts.get_mut(number),
            _ => None,
        };
        let main = || Draft::main(origin.clone());
        let draft = match (name, draft) {
            (_, Some(draft)) => draft,
            ("servername", None) => self.main.get_or_insert_with(main),
            _ => return,
        };
        let named = |word| (word, origin.clone());
        match name {
            "servername" => draft.name = words.into_iter().next().map(named),
            "serveralias" => draft.aliases.extend(words.into_iter().map(named)),
            "virtualdocumentroot" | "virtualdocumentrootip" => {
                let text = "VirtualDocumentRoot: its sites are directories, not names in this file: write rows for them";
                draft.notes.push(Note::new(origin, text));
            }
            _ => {}
        }
    }

    fn finish(self) -> Sites {
        let main = self.main.as_ref().and_then(|main| main.name.as_ref());
        let mut sites = Sites {
            sites: Vec::with_capacity(self.hosts.len()),
            notes: self.notes,
        };
        for host in self.hosts {
            sites.sites.push(host.site(main, &self.listens));
        }
        // With virtual hosts, it serves only where none of them is.
        if let (true, Some(mut main)) = (sites.sites.is_empty(), self.main) {
            main.listens = self.listens;
            sites.sites.push(main.site(None, &[]));
        }
        sites
    }
}
