// SPDX-License-Identifier: GPL-2.0

//! What is said of the command line.

use crate::tool::arguments::Arguments;
use crate::tool::judge::unknown_key;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

/// All subcommands that are shown, by their names.
fn shown(above: &str, command: &Command, all: &mut Vec<(String, Command)>) {
    let name = format!("{above}{}", command.get_name());
    all.push((name.clone(), command.clone()));
    let below = command.get_subcommands().filter(|one| !one.is_hide_set());
    below.for_each(|one| shown(&format!("{name} "), one, all));
}

/// The command of a name.
fn command(name: &str) -> Command {
    let mut all = Vec::new();
    shown("", &Arguments::command(), &mut all);
    let found = all.into_iter().find(|(other, _)| other == name);
    found.expect("there is one").1
}

/// The keys of the table's grammar, as it says them itself.
fn keys() -> Vec<String> {
    let why = unknown_key("none").expect("there is no such key").reason;
    let (_, keys) = why.split_once(" one of ").expect("it says which");
    keys.split(", ").map(str::to_owned).collect()
}

#[test]
fn each_command_has_an_example() {
    let mut all = Vec::new();
    shown("", &Arguments::command(), &mut all);
    assert!(all.len() > 25, "{}", all.len());
    for (name, mut command) in all {
        for help in [command.render_help(), command.render_long_help()] {
            let help = help.to_string();
            let (_, examples) = help.split_once("Examples:\n").unwrap_or_default();
            let first = examples.lines().next().unwrap_or_default();
            assert!(first.starts_with(&format!("  {name}")), "{name}:\n{help}");
        }
    }
}

#[test]
fn the_file_is_described_with_all_its_keys() {
    let help = command("vhqos apply").render_long_help().to_string();
    let mut page = Vec::new();
    let manual = Man::new(command("vhqos apply"));
    manual.render(&mut page).expect("memory");
    let page = String::from_utf8(page).expect("it is text");
    let page = page.replace("\\-", "-");
    let statements = [
        "host NAME",
        "host NAME package=",
        "package NAME",
        "include PATTERN",
    ];
    let keys: Vec<String> = keys().iter().map(|key| format!("{key}=")).collect();
    assert!(keys.len() > 15, "{keys:?}");
    for text in [&help, &page] {
        assert!(text.contains("with # and all behind it on the line is a comment"));
        for start in statements
            .iter()
            .map(|text| (*text).to_owned())
            .chain(keys.clone())
        {
            let is_there = |line: &str| {
                let line = line
                    .strip_prefix("  ")
                    .filter(|line| !line.starts_with(' '));
                let mut heads = line.into_iter().flat_map(|line| line.split(", "));
                heads.any(|head| head.starts_with(&start))
            };
            assert!(text.lines().any(is_there), "{start}:\n{text}");
        }
    }
    // They stay as they are on a page of 80 columns.
    let lines = help.lines().skip_while(|line| *line != "The file:");
    let long = lines.filter(|line| line.starts_with(' ') && line.len() > 71);
    assert_eq!(long.collect::<Vec<_>>(), Vec::<&str>::new());
}
