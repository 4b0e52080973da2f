// SPDX-License-Identifier: GPL-2.0

//! Commands against a table that is a list of rows.

use std::net::IpAddr;

use crate::policy::Errno;

use super::{
    look_up,
    Desk,
    File, //
};

/// Few names and addresses, so that they clash.
const NAMES: [&str; 6] = ["a", "b", "c", "d", "default", "a.b"];
const PREFIXES: [(&str, &str, u8); 8] = [
    ("10.0.0.1", "10.0.0.1", 32),
    ("10.0.0.2", "10.0.0.2", 32),
    ("10.0.0.0/30", "10.0.0.0", 30),
    ("0.0.0.0/0", "0.0.0.0", 0),
    ("2001:db8::1", "2001:db8::1", 128),
    ("2001:db8::/64", "2001:db8::", 64),
    ("::/0", "::", 0),
    ("::ffff:10.0.0.1", "10.0.0.1", 32),
];
const PORTS: [&[(u16, u16)]; 6] = [
    &[],
    &[],
    &[(80, 80)],
    &[(80, 80), (443, 443)],
    &[(1000, 5000)],
    &[(1024, 1024), (2047, 2048)],
];

/// Numbers out of the input, zeros behind its end.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn below(&mut self, end: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        usize::from(*first) % end
    }
}

/// A match as its parts.
#[derive(Clone, PartialEq)]
struct ModelMatch {
    address: IpAddr,
    length: u8,
    ports: &'static [(u16, u16)],
}

impl ModelMatch {
    fn clashes(&self, other: &Self) -> bool {
        let overlap = |(a, b): (u16, u16)| other.ports.iter().any(|(c, d)| a <= *d && *c <= b);
        self.address == other.address
            && self.length == other.length
            && match (self.ports.is_empty(), other.ports.is_empty()) {
                (true, true) => true,
                (false, false) => self.ports.iter().copied().any(overlap),
                _ => false,
            }
    }
}

#[derive(Clone)]
struct ModelRow {
    name: &'static str,
    matches: Vec<ModelMatch>,
    /// In percent.
    min: u32,
    line: String,
}

fn any_row(source: &mut Source<'_>) -> ModelRow {
    let name = NAMES[source.below(NAMES.len())];
    let mut line = format!("host {name}");
    let mut matches = Vec::new();
    if name != "default" {
        for _ in 0..=source.below(3) {
            let (text, address, length) = PREFIXES[source.below(PREFIXES.len())];
            let ports = PORTS[source.below(PORTS.len())];
            let address: IpAddr = address.parse().unwrap();
            let list: Vec<String> = ports.iter().map(|(a, b)| format!("{a}-{b}")).collect();
            line += &match (list.is_empty(), text.split_once('/')) {
                (true, _) => format!(" addr={text}"),
                (false, None) if text.contains(':') => format!(" addr=[{text}]:{}", list.join(",")),
                (false, Some((front, length))) if text.contains(':') => {
                    format!(" addr=[{front}]/{length}:{}", list.join(","))
                }
                (false, _) => format!(" addr={text}:{}", list.join(",")),
            };
            matches.push(ModelMatch {
                address,
                length,
                ports,
            });
        }
    }
    if source.below(4) == 0 {
        line += " server=user:33";
    }
    let min = [0, 0, 20, 40][source.below(4)];
    if min > 0 {
        line += &format!(" cpu.min={min}%");
    }
    ModelRow {
        name,
        matches,
        min,
        line,
    }
}

/// Applies a row as a list would.
fn apply(rows: &mut Vec<ModelRow>, row: ModelRow) -> Result<(), Errno> {
    let old = rows.iter().position(|other| other.name == row.name);
    let old = old.map(|at| rows.remove(at));
    let own = |at: usize| row.matches[..at].iter();
    for (at, one) in row.matches.iter().enumerate() {
        let others = rows.iter().flat_map(|other| other.matches.iter());
        if others.chain(own(at)).any(|other| one.clashes(other)) {
            return Err(Errno::Eexist);
        }
    }
    let sum = rows.iter().map(|row| row.min).sum::<u32>() + row.min;
    if sum > 95 && row.min > old.map_or(0, |old| old.min) {
        return Err(Errno::Enospc);
    }
    rows.push(row);
    Ok(())
}

/// Commands made of any bytes, in writes of several lines, by two open files: the table is always
/// that of the list.
pub fn sequence(bytes: &[u8]) {
    let mut source = Source(bytes);
    let mut desk = Desk::new();
    let mut published: Vec<ModelRow> = Vec::new();
    let mut files = [Session::new(&desk), Session::new(&desk)];
    while !source.0.is_empty() {
        let session = &mut files[source.below(2)];
        session.write(&mut source, &mut desk, &mut published);
        let mut lines: Vec<String> = published.iter().map(|row| canonical(&row.line)).collect();
        lines.sort();
        assert_eq!(desk.sorted(), lines);
    }
    desk.check();
    for (_, address, _) in PREFIXES {
        for port in [79, 80, 443, 999, 1000, 1024, 2048, 5001] {
            look_up::compare(&desk, address.parse().unwrap(), port);
        }
    }
}

/// A line as it is printed.
fn canonical(line: &str) -> String {
    let desk = Desk::with(&format!("{line}\n"));
    desk.print().trim_end().into()
}

/// An open file and its transaction in the model.
struct Session {
    file: File,
    staged: Option<Vec<ModelRow>>,
    broken: bool,
}

impl Session {
    fn new(desk: &Desk) -> Self {
        Self {
            file: desk.open(),
            staged: None,
            broken: false,
        }
    }

    fn write(&mut self, source: &mut Source<'_>, desk: &mut Desk, published: &mut Vec<ModelRow>) {
        let mut text = String::new();
        let mut rows = published.clone();
        let mut staged = self.staged.clone();
        let mut expected = if self.broken {
            Err(Errno::Einval)
        } else {
            Ok(())
        };
        for _ in 0..=source.below(4) {
            let target = staged.as_mut().unwrap_or(&mut rows);
            let result = match source.below(8) {
                0 => {
                    let name = NAMES[source.below(NAMES.len())];
                    text += &format!("del {name}\n");
                    let before = target.len();
                    target.retain(|row| row.name != name);
                    if target.len() < before {
                        Ok(())
                    } else {
                        Err(Errno::Enoent)
                    }
                }
                1 => {
                    text += "flush\n";
                    target.clear();
                    Ok(())
                }
                2 => {
                    text += "begin\n";
                    let open = staged.is_some();
                    staged = Some(Vec::new());
                    if open {
                        Err(Errno::Einval)
                    } else {
                        Ok(())
                    }
                }
                3 => {
                    text += "commit\n";
                    match staged.take() {
                        Some(all) => {
                            rows = all;
                            Ok(())
                        }
                        None => Err(Errno::Einval),
                    }
                }
                _ => {
                    let row = any_row(source);
                    text += &format!("{}\n", row.line);
                    apply(target, row)
                }
            };
            expected = expected.and(result);
        }
        let result = desk.write(&mut self.file, text.as_bytes());
        assert_eq!(
            result.as_ref().err().map(|refusal| refusal.errno()),
            expected.err(),
            "{text}"
        );
        match result {
            Ok(_) => {
                *published = rows;
                self.staged = staged;
            }
            Err(_) => self.broken |= self.staged.take().is_some(),
        }
        assert_eq!(self.file.writer.in_transaction(), self.staged.is_some());
    }
}
