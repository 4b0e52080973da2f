// SPDX-License-Identifier: GPL-2.0

//! What is read where another file or a macro is named.

use super::reader::Reader;
use crate::tool::failure::Failure;
use crate::tool::import::files;
use crate::tool::import::Origin;
use crate::tool::pattern::{is_pattern, matches};

impl Reader {
    /// `Use NAME VALUE...`: the macro's lines.
    pub(super) fn use_macro(
        &mut self,
        words: &[String],
        origin: &Origin,
        depth: usize,
    ) -> Result<(), Failure> {
        self.files.add(origin, depth)?;
        let (name, values) = words.split_first().expect("it was looked at");
        let lines = self.macros.expand(name, values);
        let lines = lines.map_err(|why| origin.failure(format_args!("Use {name}: {why}")))?;
        // All of its lines are here, for who reads the printed file.
        let lines = lines.into_iter().map(|line| (origin.clone(), line));
        self.all(lines, depth + 1)
    }

    /// `Include` and `IncludeOptional`: the files of a name, in the order of their names; of a directory, all below it.
    pub(super) fn include(
        &mut self,
        pattern: &str,
        is_optional: bool,
        origin: &Origin,
        depth: usize,
    ) -> Result<(), Failure> {
        self.files.add(origin, depth)?;
        let path = self.root.join(pattern);
        let found = match is_pattern(pattern) {
            true => matches(&self.root, pattern),
            false => path.try_exists().map(|is_there| match is_there {
                true => vec![path.clone()],
                false => Vec::new(),
            }),
        };
        let found = found.map_err(|error| origin.unreadable(&path, &error))?;
        if found.is_empty() && !is_optional {
            let name = path.display();
            return Err(origin
                .failure(format_args!("Include finds no {name}"))
                .help("correct the path, or write IncludeOptional"));
        }
        for path in found {
            let within = files::within(&path);
            for path in within.map_err(|error| origin.unreadable(&path, &error))? {
                let text = files::read(&path);
                let text = text.map_err(|error| origin.unreadable(&path, &error))?;
                self.text(&path.display().to_string().into(), &text, depth + 1)?;
            }
        }
        Ok(())
    }
}
