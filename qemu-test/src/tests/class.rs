// SPDX-License-Identifier: GPL-2.0
//! What a row becomes: groups and their files, nice and ioprio; and how all of it goes again.

use crate::cgroup;
use crate::client::ask;
use crate::client::host4;
use crate::client::Connection;
use crate::process::io_priority;
use crate::process::nice;
use crate::process::set_nice;
use crate::scene::group;
use crate::scene::plain_rows;
use crate::scene::row;
use crate::scene::rows;
use crate::scene::shown;
use crate::scene::until_in;
use crate::scene::IDLE;
use crate::server::answer;
use crate::server::listen;
use crate::server::Prefork;
use crate::server::Work;
use crate::server::GROUP;
use crate::vhqos;
use crate::wait::limit;
use crate::wait::until;

crate::tests! { "class";
    rows_make_groups_and_flush_removes_them(20, debug),
    groups_are_threaded_below_one_domain(10),
    guarantees_become_weights(10),
    parameters_reach_the_kernel(10),
    replaced_row_goes_back_to_defaults(10),
    cpuset_is_given_when_asked(20),
    names_like_interface_files_are_escaped(10),
    nice_and_ioprio_hold_while_bound(20),
    del_restores_cgroup_nice_and_ioprio(20, debug),
    flush_restores_cgroup_nice_and_ioprio(20, debug),
    unload_restores_cgroup_nice_and_ioprio(20, debug),
    unload_restores_a_worker_that_is_serving(40, debug),
    own_change_of_nice_is_not_undone(20),
    workers_of_every_policy_are_bound(20, debug),
    cgroup_root_can_be_chosen(20),
    group_that_cannot_be_made_is_named(20),
    tree_without_the_cpu_controller_is_refused(20),
}

/// be:6, as the kernel keeps it.
const OWN_IO: i64 = (2 << 13) | 6;
/// rt:1.
const ROW_IO: i64 = (1 << 13) | 1;
const OWN_NICE: i32 = 3;
const ROW_NICE: i32 = -4;

fn rows_make_groups_and_flush_removes_them() {
    vhqos::load("");
    assert!(!cgroup::exists("vhqos"), "an empty table needs no group");
    vhqos::write_table(&plain_rows());
    until("the groups are made", 10.0, || {
        cgroup::children("vhqos") == ["_idle", "acme", "bank", "flowers"]
    });
    assert_eq!(vhqos::records("hosts").len(), 3);
    vhqos::write_table("del flowers\n");
    until("its group is gone", 10.0, || {
        cgroup::children("vhqos") == ["_idle", "acme", "bank"]
    });
    vhqos::write_table("flush\n");
    until("all groups are gone", 10.0, || !cgroup::exists("vhqos"));
}

fn groups_are_threaded_below_one_domain() {
    vhqos::load_with("", &plain_rows());
    assert_eq!(cgroup::read("vhqos", "cgroup.type"), "domain threaded");
    for name in cgroup::children("vhqos") {
        assert_eq!(
            cgroup::read(&format!("vhqos/{name}"), "cgroup.type"),
            "threaded"
        );
    }
}

fn weight(host: &str) -> u64 {
    cgroup::read(&group(host), "cpu.weight")
        .parse()
        .expect("a number")
}

fn guarantees_become_weights() {
    vhqos::load_with("", &rows(crate::tests::shares::GUARANTEES));
    assert_eq!(
        (weight("bank"), weight("flowers"), weight("acme")),
        (250, 150, 100)
    );
    assert_eq!(vhqos::host("flowers", "weight"), 150);
    // Who is between two hosts is not to wait longer than the largest.
    assert_eq!(cgroup::read("vhqos/_idle", "cpu.weight"), "250");
    // The domain leaves the reserve to its siblings, three groups of weight 100, and not much less.
    let domain: f64 = cgroup::read("vhqos", "cpu.weight")
        .parse()
        .expect("a number");
    let part = domain / (domain + 300.0);
    assert!(
        (0.95..0.97).contains(&part),
        "the domain has {domain} beside 300"
    );
}

fn cpus() -> u64 {
    std::thread::available_parallelism().expect("known").get() as u64
}

fn parameters_reach_the_kernel() {
    vhqos::load("");
    let cpus = cpus();
    vhqos::write_table(&rows([
        "cpu.max=25%",
        "cpu.idle=1",
        "cpu.uclamp.min=12.5 cpu.uclamp.max=80",
    ]));
    let max = cgroup::read("vhqos/bank", "cpu.max");
    let (quota, period) = max.split_once(' ').expect("two numbers");
    let (quota, period): (u64, u64) = (
        quota.parse().expect("a number"),
        period.parse().expect("a number"),
    );
    assert_eq!(quota * 4, period * cpus, "{max}");
    assert_eq!(cgroup::read("vhqos/flowers", "cpu.idle"), "1");
    assert_eq!(cgroup::read("vhqos/acme", "cpu.uclamp.min"), "12.50");
    assert_eq!(cgroup::read("vhqos/acme", "cpu.uclamp.max"), "80.00");
}

fn replaced_row_goes_back_to_defaults() {
    vhqos::load("");
    vhqos::write_table(&rows([
        "cpu.max=25%",
        "cpu.idle=1",
        "cpu.uclamp.min=12.5 cpu.uclamp.max=80",
    ]));
    vhqos::write_table(&plain_rows());
    assert!(cgroup::read("vhqos/bank", "cpu.max").starts_with("max "));
    assert_eq!(cgroup::read("vhqos/flowers", "cpu.idle"), "0");
    assert_eq!(cgroup::read("vhqos/acme", "cpu.uclamp.min"), "0.00");
    assert_eq!(cgroup::read("vhqos/acme", "cpu.uclamp.max"), "max");
    assert_eq!(
        (weight("bank"), weight("flowers"), weight("acme")),
        (100, 100, 100)
    );
}

fn cpuset_is_given_when_asked() {
    vhqos::load_with("", &plain_rows());
    assert!(
        !cgroup::read("vhqos", "cgroup.subtree_control").contains("cpuset"),
        "it makes each move dearer"
    );
    let _server = Prefork::usual(1);
    vhqos::write_table(&row(0, "cpuset.cpus=1"));
    assert_eq!(cgroup::read("vhqos/bank", "cpuset.cpus"), "1");
    let mut connection = Connection::open(&host4(0));
    let task = connection.ask(Work::Burn(50)).task;
    let status = std::fs::read_to_string(format!("/proc/{task}/status")).expect("the worker lives");
    assert!(status.contains("Cpus_allowed_list:\t1\n"), "{status}");
    vhqos::write_table(&row(0, ""));
    until("cpuset is taken back", 10.0, || {
        !cgroup::read("vhqos", "cgroup.subtree_control").contains("cpuset")
    });
}

fn names_like_interface_files_are_escaped() {
    vhqos::load_with(
        "",
        "host cpu.max addr=192.0.2.10\nhost _idle addr=192.0.2.11\nhost tasks addr=192.0.2.12\n",
    );
    let children = cgroup::children("vhqos");
    assert!(
        children.contains(&"_cpu.max".to_owned()) && children.contains(&"__idle".to_owned()),
        "{children:?}"
    );
    let _server = Prefork::usual(2);
    assert_eq!(ask(&host4(0), Work::Burn(20)).group, "/vhqos/_cpu.max");
    assert_eq!(ask(&host4(1), Work::Burn(20)).group, "/vhqos/__idle");
}

/// A worker with a nice value and an I/O priority of its own, and a row that has others.
fn particular_worker() -> (Prefork, i32) {
    let server = Prefork::start(GROUP, 1, &listen("[::]:80"), answer);
    let task = server.pids()[0];
    const WHO_PROCESS: i32 = 1;
    set_nice(task, OWN_NICE);
    // SAFETY: the call takes numbers only.
    let done = unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, task, OWN_IO) };
    assert_eq!(done, 0);
    vhqos::load_with("", &row(0, &format!("nice={ROW_NICE} ioprio=rt:1")));
    (server, task)
}

#[track_caller]
fn assert_own(task: i32) {
    until_in(task, &format!("/{GROUP}"));
    assert_eq!((nice(task), io_priority(task)), (OWN_NICE, OWN_IO));
}

fn nice_and_ioprio_hold_while_bound() {
    let (_server, task) = particular_worker();
    let mut connection = Connection::open(&host4(0));
    assert_eq!(connection.ask(Work::Burn(20)).group, shown("bank"));
    assert_eq!((nice(task), io_priority(task)), (ROW_NICE, ROW_IO));
    drop(connection);
    until_in(task, IDLE);
    until("nice and ioprio are its own", 10.0, || {
        (nice(task), io_priority(task)) == (OWN_NICE, OWN_IO)
    });
}

fn del_restores_cgroup_nice_and_ioprio() {
    let (_server, task) = particular_worker();
    let mut connection = Connection::open(&host4(0));
    connection.ask(Work::Burn(20));
    vhqos::write_table("del bank\n");
    assert_own(task);
    assert_eq!(
        connection.ask(Work::Burn(20)).group,
        format!("/{GROUP}"),
        "still served, by nobody's class"
    );
}

fn flush_restores_cgroup_nice_and_ioprio() {
    let (_server, task) = particular_worker();
    let mut connection = Connection::open(&host4(0));
    connection.ask(Work::Burn(20));
    vhqos::write_table("flush\n");
    assert_own(task);
}

fn unload_restores_cgroup_nice_and_ioprio() {
    let (server, task) = particular_worker();
    ask(&host4(0), Work::Burn(20));
    server.wait_blocked();
    assert_eq!(cgroup::of(task).as_deref(), Some(IDLE));
    vhqos::unload();
    assert_own(task);
    assert!(!cgroup::exists("vhqos"));
}

fn unload_restores_a_worker_that_is_serving() {
    let (_server, task) = particular_worker();
    let mut connection = Connection::open(&host4(0));
    connection.ask(Work::Burn(20));
    let longer_than_unloading = limit(2.0).as_micros() as u64;
    let work = Work::Burn(longer_than_unloading);
    connection.send(work).expect("sent");
    vhqos::unload();
    assert_own(task);
    assert_eq!(
        connection.receive().expect("an answer all the same").group,
        format!("/{GROUP}")
    );
}

/// Who changes a bound worker's nice value from outside is not overruled when the connection ends.
fn own_change_of_nice_is_not_undone() {
    let (_server, task) = particular_worker();
    let mut connection = Connection::open(&host4(0));
    connection.ask(Work::Burn(20));
    set_nice(task, 11);
    drop(connection);
    until_in(task, IDLE);
    vhqos::unload();
    assert_eq!(nice(task), 11);
}

#[track_caller]
fn set_policy(task: i32, policy: i32, priority: i32) {
    let parameters = libc::sched_param {
        sched_priority: priority,
    };
    // SAFETY: the call reads the parameters only.
    let done = unsafe { libc::sched_setscheduler(task, policy, &parameters) };
    assert_eq!(done, 0, "who is root may");
}

/// A real-time task is moved as others are, and keeps its policy.
fn workers_of_every_policy_are_bound() {
    vhqos::load_with("", &row(0, ""));
    for (policy, priority) in [
        (libc::SCHED_FIFO, 3),
        (libc::SCHED_RR, 1),
        (libc::SCHED_BATCH, 0),
        (libc::SCHED_IDLE, 0),
    ] {
        let server = Prefork::usual(1);
        let task = server.pids()[0];
        set_policy(task, policy, priority);
        let mut connection = Connection::open(&host4(0));
        assert_eq!(connection.ask(Work::Burn(20)).group, shown("bank"));
        drop(connection);
        until_in(task, IDLE);
        // SAFETY: the call takes a number only.
        assert_eq!(unsafe { libc::sched_getscheduler(task) }, policy);
    }
    assert_eq!(vhqos::status("failed_moves"), "0");
    assert_eq!(vhqos::status("failed_enrolments"), "0");
}

fn cgroup_root_can_be_chosen() {
    cgroup::make("system.slice/qos");
    vhqos::load_with("cgroup_root=system.slice/qos", &plain_rows());
    assert_eq!(vhqos::status("cgroup_root"), "system.slice/qos");
    let server = Prefork::usual(1);
    assert_eq!(
        ask(&host4(0), Work::Burn(20)).group,
        "/system.slice/qos/bank"
    );
    drop(server);
    vhqos::unload();
    assert!(cgroup::exists("system.slice/qos"), "it was there before");
    assert_eq!(cgroup::children("system.slice/qos"), [""; 0]);
}

fn group_that_cannot_be_made_is_named() {
    vhqos::load("cgroup_root=system.slice/qos");
    cgroup::write("system.slice", "cgroup.max.descendants", "0");
    let result = vhqos::try_write_table(plain_rows());
    cgroup::write("system.slice", "cgroup.max.descendants", "max");
    result.expect_err("there is no room for a group");
    let said = vhqos::last_error();
    assert!(said.contains("mkdir system.slice/qos"), "{said}");
}

/// The controller is taken away by mounting it in the old hierarchy.
fn tree_without_the_cpu_controller_is_refused() {
    for group in ["system.slice", "user.slice", ""] {
        cgroup::write(group, "cgroup.subtree_control", "-cpu");
    }
    std::fs::create_dir_all("/run/cpu").expect("/run is writable");
    nix::mount::mount(
        Some("cpu"),
        "/run/cpu",
        Some("cgroup"),
        nix::mount::MsFlags::empty(),
        Some("cpu"),
    )
    .expect("the old hierarchy can be mounted");
    let loaded = vhqos::try_load("");
    let said = crate::console::messages()
        .into_iter()
        .rev()
        .find(|line| line.contains("vhqos"));
    nix::mount::umount("/run/cpu").expect("nobody is in it");
    until("the controller is back", 10.0, || {
        cgroup::read("", "cgroup.controllers")
            .split(' ')
            .any(|name| name == "cpu")
    });
    for group in ["", "system.slice", "user.slice"] {
        cgroup::write(group, "cgroup.subtree_control", "+cpu");
    }
    assert!(loaded.is_err(), "loaded without the cpu controller");
    assert!(
        said.as_ref()
            .is_some_and(|line| line.contains("cpu controller")),
        "the kernel says {said:?}"
    );
}
