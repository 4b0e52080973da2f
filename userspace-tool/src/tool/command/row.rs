// SPDX-License-Identifier: GPL-2.0

//! `set`, `del` and `rename`: one row.

use crate::tool::arguments::{Del, Rename, Set};
use crate::tool::difference::Difference;
use crate::tool::failure::Failure;
use crate::tool::module::{Module, Rejection};
use crate::tool::row::{key, rows, Row};

/// Makes or changes a row.
pub(super) fn set(arguments: &Set) -> Result<String, Failure> {
    let module = Module::find()?;
    let table = module.table()?;
    let table = rows(&table);
    let row = changed(&table, &arguments.host, &arguments.words)?;
    let before: Vec<_> = find(&table, &arguments.host).into_iter().cloned().collect();
    if !arguments.dry_run {
        write(&module, &format!("{}\n", row.line()))?;
    }
    Ok(Difference::new(&before, &[row]).print())
}

/// Deletes rows; all of them or none, as long as their names fit into one write.
pub(super) fn del(arguments: &Del) -> Result<String, Failure> {
    let module = Module::find()?;
    let table = module.table()?;
    let table = rows(&table);
    let mut gone = Vec::new();
    let mut text = String::new();
    for host in &arguments.hosts {
        gone.push(known(&table, host)?.clone());
        text += &format!("del {host}\n");
    }
    write(&module, &text)?;
    Ok(Difference::new(&gone, &[]).print())
}

/// Gives a row another name.
pub(super) fn rename(arguments: &Rename) -> Result<String, Failure> {
    let module = Module::find()?;
    let table = module.table()?;
    let table = rows(&table);
    let before = known(&table, &arguments.host)?;
    if find(&table, &arguments.name).is_some() {
        let what = format!("there is a host {} already", arguments.name);
        return Err(Failure::failed(what).help("delete it first, or choose another name"));
    }
    let after = Row {
        name: &arguments.name,
        words: before.words.clone(),
    };
    // The matches leave the one row before they come to the other one.
    write(&module, &format!("del {}\n{}\n", before.name, after.line()))?;
    Ok(Difference::new(&[before.clone()], &[after]).print())
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

/// The name that is most like one that is not there, if any is.
fn similar<'a>(table: &[Row<'a>], name: &str) -> Option<&'a str> {
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
            Edit::Remove(gone) => words.retain(|word| key(word) != gone),
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

/// Writes to the table.
fn write(module: &Module, text: &str) -> Result<(), Failure> {
    module.write(text).map_err(Rejection::into_failure)
}
