// SPDX-License-Identifier: GPL-2.0

//! Whatever is in the files: nothing panics, and what is printed is always right.

use super::{check, made, run};
use crate::tool::import::apache::lines::lines;
use crate::tool::import::apache::words::words;
use crate::tool::import::cpanel::read_yaml;
use crate::tool::import::nginx::tokens::{Token, Tokens};
use crate::tool::row::rows;
use crate::tool::tests::Files;
use proptest::prelude::*;

/// Files that are like those of servers: pieces that mean something, in any order.
fn pieces(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(pieces).prop_map(str::to_owned),
        1 => "[ -~]{0,8}",
        1 => "\\PC{0,4}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

const APACHE: &[&str] = &[
    "<VirtualHost *:80>\n",
    "<VirtualHost 192.0.2.1:80 [2001:db8::1]:443>\n",
    "<VirtualHost 192.0.2.1>\n",
    "</VirtualHost>\n",
    "ServerName a.example\n",
    "ServerName b.example:80\n",
    "ServerAlias www.a.example *.a.example\n",
    "ServerAlias ",
    "Listen 8080\n",
    "<IfModule x>\n",
    "</IfModule>\n",
    "<Directory />\n",
    "</Directory>\n",
    "\\\n",
    "\"",
    "'",
    "${X}",
    "${",
    "Define X y\n",
    "Use M 1\n",
    "<Macro M $a>\n",
    "</Macro>\n",
    "$a",
    "#",
    "\n",
    " ",
    "<",
    ">",
    "/",
    "*",
    "[",
    "]",
    ":",
    "IncludeOptional file*\n",
    "\u{0}",
];

const NGINX: &[&str] = &[
    "server {",
    "server { listen 80;",
    "http {",
    "}",
    "}",
    ";",
    "listen 192.0.2.1:80;",
    "listen [2001:db8::1]:443 ssl;",
    "listen 8000-8100;",
    "server_name a.example www.a.example;",
    "server_name .a.example *.b.example;",
    "server_name ",
    "\"",
    "'",
    "\\",
    "${",
    "$",
    "#",
    "\n",
    " ",
    "x_by_lua_block {",
    "include file*;",
    "listen ",
    ":",
    "[",
    "~^",
    "*",
    "-",
    "0",
    "\u{0}",
];

const YAML: &[&str] = &[
    "servername: a.example\n",
    "serveralias: b.example c.example\n",
    "ip: 192.0.2.1\n",
    "port: 80\n",
    "ipv6:\n",
    "  2001:db8::1:\n",
    "    x: 1\n",
    "- ",
    "? ",
    ": ",
    "&a ",
    "*a ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\n",
    "---\n",
    "...\n",
    "'",
    "\"",
    "|\n",
    "  ",
    "!t ",
    "#",
];

const LVE: &[&str] = &[
    "<lveconfig>",
    "</lveconfig>",
    "<defaults>",
    "</defaults>",
    "<lve id=\"1001\">",
    "<lve id=\"1002\" user=\"müller jr\">",
    "<lve id=\"1003\" user=\"-\">",
    "<lve id=\"1004\" user=\"default\">",
    "</lve>",
    "<package id=\"p\">",
    "</package>",
    "<cpu limit=\"50%\"/>",
    "<cpu limit=\"99999999999999999999\"/>",
    "<pmem limit=\"18446744073709551615\"/>",
    "<nproc limit=\"5\"/>",
    "<io limit=\"7\"/>",
    "<io limit=\"9007199254740992\"/>",
    "<iops limit=\"9223372036854775808\"/>",
    "<x>",
    "&#0;",
    "ID SPEED PMEM\n",
    "5 50 1G\n",
    "{\"data\":[",
    "{\"ID\":\"a\",\"PMEM\":\"5K\"}",
    "]}",
    ",",
    "\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for format in [&["apache"][..], &["nginx"], &["cpanel-userdata"], &["lve", "--vps"]] {
            let _ = made(format, &bytes);
        }
    }

    #[test]
    fn whatever_apache_reads_is_printed_right(text in pieces(APACHE)) {
        let _ = made(&["apache"], &text);
    }

    #[test]
    fn whatever_nginx_reads_is_printed_right(text in pieces(NGINX)) {
        let _ = made(&["nginx"], &text);
    }

    #[test]
    fn whatever_cpanel_writes_is_printed_right(text in pieces(YAML)) {
        let _ = made(&["cpanel-userdata"], &text);
    }

    #[test]
    fn whatever_lvectl_writes_is_printed_right(text in pieces(LVE)) {
        let _ = made(&["lve", "--vps", "--device", "8:0"], &text);
        let _ = made(&["lve"], &text);
    }

    #[test]
    fn whatever_a_user_of_lve_is_called_and_gets_is_printed_right(
        user in "[ !#-%'-;=-~À-ž]{1,20}",
        limits in prop::array::uniform5(any::<u64>()),
    ) {
        let [cpu, pmem, nproc, io, iops] = limits;
        let text = format!(
            "<lveconfig><lve id=\"1\" user=\"{user}\"><cpu limit=\"{cpu}%\"/><pmem limit=\"{pmem}\"/>\
            <nproc limit=\"{nproc}\"/><io limit=\"{io}\"/><iops limit=\"{iops}\"/></lve></lveconfig>"
        );
        let text = made(&["lve", "--vps", "--device", "8:0"], text).unwrap();
        prop_assert_eq!(rows(&text).len(), 1);
    }

    #[test]
    fn whatever_users_of_cpanel_are_called_they_are_printed_right(
        users in prop::collection::btree_set("[^/.\\x00][^/\\x00]{0,40}", 1..4)
    ) {
        let files = users.iter().enumerate().map(|(number, user)| {
            (format!("{user}/site"), format!("servername: s{number}.example\n"))
        });
        let files: Vec<(String, String)> = files.collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
        let files = Files::new(&files);
        let directory = files.directory.path().to_str().expect("it is text");
        let words = ["cpanel-userdata", "--by-user", directory];
        let text = run(words.into_iter().map(str::to_owned)).unwrap();
        check(&text);
        prop_assert_eq!(rows(&text).len(), users.len());
    }

    #[test]
    fn words_of_apache_are_what_was_quoted(wanted in prop::collection::vec("\\PC{0,12}", 0..6)) {
        let quoted = wanted.iter().map(|word| {
            format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
        });
        let line = quoted.collect::<Vec<_>>().join(" \t");
        prop_assert_eq!(words(&line), wanted);
    }

    #[test]
    fn words_of_nginx_are_what_was_quoted(wanted in prop::collection::vec("[^\u{0}]{0,12}", 1..6)) {
        let quoted = wanted.iter().map(|word| {
            format!("'{}'", word.replace('\\', "\\\\").replace('\'', "\\'"))
        });
        let text = quoted.collect::<Vec<_>>().join("\n# '\n");
        for (end, token) in [(";", Token::Simple(wanted.clone())), (" {", Token::Open(wanted.clone()))] {
            let text = format!("{text}{end}");
            let mut tokens = Tokens::new(&text);
            prop_assert_eq!(tokens.next(), Ok(Some(token)));
            prop_assert_eq!(tokens.next(), Ok(None));
        }
    }

    #[test]
    fn no_text_is_lost_between_lines(text in "[a-c\\\\ \n]{0,40}") {
        let joined: String = lines(&text).map(|(_, line)| line).collect();
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>();
        prop_assert_eq!(letters(&joined), letters(&text));
    }

    #[test]
    fn yaml_is_read_to_its_end(text in pieces(YAML)) {
        // The parser's own loop ends, too.
        let _ = read_yaml(&text);
    }
}
