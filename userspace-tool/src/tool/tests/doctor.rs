// SPDX-License-Identifier: GPL-2.0

//! What is said of machines.

use crate::tool::doctor::{findings, print, Facts};
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
        controllers: Some("cpuset cpu io memory pids\n".to_owned()),
        status: Some(Ok(STATUS.to_owned())),
        taint: "OE".to_owned(),
        file: Some(Ok("/etc/vhqos/hosts.conf: 12 hosts".to_owned())),
    }
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
          sign it with a key of this machine (mokutil), or it will not load once the kernel is locked down
    bad   the configuration file is wrong: /etc/vhqos/hosts.conf:3:1: error: unknown statement
          vhqos check says all of it
    bad   the hooks are silent, and nobody is in a host's class
          switch them on: echo 1 > /sys/kernel/debug/kprobes/enabled; sysctl kernel.ftrace_enabled=1
    odd   the kernel left out hits of do_exit
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
