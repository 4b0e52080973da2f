// SPDX-License-Identifier: GPL-2.0

//! What is said of machines.

use crate::tool::doctor::{findings, print, Facts, Group, Place, Process, Server, Socket};
use insta::assert_snapshot;

const CONFIG: &str = "CONFIG_RUST=y\nCONFIG_KPROBES_ON_FTRACE=y\nCONFIG_SECURITY=y\nCONFIG_FAIR_GROUP_SCHED=y\nCONFIG_CFS_BANDWIDTH=y\n# CONFIG_PREEMPT_RT is not set\n";
const STATUS: &str = "\
version=0.1.0
health=live
generation=3
rows=12
hook=__inet_accept armed=1 hits=77 missed=0
hook=do_exit armed=1 hits=9 missed=0
refused_channels=0
failed_moves=0
deaf_rounds=0
";

/// A machine on which all is well.
fn well() -> Facts {
    Facts {
        release: "7.2.12+deb13-amd64".to_owned(),
        config: Some(CONFIG.to_owned()),
        is_installed: true,
        is_secure_boot: false,
        mount: "/sys/fs/cgroup",
        controllers: Some("cpuset cpu io memory pids\n".to_owned()),
        status: Some(Ok(STATUS.to_owned())),
        taint: "OE".to_owned(),
        file: Some(Ok("/etc/vhqos/hosts.conf: 12 hosts".to_owned())),
        port_start: 1024,
        ..Facts::default()
    }
}

/// The same with this table in force.
fn with_table(rows: &str) -> Facts {
    Facts {
        table: Some(rows.to_owned()),
        machine: Some(super::MACHINE),
        ..well()
    }
}

/// A server: its program, its processes and their threads, and where it listens: addresses, paths, and MPTCP behind `mptcp:`.
fn server(program: &str, pids: &[u32], threads: u64, places: &[&str]) -> Server {
    let process = |pid: &u32| Process {
        pid: *pid,
        user: 33,
        cgroup: "/system.slice/web.service".to_owned(),
        threads,
    };
    let socket = |text: &&str| {
        let plain = text.strip_prefix("mptcp:").unwrap_or(text);
        Socket {
            is_mptcp: plain != *text,
            place: match plain.parse() {
                Ok(address) => Place::Address(address),
                Err(_) => Place::Path(plain.to_owned()),
            },
        }
    };
    Server {
        program: program.to_owned(),
        processes: pids.iter().map(process).collect(),
        sockets: places.iter().map(socket).collect(),
    }
}

/// What is said of servers, behind what is well anyway.
fn of_servers(rows: &str, tasks: &str, servers: Vec<Server>) -> String {
    let facts = Facts {
        servers,
        tasks: tasks.to_owned(),
        ..with_table(rows)
    };
    let text = said(&facts);
    let lines: Vec<_> = text
        .lines()
        .skip(5)
        .map(|line| format!("{line}\n"))
        .collect();
    lines.concat()
}

fn said(facts: &Facts) -> String {
    print(&findings(facts))
}

#[test]
fn all_may_be_well() {
    assert_snapshot!(said(&well()), @r"
    well  Linux 7.2.12+deb13-amd64 has what the module needs
    well  cgroup v2 has the controllers that rows may need
    well  the module is loaded, version 0.1.0
    well  /etc/vhqos/hosts.conf: 12 hosts
    well  the hooks see what they should; 12 rows
    ");
}

#[test]
fn a_machine_without_anything_is_told_what_to_do() {
    let facts = Facts {
        release: "6.1.0-amd64".to_owned(),
        config: Some("CONFIG_SECURITY=y\n".to_owned()),
        ..Facts::default()
    };
    assert_snapshot!(said(&facts), @r"
    bad   Linux 6.1.0-amd64 has no CONFIG_RUST: the module is written in Rust
          boot a kernel that has it, such as Debian's from trixie-backports
    bad   cgroup v2 is not mounted
          mount it at /sys/fs/cgroup; systemd does, without systemd.unified_cgroup_hierarchy=0
    bad   there is no module for Linux 6.1.0-amd64
          build it for this kernel (make module), and install it (make install)
    ");
}

#[test]
fn a_module_may_be_there_and_not_loaded() {
    let facts = Facts {
        status: None,
        taint: String::new(),
        is_signed: Some(true),
        is_secure_boot: true,
        file: None,
        ..well()
    };
    assert_snapshot!(said(&facts), @r"
    well  Linux 7.2.12+deb13-amd64 has what the module needs
    well  cgroup v2 has the controllers that rows may need
    bad   the module is installed and not loaded
          modprobe vhqos; Secure Boot is on: when the key is rejected, sign the module with a key of this machine (mokutil)
    ");
}

#[test]
fn what_went_wrong_is_said() {
    let status = STATUS
        .replace("live", "deaf")
        .replace("hits=9 missed=0", "hits=9 missed=4")
        .replace("failed_moves=0", "failed_moves=17");
    let facts = Facts {
        status: Some(Ok(status)),
        controllers: Some("cpu memory pids\n".to_owned()),
        is_secure_boot: true,
        file: Some(Err(
            "/etc/vhqos/hosts.conf:3:1: error: unknown statement\n  help: expected host".to_owned(),
        )),
        ..well()
    };
    assert_snapshot!(said(&facts), @r"
    well  Linux 7.2.12+deb13-amd64 has what the module needs
    odd   cgroup v2 has no controller cpuset, io
          rows that need it are refused; cgroup v1 may have it, or the kernel was booted with cgroup_disable=
    well  the module is loaded, version 0.1.0
    odd   the module is not signed, and Secure Boot is on
          sign it with a key of this machine (dkms has one: mokutil --import /var/lib/dkms/mok.pub), and boot; or it will not load once the kernel is locked down
    bad   the configuration file is wrong: /etc/vhqos/hosts.conf:3:1: error: unknown statement
          vhqos check says all of it
    bad   the hooks are silent, and nobody is in a host's class
          switch them on: echo 1 > /sys/kernel/debug/kprobes/enabled; sysctl kernel.ftrace_enabled=1
    odd   the kernel left out hits of do_exit (4 beside 9)
          another probe was at work at the same moment; what was missed is found within seconds
    odd   tasks could not be moved to their class (failed_moves=17)
          the kernel's log may say why; does anybody else write to the groups?
    ");
}

#[test]
fn odd_kernels_are_named() {
    let rt = format!("{CONFIG}CONFIG_PREEMPT_RT=y\n");
    for config in [Some(rt), None] {
        let facts = Facts { config, ..well() };
        let text = said(&facts);
        assert!(!text.starts_with("well"), "{text}");
    }
    let facts = Facts {
        controllers: Some("memory\n".to_owned()),
        status: Some(Err("permission denied".to_owned())),
        ..well()
    };
    assert_snapshot!(said(&facts), @r"
    well  Linux 7.2.12+deb13-amd64 has what the module needs
    bad   cgroup v2 has no cpu controller
          cgroup v1 has it: unmount that, or boot with cgroup_no_v1=all
    bad   the module is loaded, and cannot be asked: permission denied
          run this as root, with the program of the module's version
    well  /etc/vhqos/hosts.conf: 12 hosts
    ");
}

const ROWS: &str = "\
host bank addr=192.0.2.10 cpu.min=10%
host shop name=shop.example
host pool addr=unix:/run/php/php8.4-fpm.sock
";

#[test]
fn servers_are_told_with_what_becomes_of_them() {
    let servers = vec![
        server(
            "/usr/sbin/apache2",
            &[10, 11, 12],
            1,
            &["192.0.2.10:80", "[::]:443"],
        ),
        server("/usr/sbin/httpd", &[20], 27, &["0.0.0.0:80"]),
        server("/usr/sbin/nginx", &[30, 31], 1, &["192.0.2.10:443"]),
        server(
            "/usr/sbin/php-fpm8.4",
            &[40],
            1,
            &["/run/php/php8.4-fpm.sock"],
        ),
        server("/usr/sbin/sshd", &[50], 1, &["0.0.0.0:22"]),
        server("/usr/lib/dovecot/dovecot", &[60], 1, &["192.0.2.10:143"]),
        server("/srv/own/server", &[70], 1, &["192.0.2.10:81"]),
        // Nobody's, and no site's.
        server("/usr/bin/node_exporter", &[90], 9, &["0.0.0.0:9100"]),
        server(
            "/usr/lib/systemd/systemd-resolved",
            &[91],
            1,
            &["127.0.0.53:53"],
        ),
        server(
            "/usr/lib/postgresql/17/bin/postgres",
            &[80],
            1,
            &["127.0.0.1:5432"],
        ),
    ];
    let tasks = "task=70 group=70 parent=1 host=- channel=- kind=loops enrolled=1\n";
    assert_snapshot!(of_servers("host bank addr=192.0.2.10 cpu.min=10%\nhost pool addr=unix:/run/php/php8.4-fpm.sock\n", tasks, servers), @r"
    well  apache2 (3 processes): its processes serve what they accept, and are moved to the host's class; it listens for bank
    well  httpd (1 process): a pool of threads: each has the class of the connection that it served last; it listens for bank
    well  nginx (2 processes): an event loop: charged to each host, and not moved (unless loops=move); it listens for bank
    well  php-fpm8.4 (1 process): its processes serve what they accept, and are moved to the host's class; it listens for pool
    well  sshd (1 process): it accepts for its children, which are moved to the host's class; it listens for bank
    well  dovecot (1 process): it hands connections on, and who gets one is moved to the host's class; it listens for bank
    well  server (1 process): an event loop: charged to each host, and not moved (unless loops=move); it listens for bank
    ");
}

#[test]
fn sockets_that_no_row_has_are_told() {
    let servers = vec![
        server(
            "/usr/sbin/nginx",
            &[1],
            1,
            &[
                "198.51.100.1:80",
                "198.51.100.2:80",
                "127.0.0.1:81",
                "mptcp:192.0.2.10:443",
            ],
        ),
        server("/usr/sbin/apache2", &[2], 1, &["192.0.2.10:8080"]),
        server("/usr/sbin/php-fpm8.4", &[3], 1, &["/run/php/other.sock"]),
        server("/usr/bin/node", &[4], 11, &["192.0.2.11:80"]),
    ];
    let rows = "host bank addr=192.0.2.10\nhost app addr=192.0.2.11 server=user:1000\n";
    assert_snapshot!(of_servers(rows, "", servers), @r"
    well  nginx (1 process): an event loop: charged to each host, and not moved (unless loops=move); it listens for bank
    odd   nginx listens where no row is: 198.51.100.1:80, 198.51.100.2:80
          vhqos set HOST addr+=198.51.100.1:80; until then its connections there are nobody's
    odd   nginx listens with MPTCP at 192.0.2.10:443, in whose connections names are not read
          switch MPTCP off in the server (GODEBUG=multipathtcp=0 if it is written in Go), or give each host an address
    well  apache2 (1 process): its processes serve what they accept, and are moved to the host's class
    odd   apache2 listens at 192.0.2.10:8080, a port that everybody may use, and row bank does not name it
          vhqos set bank server+=exe:/usr/sbin/apache2, or name the port in its addr=
    well  php-fpm8.4 (1 process): its processes serve what they accept, and are moved to the host's class
    odd   php-fpm8.4 listens where no row is: unix:/run/php/other.sock
          vhqos set HOST addr+=unix:/run/php/other.sock; until then its connections there are nobody's
    well  node (1 process): an event loop: charged to each host, and not moved (unless loops=move)
    odd   node listens at 192.0.2.11:80, and the server= of row app says others
          vhqos set app server+=exe:/usr/bin/node
    ");
}

#[test]
fn names_are_valid_at_all_addresses() {
    let servers = vec![server(
        "/usr/sbin/apache2",
        &[1],
        1,
        &["0.0.0.0:80", "0.0.0.0:8080"],
    )];
    assert_snapshot!(of_servers(ROWS, "", servers), @r"
    well  apache2 (1 process): its processes serve what they accept, and are moved to the host's class; it listens for bank and the hosts with names
    odd   apache2 listens at 0.0.0.0:8080, a port that everybody may use, and row bank does not name it
          vhqos set bank server+=exe:/usr/sbin/apache2, or name the port in its addr=
    ");
}

#[test]
fn without_a_table_servers_are_told_all_the_same() {
    let facts = Facts {
        servers: vec![server("/usr/sbin/nginx", &[1], 1, &["0.0.0.0:80"])],
        status: None,
        ..well()
    };
    assert_snapshot!(said(&facts).lines().last().unwrap_or_default(), @"well  nginx (1 process): an event loop: charged to each host, and not moved (unless loops=move)");
}

/// The groups from the root to the module's, the last of which is `gives`.
fn groups(names: &[&str], delegated: &str) -> Vec<Group> {
    let group = |path: &&str| Group {
        path: (*path).to_owned(),
        gives: "cpuset cpu io memory pids\n".to_owned(),
        owner: 0,
        is_delegated: *path == delegated,
    };
    names.iter().map(group).collect()
}

#[test]
fn groups_that_systemd_manages_are_told() {
    let said = |names: &[&str], delegated| {
        let facts = Facts {
            is_systemd: true,
            groups: groups(names, delegated),
            ..well()
        };
        let text = said(&facts);
        let lines: Vec<_> = text
            .lines()
            .skip(5)
            .map(|line| format!("{line}\n"))
            .collect();
        lines.concat()
    };
    let below = ["", "/vhqos.service", "/vhqos.service/hosts"];
    assert_snapshot!(said(&below, "/vhqos.service"), @"well  systemd has delegated /vhqos.service to the module");
    assert_snapshot!(said(&below, "none"), @r"
    odd   the module's group /vhqos.service/hosts is below vhqos.service, which systemd manages
          Delegate=yes in vhqos.service (systemctl edit vhqos.service), and start it anew
    ");
    assert_snapshot!(said(&["", "/vhqos"], "none"), @r"
    odd   the module's group /vhqos is none that systemd has delegated
          systemctl start vhqos.service, or load the module with cgroup_root=UNIT/hosts for a unit with Delegate=yes
    ");
}

#[test]
fn what_keeps_the_cpu_controller_away_is_told() {
    let mut facts = Facts {
        groups: groups(&["", "/vhqos"], "none"),
        ..well()
    };
    facts.groups[0].gives = "memory pids\n".to_owned();
    facts.groups[1].owner = 1000;
    let first = said(&facts);
    facts.real_time = vec!["812 rtkit-daemon".to_owned(), "900 jackd".to_owned()];
    let texts = [first, said(&facts)];
    let lines = texts.iter().flat_map(|text| text.lines().skip(5));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    bad   the root group does not hand on the cpu controller, without which nobody is guaranteed anything
          echo +cpu > /sys/fs/cgroup/cgroup.subtree_control; who takes it away?
    odd   group /vhqos is user 1000's, who can move tasks out of their classes
          chown -R root: /sys/fs/cgroup/vhqos
    bad   the root group does not hand on the cpu controller, without which nobody is guaranteed anything
          real-time tasks outside of the root group forbid it (812 rtkit-daemon and 1 more): end them, or boot with rt_group_sched=0
    odd   group /vhqos is user 1000's, who can move tasks out of their classes
          chown -R root: /sys/fs/cgroup/vhqos
    ");
}

#[test]
fn modules_that_are_not_signed_are_told_when_it_matters() {
    let said = |change: fn(&mut Facts)| {
        let mut facts = Facts {
            file: None,
            ..well()
        };
        change(&mut facts);
        let found = findings(&facts);
        let text = print(&found);
        let mut lines = text.lines().skip_while(|line| !line.contains(" signed"));
        [
            lines.next().unwrap_or("nothing"),
            lines.next().unwrap_or_default(),
        ]
        .join("\n")
            + "\n"
    };
    let all = [
        said(|_| ()),
        said(|facts| facts.enforces_signatures = true),
        said(|facts| facts.lockdown = "integrity".to_owned()),
        said(|facts| facts.is_secure_boot = true),
        said(|facts| {
            facts.status = None;
            facts.is_signed = Some(false);
            facts.lockdown = "integrity".to_owned();
        }),
        said(|facts| {
            facts.status = None;
            facts.is_signed = Some(true);
            facts.enforces_signatures = true;
        }),
        // What is packed, and cannot be unpacked.
        said(|facts| {
            facts.status = None;
            facts.enforces_signatures = true;
        }),
        said(|facts| {
            facts.status = None;
            facts.is_secure_boot = true;
        }),
        said(|facts| {
            facts.status = None;
            facts.is_installed = false;
            facts.enforces_signatures = true;
        }),
    ];
    assert_snapshot!(all.concat(), @r"
    nothing

    odd   the module is not signed, and module.sig_enforce is on: it will not load again
          sign it with a key of this machine (dkms has one: mokutil --import /var/lib/dkms/mok.pub), and boot
    odd   the module is not signed, and the kernel is locked down (integrity): it will not load again
          sign it with a key of this machine (dkms has one: mokutil --import /var/lib/dkms/mok.pub), and boot
    odd   the module is not signed, and Secure Boot is on
          sign it with a key of this machine (dkms has one: mokutil --import /var/lib/dkms/mok.pub), and boot; or it will not load once the kernel is locked down
    bad   the module is not signed, and the kernel is locked down (integrity): it will not load
          sign it with a key of this machine (dkms has one: mokutil --import /var/lib/dkms/mok.pub), and boot
    nothing

    odd   whether the module is signed cannot be seen, and module.sig_enforce is on
          modinfo -F signer vhqos (of kmod) says who signed it; if nobody did, sign it with a key of this machine (dkms has one: mokutil --import /var/lib/dkms/mok.pub), and boot
    odd   whether the module is signed cannot be seen, and Secure Boot is on
          modinfo -F signer vhqos (of kmod) says who signed it; if nobody did, sign it with a key of this machine (dkms has one: mokutil --import /var/lib/dkms/mok.pub), and boot; or it will not load once the kernel is locked down
    nothing
    ");
    let broken = Facts {
        tainted: (1 << 9) | (1 << 12),
        ..well()
    };
    assert!(said_has(
        &broken,
        "the kernel has found faults of its own since it was booted (tainted=4608)"
    ));
    let own = Facts {
        tainted: (1 << 12) | (1 << 13),
        ..well()
    };
    assert!(!said_has(&own, "faults"));
}

fn said_has(facts: &Facts, what: &str) -> bool {
    said(facts).contains(what)
}
