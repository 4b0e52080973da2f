// SPDX-License-Identifier: GPL-2.0
//! Who must not be bound: parents that fork, other network namespaces, tenants, strangers to `server=`.

use crate::cgroup;
use crate::client::at;
use crate::client::host4;
use crate::client::try_ask;
use crate::process::say;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::scene::shown;
use crate::server::answer;
use crate::server::listen;
use crate::server::Work;
use crate::server::GROUP;
use crate::vhqos;
use crate::wait::until;
use nix::sched::unshare;
use nix::sched::CloneFlags;
use nix::sys::wait::waitpid;
use nix::unistd::fork;
use nix::unistd::setuid;
use nix::unistd::ForkResult;
use nix::unistd::Uid;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Command;

crate::tests! { "apart";
    parent_that_forks_after_accept_is_not_bound(30, debug),
    other_network_namespace_is_not_bound(30),
    unprivileged_port_is_not_bound_without_server(20),
    server_by_user_decides_who_is_bound(20),
    server_by_executable_decides_who_is_bound(20),
    server_by_cgroup_decides_who_is_bound(20),
    refused_server_falls_to_the_next_row(20),
}

/// A server that serves one connection after another and stays what it is.
fn serve(group: &str, listener: &TcpListener, prepare: impl FnOnce()) -> Child {
    Child::new(group, |output| {
        prepare();
        say(output, "ready");
        loop {
            if let Ok((mut stream, _)) = listener.accept() {
                answer(&mut stream);
            }
        }
    })
}

/// The group of who serves this port of the first host.
#[track_caller]
fn who_serves(port: u16) -> String {
    // The second request sees a server that is known to serve what it accepts.
    try_ask(at(&host4(0), port), Work::Burn(10)).expect("served");
    try_ask(at(&host4(0), port), Work::Burn(10))
        .expect("served")
        .group
}

/// Whether acceptors are bound late, or early once they are known to serve what they accept.
fn parent_that_forks_after_accept_is_not_bound() {
    for parameters in ["", "serves=0"] {
        parent_is_never_bound(parameters);
        vhqos::unload();
    }
}

/// inetd's way: accept, fork, the child serves, the parent closes.
fn parent_is_never_bound(parameters: &str) {
    vhqos::load_with(parameters, &plain_rows());
    let listener = listen("[::]:80");
    let mut server = Child::new(GROUP, |output| loop {
        let (mut stream, _) = listener.accept().expect("accept");
        say(output, &cgroup::own());
        // SAFETY: this process has one thread.
        match unsafe { fork() }.expect("fork") {
            ForkResult::Child => {
                answer(&mut stream);
                std::process::exit(0);
            }
            ForkResult::Parent { child } => {
                drop(stream);
                say(output, &cgroup::own());
                waitpid(child, None).expect("a child");
                say(output, &cgroup::own());
            }
        }
    });
    let mut lines = BufReader::new(server.output().try_clone().expect("dup")).lines();
    for round in 0..5 {
        let answer = try_ask(at(&host4(0), 80), Work::Burn(100)).expect("served");
        assert_ne!(answer.task, server.pid());
        assert_eq!(answer.group, shown("bank"), "the child, round {round}");
        for when in [
            "when it has accepted",
            "while its child serves",
            "afterwards",
        ] {
            let group = lines.next().expect("a line").expect("text");
            assert_ne!(
                group,
                shown("bank"),
                "the parent {when}, round {round}, {parameters}"
            );
        }
    }
    let parent = vhqos::task(server.pid()).expect("the parent has a record");
    assert_eq!(
        (parent["kind"].as_str(), parent["host"].as_str()),
        ("forks", "-")
    );
}

/// The same address, in a network namespace that somebody made for himself.
fn other_network_namespace_is_not_bound() {
    vhqos::load_with("serves=1", &plain_rows());
    let child = Child::new(GROUP, |output| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let script = "ip link set lo up && ip addr add 192.0.2.10/32 dev lo";
        assert!(Command::new("sh")
            .args(["-c", script])
            .status()
            .expect("sh")
            .success());
        let listener = listen("0.0.0.0:80");
        let mut client = TcpStream::connect(at(&host4(0), 80)).expect("connect");
        client.write_all(b"x").expect("a reader");
        let (mut stream, _) = listener.accept().expect("accept");
        stream.read_exact(&mut [0]).expect("a byte");
        say(output, &cgroup::own());
    });
    assert_eq!(child.finish().trim(), format!("/{GROUP}"));
    assert_eq!(vhqos::host("bank", "accepted"), 0);
}

/// A tenant listens on a host's address, on a port that needs no right.
fn unprivileged_port_is_not_bound_without_server() {
    vhqos::load_with("serves=1", &plain_rows());
    let group = "user.slice/tenant.scope";
    let listener = listen("0.0.0.0:8080");
    let _tenant = serve(group, &listener, || {
        setuid(Uid::from_raw(1000)).expect("root may")
    });
    assert_eq!(who_serves(8080), format!("/{group}"));
    assert_eq!(vhqos::host("bank", "accepted"), 0);
    vhqos::write_table("host bank addr=192.0.2.10 server=user:1000\n");
    assert_eq!(
        who_serves(8080),
        shown("bank"),
        "the row says that this user may"
    );
}

fn server_by_user_decides_who_is_bound() {
    vhqos::load_with("", "host bank addr=192.0.2.10 server=user:33\n");
    let (one, two) = (listen("0.0.0.0:80"), listen("0.0.0.0:8080"));
    let _root = serve("system.slice/root.service", &one, || ());
    let _data = serve(GROUP, &two, || setuid(Uid::from_raw(33)).expect("root may"));
    assert_eq!(who_serves(80), "/system.slice/root.service");
    assert_eq!(who_serves(8080), shown("bank"));
}

fn server_by_executable_decides_who_is_bound() {
    let own = std::fs::read_link("/proc/self/exe")
        .expect("proc")
        .display()
        .to_string();
    vhqos::load_with(
        "",
        "host bank addr=192.0.2.10 server=exe:/usr/sbin/apache2\n",
    );
    let listener = listen("0.0.0.0:80");
    let _server = serve(GROUP, &listener, || ());
    assert_eq!(who_serves(80), format!("/{GROUP}"));
    vhqos::write_table(&format!(
        "host bank addr=192.0.2.10 server=exe:/usr/sbin/apache2 server=exe:{own}\n"
    ));
    assert_eq!(who_serves(80), shown("bank"), "{own}");
}

fn server_by_cgroup_decides_who_is_bound() {
    vhqos::load_with(
        "",
        &format!("host bank addr=192.0.2.10 server=cgroup:/{GROUP}\n"),
    );
    let (one, two) = (listen("0.0.0.0:80"), listen("0.0.0.0:81"));
    let _other = serve("system.slice/other.service", &one, || ());
    let _own = serve(GROUP, &two, || ());
    assert_eq!(who_serves(80), "/system.slice/other.service");
    assert_eq!(who_serves(81), shown("bank"));
    // An enrolled server is in the module's own group now, and still the same server.
    assert_eq!(who_serves(81), shown("bank"));
}

fn refused_server_falls_to_the_next_row() {
    vhqos::load_with(
        "",
        "host bank addr=192.0.2.10 server=user:33\nhost others addr=192.0.2.0/24\n",
    );
    let listener = listen("0.0.0.0:80");
    let server = serve(GROUP, &listener, || ());
    assert_eq!(who_serves(80), shown("others"));
    until("the record names the row", 10.0, || {
        vhqos::task(server.pid()).is_some()
    });
}
