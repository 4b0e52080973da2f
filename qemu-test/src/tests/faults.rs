// SPDX-License-Identifier: GPL-2.0
//! Every allocation fails once: what was begun is refused or goes on, nothing is left half done, and all works afterwards.

use crate::cgroup;
use crate::client::ask;
use crate::client::host4;
use crate::client::Connection;
use crate::faults::aim_at_the_module;
use crate::faults::workers;
use crate::faults::Armed;
use crate::faults::Outcome;
use crate::process::nice;
use crate::scene::plain_rows;
use crate::scene::row;
use crate::scene::rows;
use crate::scene::shown;
use crate::scene::until_in;
use crate::scene::IDLE;
use crate::server::Prefork;
use crate::server::Work;
use crate::server::GROUP;
use crate::vhqos;
use crate::vps::Shell;
use crate::wait::until;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

crate::tests! { "faults";
    loading(300, faults),
    unloading(600, faults),
    making_a_row(600, faults),
    changing_a_row(600, faults),
    changing_the_rows_of_a_host_and_a_vps(900, faults),
    deleting_a_row(600, faults),
    making_50_rows_at_once(600, faults),
    flushing(600, faults),
    flushing_under_a_bound_worker(600, faults),
    reading(300, faults),
    serving(600, faults),
}

/// Whose allocations fail.
#[derive(Clone, Copy, Debug)]
enum Whose {
    /// The test's own.
    Own,
    /// Those of the kernel's workers.
    Workers,
}

/// How often a round in which no worker came by is repeated: the kernel may choose one that was just made.
const TRIES: u32 = 20;

/// Calls `act` with the first allocation failing, then with the second, and so on until it needs no more; each time
/// `check` is told what came of it and whether one failed. What `act` is given was made before, with none failing.
/// The steps grow by one for `coarse` numbers.
fn each_failure<P, R>(
    whose: Whose,
    coarse: u32,
    mut prepare: impl FnMut() -> P,
    mut act: impl FnMut(P) -> R,
    mut check: impl FnMut(u32, bool, R),
) {
    let (mut nth, mut failed, mut unused) = (1, 0, 0);
    loop {
        let tasks = match whose {
            Whose::Own => vec![std::process::id() as i32],
            Whose::Workers => workers(),
        };
        let prepared = prepare();
        let armed = Armed::new(&tasks, nth);
        let result = act(prepared);
        let outcome = armed.disarm();
        check(nth, outcome == Outcome::Failed, result);
        match outcome {
            Outcome::Failed => {
                failed += 1;
                unused = 0;
                nth += 1 + nth / coarse;
            }
            Outcome::Fewer => break,
            Outcome::Unused => {
                unused += 1;
                if unused == TRIES {
                    break;
                }
            }
        }
    }
    println!("note: {whose:?}: {failed} failed, up to number {nth}");
}

/// What of the machine a refused write must not change.
fn world() -> String {
    let mut text = vhqos::read("table");
    for group in ["", "vhqos"] {
        if cgroup::exists(group) {
            let controllers = cgroup::read(group, "cgroup.subtree_control");
            text += &format!("/{group}: {controllers}\n");
        }
    }
    for vps in cgroup::children("vhqos.vps") {
        for file in ["cpu.weight", "cpu.max", "memory.max", "pids.max"] {
            let group = format!("vhqos.vps/{vps}");
            text += &format!("{group}/{file}: {}\n", cgroup::read(&group, file));
        }
    }
    for host in cgroup::children("vhqos") {
        let group = format!("vhqos/{host}");
        for file in [
            "cpu.weight",
            "cpu.max",
            "cpu.idle",
            "cgroup.type",
            "cgroup.threads",
        ] {
            let value = cgroup::read(&group, file);
            let value = if file == "cgroup.threads" {
                format!("{} threads", value.lines().count())
            } else {
                value
            };
            text += &format!("{group}/{file}: {value}\n");
        }
        let cpus = cgroup::path(&group).join("cpuset.cpus");
        text += &fs::read_to_string(cpus).unwrap_or_default();
    }
    text
}

/// Writes `text` to the open table, which is closed then.
fn write(mut table: File, text: &str) -> io::Result<()> {
    let written = table.write(text.as_bytes())?;
    assert_eq!(written, text.len());
    Ok(())
}

/// The table as one transaction.
fn whole(rows: &str) -> String {
    format!("begin\n{rows}commit\n")
}

/// The reason of a failed write: no memory, or, when the text itself could not be copied, that; by its number where the
/// kernel does not know the names (CONFIG_SYMBOLIC_ERRNAME).
#[track_caller]
fn check_reason(nth: u32, error: &io::Error) {
    let expected = match error.raw_os_error() {
        Some(libc::ENOMEM) => ["ENOMEM", "Error(12)"],
        Some(libc::EFAULT) => ["EFAULT", "Error(14)"],
        _ => panic!("number {nth}: {error}: {}", vhqos::last_error()),
    };
    let reason = vhqos::last_error();
    assert!(
        expected.iter().any(|text| reason.contains(text)),
        "number {nth}: {error}, and the reason is {reason:?}"
    );
}

/// Writes `text` to a table of `before` with each allocation failing: the write is refused and nothing has changed, or it
/// is taken and all of it is done.
fn each_failure_of_a_write(before: &str, text: &str, coarse: u32) {
    aim_at_the_module();
    vhqos::load_with("", before);
    each_failure_of_a_next_write(before, text, coarse);
    vhqos::unload();
}

/// The same with a table of `before` that is loaded.
fn each_failure_of_a_next_write(before: &str, text: &str, coarse: u32) {
    let old = world();
    vhqos::write_table(text);
    let new = world();
    vhqos::write_table(&whole(before));
    assert_eq!(world(), old, "put back");
    for whose in [Whose::Own, Whose::Workers] {
        // So that a reason that is left from before does not count.
        let _ = vhqos::try_write_table("nonsense\n");
        let check = |nth: u32, failed: bool, result: io::Result<()>| match result {
            Ok(()) => {
                assert_eq!(world(), new, "{whose:?}, number {nth}: taken");
                vhqos::write_table(&whole(before));
                assert_eq!(world(), old, "{whose:?}, number {nth}: put back");
            }
            Err(error) => {
                assert!(failed, "{whose:?}: refused without a failure: {error}");
                check_reason(nth, &error);
                assert_eq!(world(), old, "{whose:?}, number {nth}: refused");
                let _ = vhqos::try_write_table("nonsense\n");
            }
        };
        each_failure(
            whose,
            coarse,
            vhqos::open_table,
            |table| write(table, text),
            check,
        );
    }
}

fn loading() {
    aim_at_the_module();
    each_failure(
        Whose::Own,
        4,
        || (),
        |()| vhqos::try_load(""),
        |nth, failed, result| match result {
            Ok(()) => {
                vhqos::write_table(&plain_rows());
                vhqos::unload();
            }
            Err(error) => {
                assert!(failed, "not loaded without a failure: {error}");
                assert_eq!(error.raw_os_error(), Some(libc::ENOMEM), "number {nth}");
                assert!(!vhqos::is_loaded(), "number {nth}");
                assert!(
                    !std::path::Path::new("/proc/vhqos").exists(),
                    "number {nth}"
                );
                assert!(!cgroup::exists("vhqos"), "number {nth}");
            }
        },
    );
}

/// A worker that is bound, with its connection open, and that has another nice value for it.
fn bound_worker() -> (Prefork, Connection, i32) {
    let server = Prefork::usual(1);
    let mut connection = Connection::open(&host4(0));
    let answer = connection.ask(Work::Burn(10));
    assert_eq!(answer.group, shown("bank"));
    assert_eq!(nice(answer.task), -3);
    (server, connection, answer.task)
}

#[track_caller]
fn assert_at_home(task: i32, what: &str) {
    assert_eq!(cgroup::of(task), Some(format!("/{GROUP}")), "{what}");
    assert_eq!(nice(task), 0, "{what}");
}

/// What was taken is given back whatever fails: nobody is there any more who could do it later.
fn unloading() {
    aim_at_the_module();
    let rows = rows(["nice=-3", "cpuset.cpus=0", ""]);
    for whose in [Whose::Own, Whose::Workers] {
        let mut task = 0;
        let mut kept = None;
        vhqos::load_with("", &rows);
        kept.replace(bound_worker());
        if let Some(bound) = &kept {
            task = bound.2;
        }
        let check = |nth: u32, _, result| {
            let what = format!("{whose:?}, number {nth}");
            assert_eq!(result, Ok(()), "{what}");
            assert_at_home(task, &what);
            assert!(!cgroup::exists("vhqos"), "{what}");
            assert!(
                !cgroup::read("", "cgroup.subtree_control").contains("cpuset"),
                "{what}"
            );
            vhqos::load_with("", &rows);
            if let Some((_, connection, _)) = &mut kept {
                *connection = Connection::open(&host4(0));
                assert_eq!(
                    connection.ask(Work::Burn(10)).group,
                    shown("bank"),
                    "{what}"
                );
            }
        };
        each_failure(whose, 4, || (), |()| vhqos::unload_within(10.0), check);
        drop(kept);
        vhqos::unload();
    }
}

fn making_a_row() {
    let text =
        "host new addr=192.0.2.77 cpu.max=20% cpuset.cpus=0 nice=5 server=exe:/payload/qemu-test\n";
    each_failure_of_a_write(&rows(["cpu.min=20%", "", ""]), text, 6);
}

fn changing_a_row() {
    let text = "host bank addr=192.0.2.10 cpu.min=30% cpu.max=60%\n";
    each_failure_of_a_write(&rows(["cpu.min=20%", "", ""]), text, 6);
}

fn changing_the_rows_of_a_host_and_a_vps() {
    aim_at_the_module();
    vhqos::load("");
    let _init = Shell::init_of("acme");
    let tables = [
        ["cpu.min=20%", "memory.max=64M pids.max=40"],
        [
            "cpu.min=30% cpu.max=60%",
            "memory.max=48M pids.max=30 cpu.max=50%",
        ],
    ];
    let [before, after] =
        tables.map(|[host, vps]| row(0, host) + &format!("host acme vps=acme {vps}\n"));
    vhqos::write_table(&before);
    each_failure_of_a_next_write(&before, &after, 6);
    vhqos::unload();
}

fn deleting_a_row() {
    each_failure_of_a_write(&rows(["", "cpuset.cpus=0", ""]), "del flowers\n", 6);
}

fn making_50_rows_at_once() {
    let fifty: Vec<String> = (0..50)
        .map(|number| format!("host h{number} addr=192.0.2.{} cpu.min=1%\n", 100 + number))
        .collect();
    each_failure_of_a_write(&plain_rows(), &whole(&fifty.concat()), 2);
}

fn flushing() {
    each_failure_of_a_write(&rows(["cpu.min=20%", "cpuset.cpus=0", ""]), "flush\n", 6);
}

fn flushing_under_a_bound_worker() {
    aim_at_the_module();
    let rows = rows(["nice=-3", "", ""]);
    vhqos::load_with("", &rows);
    for whose in [Whose::Own, Whose::Workers] {
        let (_server, mut connection, task) = bound_worker();
        let check = |nth: u32, failed: bool, result: io::Result<()>| {
            let what = format!("{whose:?}, number {nth}");
            match result {
                Ok(()) => {
                    assert_at_home(task, &what);
                    assert!(!cgroup::exists("vhqos"), "{what}");
                    vhqos::write_table(&rows);
                    connection = Connection::open(&host4(0));
                }
                Err(error) => {
                    assert!(failed, "{what}: {error}");
                    assert_eq!(cgroup::of(task), Some(shown("bank")), "{what}");
                }
            }
            assert_eq!(
                connection.ask(Work::Burn(10)).group,
                shown("bank"),
                "{what}"
            );
        };
        each_failure(
            whose,
            64,
            vhqos::open_table,
            |table| write(table, "flush\n"),
            check,
        );
    }
}

/// What a file says now; `events` would let who reads it wait.
fn read_now(path: &Path) -> io::Result<String> {
    let mut options = File::options();
    options.read(true).custom_flags(libc::O_NONBLOCK);
    let mut text = String::new();
    match options.open(path)?.read_to_string(&mut text) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(text),
    }
}

fn reading() {
    aim_at_the_module();
    vhqos::load_with("", &rows(["cpu.min=20%", "cpuset.cpus=0", ""]));
    let _bound = Prefork::usual(2);
    ask(&host4(0), Work::Burn(10));
    for entry in fs::read_dir(vhqos::path("")).expect("readable") {
        let path = entry.expect("readable").path();
        let file = path.file_name().and_then(|name| name.to_str());
        let file = file.expect("plain names");
        let all = read_now(&path).expect("readable").lines().count();
        let check = |nth: u32, failed: bool, result: io::Result<String>| match result {
            Ok(text) => assert_eq!(text.lines().count(), all, "{file}, number {nth}: {text}"),
            Err(error) => {
                assert!(failed, "{file}: {error}");
                assert_eq!(
                    error.raw_os_error(),
                    Some(libc::ENOMEM),
                    "{file}, number {nth}"
                );
            }
        };
        each_failure(Whose::Own, 64, || (), |()| read_now(&path), check);
    }
}

/// A server whose way the module cannot go along answers all the same, and the next connection is bound again.
fn serving() {
    aim_at_the_module();
    vhqos::load_with("", &rows(["nice=-3", "", ""]));
    let mut nth = 1;
    loop {
        // Enrolled for the first time, bound, unbound: all of it in one life.
        let server = Prefork::usual(1);
        let task = server.pids()[0];
        let armed = Armed::new(&[task], nth);
        let answer = ask(&host4(0), Work::Burn(10));
        assert_eq!(answer.task, task, "number {nth}");
        until("the worker waits for the next", 20.0, || {
            crate::server::in_accept(task)
        });
        let outcome = armed.disarm();
        assert_ne!(outcome, Outcome::Unused, "the module allocates nothing?");
        assert_eq!(
            ask(&host4(1), Work::Burn(10)).group,
            shown("flowers"),
            "after number {nth}"
        );
        assert_eq!(
            ask(&host4(0), Work::Burn(10)).group,
            shown("bank"),
            "after number {nth}"
        );
        until_in(task, IDLE);
        until("the nice value is back", 10.0, || nice(task) == 0);
        if outcome == Outcome::Fewer {
            break;
        }
        nth += 1;
    }
    println!("note: {} failed", nth - 1);
    until("no channel is left", 20.0, || {
        vhqos::read("channels").is_empty()
    });
}
