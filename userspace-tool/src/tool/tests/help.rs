// SPDX-License-Identifier: GPL-2.0

//! What is said of the command line.

use crate::tool::arguments::{Arguments, Generate};
use crate::tool::command::generate::generate;
use crate::tool::judge::unknown_key;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use std::fs;
use std::process;

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

#[test]
fn each_command_has_a_manual_page() {
    let directory = tempfile::tempdir().expect("room");
    let said = generate(&Generate {
        completions: None,
        manual: Some(directory.path().to_owned()),
    });
    assert_eq!(said.ok().as_deref(), Some(""));
    let mut all = Vec::new();
    shown("", &Arguments::command(), &mut all);
    for (name, _) in all {
        let file = format!("{}.1", name.replace(' ', "-"));
        let page = fs::read_to_string(directory.path().join(&file)).expect("there is a page");
        for part in [".TH ", ".SH NAME", ".SH SYNOPSIS", "Examples:"] {
            assert!(page.contains(part), "{file}: {part}");
        }
    }
}

/// What bash offers behind these words, of which the last one was begun.
fn offered(words: &[&str]) -> Vec<String> {
    let script = generate(&Generate {
        completions: Some(Shell::Bash),
        manual: None,
    });
    let (last, before) = words.split_last().expect("some words");
    let script = format!(
        "{}\nCOMP_WORDS=({}) COMP_CWORD={}\n_vhqos vhqos '{last}' '{}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        script.expect("it is printed"),
        words.join(" "),
        before.len(),
        before.last().expect("the command"),
    );
    let output = process::Command::new("bash").args(["-c", &script]).output();
    let output = output.expect("bash is there");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    let text = String::from_utf8(output.stdout).expect("it is text");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_and_options() {
    assert_eq!(offered(&["vhqos", "ap"]), ["apply"]);
    assert_eq!(offered(&["vhqos", "vps", "sto"]), ["stop"]);
    assert_eq!(offered(&["vhqos", "apply", "--dry"]), ["--dry-run"]);
    assert_eq!(offered(&["vhqos", "nothing-like-it"]), [""]);
}

#[test]
fn zsh_and_fish_know_all_commands() {
    for shell in [Shell::Zsh, Shell::Fish] {
        let script = generate(&Generate {
            completions: Some(shell),
            manual: None,
        });
        let script = script.expect("it is printed");
        for one in Arguments::command().get_subcommands() {
            let name = one.get_name();
            assert!(
                one.is_hide_set() || script.contains(name),
                "{shell}: {name}"
            );
        }
    }
}
