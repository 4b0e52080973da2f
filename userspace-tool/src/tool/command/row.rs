// SPDX-License-Identifier: GPL-2.0

//! `set`, `del` and `rename`: one row.

use crate::tool::arguments::{Del, Rename, Set};
use crate::tool::difference::Difference;
use crate::tool::failure::Failure;
use crate::tool::judge::{self, unknown_key};
use crate::tool::module::{Module, Rejection};
use crate::tool::row::{is_word, key, rows, Row};
use std::slice;

/// How often a change is tried anew because another writer was faster. Whenever one has to, another one is done.
const TRIES: u32 = 100;

/// Makes or changes a row.
pub(super) fn set(arguments: &Set) -> Result<String, Failure> {
    change(|module, table| {
        let row = changed(table, &arguments.host, &arguments.words)?;
        let before: Vec<_> = find(table, &arguments.host).into_iter().cloned().collect();
        let text = match arguments.dry_run {
            true => {
                judge::row(table, &row, &module.machine())?;
                String::new()
            }
            false => format!("{}\n", row.line()),
        };
        Ok((text, Difference::new(&before, &[row]).print()))
    })
}

/// Deletes rows; all of them or none, as long as their names fit into one write.
pub(super) fn del(arguments: &Del) -> Result<String, Failure> {
    change(|_, table| {
        let mut gone = Vec::new();
        let mut text = String::new();
        for host in &arguments.hosts {
            gone.push(known(table, host)?.clone());
            text += &format!("del {host}\n");
        }
        Ok((text, Difference::new(&gone, &[]).print()))
    })
}

/// Gives a row another name.
pub(super) fn rename(arguments: &Rename) -> Result<String, Failure> {
    change(|_, table| {
        let before = known(table, &arguments.host)?;
        check_name(&arguments.name)?;
        if find(table, &arguments.name).is_some() {
            let what = format!("there is a host {} already", arguments.name);
            return Err(Failure::failed(what).help("delete it first, or choose another name"));
        }
        let after = Row {
            name: &arguments.name,
            words: before.words.clone(),
        };
        // The matches leave the one row before they come to the other one.
        let text = format!("del {}\n{}\n", before.name, after.line());
        Ok((
            text,
            Difference::new(slice::from_ref(before), &[after]).print(),
        ))
    })
}

/// Writes the commands that `make` makes of the table, and gives what it says of them. They are written for the very
/// table that was read: if somebody has changed that meanwhile, they are made anew.
fn change(
    make: impl Fn(&Module, &[Row<'_>]) -> Result<(String, String), Failure>,
) -> Result<String, Failure> {
    for _ in 0..TRIES {
        // The generation is read before the rows: at worst it is too old, and refused.
        let module = Module::find()?;
        let table = module.table()?;
        let (commands, said) = make(&module, &rows(&table))?;
        if commands.is_empty() {
            return Ok(said);
        }
        let generation = module.status("generation");
        match module.write(&format!("generation {generation}\n{commands}")) {
            Ok(()) => return Ok(said),
            Err(Rejection::Changed) => (),
            Err(rejection) => return Err(rejection.into_failure()),
        }
    }
    Err(Rejection::Changed.into_failure())
}

fn find<'a, 'b>(table: &'b [Row<'a>], name: &str) -> Option<&'b Row<'a>> {
    table.iter().find(|row| row.name == name)
}

/// The row of a host that is there.
pub(super) fn known<'a, 'b>(table: &'b [Row<'a>], name: &str) -> Result<&'b Row<'a>, Failure> {
    find(table, name).ok_or_else(|| {
        let failure = Failure::failed(format!("there is no host {name}"));
        match similar(table, name) {
            Some(other) => failure.help(format!("is {other} meant?")),
            None => failure.help("`vhqos show` lists them"),
        }
    })
}

/// Refuses a name that would be more than that on the line of a row.
pub(in crate::tool) fn check_name(name: &str) -> Result<(), Failure> {
    if is_word(name) {
        return Ok(());
    }
    let what = format!("'{}' is no name", name.escape_debug());
    Err(Failure::failed(what).help("a host's name has letters, digits, '.', '_' and '-'"))
}

/// The name that is most like one that is not there, if any is.
pub(super) fn similar<'a>(table: &[Row<'a>], name: &str) -> Option<&'a str> {
    let likeness = |row: &Row<'a>| (strsim::jaro_winkler(row.name, name), row.name);
    let all = table.iter().map(likeness).filter(|(how, _)| *how > 0.8);
    all.max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// What a word of `set` says.
enum Edit<'a> {
    Replace(&'a str),
    Remove(&'a str),
    Add(&'a str, &'a str),
    Subtract(&'a str, &'a str),
}

impl<'a> Edit<'a> {
    fn parse(word: &'a str) -> Result<Self, Failure> {
        if !is_word(word) {
            let what = format!("'{}': not one KEY=VALUE", word.escape_debug());
            return Err(Failure::failed(what)
                .help("write each as a word of its own; a value has no blanks and no new lines"));
        }
        let Some((key, value)) = word.split_once('=') else {
            let what = format!("{word}: expected KEY=VALUE");
            return Err(Failure::failed(what).help("`vhqos set --help` has examples"));
        };
        Ok(match (key.strip_suffix('+'), key.strip_suffix('-')) {
            (Some(key), _) => Self::Add(key, value),
            (_, Some(key)) => Self::Subtract(key, value),
            _ if value.is_empty() => Self::Remove(key),
            _ => Self::Replace(word),
        })
    }
}

/// The row of `host` with the changes that `edits` say.
pub(in crate::tool) fn changed<'a>(
    table: &[Row<'a>],
    host: &'a str,
    edits: &'a [String],
) -> Result<Row<'a>, Failure> {
    check_name(host)?;
    let before = find(table, host);
    let mut words = before.map_or(Vec::new(), |row| row.words.clone());
    let mut replaced = Vec::new();
    for edit in edits {
        match Edit::parse(edit)? {
            Edit::Replace(word) => {
                if !replaced.contains(&key(word)) {
                    replaced.push(key(word));
                    words.retain(|other| key(other) != key(word));
                }
                words.push(word.into());
            }
            Edit::Remove(gone) => {
                if let Some(why) = unknown_key(gone) {
                    return Err(why.failure());
                }
                words.retain(|word| key(word) != gone);
            }
            Edit::Add(key, value) => words.push(format!("{key}={value}").into()),
            Edit::Subtract(key, value) => {
                let gone = format!("{key}={value}");
                let before = words.len();
                words.retain(|word| *word != gone);
                if words.len() == before {
                    return Err(Failure::failed(format!("host {host} has no {gone}"))
                        .help(format!("`vhqos show {host}` says what it has")));
                }
            }
        }
    }
    let row = Row { name: host, words };
    if before.is_none() && !row.matches_something() {
        let failure = Failure::failed(format!("there is no host {host}"));
        return Err(match similar(table, host) {
            Some(other) => failure.help(format!(
                "is {other} meant? A new one needs addr=, name= or vps="
            )),
            None => failure.help("to make it, say what is its: addr=, name= or vps="),
        });
    }
    Ok(row)
}
