// SPDX-License-Identifier: GPL-2.0

//! Reads files and those that they include.

use super::listen::listen;
use super::tokens::{Token, Tokens};
use crate::tool::failure::Failure;
use crate::tool::import::address::{Listen, Ports};
use crate::tool::import::files::{self, Count};
use crate::tool::import::{Note, Origin, Site, Sites};
use crate::tool::pattern::{is_pattern, matches};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads configurations, one behind the other; relative includes are looked for in `root`.
///
/// Errors: a file cannot be read, or the server would not start.
pub(crate) fn read(paths: &[PathBuf], root: &Path) -> Result<Sites, Failure> {
    let mut reader = Reader {
        root,
        blocks: Vec::new(),
        sites: Sites::default(),
        files: Count::default(),
    };
    for path in paths {
        let (name, text) = files::named(path)?;
        reader.text(&name, &text, 0)?;
    }
    Ok(reader.sites)
}

/// What a block is, for who looks for sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    /// `http`, or the file itself: a part of a configuration may be read alone.
    Http,
    /// `server`, the one that was added last; whether a `listen` was in it.
    Server { has_listen: bool },
    /// Where no site is: `stream`, `mail`, `location` and others.
    Other,
}

struct Reader<'a> {
    root: &'a Path,
    /// Those that are open, the innermost one last.
    blocks: Vec<Block>,
    sites: Sites,
    files: Count,
}

impl Reader<'_> {
    /// Takes a file; `depth` is how many others include it.
    fn text(&mut self, file: &Arc<str>, text: &str, depth: usize) -> Result<(), Failure> {
        let outside = self.blocks.len();
        let mut tokens = Tokens::new(text);
        loop {
            let token = tokens.next();
            let origin = Origin::new(file, tokens.line());
            let token =
                token.map_err(|why| origin.failure(why).help("`nginx -t` says the same"))?;
            match token {
                Some(Token::Simple(words)) => self.simple(&words, &origin, depth)?,
                Some(Token::Open(words)) if words[0].ends_with("_by_lua_block") => {
                    tokens.skip_block();
                }
                Some(Token::Open(words)) => self.open(&words[0], &origin),
                Some(Token::Close) if self.blocks.len() > outside => self.close(&origin),
                Some(Token::Close) => {
                    return Err(origin
                        .failure("`}` without a block in this file")
                        .help("take it out"))
                }
                None if self.blocks.len() > outside => {
                    return Err(origin
                        .failure("the file ends inside of a block")
                        .help("write the `}` that is missing"))
                }
                None => return Ok(()),
            }
        }
    }

    fn block(&self) -> Block {
        self.blocks.last().copied().unwrap_or(Block::Http)
    }

    fn open(&mut self, name: &str, origin: &Origin) {
        let block = match (self.block(), name) {
            (Block::Http, "http") => Block::Http,
            (Block::Http, "server") => {
                self.sites.sites.push(Site::new(origin, "server"));
                Block::Server { has_listen: false }
            }
            _ => Block::Other,
        };
        self.blocks.push(block);
    }

    fn close(&mut self, origin: &Origin) {
        let Some(Block::Server { has_listen }) = self.blocks.pop() else {
            return;
        };
        let Some(site) = self.sites.sites.last_mut() else {
            return;
        };
        if !has_listen {
            // Then it is port 80 of all addresses.
            site.listens.push(Listen::at(None, Ports::one(80)));
        } else if site.listens.is_empty() {
            let mut site = self.sites.sites.pop().expect("it is there");
            self.sites.notes.append(&mut site.notes);
            let text = format!(
                "server is left out, up to line {}: no address is left",
                origin.line
            );
            self.sites.notes.push(Note::new(&site.origin, text));
        }
    }

    fn simple(&mut self, words: &[String], origin: &Origin, depth: usize) -> Result<(), Failure> {
        let (name, words) = words.split_first().expect("a token has words");
        match (self.block(), name.as_str()) {
            (Block::Http | Block::Server { .. }, "include") => {
                let pattern = words.first().map_or("", String::as_str);
                self.include(pattern, origin, depth)?;
            }
            (Block::Server { .. }, "server_name") => {
                let site = self.sites.sites.last_mut().expect("the block is its");
                words.iter().for_each(|word| add_name(site, word, origin));
            }
            (Block::Server { .. }, "listen") => {
                let block = self.blocks.last_mut().expect("it is open");
                *block = Block::Server { has_listen: true };
                let site = self.sites.sites.last_mut().expect("the block is its");
                add_listen(site, words, origin);
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads the files of a name, in the order of their names. A pattern may find nothing.
    fn include(&mut self, pattern: &str, origin: &Origin, depth: usize) -> Result<(), Failure> {
        self.files.add(origin, depth)?;
        let path = self.root.join(pattern);
        let found = match is_pattern(pattern) {
            true => {
                matches(self.root, pattern).map_err(|error| origin.unreadable(&path, &error))?
            }
            false => vec![path],
        };
        for path in found {
            let text = files::read(&path).map_err(|error| origin.unreadable(&path, &error))?;
            self.text(&path.display().to_string().into(), &text, depth + 1)?;
        }
        Ok(())
    }
}

fn add_listen(site: &mut Site, words: &[String], origin: &Origin) {
    let (listens, why) = listen(words);
    site.listens.extend(listens);
    let note = why.map(|why| Note::new(origin, format!("listen {}: {why}", words.join(" "))));
    site.notes.extend(note);
}

fn add_name(site: &mut Site, word: &str, origin: &Origin) {
    let left_out = |why| Note::new(origin, format!("`{word}` is left out: {why}"));
    if matches!(word, "" | "_" | "-" | "--" | "!@#") {
        // What nginx's manual calls names that clients cannot ask for: they say that there is none.
        return;
    }
    if word.starts_with('~') {
        site.catches_all = false;
        let why = "a regular expression: write the names that it is for";
        site.notes.push(left_out(why));
    } else if word.contains('$') {
        site.catches_all = false;
        site.notes
            .push(left_out("a variable: write the name itself"));
    } else if let Some(name) = word.strip_prefix('.') {
        site.add_name(name, origin);
        site.add_name(&format!("*.{name}"), origin);
    } else {
        site.add_name(word, origin);
    }
}
