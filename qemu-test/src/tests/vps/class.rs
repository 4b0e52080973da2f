// SPDX-License-Identifier: GPL-2.0
//! What the row of a VPS gives it, by the kernel's own files and accounting.

use crate::cgroup;
use crate::client::ask;
use crate::client::host4;
use crate::client::Connection;
use crate::process::Child;
use crate::scene::row;
use crate::scene::shown;
use crate::server::burn;
use crate::server::Prefork;
use crate::server::Work;
use crate::server::GROUP;
use crate::statistics::assert_within;
use crate::vhqos;
use crate::vps;
use crate::vps::Shell;
use crate::vps::ORIGIN;
use crate::wait::until;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

crate::tests! { "vps";
    parameters_reach_the_kernel_and_go_again(30),
    controllers_are_given_when_needed_and_taken_back(40),
    parameters_that_the_kernel_refuses_change_nothing(40),
    refused_write_changes_nobodys_server(30),
    processes_are_limited_in_one_and_not_in_the_other(60),
    memory_is_limited_in_one_and_not_in_the_other(60),
    cap_of_a_vps_holds(60),
    hosts_and_vpses_have_their_guarantees(120),
    vps_without_a_row_has_the_default_weight(90),
    idle_rows_do_not_starve_who_accepts_for_them(20),
}

/// Every parameter of a row, and what the files say with it and without.
fn parameters_reach_the_kernel_and_go_again() {
    vhqos::load("");
    let disk = std::fs::read_to_string("/sys/block/vda/dev").expect("the guest's disk");
    let disk = disk.trim();
    let words = format!(
        "cpu.max=50% cpuset.cpus=1 memory.max=64M memory.high=48M memory.min=1M pids.max=40 \
         io.max={disk},rbps=1048576,wiops=100 io.weight=200"
    );
    let words = words.replace("  ", " ");
    let with = [
        ("cpuset.cpus", "1".to_owned()),
        ("memory.max", "67108864".to_owned()),
        ("memory.high", "50331648".to_owned()),
        ("memory.min", "1048576".to_owned()),
        ("pids.max", "40".to_owned()),
        (
            "io.max",
            format!("{disk} rbps=1048576 wbps=max riops=max wiops=100"),
        ),
        ("io.weight", "default 200".to_owned()),
    ];
    let without = [
        ("cpu.max", "max 100000"),
        ("cpuset.cpus", ""),
        ("memory.max", "max"),
        ("memory.high", "max"),
        ("memory.min", "0"),
        ("pids.max", "max"),
        ("io.max", ""),
        ("io.weight", "default 100"),
    ];
    let group = vps::group("acme");
    for row_first in [true, false] {
        let line = format!("host tenant vps=acme {words}\n");
        let shell;
        if row_first {
            vhqos::write_table(&line);
            shell = Shell::init_of("acme");
        } else {
            shell = Shell::init_of("acme");
            vhqos::write_table(&line);
        }
        assert_eq!(vhqos::read("table"), line);
        for (file, value) in &with {
            assert_eq!(cgroup::read(&group, file), *value, "{file}");
        }
        assert_eq!(vhqos::records("hosts")[0]["group"], "made");
        vhqos::write_table("host tenant vps=acme memory.max=32M\n");
        assert_eq!(cgroup::read(&group, "memory.max"), "33554432");
        assert_eq!(cgroup::read(&group, "pids.max"), "max");
        vhqos::write_table(&line);
        vhqos::write_table("del tenant\n");
        for (file, value) in without {
            assert_eq!(cgroup::read(&group, file), value, "{file}");
        }
        vps::assert_member(shell.pid(), "acme");
        vps::command("stop acme");
    }
}

fn controllers_are_given_when_needed_and_taken_back() {
    let given = || cgroup::read("", "cgroup.subtree_control");
    vhqos::load("");
    let shell = Shell::init_of("acme");
    assert_eq!(given(), "cpu", "who asks for nothing needs none");
    vhqos::write_table("host a vps=acme memory.max=1G\nhost b vps=other pids.max=5\n");
    assert_eq!(given(), "cpu memory");
    let other = Shell::init_of("other");
    assert_eq!(given(), "cpu memory pids");
    assert_eq!(cgroup::read("vhqos.vps/other", "pids.max"), "5");
    vps::command("stop acme");
    vps::command("stop other");
    assert_eq!(given(), "cpu");
    // What was there before stays.
    cgroup::write("", "cgroup.subtree_control", "+pids");
    let third = Shell::init_of("other");
    vhqos::write_table("flush\n");
    vps::command("stop other");
    assert_eq!(given(), "cpu pids");
    cgroup::write("", "cgroup.subtree_control", "-pids");
    drop((shell, other, third));
    // The hosts' domain and the VPSes' need the same: who goes last takes it back.
    for slice in ["system.slice", "user.slice", ""] {
        cgroup::write(slice, "cgroup.subtree_control", "-cpu");
    }
    vhqos::write_table(&row(0, ""));
    let shell = Shell::init_of("acme");
    vhqos::write_table("flush\n");
    assert_eq!(given(), "cpu");
    vps::command("stop acme");
    assert_eq!(given(), "");
    drop(shell);
}

/// A device that is not there.
fn parameters_that_the_kernel_refuses_change_nothing() {
    vhqos::load("");
    let shell = Shell::init_of("acme");
    let bank = row(0, "cpu.max=50% cpu.weight=300");
    let good = format!("{bank}host tenant vps=acme memory.max=64M pids.max=40\n");
    vhqos::write_table(&good);
    let bank = || ["cpu.weight", "cpu.max"].map(|file| cgroup::read("vhqos/bank", file));
    let before = bank();
    let bad = "host tenant vps=acme memory.max=32M pids.max=20 io.max=4000:7,rbps=1000\n";
    // The hosts get theirs before the VPSes do.
    let other = row(0, "cpu.max=20% cpu.weight=50") + bad;
    let error = vhqos::try_write_table(&other).expect_err("no such device");
    assert_eq!(error.raw_os_error(), Some(libc::ENODEV), "{error}");
    assert_eq!(bank(), before);
    let error = vhqos::try_write_table(bad).expect_err("no such device");
    assert_eq!(error.raw_os_error(), Some(libc::ENODEV), "{error}");
    assert!(
        vhqos::last_error()
            .contains("4000:7 rbps=1000 wbps=max riops=max wiops=max to vhqos.vps/acme/io.max"),
        "{}",
        vhqos::last_error()
    );
    assert_eq!(vhqos::read("table"), good);
    assert_eq!(cgroup::read("vhqos.vps/acme", "memory.max"), "67108864");
    assert_eq!(cgroup::read("vhqos.vps/acme", "pids.max"), "40");
    // The same when the VPS starts later than its row is written.
    vps::command("stop acme");
    vhqos::write_table(bad);
    let error = vps::try_command(&format!("start acme {}", shell.pid())).expect_err("no device");
    assert_eq!(error.raw_os_error(), Some(libc::ENODEV), "{error}");
    assert!(vhqos::last_error().contains("vhqos.vps/acme/io.max"));
    assert_eq!(vhqos::read("vps"), "");
    assert_eq!(cgroup::of(shell.pid()), Some(format!("/{ORIGIN}")));
    assert!(!cgroup::exists("vhqos.vps"));
}

/// The row of a host names another program, and the write is refused for a VPS's.
fn refused_write_changes_nobodys_server() {
    let own = std::fs::read_link("/proc/self/exe").expect("proc");
    let bank = row(0, &format!("server=exe:{}", own.display()));
    vhqos::load_with("", &(bank + "host tenant vps=acme pids.max=40\n"));
    let _shell = Shell::init_of("acme");
    let _server = Prefork::usual(1);
    let other = row(0, "server=exe:/usr/bin/sleep");
    let bad = other + "host tenant vps=acme io.max=4000:7,rbps=1000\n";
    vhqos::try_write_table(bad).expect_err("no such device");
    // The first request: those behind it are not a proof, for files are looked for again.
    assert_eq!(ask(&host4(0), Work::Burn(20)).group, shown("bank"));
}

/// Makes as many processes as there can be.
const BOMB: &str = "(for i in $(seq 200); do sleep 1000 & done) >/dev/null 2>&1; echo $?";

fn number(group: &str, file: &str, key: &str) -> u64 {
    let text = cgroup::read(group, file);
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("no {key} in {file}: {text}"))
}

fn processes_are_limited_in_one_and_not_in_the_other() {
    vhqos::load_with(
        "",
        "host a vps=acme pids.max=30\nhost b vps=other pids.max=400\n",
    );
    let mut acme = Shell::init_of("acme");
    let mut other = Shell::init_of("other");
    assert_ne!(acme.run(BOMB), "0", "the bomb was stopped");
    // The subshell that could make no more is gone.
    assert_eq!(number("vhqos.vps/acme", "pids.current", ""), 29);
    assert!(number("vhqos.vps/acme", "pids.events", "max ") > 0);
    assert_eq!(vps::field("acme", "processes"), "29");
    assert_eq!(other.run(BOMB), "0");
    assert_eq!(number("vhqos.vps/other", "pids.events", "max "), 0);
    assert_eq!(vps::field("other", "processes"), "201");
    vps::command("kill acme");
    until("nobody is left", 20.0, || {
        vps::field("acme", "state") == "empty"
    });
    assert_eq!(vps::field("other", "processes"), "201");
}

fn memory_is_limited_in_one_and_not_in_the_other() {
    vhqos::load_with(
        "",
        "host a vps=acme memory.max=32M\nhost b vps=other memory.max=256M\n",
    );
    let mut acme = Shell::init_of("acme");
    let mut other = Shell::init_of("other");
    let hog = "dd if=/dev/zero of=/dev/null bs=96M count=1 2>/dev/null; echo $?";
    assert_ne!(acme.run(hog), "0", "the hog was killed");
    assert!(number("vhqos.vps/acme", "memory.events", "oom_kill ") > 0);
    assert_eq!(other.run(hog), "0");
    assert_eq!(number("vhqos.vps/other", "memory.events", "oom_kill "), 0);
    vps::assert_member(other.pid(), "other");
}

/// Processes that use the CPU for ever, all of them descendants of the one that is given.
///
/// Each is replaced by a new one after 50 ms: the scheduler leaves processes that never end on CPUs whose loads differ by up to
/// 17 % (`imbalance_pct` in kernel/sched/topology.c), and where it leaves them is chance, but puts a new one where there is room.
fn hogs(count: usize) -> Child {
    let spawn = || {
        // SAFETY: this process has one thread.
        match unsafe { nix::unistd::fork() }.expect("fork") {
            nix::unistd::ForkResult::Child => {
                burn(50_000);
                std::process::exit(0);
            }
            nix::unistd::ForkResult::Parent { .. } => {}
        }
    };
    Child::new(ORIGIN, |_| {
        (0..count).for_each(|_| spawn());
        loop {
            nix::sys::wait::wait().expect("one of the hogs");
            spawn();
        }
    })
}

fn cpus() -> f64 {
    std::thread::available_parallelism().expect("known").get() as f64
}

/// What each group used of the whole machine in percent, over `seconds` from now on.
fn measure(groups: &[&str], seconds: f64) -> Vec<f64> {
    sleep(Duration::from_secs(2));
    let look = || -> Vec<f64> { groups.iter().map(|one| cgroup::cpu_seconds(one)).collect() };
    let began = Instant::now();
    let before = look();
    sleep(Duration::from_secs_f64(seconds));
    let after = look();
    let whole = began.elapsed().as_secs_f64() * cpus();
    let used = before
        .iter()
        .zip(&after)
        .map(|(one, two)| 100.0 * (two - one) / whole);
    used.collect()
}

fn cap_of_a_vps_holds() {
    vhqos::load_with(
        "",
        "host a vps=acme cpu.max=20%\nhost b vps=other cpu.max=0.3cpus\n",
    );
    let (acme, other) = (hogs(2), hogs(2));
    vps::command(&format!("start acme {}", acme.pid()));
    vps::command(&format!("start other {}", other.pid()));
    let used = measure(&["vhqos.vps/acme", "vhqos.vps/other"], 10.0);
    assert_within(
        2.0,
        "caps of 20 % and 0.3 CPUs",
        &used,
        &[20.0, 30.0 / cpus()],
    );
}

/// One host and two VPSes that want everything, and a hog beside all of them.
fn hosts_and_vpses_have_their_guarantees() {
    vhqos::load_with(
        "",
        &(row(0, "cpu.min=40%")
            + "host a vps=acme cpu.min=35%\nhost b vps=other cpu.min=15% cpu.weight=300\n"),
    );
    let error = vhqos::try_write_table("host c vps=third cpu.min=6%\n").expect_err("too much");
    assert_eq!(error.raw_os_error(), Some(libc::ENOSPC), "VPSes count too");
    vhqos::write_table("host c vps=third cpu.min=5%\n");
    vhqos::write_table("del c\n");
    let (acme, other, outside) = (hogs(4), hogs(4), hogs(4));
    vps::command(&format!("start acme {}", acme.pid()));
    vps::command(&format!("start other {}", other.pid()));
    let _server = Prefork::usual(4);
    let mut open: Vec<Connection> = (0..4).map(|_| Connection::open(&host4(0))).collect();
    for connection in &mut open {
        connection.send(Work::Burn(600_000_000)).expect("sent");
    }
    until("the host's workers are bound", 20.0, || {
        vhqos::host("bank", "tasks") == 4
    });
    assert_ne!(outside.pid(), 0);
    let groups = ["vhqos/bank", "vhqos.vps/acme", "vhqos.vps/other"];
    let used = measure(&groups, 20.0);
    // Of what nobody was guaranteed each has its part by weight, 1 : 1 : 3.
    let rest = 95.0 - 40.0 - 35.0 - 15.0;
    let expected = [
        40.0 + rest / 5.0,
        35.0 + rest / 5.0,
        15.0 + rest * 3.0 / 5.0,
    ];
    // The reserve is user.slice's, which is busy, and system.slice's, which is idle: all share that half of it.
    let expected = expected.map(|one| one * 100.0 / (100.0 - 2.5));
    assert_within(2.0, "a host and two VPSes", &used, &expected);
}

fn vps_without_a_row_has_the_default_weight() {
    vhqos::load_with("", &row(0, ""));
    let (acme, other) = (hogs(3), hogs(3));
    vps::command(&format!("start acme {}", acme.pid()));
    vps::command(&format!("start other {}", other.pid()));
    let _server = Prefork::start(
        GROUP,
        3,
        &crate::server::listen("[::]:80"),
        crate::server::answer,
    );
    let mut open: Vec<Connection> = (0..3).map(|_| Connection::open(&host4(0))).collect();
    for connection in &mut open {
        connection.send(Work::Burn(600_000_000)).expect("sent");
    }
    let groups = ["vhqos/bank", "vhqos.vps/acme", "vhqos.vps/other"];
    let used = measure(&groups, 12.0);
    assert_within(2.5, "three of the same weight", &used, &[33.0; 3]);
    // A guarantee that takes all leaves them next to nothing.
    vhqos::write_table(&row(0, "cpu.min=95%"));
    let used = measure(&groups, 12.0);
    println!("note: one has it all: {used:.1?} %");
    assert!(used[0] > 93.0, "{used:?}");
}

/// The hosts' domain has a hundredth of the VPSes' weight although no host is promised anything.
fn idle_rows_do_not_starve_who_accepts_for_them() {
    vhqos::load_with(
        "",
        &(row(0, "cpu.idle=1") + "host a vps=acme cpu.min=50%\n"),
    );
    let _shell = Shell::init_of("acme");
    let weight = |domain| number(domain, "cpu.weight", "");
    let (hosts, vpses) = (weight("vhqos"), weight("vhqos.vps"));
    assert_eq!(hosts, vpses / 100, "the VPSes have {vpses}");
}
