// SPDX-License-Identifier: GPL-2.0

//! What is written, and what is read back.

use crate::check::Desk;
use crate::policy::{
    Cpu,
    IoPrio,
    Uclamp, //
};

/// A line, and how it is printed.
const PRINTED: &[(&str, &str)] = &[
    ("host a addr=192.0.2.1", "host a addr=192.0.2.1"),
    ("\thost  a\taddr=192.0.2.1 ", "host a addr=192.0.2.1"),
    ("host a addr=192.0.2.1/32", "host a addr=192.0.2.1"),
    ("host a addr=192.0.2.0/24:80", "host a addr=192.0.2.0/24:80"),
    ("host a addr=0.0.0.0/0 addr=::/0", "host a addr=0.0.0.0/0 addr=::/0"),
    ("host a addr=2001:DB8:0::1", "host a addr=2001:db8::1"),
    ("host a addr=[2001:db8::1]", "host a addr=2001:db8::1"),
    ("host a addr=[2001:db8::1]:443,80", "host a addr=[2001:db8::1]:80,443"),
    ("host a addr=[2001:db8::]/32:8000-8100", "host a addr=[2001:db8::]/32:8000-8100"),
    ("host a addr=::ffff:192.0.2.1", "host a addr=192.0.2.1"),
    ("host a addr=[::ffff:192.0.2.0]/120:80", "host a addr=192.0.2.0/24:80"),
    ("host a addr=::ffff:0:0/96", "host a addr=0.0.0.0/0"),
    ("host a addr=192.0.2.1:443,80,81-81,90-99,65535,1", "host a addr=192.0.2.1:1,80,81,90-99,443,65535"),
    ("host default", "host default"),
    (
        "host a server=cgroup:/ cpu.max=max server=exe:/usr/bin/x=y addr=192.0.2.1 server=user:0",
        "host a addr=192.0.2.1 server=cgroup:/ server=exe:/usr/bin/x=y server=user:0",
    ),
    (
        "host default ioprio=none nice=-20 cpuset.cpus=5,0-3 cpu.uclamp.max=max cpu.uclamp.min=0.5 cpu.weight=1 cpu.max=1000.0001ms/s cpu.min=0.50cpus cpu.idle=0",
        "host default cpu.min=0.5cpus cpu.max=1000.0001ms/s cpu.weight=1 cpu.idle=0 cpu.uclamp.min=0.5 cpu.uclamp.max=max cpuset.cpus=0-3,5 nice=-20 ioprio=none",
    ),
    (
        "host default nice=19 ioprio=rt:7 cpu.idle=1 cpu.max=8192cpus cpu.uclamp.min=100",
        "host default cpu.max=8192cpus cpu.idle=1 cpu.uclamp.min=100 nice=19 ioprio=rt:7",
    ),
    ("host default nice=0 ioprio=be:0 cpu.min=0%", "host default cpu.min=0% nice=0 ioprio=be:0"),
];

#[test]
fn a_row_is_printed_in_one_form_that_reads_back() {
    for (written, printed) in PRINTED {
        let desk = Desk::with(&format!("{written}\n"));
        assert_eq!(desk.print(), format!("{printed}\n"));
        let again = Desk::with(&desk.print());
        let rows = [&desk, &again].map(|desk| desk.table.row(crate::policy::HostId(0)).unwrap());
        assert_eq!(**rows[0], **rows[1]);
    }
}

#[test]
fn values_are_what_was_written() {
    let desk = Desk::with(
        "host default cpu.weight=7 cpu.uclamp.min=12.34 cpu.uclamp.max=max nice=-3 ioprio=rt:2 cpuset.cpus=1-2\n",
    );
    let row = desk.table.row(desk.table.find("default").unwrap()).unwrap();
    let params = row.params();
    assert_eq!(params.cpu_weight, Some(7));
    assert_eq!(params.uclamp_min, Some(Uclamp::Percent(1234)));
    assert_eq!(params.uclamp_max, Some(Uclamp::Max));
    assert_eq!(params.nice, Some(-3));
    assert_eq!(params.ioprio, Some(IoPrio::Realtime(2)));
    assert_eq!(params.cpuset.as_deref().unwrap().spans().len(), 1);
    assert_eq!(params.cpu_min.map(Cpu::is_zero), None);
}

#[test]
fn a_row_of_the_same_name_is_replaced() {
    let mut desk = Desk::with("host a addr=192.0.2.1:80 addr=192.0.2.2\nhost b addr=192.0.2.3\n");
    desk.put("host a addr=192.0.2.1:443 nice=1\nhost b addr=192.0.2.2 addr=192.0.2.1:80\n")
        .unwrap();
    assert_eq!(
        desk.print(),
        "host a addr=192.0.2.1:443 nice=1\nhost b addr=192.0.2.2 addr=192.0.2.1:80\n"
    );
    desk.check();
}

#[test]
fn rows_go_by_del_and_flush() {
    let mut desk = Desk::with("host a addr=192.0.2.1\nhost b addr=192.0.2.2\nhost default\n");
    desk.put("del a\ndel default\n").unwrap();
    assert_eq!(desk.print(), "host b addr=192.0.2.2\n");
    desk.check();
    desk.put("flush\n").unwrap();
    assert!(desk.table.is_empty());
    assert_eq!(desk.table.generation(), 3);
    desk.check();
}
