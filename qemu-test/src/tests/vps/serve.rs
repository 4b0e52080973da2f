// SPDX-License-Identifier: GPL-2.0
//! A member serves its VPS, whatever the address at which it accepts.

use crate::cgroup;
use crate::client::ask;
use crate::client::host4;
use crate::client::Connection;
use crate::process::say;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::scene::row;
use crate::server::answer;
use crate::server::listen;
use crate::server::Prefork;
use crate::server::Work;
use crate::vhqos;
use crate::vps;
use crate::vps::assert_member;
use crate::vps::ORIGIN;
use crate::wait::until;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::os::fd::FromRawFd;
use std::os::fd::RawFd;

/// The hooks that VPSes need whatever the table says, and the ones that nobody else needs.
const OF_VPSES: [&str; 6] = [
    "begin_new_exec",
    "cgroup_attach_task",
    "do_exit",
    "inet_release",
    "security_bprm_check",
    "wake_up_new_task",
];
const OF_NOBODY_ELSE: [&str; 3] = [
    "begin_new_exec",
    "cgroup_attach_task",
    "security_bprm_check",
];

crate::tests! { "vps";
    member_serves_its_vps_on_another_hosts_address(30, debug),
    worker_of_a_host_becomes_a_member(40, debug),
    host_becomes_a_vps_and_a_vps_a_host(40),
    table_is_emptied_while_a_vps_runs(30, debug),
    hooks_are_armed_for_who_needs_them(30, debug),
    connection_that_a_member_hands_out_takes_nobody_in(30, debug),
}

fn server() -> Prefork {
    Prefork::start(ORIGIN, 1, &listen("[::]:80"), answer)
}

fn member_serves_its_vps_on_another_hosts_address() {
    vhqos::load_with("", &(row(0, "") + "host tenant vps=acme\n"));
    let server = server();
    let worker = server.pids()[0];
    vps::command(&format!("start acme {worker}"));
    assert_eq!(vps::field("acme", "row"), "tenant");
    let mut connection = Connection::open(&host4(0));
    for _ in 0..5 {
        assert_eq!(connection.ask(Work::Burn(20)).group, vps::shown("acme"));
    }
    assert_eq!(vhqos::records("channels")[0]["host"], "tenant");
    assert!(
        vhqos::records("tasks").is_empty(),
        "a member is bound to nobody"
    );
    assert_eq!(vhqos::host("tenant", "channels"), 1);
    drop(connection);
    ask(&host4(0), Work::Burn(20));
    assert_eq!(
        (
            vhqos::host("tenant", "accepted"),
            vhqos::host("bank", "accepted")
        ),
        (2, 0)
    );
    assert!(vhqos::host("tenant", "transfers") >= 12);
    assert!(vhqos::host("tenant", "cpu_usec") > 50);
    assert_eq!(vhqos::host("tenant", "tasks"), 1);
    until("no channel is left", 10.0, || {
        vhqos::host("tenant", "channels") == 0
    });
    assert_member(worker, "acme");
    // Without a row it is nobody's.
    vhqos::write_table("del tenant\n");
    assert_eq!(ask(&host4(0), Work::Burn(20)).group, vps::shown("acme"));
    assert_eq!(vhqos::host("bank", "accepted"), 0);
}

/// Who was enrolled for a host leaves that for the VPS, and goes back to where it was before both.
fn worker_of_a_host_becomes_a_member() {
    vhqos::load_with("", &plain_rows());
    let server = server();
    let worker = server.pids()[0];
    let mut connection = Connection::open(&host4(0));
    assert_eq!(connection.ask(Work::Burn(20)).group, "/vhqos/bank");
    vps::command(&format!("start acme {worker}"));
    assert_eq!(cgroup::of(worker), Some(vps::shown("acme")));
    assert_eq!(connection.ask(Work::Burn(20)).group, vps::shown("acme"));
    assert!(vhqos::records("tasks").is_empty());
    vps::command("stop acme");
    assert_eq!(cgroup::of(worker), Some(format!("/{ORIGIN}")));
    drop(connection);
    server.wait_blocked();
    let mut connection = Connection::open(&host4(1));
    connection.ask(Work::Burn(20));
    assert_eq!(connection.ask(Work::Burn(20)).group, "/vhqos/flowers");
}

/// The same name has another kind of row.
fn host_becomes_a_vps_and_a_vps_a_host() {
    vhqos::load_with("", &row(0, ""));
    let shell = vps::Shell::init_of("acme");
    let server = server();
    let mut connection = Connection::open(&host4(0));
    assert_eq!(connection.ask(Work::Burn(20)).group, "/vhqos/bank");
    for _ in 0..3 {
        vhqos::write_table("host bank vps=acme cpu.max=50%\n");
        assert_eq!(connection.ask(Work::Burn(20)).group, format!("/{ORIGIN}"));
        assert_eq!(vps::field("acme", "row"), "bank");
        assert_eq!(cgroup::children("vhqos"), ["_idle"]);
        assert!(!cgroup::read("vhqos.vps/acme", "cpu.max").starts_with("max"));
        vhqos::write_table(&row(0, ""));
        assert_eq!(vps::field("acme", "row"), "-");
        assert_eq!(cgroup::children("vhqos"), ["_idle", "bank"]);
        assert!(cgroup::read("vhqos.vps/acme", "cpu.max").starts_with("max"));
        connection = Connection::open(&host4(0));
        connection.ask(Work::Burn(20));
        assert_eq!(connection.ask(Work::Burn(20)).group, "/vhqos/bank");
    }
    assert_member(shell.pid(), "acme");
    drop(server);
}

fn table_is_emptied_while_a_vps_runs() {
    vhqos::load_with("", &plain_rows());
    let mut shell = vps::Shell::init_of("acme");
    let server = server();
    let worker = server.pids()[0];
    let mut connection = Connection::open(&host4(0));
    connection.ask(Work::Burn(20));
    vhqos::write_table("flush\n");
    assert_eq!(cgroup::of(worker), Some(format!("/{ORIGIN}")));
    assert!(!cgroup::exists("vhqos"));
    assert_eq!(vhqos::status("health"), "live");
    let child = shell.sleeper("");
    assert_member(child, "acme");
    assert_eq!(connection.ask(Work::Burn(20)).group, format!("/{ORIGIN}"));
    vps::command("stop acme");
    assert_eq!(vhqos::status("health"), "off");
}

/// Per packet and per exec, nothing is paid for what nobody uses; hooks of UNIX sockets have a test of their own.
fn hooks_are_armed_for_who_needs_them() {
    let armed = |wanted: bool| -> Vec<String> {
        let hooks = vhqos::hooks().into_iter();
        let mut names: Vec<_> = hooks
            .filter(|hook| hook.armed == wanted && !hook.symbol.starts_with("unix_"))
            .map(|hook| hook.symbol)
            .collect();
        names.sort();
        names
    };
    vhqos::load_with("", &plain_rows());
    assert_eq!(armed(false), OF_NOBODY_ELSE);
    let _shell = vps::Shell::init_of("acme");
    assert_eq!(armed(false), [""; 0]);
    vhqos::write_table("flush\n");
    assert_eq!(armed(true), OF_VPSES);
    vhqos::write_table(&plain_rows());
    assert_eq!(armed(false), [""; 0]);
    vps::command("stop acme");
    assert_eq!(armed(false), OF_NOBODY_ELSE);
    vhqos::write_table("flush\n");
    assert_eq!(armed(true), [""; 0]);
}

/// A process outside of the VPS gets a member's connection, and writes to it: it stays what it is.
fn connection_that_a_member_hands_out_takes_nobody_in() {
    vhqos::load_with("", "host tenant vps=acme cpu.max=50%\n");
    let server = server();
    let worker = server.pids()[0];
    vps::command(&format!("start acme {worker}"));
    let mut connection = Connection::open(&host4(0));
    assert_eq!(connection.ask(Work::Burn(20)).group, vps::shown("acme"));
    let write = |output: &mut std::fs::File| {
        let mut taken = taken_from(worker);
        for _ in 0..3 {
            taken.write_all(b"x").expect("sent");
            say(output, &cgroup::own());
        }
    };
    let said = Child::new("user.slice/other.scope", write).finish();
    assert_eq!(said, "/user.slice/other.scope\n".repeat(3));
    assert_eq!(vps::members("acme"), [worker]);
    // The same by a process that the VPS has let go, with the row still there.
    vps::command("stop acme");
    let said = Child::new("user.slice/other.scope", write).finish();
    assert_eq!(said, "/user.slice/other.scope\n".repeat(3));
    connection
        .0
        .read_exact(&mut [0; 6])
        .expect("what they wrote");
    assert_eq!(connection.ask(Work::Burn(20)).group, format!("/{ORIGIN}"));
    assert!(!cgroup::exists("vhqos/tenant"));
}

/// The connection of a process that has one.
#[track_caller]
fn taken_from(process: i32) -> TcpStream {
    // SAFETY: the calls take numbers only.
    let pidfd = unsafe { libc::syscall(libc::SYS_pidfd_open, process, 0) };
    assert!(pidfd >= 0, "pidfd_open");
    let taken = (3..64).find_map(|fd| {
        // SAFETY: as above.
        let taken = unsafe { libc::syscall(libc::SYS_pidfd_getfd, pidfd, fd, 0) };
        let taken = RawFd::try_from(taken).ok().filter(|taken| *taken >= 0)?;
        // SAFETY: the descriptor was made by the call before.
        let stream = unsafe { TcpStream::from_raw_fd(taken) };
        stream.peer_addr().is_ok().then_some(stream)
    });
    taken.expect("it has a connection")
}
