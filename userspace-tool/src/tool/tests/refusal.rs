// SPDX-License-Identifier: GPL-2.0

//! Refusals are read as they are written.

use crate::policy::{Outcome, Table, Writer};
use crate::tool::judge::SUPPORTED;
use crate::tool::refusal::Refused;

/// What the table's own code says of a text.
fn refused(text: &str) -> Refused {
    let (table, machine) = (Table::new(1), super::MACHINE);
    let mut writer = Writer::new();
    match writer.write(&table, &machine, &SUPPORTED, 0, text.as_bytes()) {
        Ok(Outcome::Publish(_) | Outcome::Staged) => panic!("{text:?} is taken"),
        Err(refusal) => Refused::parse(&refusal.to_string()).expect("it is one"),
    }
}

#[test]
fn all_parts_are_found() {
    let found = refused("host a name=a.example\nhost b cpu.mni=5%\n");
    assert_eq!((found.line, found.column), (2, 8));
    assert_eq!(found.errno, "EINVAL");
    assert_eq!(found.word.as_deref(), Some("cpu.mni=5%"));
    assert!(found.reason.starts_with("unknown key: expected one of"));
    let (what, help) = found.parts();
    assert_eq!(what, "cpu.mni=5%: unknown key");
    assert!(help.is_some_and(|help| help.starts_with("expected one of addr")));
}

#[test]
fn a_word_may_look_like_the_end_of_one() {
    let found = refused("host a ': '=x\n");
    assert_eq!(found.word.as_deref(), Some("\\':"));
    assert_eq!(found.reason, "expected key=value");
}

#[test]
fn there_may_be_no_word() {
    let found = Refused::parse("7:1: ENOMEM: no memory\n").expect("it is one");
    assert_eq!((found.line, found.column), (7, 1));
    assert_eq!((found.word, &*found.reason), (None, "no memory"));
}

#[test]
fn other_texts_are_none() {
    for text in ["", "\n", "1:1", "a:1: EINVAL: text", "1: EINVAL: text"] {
        assert_eq!(Refused::parse(text), None, "{text:?}");
    }
}
