// SPDX-License-Identifier: GPL-2.0

//! Metrics: their text, the server, and the dashboard that shows them.

mod dashboard;
mod http;
mod text;

use crate::tool::export::{exposition, Format, Readings};
use crate::tool::tests::MACHINE;
use std::time::Duration;

const STATUS: &str = "\
version=0.1.0
health=live
generation=3
rows=3
channels=4
tasks=9
vpses=1
members=12
vps_strays=1
vps_refused=0
cpus=2
reserve=5%
cgroup_root=vhqos
hook=__inet_accept armed=1 hits=77 missed=0
hook=do_exit armed=1 hits=9 missed=2
refused_channels=0
refused_tasks=0
no_memory=0
no_callback=0
failed_moves=17
failed_enrolments=0
failed_restores=0
late_groups=0
failed_groups=0
stale=0
deaf_rounds=0
unknown_names=5
no_names=0
malformed_names=0
late_names=0
foreign_bytes=0
mixed_requests=0
lost_streams=0
odd_reads=0
of_a_later_version=1
";
const TABLE: &str = "\
host bank addr=192.0.2.10 cpu.min=50%
host shop name=shop.example cpu.min=0.5cpus cpu.max=1500ms/s
host acme vps=acme cpu.max=max
";
const HOSTS: &str = "\
host=bank tasks=3 channels=2 accepted=123456 requests=0 transfers=300001 binds=5000 cpu_usec=192300000 charged_usec=0 throttled_usec=0 weight=5263 group=made
host=shop tasks=0 channels=1 accepted=0 requests=1234567 transfers=2 binds=1 cpu_usec=18180000000 charged_usec=1250000 throttled_usec=99000001 weight=2631 group=made
host=acme tasks=12 channels=0 accepted=7 requests=0 transfers=0 binds=0 cpu_usec=10 charged_usec=0 throttled_usec=0 weight=10000 group=made
";
const VPSES: &str =
    "vps=acme init=77 state=running processes=12 threads=14 cpu_usec=10 row=acme exec=-\n";

fn readings() -> Readings {
    Readings {
        status: STATUS.to_owned(),
        table: TABLE.to_owned(),
        hosts: HOSTS.to_owned(),
        vpses: VPSES.to_owned(),
        machine: MACHINE,
    }
}

/// Metrics of a machine.
fn text(format: Format) -> String {
    exposition(Some(readings()), Duration::from_millis(2), format)
}
