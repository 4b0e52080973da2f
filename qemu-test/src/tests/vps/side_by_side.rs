// SPDX-License-Identifier: GPL-2.0
//! Two VPSes with an init, an sshd and a web server each, side by side.

use crate::cgroup;
use crate::client::at;
use crate::client::host4;
use crate::process::stat_field;
use crate::vhqos;
use crate::vps;
use crate::vps::members;
use crate::vps::Shell;
use crate::wait::until;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

crate::tests! { "vps";
    two_vpses_with_their_own_init_sshd_and_web_server(180),
}

/// The root of what a tenant has been given.
fn home(name: &str) -> String {
    format!("/run/{name}")
}

fn put(path: &str, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{path}: {error}"));
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .expect(program);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// What both tenants have: keys, an sshd that listens on `address`, and a page.
fn furnish(name: &str, address: &str) {
    let home = home(name);
    fs::create_dir_all(format!("{home}/www")).expect("/run is writable");
    fs::create_dir_all("/run/sshd").expect("/run is writable");
    put(
        &format!("{home}/www/index.html"),
        &format!("{name} is here\n"),
    );
    for key in ["host", "user"] {
        run(
            "ssh-keygen",
            &[
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                &format!("{home}/{key}"),
            ],
        );
    }
    put(
        &format!("{home}/sshd_config"),
        &format!(
            "ListenAddress {address}\nHostKey {home}/host\nAuthorizedKeysFile {home}/user.pub\nStrictModes no\n\
             UsePAM no\nPidFile none\nPermitRootLogin yes\nPrintMotd no\n"
        ),
    );
}

/// busybox's init, which has to be process 1, and so has a PID namespace, and reads its own inittab.
fn acme(address: &str) -> Shell {
    furnish("acme", address);
    let home = home("acme");
    put(
        &format!("{home}/inittab"),
        &format!(
            "::respawn:/usr/sbin/sshd -D -f {home}/sshd_config\n\
             ::respawn:/usr/bin/busybox httpd -f -p {address}:80 -h {home}/www\n"
        ),
    );
    put("/etc/inittab", "");
    put(
        &format!("{home}/loader"),
        &format!(
            "mount --bind {home}/inittab /etc/inittab\nexec /usr/bin/busybox init >/dev/null 2>&1 </dev/null\n"
        ),
    );
    let mut shell = Shell::start();
    shell.run(&format!(
        "unshare --pid --fork --mount --mount-proc sh {home}/loader >/dev/null 2>&1 & echo $!"
    ));
    shell
}

/// An init of our own, a script that starts what is to run and what ends; and Apache.
fn beta(address: &str) {
    furnish("beta", address);
    let home = home("beta");
    let modules = "/usr/lib/apache2/modules";
    put(
        &format!("{home}/apache.conf"),
        &format!(
            "ServerRoot /etc/apache2\nServerName beta\nPidFile {home}/apache.pid\nErrorLog {home}/error.log\n\
             LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so\n\
             LoadModule authz_core_module {modules}/mod_authz_core.so\n\
             LoadModule mime_module {modules}/mod_mime.so\nLoadModule dir_module {modules}/mod_dir.so\n\
             TypesConfig /etc/mime.types\nUser www-data\nGroup www-data\nDefaultRuntimeDir {home}\n\
             StartServers 3\nListen {address}:80\nDocumentRoot {home}/www\nDirectoryIndex index.html\n"
        ),
    );
    put(
        &format!("{home}/init"),
        &format!(
            "#!/bin/sh\n\
             (while :; do /usr/sbin/sshd -D -f {home}/sshd_config; sleep 1; done) &\n\
             (while :; do apache2 -f {home}/apache.conf -DFOREGROUND; sleep 1; done) &\n\
             while :; do wait; done\n"
        ),
    );
    fs::set_permissions(format!("{home}/init"), fs::Permissions::from_mode(0o755)).expect("ours");
}

/// Runs a command as the tenant's administrator does.
fn ssh(name: &str, address: &str, command: &str) -> std::process::Output {
    let key = format!("{}/user", home(name));
    Command::new("ssh")
        .args([
            "-i",
            &key,
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
        ])
        .args(["-o", "LogLevel=ERROR", &format!("root@{address}"), command])
        .output()
        .expect("ssh")
}

/// The start page, or none while nobody answers.
fn page(address: &str) -> Option<String> {
    let mut stream = std::net::TcpStream::connect(at(address, 80)).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .ok()?;
    stream
        .write_all(b"GET /index.html HTTP/1.0\r\nHost: guest\r\n\r\n")
        .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    text.contains("200 OK").then_some(text)
}

/// The programs of a VPS's processes.
fn programs(name: &str) -> Vec<String> {
    let name_of = |process| fs::read_to_string(format!("/proc/{process}/comm")).ok();
    members(name)
        .into_iter()
        .filter_map(name_of)
        .map(|name| name.trim_end().to_owned())
        .collect()
}

fn two_vpses_with_their_own_init_sshd_and_web_server() {
    let (first, second) = (host4(0), host4(1));
    vhqos::load_with(
        "",
        "host acme vps=acme cpu.min=30% memory.max=96M pids.max=60\n\
         host beta vps=beta cpu.min=30% memory.max=512M pids.max=400\n\
         host bank addr=192.0.2.10 addr=192.0.2.11 cpu.min=30%\n",
    );
    let shell = acme(&first);
    vps::command(&format!("start acme {}", shell.pid()));
    beta(&second);
    vps::command("exec beta /run/beta/init");
    let mut loader = Shell::start();
    let init = loader.number("setsid /run/beta/init >/dev/null 2>&1 </dev/null & echo $!");
    for (name, address) in [("acme", &first), ("beta", &second)] {
        until(&format!("the web server of {name} answers"), 60.0, || {
            page(address).is_some_and(|text| text.contains(&format!("{name} is here")))
        });
        until(&format!("the sshd of {name} answers"), 60.0, || {
            ssh(name, address, "true").status.success()
        });
        let said = ssh(name, address, "cat /proc/self/cgroup");
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(said.trim_end(), format!("0::{}", vps::shown(name)));
    }
    assert_eq!(vps::field("beta", "init"), init.to_string());
    assert_eq!(vps::of(loader.pid()), None);

    // Which process is whose: everything that runs in a group is listed, and nothing else.
    for (name, expected) in [
        ("acme", vec!["busybox", "sshd"]),
        ("beta", vec!["init", "sshd", "apache2"]),
    ] {
        let running = programs(name);
        for program in expected {
            assert!(
                running.iter().any(|one| one == program),
                "no {program} among {running:?}"
            );
        }
        until("the members are who is in the group", 20.0, || {
            let text = cgroup::read(&vps::group(name), "cgroup.procs");
            let mut inside: Vec<i32> = text.lines().filter_map(|line| line.parse().ok()).collect();
            inside.retain(|pid| stat_field(*pid, 3).is_some_and(|state| state != "Z"));
            inside.sort();
            inside == members(name)
        });
    }
    assert!(members("acme")
        .iter()
        .all(|one| !members("beta").contains(one)));
    assert!(vhqos::host("acme", "accepted") > 0 && vhqos::host("beta", "accepted") > 0);
    assert_eq!(
        vhqos::host("bank", "accepted"),
        0,
        "whose address it is does not count"
    );

    // One tenant does what it can; the other does not notice.
    let events = |name: &str, file: &str| cgroup::read(&vps::group(name), file);
    ssh(
        "acme",
        &first,
        "(for i in $(seq 200); do sleep 1000 & done) >/dev/null 2>&1",
    );
    assert!(
        !events("acme", "pids.events").contains("max 0"),
        "the bomb met its limit"
    );
    ssh("acme", &first, "pkill sleep");
    until("there is room again", 20.0, || {
        vps::field("acme", "processes")
            .parse::<u32>()
            .expect("a number")
            < 20
    });
    ssh(
        "acme",
        &first,
        "dd if=/dev/zero of=/dev/null bs=200M count=1",
    );
    assert!(
        !events("acme", "memory.events").contains("oom_kill 0"),
        "the hog met its limit"
    );
    assert!(events("beta", "pids.events").contains("max 0"));
    assert!(events("beta", "memory.events").contains("oom_kill 0"));
    assert!(page(&second).is_some());
    until(
        "its servers are there again, as its init sees to",
        60.0,
        || page(&first).is_some(),
    );

    // One goes, the other stays.
    vps::command("kill acme");
    until("nobody is left", 30.0, || {
        vps::field("acme", "state") == "empty"
    });
    assert!(page(&first).is_none() && page(&second).is_some());
    vps::command("stop acme");
    let before = members("beta");
    vps::command("stop beta");
    for process in before {
        let group = cgroup::of(process);
        assert!(
            group.is_none_or(|group| group == format!("/{}", vps::ORIGIN)),
            "{process}"
        );
    }
    assert!(page(&second).is_some(), "nothing was killed");
    assert!(!cgroup::exists("vhqos.vps"));
}
