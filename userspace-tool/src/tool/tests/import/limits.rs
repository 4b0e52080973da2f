// SPDX-License-Identifier: GPL-2.0

//! More than a row holds, and much of it.

use super::{import, made};
use crate::tool::row::rows;
use crate::tool::tests::within;
use insta::assert_snapshot;
use std::collections::HashSet;
use std::fmt::Write;

/// What a configuration becomes.
#[track_caller]
fn printed(words: &[&str], text: &str) -> String {
    made(words, text).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn more_names_and_addresses_than_a_row_holds_are_several_rows() {
    let mut text = String::from("<VirtualHost");
    for number in 1..=100 {
        write!(text, " 192.0.2.{number}:80").expect("memory");
    }
    text += ">\nServerName many.example\nServerAlias";
    for number in 0..1000 {
        write!(text, " number{number}.many.example").expect("memory");
    }
    text += "\n</VirtualHost>\n";
    let printed = printed(&["apache"], &text);
    let rows = rows(&printed);
    let hosts: HashSet<&str> = rows.iter().map(|row| row.name).collect();
    assert_eq!(hosts.len(), rows.len());
    assert_eq!(
        (rows[0].name, rows[1].name),
        ("many.example", "many.example-2")
    );
    let pairs: usize = rows
        .iter()
        .map(|row| row.values("name").count() * row.values("addr").count())
        .sum();
    assert_eq!(pairs, 1001 * 100);
    assert!(printed.contains("a host of its own"), "{printed}");
}

#[test]
fn a_name_in_more_rows_than_may_have_it_is_told() {
    let mut text = String::new();
    for number in 1..=70 {
        writeln!(
            text,
            "server {{ listen 192.0.2.{number}:80; server_name own{number}.example same.example; }}"
        )
        .expect("memory");
    }
    let printed = printed(&["nginx"], &text);
    assert_eq!(printed.matches("name=same.example").count(), 64);
    assert_eq!(printed.matches("64 rows have it").count(), 6);
}

#[test]
fn more_rows_than_a_table_holds_are_told() {
    let mut text = String::new();
    for number in 0..100_003 {
        writeln!(text, "server {{ server_name n{number}.example; }}").expect("memory");
    }
    let printed = printed(&["nginx"], &text);
    assert_eq!(rows(&printed).len(), 100_000);
    assert!(
        printed.contains("3 rows more are left out"),
        "{}",
        &printed[..300]
    );
}

#[test]
fn hundred_thousand_virtual_hosts_are_read_in_seconds() {
    let mut text = String::new();
    for number in 0..100_000 {
        writeln!(
            text,
            "<VirtualHost 192.0.2.{}:80>\nServerName h{number}.example\nServerAlias www.h{number}.example *.h{number}.example\n<Directory /srv/h{number}>\nRequire all granted\n</Directory>\n</VirtualHost>",
            number % 250
        )
        .expect("memory");
    }
    let printed = within(30, || printed(&["apache"], &text));
    assert_eq!(rows(&printed).len(), 100_000);
}

#[test]
fn twenty_thousand_users_are_read_in_seconds() {
    let mut text = String::from("<lveconfig>\n<defaults><cpu limit=\"25\"/></defaults>\n");
    for number in 0..20_000 {
        writeln!(
            text,
            "<lve id=\"{}\" user=\"user{number}\"><cpu limit=\"50\"/></lve>",
            100_000 + number
        )
        .expect("memory");
    }
    text += "</lveconfig>\n";
    let printed = within(3, || printed(&["lve", "--vps"], &text));
    assert_eq!(rows(&printed).len(), 20_000);
    assert!(printed.contains("\n# file:20002\n"), "{}", &printed[..300]);
}

#[test]
fn variables_that_never_end_are_read_in_seconds() {
    let text = format!("ServerName {}\n", "${".repeat(500_000));
    let read = within(3, || made(&["apache"], &text));
    assert!(read.is_ok());
}

#[test]
fn parameters_take_room_once() {
    let mut words = vec!["apache".to_owned()];
    for number in 0..5 {
        let path = "x".repeat(60);
        words.extend(["--set".to_owned(), format!("server=exe:/{path}{number}")]);
    }
    let mut text = String::from("<VirtualHost *:80>\nServerName room.example\nServerAlias");
    // 4,096 bytes but 258 for the name of the host and 370 for the parameters: 3,468.
    for number in 0..115 {
        write!(text, " number{number:03}.room.example").expect("memory");
    }
    text += "\n</VirtualHost>\n";
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(rows(&printed(&words, &text)).len(), 1);
}

#[test]
fn what_is_nested_without_end_is_read_without_a_crash() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let apache = deep("<IfModule x>\n", "</IfModule>\n");
    assert!(made(&["apache"], &apache).is_ok());
    assert!(made(&["apache"], deep("<Macro x>\n", "</Macro>\n")).is_ok());
    assert!(made(&["nginx"], deep("http {", "}")).is_ok());
    for text in [deep("[", "]"), deep("{a: ", "}"), deep("- ", "")] {
        let _ = made(&["cpanel-userdata"], &text[..20_000.min(text.len())]);
    }
    for text in [deep("<a>", "</a>"), deep("[", "]"), deep("{\"data\":", "")] {
        assert!(made(&["lve"], &text).is_err());
    }
}

#[test]
fn lines_that_grow_without_end_are_told() {
    let mut text = String::from("Define A aaaaaaaa\n");
    for _ in 0..40 {
        text += "Define A ${A}${A}\n";
    }
    assert_snapshot!(made(&["apache"], &text).unwrap_err(), @"vhqos: file:22: the line has more than 16 MiB with what its variables stand for: make them shorter");
    let mut text = String::from("<Macro M0 $a>\n</Macro>\n");
    for number in 1..60 {
        let before = number - 1;
        writeln!(text, "<Macro M{number} $a>\nUse M{before} $a$a\n</Macro>").expect("memory");
    }
    text += "Use M59 aaaa\n";
    assert_snapshot!(made(&["apache"], &text).unwrap_err(), @"vhqos: file:180: Use M38: a line of it has more than 16 MiB with these values");
    let mut text = String::from("<Macro M0>\n</Macro>\n");
    for number in 1..60 {
        let before = number - 1;
        writeln!(
            text,
            "<Macro M{number}>\nUse M{before}\nUse M{before}\n</Macro>"
        )
        .expect("memory");
    }
    text += "Use M59\n";
    assert_snapshot!(made(&["apache"], &text).unwrap_err(), @"vhqos: file:239: more than 1000000 files or macros are read up to here: take out the one by which one includes itself");
}

#[test]
fn all_that_is_printed_is_comments_rows_and_packages() {
    for words in ["apache @apache/unsayable.conf", "lve --vps @lve/ve.cfg"] {
        let text = import(words);
        let is_known = |line: &str| {
            line.is_empty()
                || ["# ", "host ", "package "]
                    .iter()
                    .any(|start| line.starts_with(start))
        };
        assert!(text.lines().all(is_known), "{text}");
    }
}
