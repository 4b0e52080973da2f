// SPDX-License-Identifier: GPL-2.0

//! Directories of hosts.

use crate::policy::GroupName;

#[test]
fn names_of_interface_files_are_escaped() {
    for (host, directory) in [
        ("bank", "bank"),
        ("bank.example", "bank.example"),
        ("cpu", "cpu"),
        ("cpus.example", "cpus.example"),
        ("cpu.example", "_cpu.example"),
        ("cpu.max", "_cpu.max"),
        ("cgroup.procs", "_cgroup.procs"),
        ("cgroups.example", "cgroups.example"),
        ("memory.example", "_memory.example"),
        ("io.example", "_io.example"),
        ("dmem.max", "_dmem.max"),
        ("irq.pressure", "_irq.pressure"),
        ("tasks", "_tasks"),
        ("tasks.example", "tasks.example"),
        ("notify_on_release", "_notify_on_release"),
        ("release_agent", "_release_agent"),
        ("_idle", "__idle"),
        ("_", "__"),
        ("a_b", "a_b"),
    ] {
        assert_eq!(GroupName(host).to_string(), directory);
        assert_eq!(GroupName(host).is_escaped(), host != directory);
    }
}
