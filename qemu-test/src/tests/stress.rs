// SPDX-License-Identifier: GPL-2.0
//! stress-ng: sockets, processes and descriptors without end, while the table changes under it.

use crate::cgroup;
use crate::server::GROUP;
use crate::tests::servers::scene::nothing_is_left;
use crate::vhqos;
use crate::wait::setting;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::scope;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

crate::tests! { "stress";
    stress_ng_says_the_same_with_and_without_the_module(300),
    rows_change_while_stress_ng_runs(1200, debug),
}

/// What has to do with accept, clone, dup and close.
const STRESSORS: [&str; 8] = [
    // One connection of `sock` lasts for seconds here; `sockmany` makes many.
    "sock", "sockmany", "fork", "clone", "dup", "close", "sockfd", "io-uring",
];

/// Whom the rows let be bound.
const WHO: &str = "server=exe:/usr/bin/stress-ng";

/// Tables that take turns.
fn tables() -> [String; 5] {
    [
        format!("begin\nhost one addr=127.0.0.1 {WHO} cpu.max=50%\ncommit\n"),
        format!("host two addr=127.0.0.0/8 {WHO}\nhost three addr=::1 {WHO} cpu.min=10%\n"),
        format!("host one addr=127.0.0.1 {WHO} nice=5 cpu.weight=10\n"),
        "del one\n".to_owned(),
        "flush\n".to_owned(),
    ]
}

/// Starts one instance of each stressor for so many seconds.
fn start(seconds: u64) -> Child {
    cgroup::make(GROUP);
    let mut command = Command::new("stress-ng");
    command.args(
        STRESSORS
            .iter()
            .flat_map(|name| [format!("--{name}"), "1".to_owned()]),
    );
    let seconds = seconds.to_string();
    command.args(["--verify", "--temp-path", "/tmp", "--timeout", &seconds]);
    // SAFETY: entering a group opens and writes one file.
    unsafe {
        command.pre_exec(|| {
            cgroup::enter(GROUP);
            Ok(())
        });
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::from(
            File::create("/run/stress.log").expect("/run is writable"),
        ))
        .spawn()
        .expect("stress-ng")
}

/// How it ended, and what it says of each stressor: `skipped: 0`, `passed: 7: clone (1) ...`, `failed: 0`.
fn verdict(child: &mut Child) -> Vec<String> {
    let status = child.wait().expect("a child");
    let mut text = std::fs::read_to_string("/run/stress.log").expect("its log");
    let output = child.stdout.as_mut().expect("a pipe");
    output.read_to_string(&mut text).expect("text");
    let mut lines: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_once("] ").map(|(_, rest)| rest.to_owned()))
        .filter(|line| {
            [
                "skipped: ",
                "passed: ",
                "failed: ",
                "metrics untrustworthy: ",
            ]
            .iter()
            .any(|word| line.starts_with(word))
        })
        .collect();
    if !status.success() || !text.contains("passed: ") {
        lines.extend(text.lines().map(str::to_owned));
    }
    lines.push(status.to_string());
    lines
}

fn stress_ng_says_the_same_with_and_without_the_module() {
    const SECONDS: u64 = 10;
    // See `says`: so may the first one be.
    let absent = (0..3)
        .map(|_| verdict(&mut start(SECONDS)))
        .find(|said| said.iter().any(|line| line == "exit status: 0"))
        .expect("it ends well without the module, at last");
    println!("note: {}", absent.join("; "));
    assert!(
        absent.iter().any(|line| line.starts_with("passed: ")),
        "{absent:?}"
    );
    vhqos::load("");
    says(&absent, SECONDS, "an empty table");
    vhqos::write_table(&tables()[1]);
    says(&absent, SECONDS, "a table with rows");
    assert!(vhqos::host("two", "accepted") > 0, "stress-ng was not seen");
    nothing_is_left();
}

/// Runs stress-ng, and once more when it says something else: on a machine that is busy with something else it is now
/// and then killed for being late, with and without the module.
#[track_caller]
fn says(expected: &[String], seconds: u64, when: &str) {
    let first = verdict(&mut start(seconds));
    if first != expected {
        println!("note: with {when}, at first: {}", first.join("; "));
        assert_eq!(verdict(&mut start(seconds)), expected, "with {when}, twice");
    }
}

/// Reads the files, one after another, until the other end of `running` is gone.
fn read_all(running: &Receiver<()>) {
    const FILES: [&str; 6] = [
        "table",
        "channels",
        "tasks",
        "descriptors",
        "flags",
        "status",
    ];
    for file in FILES.iter().cycle() {
        if running.recv_timeout(Duration::from_millis(100)) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        vhqos::read(file);
    }
}

/// For half a minute, or as long as the run's setting `stress` says; a new table each second, or
/// as soon as the one before is written where that takes longer.
fn rows_change_while_stress_ng_runs() {
    let seconds = setting("stress")
        .and_then(|text| text.parse().ok())
        .unwrap_or(30);
    vhqos::load("");
    let mut child = start(seconds);
    let (mut accepted, mut rounds) = (0, 0);
    let began = Instant::now();
    scope(|scope| {
        let (_running, running) = channel();
        scope.spawn(move || read_all(&running));
        while child.try_wait().expect("a child").is_none() {
            let tables = tables();
            vhqos::write_table(&tables[rounds as usize % tables.len()]);
            rounds += 1;
            sleep(Duration::from_secs(rounds).saturating_sub(began.elapsed()));
            accepted += vhqos::records("hosts")
                .iter()
                .map(|host| host["accepted"].parse::<u64>().expect("a number"))
                .sum::<u64>();
        }
    });
    let verdict = verdict(&mut child);
    println!(
        "note: {rounds} tables, {accepted} accepts in {} s; {}",
        began.elapsed().as_secs(),
        verdict.join("; ")
    );
    assert_eq!(
        verdict.last().map(String::as_str),
        Some("exit status: 0"),
        "{verdict:?}"
    );
    assert!(accepted > 0, "stress-ng was not seen");
    vhqos::write_table(&tables()[1]);
    nothing_is_left();
}
