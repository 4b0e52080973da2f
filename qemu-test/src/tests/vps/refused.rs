// SPDX-License-Identifier: GPL-2.0
//! What is refused: errno, `last_error`, and nothing changed.

use crate::cgroup;
use crate::process::Child;
use crate::vhqos;
use crate::vps;
use crate::vps::Shell;
use crate::vps::ORIGIN;
use crate::wait::until;
use nix::sys::signal::kill;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

crate::tests! { "vps";
    stop_that_is_refused_leaves_all_as_it_was(90, debug),
    bad_commands_are_refused(30, debug),
    lines_are_read_before_the_first_is_carried_out(20),
    who_may_not_write_is_refused(20),
    exec_rules_are_bounded(60),
    missing_controller_is_named(30),
}

/// Checks that a command is refused with this errno and reason, and changes nothing.
#[track_caller]
fn refused(text: &str, errno: i32, reason: &str) {
    let before = (vhqos::read("vps"), vhqos::read("members"));
    let without_time = |text: &str| -> Vec<String> {
        let words = text.split_whitespace().map(str::to_owned);
        words
            .filter(|word| !word.starts_with("cpu_usec="))
            .collect()
    };
    let error = vps::try_command(text).expect_err(text);
    assert_eq!(
        error.raw_os_error(),
        Some(errno),
        "{text}: {error}: {}",
        vhqos::last_error()
    );
    assert_eq!(vhqos::last_error().trim_end(), reason, "{text}");
    let after = (vhqos::read("vps"), vhqos::read("members"));
    assert_eq!(without_time(&before.0), without_time(&after.0), "{text}");
    assert_eq!(before.1, after.1, "{text}");
}

fn thread_of_the_kernel() -> i32 {
    std::fs::read_dir("/proc")
        .expect("proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .find(|pid| {
            std::fs::read_to_string(format!("/proc/{pid}/comm"))
                .is_ok_and(|name| name == "kthreadd\n")
        })
        .expect("there is one")
}

fn bad_commands_are_refused() {
    vhqos::load("");
    let mut shell = Shell::init_of("acme");
    let other = Shell::start();
    let gone = Child::new(ORIGIN, |_| ());
    let dead = gone.pid();
    gone.finish();
    let zombie = Child::new(ORIGIN, |_| ());
    until("it is a zombie", 10.0, || {
        crate::process::stat_field(zombie.pid(), 3).as_deref() == Some("Z")
    });
    let (pid, free, kernel) = (shell.pid(), other.pid(), thread_of_the_kernel());
    let long = "x".repeat(254);
    let cut = format!("{}...", &long[..44]);
    let column = |text: &str| text.rfind(' ').expect("words") + 2;
    let at = |text: &str, rest: &str| (text.to_owned(), format!("1:{}: {rest}", column(text)));
    for ((text, reason), errno) in [
        (at(&format!("start b {dead}"), &format!("ESRCH: '{dead}': no process has this number")), libc::ESRCH),
        (at(&format!("start b {}", zombie.pid()), &format!("ESRCH: '{}': no process has this number", zombie.pid())), libc::ESRCH),
        (at(&format!("start b {pid}"), &format!("EBUSY: '{pid}': this process is in VPS acme: stop that one first")), libc::EBUSY),
        (at(&format!("start b {kernel}"), &format!("EINVAL: '{kernel}': a thread of the kernel: expected a process of user space")), libc::EINVAL),
        (at("start b 1", "EPERM: '1': process 1 is the machine's own init: expected another one"), libc::EPERM),
        (at("start b 0", "ERANGE: '0': a process is a number from 1 to 2147483647"), libc::ERANGE),
        (at("start b x", "EINVAL: 'x': bad process: expected its number"), libc::EINVAL),
        (at("start b", "EINVAL: 'b': expected one word more behind the name"), libc::EINVAL),
        (at("stop b", "ENOENT: 'b': no VPS has this name"), libc::ENOENT),
        (at("kill b", "ENOENT: 'b': no VPS has this name"), libc::ENOENT),
        (at(&format!("stop {long}"), &format!("EINVAL: '{cut}': a name has at most 253 bytes")), libc::EINVAL),
        (at("stop a/b", "EINVAL: 'a/b': bad name: expected letters, digits, '.', '_' and '-', no '.' or '-' first"), libc::EINVAL),
        (at("exec b sbin/init", "EINVAL: 'sbin/init': a path starts with /"), libc::EINVAL),
        (at("exec b /no/such", "ENOENT: '/no/such': no file is there: expected a program, by its path from the root of who loaded the module"), libc::ENOENT),
        (at("join b now", "EINVAL: 'now': expected nothing more on this line"), libc::EINVAL),
    ] {
        refused(&text, errno, &reason);
    }
    let running =
        "1:7: EEXIST: 'acme': this VPS is running: expected another name, or stop or kill first";
    refused(&format!("start acme {free}"), libc::EEXIST, running);
    refused(
        "begin",
        libc::EINVAL,
        "1:1: EINVAL: 'begin': unknown verb: expected start, join, exec, stop or kill",
    );
    refused(
        "start",
        libc::EINVAL,
        "1:1: EINVAL: 'start': expected a name behind the verb",
    );
    // A member cannot get into another one.
    let _their_init = Shell::init_of("other");
    let said = shell.run("echo join other >/proc/vhqos/vps || echo refused");
    assert_eq!(said, "refused");
    assert_eq!(
        vhqos::last_error().trim_end(),
        format!("1:6: EBUSY: 'other': this process is in VPS acme: stop that one first")
    );
    vps::assert_member(pid, "acme");
    vps::command("stop other");
    vps::command("exec acme /usr/bin/sleep");
    refused(
        "exec b /usr/bin/sleep",
        libc::EBUSY,
        "1:8: EBUSY: '/usr/bin/sleep': this file is in an exec rule already",
    );
    assert_eq!(cgroup::children("vhqos.vps"), ["acme"]);
    assert_eq!(cgroup::of(free), Some(format!("/{ORIGIN}")));
}

fn lines_are_read_before_the_first_is_carried_out() {
    vhqos::load("");
    let shell = Shell::start();
    let pid = shell.pid();
    refused(
        &format!("start a {pid}\nstrat b {pid}"),
        libc::EINVAL,
        "2:1: EINVAL: 'strat': unknown verb: expected start, join, exec, stop or kill",
    );
    // A command that cannot be carried out ends the write, and those before it stay.
    let error = vps::try_command(&format!("start a {pid}\nstop b\nstop a")).expect_err("no b");
    assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
    assert!(vhqos::last_error().starts_with("2:6: ENOENT: 'b': "));
    vps::assert_member(pid, "a");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(vhqos::path("vps"))
        .expect("root may");
    let error = std::io::Write::write(&mut file, b"stop a").expect_err("no newline");
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    vps::assert_member(pid, "a");
}

fn who_may_not_write_is_refused() {
    vhqos::load("");
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(vhqos::path("vps"))
        .expect("root may");
    let said = crate::process::aside(|output| {
        nix::unistd::setuid(nix::unistd::Uid::from_raw(1000)).expect("root may");
        let closed = std::fs::File::open(vhqos::path("vps")).is_err()
            && std::fs::File::open(vhqos::path("members")).is_err();
        let mut file = &file;
        let error = std::io::Write::write(&mut file, b"join acme\n").expect_err("no right");
        crate::process::say(output, &format!("{closed} {:?}", error.raw_os_error()));
    });
    assert_eq!(said, format!("true Some({})\n", libc::EPERM));
    assert!(vhqos::last_error().starts_with("1:1: EPERM: 'write': CAP_SYS_ADMIN"));
    assert_eq!(vhqos::read("vps"), "");
}

fn exec_rules_are_bounded() {
    vhqos::load("");
    std::fs::create_dir_all("/run/programs").expect("/run is writable");
    let mut text = String::new();
    for number in 0..1000 {
        let path = format!("/run/programs/{number}");
        std::fs::write(&path, "").expect("/run is writable");
        text += &format!("exec acme {path}\n");
    }
    vps::command(text.trim_end());
    std::fs::write("/run/programs/more", "").expect("/run is writable");
    refused(
        "exec acme /run/programs/more",
        libc::ENOSPC,
        "1:6: ENOSPC: 'acme': at most 1000 exec rules: stop a VPS first",
    );
    vps::command("exec acme /run/programs/7");
    vps::command("stop acme");
    assert_eq!(vhqos::read("vps"), "");
    vps::command("exec acme /run/programs/more");
}

/// The controller is taken away by mounting it in the old hierarchy.
fn missing_controller_is_named() {
    vhqos::load("");
    std::fs::create_dir_all("/run/pids").expect("/run is writable");
    nix::mount::mount(
        Some("pids"),
        "/run/pids",
        Some("cgroup"),
        nix::mount::MsFlags::empty(),
        Some("pids"),
    )
    .expect("the old hierarchy can be mounted");
    let result = vhqos::try_write_table("host a vps=acme memory.max=1G pids.max=5\n");
    let said = vhqos::last_error();
    nix::mount::umount("/run/pids").expect("nobody is in it");
    let error = result.expect_err("no controller");
    assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP));
    assert_eq!(said.trim_end(), "1:31: EOPNOTSUPP: 'pids.max=5': this machine's cgroup2 tree does not have the pids controller");
    assert_eq!(vhqos::read("table"), "");
}

/// In a PID namespace of its own: an init, and another process that is no descendant of it. When the init is killed, it stays
/// until their parent has reaped the other one.
fn slow_to_die() -> (Child, i32, i32) {
    let mut outside = Child::new("user.slice/outside.scope", |output| {
        let mut go_on = nix::sys::signal::SigSet::empty();
        go_on.add(Signal::SIGUSR1);
        go_on.thread_block().expect("a signal can be blocked");
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWPID).expect("root may");
        // SAFETY: this process has one thread.
        let fork = || match unsafe { nix::unistd::fork() }.expect("fork") {
            nix::unistd::ForkResult::Child => loop {
                nix::unistd::pause();
            },
            nix::unistd::ForkResult::Parent { child } => child,
        };
        let both = [fork(), fork()];
        crate::process::say(output, &format!("{} {}", both[0], both[1]));
        go_on.wait().expect("the signal comes");
        // The init last: it waits for the other one to be reaped.
        for one in both.into_iter().rev() {
            let _ = nix::sys::wait::waitpid(one, None);
        }
        loop {
            nix::unistd::pause();
        }
    });
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(outside.output()), &mut line)
        .expect("it writes");
    let (init, other) = line.trim().split_once(' ').expect("two numbers");
    let (init, other) = (init.parse(), other.parse());
    (outside, init.expect("a number"), other.expect("a number"))
}

fn stop_that_is_refused_leaves_all_as_it_was() {
    vhqos::load("");
    let (outside, init, other) = slow_to_die();
    vps::command(&format!("start acme {init}"));
    vps::command("exec acme /usr/bin/sleep");
    let mut shell = Shell::start();
    let is_in = |process: i32| {
        until("it is in the group", 20.0, || {
            cgroup::of(process) == Some(vps::shown("acme"))
        });
    };
    let sleeper = shell.sleeper("");
    is_in(sleeper);
    kill(Pid::from_raw(init), Signal::SIGKILL).expect("it lives");
    until("the other one was killed with it", 10.0, || {
        crate::process::stat_field(other, 3).as_deref() == Some("Z")
    });
    let error = vps::try_command("stop acme").expect_err("somebody is in the group");
    assert_eq!(error.raw_os_error(), Some(libc::EBUSY));
    assert_eq!(cgroup::read("vhqos.vps/acme", "cgroup.freeze"), "0");
    assert_eq!(vps::field("acme", "exec"), "/usr/bin/sleep");
    is_in(shell.sleeper(""));
    // Who was brought back is fetched again.
    is_in(sleeper);
    kill(Pid::from_raw(outside.pid()), Signal::SIGUSR1).expect("it lives");
    until("the init is gone", 10.0, || {
        crate::process::stat_field(init, 3).is_none()
    });
    vps::command("stop acme");
    assert_eq!(vhqos::read("vps"), "");
    assert_eq!(cgroup::of(sleeper), Some(format!("/{ORIGIN}")));
}
