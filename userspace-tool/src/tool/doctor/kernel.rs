// SPDX-License-Identifier: GPL-2.0

//! The kernel: whether it can have the module, and whether it has it.

use super::{Facts, Finding};

/// What the module needs of the kernel's configuration, and what for.
const NEEDED: [(&str, &str); 5] = [
    ("CONFIG_RUST", "the module is written in Rust"),
    ("CONFIG_KPROBES_ON_FTRACE", "its hooks are kprobes"),
    ("CONFIG_SECURITY", "it follows what a VPS executes"),
    (
        "CONFIG_FAIR_GROUP_SCHED",
        "guarantees are weights of groups",
    ),
    ("CONFIG_CFS_BANDWIDTH", "caps are bandwidths of groups"),
];

/// What the kernel marks itself with when something is broken: TAINT_DIE, TAINT_WARN, TAINT_SOFTLOCKUP (linux/panic.h).
const FAULTS: u64 = (1 << 7) | (1 << 9) | (1 << 14);

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all = vec![configuration(facts)];
    all.extend(controllers(facts));
    match &facts.status {
        Some(Ok(_)) => {
            let version = facts.status("version");
            all.push(Finding::well(format!(
                "the module is loaded, version {version}"
            )));
        }
        Some(Err(why)) => all.push(Finding::bad(
            format!("the module is loaded, and cannot be asked: {why}"),
            "run this as root, with the program of the module's version",
        )),
        None if facts.is_installed => all.push(Finding::bad(
            "the module is installed and not loaded",
            loading(facts),
        )),
        None => all.push(Finding::bad(
            format!("there is no module for Linux {}", facts.release),
            "build it for this kernel (make module), and install it (make install)",
        )),
    }
    all.extend(signature(facts));
    if facts.tainted & FAULTS != 0 {
        all.push(Finding::odd(
            format!(
                "the kernel has found faults of its own since it was booted (tainted={})",
                facts.tainted
            ),
            "look at the first \"WARNING\", \"BUG\" or \"Oops\" in its log (dmesg), and boot anew",
        ));
    }
    all
}

/// Whether the kernel takes the module without a signature.
fn signature(facts: &Facts) -> Option<Finding> {
    let is_loaded = facts.status.is_some();
    let is_signed = match is_loaded {
        true => Some(!facts.taint.contains('E')),
        false => facts.is_signed,
    };
    let module = match is_signed {
        Some(true) => return None,
        Some(false) => "the module is not signed",
        None if facts.is_installed => "whether the module is signed cannot be seen",
        None => return None,
    };
    const SIGN: &str = "sign it with a key of this machine (dkms has one: mokutil --import /var/lib/dkms/mok.pub), and boot";
    let remedy = match is_signed {
        Some(_) => SIGN.to_owned(),
        None => {
            format!("modinfo -F signer vhqos (of kmod) says who signed it; if nobody did, {SIGN}")
        }
    };
    let locked = matches!(&*facts.lockdown, "integrity" | "confidentiality");
    let why = match (facts.enforces_signatures, locked) {
        (true, _) => "module.sig_enforce is on".to_owned(),
        (_, true) => format!("the kernel is locked down ({})", facts.lockdown),
        (false, false) if facts.is_secure_boot => {
            return Some(Finding::odd(
                format!("{module}, and Secure Boot is on"),
                format!("{remedy}; or it will not load once the kernel is locked down"),
            ));
        }
        (false, false) => return None,
    };
    let what = format!("{module}, and {why}");
    Some(match is_signed {
        None => Finding::odd(what, remedy),
        Some(_) if is_loaded => Finding::odd(format!("{what}: it will not load again"), remedy),
        Some(_) => Finding::bad(format!("{what}: it will not load"), remedy),
    })
}

/// How to load the module.
fn loading(facts: &Facts) -> &'static str {
    match facts.is_secure_boot {
        true => "modprobe vhqos; Secure Boot is on: when the key is rejected, sign the module with a key of this machine (mokutil)",
        false => "modprobe vhqos; why it does not load, the kernel's log says (dmesg)",
    }
}

fn configuration(facts: &Facts) -> Finding {
    let release = &facts.release;
    if facts.config.is_none() {
        return Finding::odd(
            format!("Linux {release}: its configuration was not found"),
            "nothing, if the module is loaded; it is looked for as /proc/config.gz and /boot/config-RELEASE",
        );
    }
    if facts.has("CONFIG_PREEMPT_RT") {
        return Finding::bad(
            format!("Linux {release} is PREEMPT_RT, where handlers may not take the locks that they need"),
            "boot another kernel",
        );
    }
    let missing: Vec<_> = NEEDED
        .iter()
        .filter(|(option, _)| !facts.has(option))
        .collect();
    match missing.as_slice() {
        [] => Finding::well(format!("Linux {release} has what the module needs")),
        [(option, why), ..] => Finding::bad(
            format!("Linux {release} has no {option}: {why}"),
            "boot a kernel that has it, such as Debian's from trixie-backports",
        ),
    }
}

fn controllers(facts: &Facts) -> Vec<Finding> {
    let Some(controllers) = &facts.controllers else {
        return vec![Finding::bad(
            "cgroup v2 is not mounted",
            "mount it at /sys/fs/cgroup; systemd does, without systemd.unified_cgroup_hierarchy=0",
        )];
    };
    let has = |name: &str| controllers.split_whitespace().any(|one| one == name);
    if !has("cpu") {
        return vec![Finding::bad(
            "cgroup v2 has no cpu controller",
            "cgroup v1 has it: unmount that, or boot with cgroup_no_v1=all",
        )];
    }
    let lacks: Vec<_> = ["cpuset", "memory", "pids", "io"]
        .into_iter()
        .filter(|name| !has(name))
        .collect();
    match lacks.is_empty() {
        true => vec![Finding::well("cgroup v2 has the controllers that rows may need")],
        false => vec![Finding::odd(
            format!("cgroup v2 has no controller {}", lacks.join(", ")),
            "rows that need it are refused; cgroup v1 may have it, or the kernel was booted with cgroup_disable=",
        )],
    }
}
