// SPDX-License-Identifier: GPL-2.0
//! Who belongs to a VPS: its init and all its descendants, until it is stopped.

use crate::cgroup;
use crate::process::say;
use crate::process::Child;
use crate::scene::until_in;
use crate::vhqos;
use crate::vps;
use crate::vps::assert_member;
use crate::vps::members;
use crate::vps::Shell;
use crate::vps::ORIGIN;
use crate::wait::until;
use std::io::BufRead;
use std::io::BufReader;
use std::os::fd::AsRawFd;

crate::tests! { "vps";
    start_takes_a_process_and_its_descendants(30, debug),
    stop_gives_them_back_and_forgets(30, debug),
    descendants_stay_whatever_they_do(60),
    child_cloned_into_another_group_comes_back(30, debug),
    process_moved_to_another_group_comes_back(30, debug),
    process_in_a_pid_namespace_belongs(30),
    group_below_its_own_is_its_own(30),
    writer_joins(20),
    program_joins_when_it_is_executed(40, debug),
    script_joins_when_it_is_executed(30),
    empty_vps_is_started_again(30),
    reused_number_is_whose_it_is_now(60),
    kill_kills_all_and_nobody_else(40, debug),
    stop_ends_while_members_fork(60, debug),
    process_that_was_born_unseen_is_found(60),
    process_of_unknown_origin_goes_to_the_group_above(40, debug),
    unload_gives_everybody_back(40, debug),
}

fn start_takes_a_process_and_its_descendants() {
    vhqos::load("");
    assert_eq!(vhqos::read("vps"), "");
    let mut shell = Shell::start();
    let before = shell.sleeper("");
    let below = shell.number("(sleep 1000 & echo $!; wait) & sleep 0.1");
    vps::command(&format!("start acme {}", shell.pid()));
    let after = shell.sleeper("");
    for process in [shell.pid(), before, below, after] {
        assert_member(process, "acme");
    }
    let other = Shell::init_of("other");
    assert_member(other.pid(), "other");
    assert_eq!(vps::field("acme", "init"), shell.pid().to_string());
    assert_eq!(vps::field("acme", "state"), "running");
    assert_eq!(vps::field("acme", "processes"), "5");
    assert_eq!(vps::field("acme", "threads"), "5");
    assert_eq!(vps::field("acme", "row"), "-");
    assert_eq!(vps::field("acme", "exec"), "-");
    assert_eq!(members("other"), [other.pid()]);
    for member in vhqos::records("members") {
        let said = (member["threads"].as_str(), member["origin"].as_str());
        assert_eq!(said, ("1", format!("/{ORIGIN}").as_str()), "{member:?}");
    }
    shell.run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
    let used: u64 = vps::field("acme", "cpu_usec").parse().expect("a number");
    assert!(used > 1000, "{used} us");
    assert_eq!(vhqos::status("vps_strays"), "0");
    assert_eq!(vhqos::status("health"), "live");
}

fn stop_gives_them_back_and_forgets() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    let child = shell.sleeper("");
    let mut other = Shell::init_of("other");
    let theirs = other.sleeper("");
    vps::command("stop acme");
    for process in [shell.pid(), child] {
        assert_eq!(cgroup::of(process), Some(format!("/{ORIGIN}")));
        assert_eq!(vps::of(process), None);
    }
    assert!(vps::record("acme").is_none() && !cgroup::exists("vhqos.vps/acme"));
    assert_member(theirs, "other");
    let later = shell.sleeper("");
    assert_eq!(cgroup::of(later), Some(format!("/{ORIGIN}")));
    vps::command("stop other");
    assert!(!cgroup::exists("vhqos.vps"), "nothing of ours is left");
    assert_eq!(vhqos::status("health"), "off");
    assert_eq!(vhqos::status("members"), "0");
    assert_eq!(other.run("echo fine"), "fine");
}

/// Starts a process that sleeps and has the number `wanted`, which was another one's.
#[track_caller]
fn sleeper_of_number(shell: &mut Shell, wanted: i32) {
    until("the number is given again", 20.0, || {
        let last = wanted - 1;
        let got = shell.sleeper(&format!("echo {last} >/proc/sys/kernel/ns_last_pid;"));
        if got != wanted {
            end(shell, got);
        }
        got == wanted
    });
}

/// Ends a child of a shell, which forgets it.
#[track_caller]
fn end(shell: &mut Shell, process: i32) {
    shell.run(&format!("kill -KILL {process}; wait {process}"));
}

/// A stranger gets the number that a member had, and a member one that a stranger had.
fn reused_number_is_whose_it_is_now() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    let mut stranger = Shell::start();
    let number = shell.sleeper("");
    for _ in 0..5 {
        assert_member(number, "acme");
        end(&mut shell, number);
        sleeper_of_number(&mut stranger, number);
        assert_eq!(
            (vps::of(number), cgroup::of(number)),
            (None, Some(format!("/{ORIGIN}")))
        );
        end(&mut stranger, number);
        sleeper_of_number(&mut shell, number);
    }
    assert_eq!(members("acme").len(), 2);
    assert_eq!(vhqos::status("vps_strays"), "0");
}

/// Everything that daemons do to get away from who started them.
fn descendants_stay_whatever_they_do() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    for words in [
        "setsid",
        "setpriv --reuid 1000 --regid 1000 --clear-groups",
        "nice -n 5",
        "unshare --mount --uts --ipc",
        "unshare --cgroup",
        "unshare --net",
        "unshare --user",
        "nohup",
        "exec",
    ] {
        let process = shell.sleeper(words);
        assert_member(process, "acme");
    }
    // The double fork: who made it is gone, and its parent is process 1.
    let orphan = shell.number("(setsid sleep 1000 >/dev/null 2>&1 & echo $!)");
    until("it has another parent", 10.0, || {
        crate::process::stat_field(orphan, 4).as_deref() == Some("1")
    });
    assert_member(orphan, "acme");
    assert_eq!(vhqos::status("vps_strays"), "0");
}

/// A child made with CLONE_INTO_CGROUP is in its VPS's group before its first instruction.
fn child_cloned_into_another_group_comes_back() {
    vhqos::load("");
    cgroup::make("user.slice/elsewhere");
    let mut child = Child::new(ORIGIN, |output| {
        say(output, "ready");
        until("this process is a member", 20.0, || {
            cgroup::own() == vps::shown("acme")
        });
        let group = std::fs::File::open(cgroup::path("user.slice/elsewhere")).expect("a group");
        for _ in 0..50 {
            let mut arguments = [0u64; 11];
            arguments[0] = 0x2_0000_0000; // CLONE_INTO_CGROUP
            arguments[4] = libc::SIGCHLD as u64;
            arguments[10] = group.as_raw_fd() as u64;
            // SAFETY: as fork(2), with a group; this process has one thread.
            let pid = unsafe {
                libc::syscall(
                    libc::SYS_clone3,
                    arguments.as_mut_ptr(),
                    std::mem::size_of_val(&arguments),
                )
            };
            assert!(pid >= 0, "clone3: {}", std::io::Error::last_os_error());
            if pid == 0 {
                say(output, &cgroup::own());
                std::process::exit(0);
            }
            // SAFETY: waits for a child of its own.
            unsafe { libc::waitpid(pid as i32, std::ptr::null_mut(), 0) };
        }
        say(output, "done");
    });
    let mut lines = BufReader::new(child.output().try_clone().expect("a pipe")).lines();
    let mut line = || lines.next().expect("a line").expect("text");
    assert_eq!(line(), "ready");
    vps::command(&format!("start acme {}", child.pid()));
    for number in 0..50 {
        assert_eq!(line(), vps::shown("acme"), "child {number}");
    }
    assert_eq!(line(), "done");
    assert_eq!(vhqos::status("vps_strays"), "50");
}

fn process_moved_to_another_group_comes_back() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    let sleeping = shell.sleeper("");
    cgroup::make("user.slice/elsewhere");
    cgroup::write(
        "user.slice/elsewhere",
        "cgroup.procs",
        &sleeping.to_string(),
    );
    until("it is back, although it sleeps", 10.0, || {
        cgroup::of(sleeping) == Some(vps::shown("acme"))
    });
    for number in 1..20 {
        shell.run("echo $$ > /sys/fs/cgroup/user.slice/elsewhere/cgroup.procs");
        until("the shell is back", 10.0, || {
            cgroup::of(shell.pid()) == Some(vps::shown("acme"))
        });
        assert_eq!(vhqos::status("vps_strays"), (number + 1).to_string());
    }
    // Its child is a member wherever its parent is at that time.
    let child = shell.number(
        "echo $$ > /sys/fs/cgroup/user.slice/elsewhere/cgroup.procs; sleep 1000 >/dev/null 2>&1 & echo $!",
    );
    until("parent and child are back", 10.0, || {
        [shell.pid(), child].map(|one| cgroup::of(one) == Some(vps::shown("acme"))) == [true; 2]
    });
    assert_member(child, "acme");
}

fn process_in_a_pid_namespace_belongs() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    let outer = shell.number(
        "unshare --pid --fork --mount-proc sh -c 'sleep 1000 & sleep 1000 & wait' >/dev/null 2>&1 & echo $!",
    );
    until("the namespace has its processes", 20.0, || {
        members("acme").len() == 5
    });
    assert_member(outer, "acme");
    for process in members("acme") {
        assert_eq!(cgroup::of(process), Some(vps::shown("acme")));
    }
}

/// What an init such as systemd does: groups of its own, below.
fn group_below_its_own_is_its_own() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    let child = shell.sleeper("");
    cgroup::make("vhqos.vps/acme/service/deep");
    let below = "vhqos.vps/acme/service/deep";
    cgroup::write(below, "cgroup.procs", &child.to_string());
    let grandchild = shell.number(&format!(
        "echo $$ > /sys/fs/cgroup/{below}/cgroup.procs; sleep 1000 >/dev/null 2>&1 & echo $!"
    ));
    for process in [shell.pid(), child, grandchild] {
        assert_eq!(cgroup::of(process), Some(format!("/{below}")));
        assert_eq!(vps::of(process).as_deref(), Some("acme"));
    }
    assert_eq!(vhqos::status("vps_strays"), "0");
    vps::command("stop acme");
    assert_eq!(cgroup::of(grandchild), Some(format!("/{ORIGIN}")));
    assert!(!cgroup::exists("vhqos.vps"));
}

fn writer_joins() {
    vhqos::load("");
    let mut shell = Shell::start();
    assert_eq!(
        shell.run("echo join acme > /proc/vhqos/vps && echo ok"),
        "ok"
    );
    assert_member(shell.pid(), "acme");
    let child = shell.sleeper("");
    assert_member(child, "acme");
    // Once more is no error, and another process joins as well.
    assert_eq!(
        shell.run("echo join acme > /proc/vhqos/vps && echo ok"),
        "ok"
    );
    let mut second = Shell::start();
    assert_eq!(
        second.run("echo join acme > /proc/vhqos/vps && echo ok"),
        "ok"
    );
    assert_member(second.pid(), "acme");
    assert_eq!(vps::field("acme", "init"), shell.pid().to_string());
    assert_eq!(vps::field("acme", "processes"), "3");
}

fn program_joins_when_it_is_executed() {
    vhqos::load("");
    std::fs::copy("/usr/bin/sleep", "/run/tenant").expect("/run is writable");
    vps::command("exec acme /run/tenant");
    std::fs::copy("/usr/bin/cat", "/run/cat").expect("/run is writable");
    vps::command("exec acme /run/cat");
    let mut first = Shell::start();
    assert_eq!(
        first.run("/run/cat /proc/self/cgroup"),
        format!("0::{}", vps::shown("acme")),
        "before its first instruction"
    );
    assert!(vhqos::read("vps").contains(" exec=/run/tenant exec=/run/cat\n"));
    until("it is empty", 10.0, || {
        vps::field("acme", "state") == "empty"
    });
    let mut shell = Shell::start();
    let tenant = shell.number("/run/tenant 1000 >/dev/null 2>&1 & echo $!");
    until("it is a member", 10.0, || {
        cgroup::of(tenant) == Some(vps::shown("acme"))
    });
    assert_member(tenant, "acme");
    assert_eq!(vps::field("acme", "init"), tenant.to_string());
    let sleeper = shell.sleeper("");
    assert_eq!((vps::of(sleeper), vps::of(shell.pid())), (None, None));
    // A member of another VPS stays one.
    let mut other = Shell::init_of("other");
    let theirs = other.number("/run/tenant 1000 >/dev/null 2>&1 & echo $!");
    until("it runs the program", 10.0, || {
        std::fs::read_to_string(format!("/proc/{theirs}/comm")).is_ok_and(|name| name == "tenant\n")
    });
    assert_member(theirs, "other");
    // A new version of the program is another file.
    std::fs::copy("/usr/bin/sleep", "/run/tenant.new").expect("/run is writable");
    std::fs::rename("/run/tenant.new", "/run/tenant").expect("/run is writable");
    until("the new file joins", 30.0, || {
        let again = shell.number("/run/tenant 1 >/dev/null 2>&1 & echo $!");
        until("it runs", 10.0, || {
            std::fs::read_to_string(format!("/proc/{again}/comm"))
                .map_or(true, |name| name == "tenant\n")
        });
        vps::of(again).is_some()
    });
    vps::command("stop acme");
    let last = shell.number("/run/tenant 1000 >/dev/null 2>&1 & echo $!");
    until("it runs", 10.0, || {
        std::fs::read_to_string(format!("/proc/{last}/comm")).is_ok_and(|name| name == "tenant\n")
    });
    assert_eq!(cgroup::of(last), Some(format!("/{ORIGIN}")));
}

fn script_joins_when_it_is_executed() {
    use std::os::unix::fs::PermissionsExt;
    vhqos::load("");
    std::fs::write("/run/init.sh", "#!/bin/sh\nsleep 1000 &\nwait\n").expect("/run is writable");
    std::fs::set_permissions("/run/init.sh", std::fs::Permissions::from_mode(0o755)).expect("ours");
    std::fs::write("/run/broken", "\u{1}no program").expect("/run is writable");
    std::fs::set_permissions("/run/broken", std::fs::Permissions::from_mode(0o755)).expect("ours");
    vps::command("exec acme /run/init.sh");
    vps::command("exec acme /run/broken");
    let mut shell = Shell::start();
    let init = shell.number("/run/init.sh >/dev/null 2>&1 & echo $!");
    until("init and its child are members", 10.0, || {
        members("acme").len() == 2
    });
    assert_member(init, "acme");
    // Who cannot execute it is not taken, and not by what it executes next.
    shell.run("cat > /run/try.sh <<'END'\nexec /run/broken\nEND\n");
    let tried = std::process::Command::new("/run/broken").status();
    assert!(tried.is_err(), "the file is no program: {tried:?}");
    assert_eq!(members("acme").len(), 2);
    assert_eq!(shell.run("cat /proc/self/cgroup"), format!("0::/{ORIGIN}"));
}

fn empty_vps_is_started_again() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    shell.run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
    drop(shell);
    until("it is empty", 10.0, || {
        vps::field("acme", "state") == "empty"
    });
    assert_eq!(vps::field("acme", "init"), "-");
    assert_eq!(vps::field("acme", "processes"), "0");
    assert!(cgroup::exists("vhqos.vps/acme"));
    let shell = Shell::init_of("acme");
    assert_member(shell.pid(), "acme");
    assert_eq!(vps::field("acme", "init"), shell.pid().to_string());
    drop(shell);
    vps::command("stop acme");
    assert!(!cgroup::exists("vhqos.vps"));
}

fn kill_kills_all_and_nobody_else() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    shell.sleeper("setsid");
    shell.number("(setsid sleep 1000 >/dev/null 2>&1 & echo $!)");
    shell.number("unshare --pid --fork sleep 1000 >/dev/null 2>&1 & echo $!");
    let other = Shell::init_of("other");
    vps::command("kill acme");
    until("nobody is left", 20.0, || {
        vps::field("acme", "state") == "empty"
    });
    assert_member(other.pid(), "other");
    assert_eq!(cgroup::read("vhqos.vps/acme", "cgroup.procs"), "");
    vps::command("kill acme");
}

/// Processes that make others all the time do not keep `stop` from ending, and all of them are back.
fn stop_ends_while_members_fork() {
    vhqos::load("");
    let mut shells: Vec<Shell> = (0..3).map(|_| Shell::start()).collect();
    for _ in 0..3 {
        for (number, shell) in shells.iter_mut().enumerate() {
            vps::command(&format!("start acme{number} {}", shell.pid()));
            shell.run("(for i in $(seq 10); do (sleep 0.02 & sleep 0.01 & wait) & done; wait) >/dev/null 2>&1 &");
        }
        for number in 0..3 {
            vps::command(&format!("stop acme{number}"));
        }
        assert!(!cgroup::exists("vhqos.vps"));
        assert_eq!(vhqos::status("members"), "0");
        for shell in &shells {
            assert_eq!(cgroup::of(shell.pid()), Some(format!("/{ORIGIN}")));
        }
    }
}

/// While the hooks are silent, a child is born in its parent's group all the same.
fn process_that_was_born_unseen_is_found() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    let switch = "/sys/kernel/debug/kprobes/enabled";
    std::fs::write(switch, "0").expect("root may");
    let unseen = shell.sleeper("");
    let orphan = shell.number("(setsid sleep 1000 >/dev/null 2>&1 & echo $!)");
    std::fs::write(switch, "1").expect("root may");
    until("both are members", 30.0, || {
        vps::of(unseen).is_some() && vps::of(orphan).is_some()
    });
    assert_member(unseen, "acme");
    assert_member(orphan, "acme");
    vps::command("stop acme");
    assert_eq!(cgroup::of(orphan), Some(format!("/{ORIGIN}")));
}

fn unload_gives_everybody_back() {
    for _ in 0..3 {
        vhqos::load("");
        let mut shell = Shell::init_of("acme");
        let child = shell.sleeper("");
        let other = Shell::init_of("other");
        vps::command("exec acme /usr/bin/sleep");
        shell.run("(for i in $(seq 100); do (sleep 0.01; true) & done; wait) >/dev/null 2>&1 &");
        vhqos::unload();
        for process in [shell.pid(), child, other.pid()] {
            assert_eq!(cgroup::of(process), Some(format!("/{ORIGIN}")));
        }
        assert!(!cgroup::exists("vhqos.vps"));
    }
    let control = cgroup::read("", "cgroup.subtree_control");
    assert_eq!(control, "cpu", "what we gave is taken back");
}

/// Somebody put it into the group by hand, and nobody was there whose origin would be its own.
fn process_of_unknown_origin_goes_to_the_group_above() {
    vhqos::load("");
    vps::command("exec acme /usr/bin/sleep");
    let stranger = Child::new(ORIGIN, |_| nix::unistd::pause());
    until_in(stranger.pid(), &format!("/{ORIGIN}"));
    cgroup::write(
        "vhqos.vps/acme",
        "cgroup.procs",
        &stranger.pid().to_string(),
    );
    until("it is a member", 20.0, || {
        vps::of(stranger.pid()).as_deref() == Some("acme")
    });
    vps::command("stop acme");
    assert_eq!(cgroup::of(stranger.pid()).as_deref(), Some("/"));
    assert!(!cgroup::exists("vhqos.vps"));
}
