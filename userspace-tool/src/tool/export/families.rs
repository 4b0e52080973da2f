// SPDX-License-Identifier: GPL-2.0

//! What is exported: names without the prefix `vhqos_` and, of counters, without `_total`.

use super::family::{counter, gauge, Family};
use crate::policy::{Cpu, Machine};
use crate::tool::figures::Key;
use crate::tool::sample::{cap, guaranteed};

/// Figures of each host.
pub(super) const HOSTS: [(Family, Key); 10] = [
    (
        counter(
            "host_cpu_seconds",
            "CPU time spent for the host, by its tasks and by event loops.",
        ),
        Key::CpuUsec,
    ),
    (
        counter(
            "host_charged_seconds",
            "The part of the CPU time that event loops spent, which is counted and not guaranteed.",
        ),
        Key::ChargedUsec,
    ),
    (
        counter(
            "host_throttled_seconds",
            "Time for which the host's tasks were stopped because of its cap.",
        ),
        Key::ThrottledUsec,
    ),
    (
        gauge("host_weight", "Weight in force, 0 for an idle host."),
        Key::Weight,
    ),
    (
        gauge(
            "host_tasks",
            "Tasks that have the host's class now; of a VPS, its processes.",
        ),
        Key::Tasks,
    ),
    (
        gauge("host_channels", "Connections of the host that are open."),
        Key::Channels,
    ),
    (
        counter(
            "host_accepted",
            "Connections of the host that were accepted.",
        ),
        Key::Accepted,
    ),
    (
        counter("host_requests", "Requests that named the host."),
        Key::Requests,
    ),
    (
        counter("host_transfers", "Transfers on the host's connections."),
        Key::Transfers,
    ),
    (
        counter("host_binds", "Moves of tasks to the host's class."),
        Key::Binds,
    ),
];

/// A parameter of each host as a part of the machine.
pub(super) struct Part {
    pub(super) family: Family,
    /// The key in the row.
    pub(super) key: &'static str,
    /// What an amount is on a machine, in percent.
    pub(super) percent: fn(Cpu, &Machine) -> f64,
    /// What its absence means.
    pub(super) without: f64,
}

/// Parameters of each host.
pub(super) const PARTS: [Part; 2] = [
    Part {
        family: gauge(
            "host_guaranteed_ratio",
            "The part of the machine that the host is guaranteed, 0 without cpu.min.",
        ),
        key: "cpu.min",
        percent: guaranteed,
        without: 0.0,
    },
    Part {
        family: gauge(
            "host_cap_ratio",
            "The part of the machine that the host may use, 1 without cpu.max.",
        ),
        key: "cpu.max",
        percent: cap,
        without: 1.0,
    },
];

/// The parameter `reserve`.
pub(super) const RESERVE: Family = gauge(
    "reserve_ratio",
    "The part of the machine that cannot be guaranteed to hosts.",
);

/// Whether there is a module.
pub(super) const UP: Family = gauge("up", "Whether the module is loaded and could be read.");

/// How long the reading took.
pub(super) const DURATION: Family = gauge(
    "scrape_duration_seconds",
    "How long it took to read what the module shows.",
);

/// The module, in a label.
pub(super) const MODULE: Family = gauge("module_info", "The version of the loaded module.");

/// `health`, one sample for each that there is.
pub(super) const HEALTH: Family = gauge(
    "health",
    "1 for the module's health: off without rows and VPSes, live, or deaf when its hooks are silent.",
);

/// Fields of `status` with one number.
pub(super) const STATUS: [(Family, &str); 28] = [
    (gauge("cpus", "CPUs that are on line."), "cpus"),
    (
        gauge("table_generation", "How often the table was changed."),
        "generation",
    ),
    (gauge("table_rows", "Rows of the table."), "rows"),
    (gauge("channels", "Connections that are tracked."), "channels"),
    (gauge("tasks", "Threads that are tracked."), "tasks"),
    (gauge("vpses", "Virtual private servers."), "vpses"),
    (gauge("vps_members", "Processes of all VPSes."), "members"),
    (
        counter(
            "vps_strays",
            "Members of VPSes that were found outside their group.",
        ),
        "vps_strays",
    ),
    (
        counter(
            "vps_refused",
            "Children of members that could not be members at once.",
        ),
        "vps_refused",
    ),
    (
        counter(
            "refused_channels",
            "Connections that were not tracked because there were too many.",
        ),
        "refused_channels",
    ),
    (
        counter(
            "refused_tasks",
            "Tasks that were not tracked because there were too many.",
        ),
        "refused_tasks",
    ),
    (
        counter("no_memory", "Memory that the kernel did not give."),
        "no_memory",
    ),
    (
        counter(
            "no_callback",
            "Callbacks that could not be queued, because the task ended or the module went.",
        ),
        "no_callback",
    ),
    (
        counter(
            "failed_moves",
            "Tasks that could not be moved to their class.",
        ),
        "failed_moves",
    ),
    (
        counter(
            "failed_enrolments",
            "Processes that could not be enrolled.",
        ),
        "failed_enrolments",
    ),
    (
        counter(
            "failed_restores",
            "Processes that could only be brought back to a group above the one that they came from.",
        ),
        "failed_restores",
    ),
    (
        counter(
            "late_groups",
            "Tasks that were to be bound before the host's group was made.",
        ),
        "late_groups",
    ),
    (
        counter("failed_groups", "Groups that could not be made."),
        "failed_groups",
    ),
    (
        counter(
            "stale",
            "Connections and tasks that were gone without a hook being told.",
        ),
        "stale",
    ),
    (
        counter("deaf_rounds", "How often the hooks were found silent."),
        "deaf_rounds",
    ),
    (
        counter(
            "unknown_names",
            "Requests that asked for a name that is in no row.",
        ),
        "unknown_names",
    ),
    (
        counter("no_names", "Requests that asked for no name."),
        "no_names",
    ),
    (
        counter(
            "malformed_names",
            "Requests that asked for what is no host name.",
        ),
        "malformed_names",
    ),
    (
        counter(
            "late_names",
            "Requests whose name did not come within the bytes that are looked at.",
        ),
        "late_names",
    ),
    (
        counter(
            "foreign_bytes",
            "Connections where names matter that began with no protocol that has them.",
        ),
        "foreign_bytes",
    ),
    (
        counter(
            "mixed_requests",
            "Requests of different hosts that were read before the first of them was answered.",
        ),
        "mixed_requests",
    ),
    (
        counter(
            "lost_streams",
            "Connections where what follows cannot be told apart any more.",
        ),
        "lost_streams",
    ),
    (
        counter(
            "odd_reads",
            "Reads of UNIX sockets in a form that is not known.",
        ),
        "odd_reads",
    ),
];

/// Fields of each hook's line in `status`.
pub(super) const HOOKS: [(Family, &str); 3] = [
    (gauge("hook_armed", "Whether the hook is armed."), "armed"),
    (counter("hook_hits", "How often the hook was hit."), "hits"),
    (
        counter(
            "hook_missed",
            "Hits that the kernel left out because another probe was at work.",
        ),
        "missed",
    ),
];

/// Fields of each VPS's line in `vps`.
pub(super) const VPSES: [(Family, &str); 3] = [
    (
        counter("vps_cpu_seconds", "CPU time of the VPS's group."),
        "cpu_usec",
    ),
    (
        gauge("vps_processes", "Processes of the VPS that live."),
        "processes",
    ),
    (
        gauge("vps_threads", "Threads of the VPS that live."),
        "threads",
    ),
];
