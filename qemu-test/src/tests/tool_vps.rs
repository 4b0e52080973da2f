// SPDX-License-Identifier: GPL-2.0
//! The `vhqos` command and VPSes.

use crate::process::Child;
use crate::tests::tool::call;
use crate::tests::tool::done;
use crate::tests::tool::fails;
use crate::tests::tool::said;
use crate::tests::tool::Said;
use crate::tests::tool::TOOL;
use crate::vhqos;
use crate::vps;
use crate::vps::assert_member;
use crate::vps::Shell;
use crate::wait::until;
use crate::wait::until_some;
use std::fs;
use std::io::Write;
use std::process::Command;
use std::process::Stdio;

crate::tests! { "tool";
    command_runs_in_a_vps_and_its_end_is_its_own(20),
    init_is_started_entered_and_killed(30),
    refusals_of_vpses_say_what_to_do(20),
    threads_of_members_and_sockets_are_explained(20),
}

/// What an init writes before it sleeps: its number, its group, its parent's number, and how many processes it sees.
const INIT: &str = "
{ echo $$ $PPID; cat /proc/1/cgroup; ls -d /proc/[0-9]* | wc -l; } > /tmp/said.new
mv /tmp/said.new /tmp/said
exec sleep 1000
";

/// Calls the command with these words, the last of which is a script for `sh -c`.
fn with_script(words: &str, script: &str) -> Said {
    let mut command = Command::new(TOOL);
    command.args(words.split_whitespace());
    command.args(["sh", "-c", script]);
    said(command.output().expect("the command runs"))
}

fn command_runs_in_a_vps_and_its_end_is_its_own() {
    vhqos::load_with("", "host gold vps=acme cpu.min=10% pids.max=50\n");
    let ran = with_script(
        "run --vps acme",
        "cat /proc/self/cgroup; echo no >&2; exit 7",
    );
    assert_eq!((ran.status, &*ran.err), (Some(7), "no\n"));
    assert!(ran.out.contains("/vhqos.vps/acme\n"), "{}", ran.out);
    let killed = with_script("run --vps acme --", "kill -TERM $$");
    assert_eq!(killed.status, None, "{}", killed.err);
    let why = fails("run --vps other no-such-command", 127);
    assert!(
        why.starts_with("vhqos: there is no command no-such-command: "),
        "{why}"
    );
    let why = fails("run --vps other /etc/passwd", 126);
    assert!(why.contains("/etc/passwd may not be executed"), "{why}");
    // Nothing was joined, and the one that was there is empty.
    let listed = done("vps list");
    let lines: Vec<_> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    let words: Vec<_> = lines[1].split_whitespace().collect();
    assert_eq!(words[..5], ["acme", "-", "empty", "0", "0"], "{listed}");
    assert_eq!(
        words[6..],
        ["gold", "cpu.min=10%", "pids.max=50"],
        "{listed}"
    );
}

fn init_is_started_entered_and_killed() {
    vhqos::load("");
    let _ = fs::remove_file("/tmp/said");
    let started = with_script("vps start acme --", INIT);
    assert_eq!((started.status, &*started.err), (Some(0), ""));
    let init = vps::field("acme", "init");
    assert_eq!(
        started.out,
        format!("the init of VPS acme is process {init}\n")
    );
    assert_member(init.parse().expect("a number"), "acme");
    let text = until_some("the init wrote", 10.0, || {
        fs::read_to_string("/tmp/said").ok()
    });
    let lines: Vec<_> = text.lines().collect();
    // It, `ls` and `wc`, and whoever runs these: nobody of the machine's own.
    let seen: u32 = lines
        .last()
        .and_then(|count| count.parse().ok())
        .expect("a number");
    assert_eq!(
        (lines[0], &*vps::shown("acme"), seen < 5),
        ("1 0", lines[1].trim_start_matches("0::"), true),
        "{text}"
    );
    until("it is what it executed", 10.0, || {
        let name = fs::read_to_string(format!("/proc/{init}/comm"));
        name.is_ok_and(|name| name == "sleep\n")
    });
    let again = with_script("vps start acme --", "exit 0");
    assert_eq!(again.status, Some(1));
    let why = "vhqos: refused: acme: this VPS is running: choose another name, or `vhqos vps kill acme` first\n";
    assert_eq!((&*again.out, &*again.err), ("", why));

    let script =
        "echo $0; cat /proc/1/comm /proc/self/cgroup; readlink /proc/self/ns/pid; pwd; exit 5\n";
    let entered = shell("acme", script);
    assert_eq!(entered.status, Some(5), "{}", entered.err);
    let pid_namespace = fs::read_link(format!("/proc/{init}/ns/pid")).expect("it lives");
    let lines: Vec<_> = entered.out.lines().collect();
    assert!(
        lines[0].starts_with('-'),
        "it is no login shell: {}",
        entered.out
    );
    assert_eq!(lines[1], "sleep");
    assert_eq!(lines[2].trim_start_matches("0::"), vps::shown("acme"));
    assert_eq!(lines[3], pid_namespace.to_string_lossy());
    assert_eq!(lines[4], "/root");

    assert_eq!(done("vps kill acme"), "");
    assert_eq!(vps::field("acme", "state"), "empty");
    assert_eq!(
        fails("vps shell acme", 1),
        "vhqos: VPS acme has no init: `vhqos vps start acme -- INIT` starts one\n"
    );
    let waited = with_script("vps start --wait acme --", "echo here; exit 3");
    assert_eq!(
        (waited.status, &*waited.out),
        (Some(3), "here\n"),
        "{}",
        waited.err
    );
    assert_eq!(done("vps stop acme"), "");
    assert!(done("vps list").starts_with("no VPSes"));
}

/// A shell in a VPS that reads a script.
fn shell(name: &str, script: &str) -> Said {
    let mut command = Command::new(TOOL);
    command.args(["vps", "shell", name]).stdin(Stdio::piped());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(script.as_bytes()).expect("it reads");
    drop(input);
    said(child.wait_with_output().expect("it ends"))
}

fn refusals_of_vpses_say_what_to_do() {
    vhqos::load("");
    let shell = Shell::init_of("acme");
    let pid = shell.pid();
    for (words, status, expected) in [
        (
            "vps start b 4000000".to_owned(),
            1,
            "4000000: no process has this number: `ps -e` lists",
        ),
        (
            format!("vps start b {pid}"),
            1,
            "this process is in VPS acme: stop that one first",
        ),
        (
            "vps start b 1".to_owned(),
            1,
            "process 1 is the machine's own init",
        ),
        ("vps start b 2".to_owned(), 1, "a thread of the kernel"),
        (
            "vps stop b".to_owned(),
            1,
            "b: no VPS has this name: `vhqos vps list` shows them",
        ),
        (
            "vps kill b".to_owned(),
            1,
            "b: no VPS has this name: `vhqos vps list` shows them",
        ),
        (
            "vps shell b".to_owned(),
            1,
            "there is no VPS b: `vhqos vps list` shows them",
        ),
        (
            "vps start b -- /no/init".to_owned(),
            127,
            "there is no command /no/init",
        ),
        ("vps stop a/b".to_owned(), 2, "bad name"),
    ] {
        let why = fails(&words, status);
        assert!(why.contains(expected), "{words}: {why}");
    }
    // Nothing was made on the way.
    assert_eq!(vhqos::records("vps").len(), 1);
}

fn threads_of_members_and_sockets_are_explained() {
    let path = "/tmp/explained.sock";
    let _ = fs::remove_file(path);
    let _listener = std::os::unix::net::UnixListener::bind(path).expect("/tmp is writable");
    vhqos::load_with(
        "",
        &format!("host pool addr=unix:{path}\nhost gold vps=acme\n"),
    );
    let said = done("explain unix:/tmp/../tmp/explained.sock");
    assert!(
        said.starts_with("unix:/tmp/../tmp/explained.sock is pool's\n"),
        "{said}"
    );
    let said = done("explain unix:/tmp/other.sock");
    assert!(
        said.starts_with("unix:/tmp/other.sock is nobody's\n"),
        "{said}"
    );
    let child = Child::new(vps::ORIGIN, |_| {
        std::thread::spawn(|| loop {
            std::thread::park();
        });
        loop {
            std::thread::park();
        }
    });
    let pid = child.pid();
    done(&format!("vps start acme {pid}"));
    let thread = until_some("it has a thread", 10.0, || {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
        let numbers = tasks.filter_map(|one| one.ok()?.file_name().to_str()?.parse().ok());
        numbers.into_iter().find(|number: &i32| *number != pid)
    });
    let members = vhqos::records("members");
    assert_eq!(
        (members.len(), members[0]["threads"].as_str()),
        (1, "2"),
        "{members:?}"
    );
    let said = done(&format!("explain {thread}"));
    let wanted = format!("thread {thread} of process {pid} is the init of VPS acme\n  it has the class of gold, whose vps=acme is\n");
    assert!(said.starts_with(&wanted), "{said}");
    assert_eq!(call(&format!("explain {pid}")).status, Some(0));
}
