// SPDX-License-Identifier: GPL-2.0

//! YAML, of which a mapping and the texts in its values are wanted: no value is more than text, and aliases are followed by nobody, so
//! that a file cannot grow when it is read.

use saphyr_parser::{Event, Parser};

/// A value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Value {
    /// The line of its key.
    pub(crate) line: usize,
    /// The text; of a list, those in it; of a mapping, its keys.
    pub(crate) texts: Vec<String>,
}

/// The keys of the mapping that the first document is, in their order.
///
/// Errors: the line, and why it is no YAML, or no mapping.
pub(crate) fn read(text: &str) -> Result<Vec<(String, Value)>, (usize, String)> {
    let mut keys: Vec<(String, Value)> = Vec::new();
    // For each open collection: whether it is a mapping whose next node is a key.
    let mut open: Vec<Option<bool>> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| (error.marker().line(), error.info().to_owned()))?;
        let line = span.start.line();
        match event {
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
            }
            Event::DocumentEnd => break,
            Event::MappingStart(..) if open.is_empty() => open.push(Some(true)),
            Event::SequenceStart(..) | Event::Scalar(..) | Event::Alias(_) if open.is_empty() => {
                return Err((line, "it is no mapping of keys to values".to_owned()));
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                node(&mut open);
                let is_mapping = matches!(event, Event::MappingStart(..));
                open.push(is_mapping.then_some(true));
            }
            Event::Scalar(text, ..) => {
                let is_key = node(&mut open);
                match (open.len(), is_key) {
                    (1, Some(true)) => keys.push((text.into_owned(), value_at(line))),
                    (1, _) | (2, Some(true) | None) => add(&mut keys, &text),
                    _ => {}
                }
            }
            Event::Alias(_) => {
                node(&mut open);
            }
            _ => {}
        }
    }
    Ok(keys)
}

/// Another node of the innermost collection; whether it is the key of a mapping, `None` in a list.
fn node(open: &mut [Option<bool>]) -> Option<bool> {
    let innermost = open.last_mut()?.as_mut()?;
    let is_key = *innermost;
    *innermost = !is_key;
    Some(is_key)
}

fn value_at(line: usize) -> Value {
    Value {
        line,
        texts: Vec::new(),
    }
}

/// Adds a text to the last key's value.
fn add(keys: &mut [(String, Value)], text: &str) {
    if let Some((_, value)) = keys.last_mut() {
        value.texts.push(text.to_owned());
    }
}
