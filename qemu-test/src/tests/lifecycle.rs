// SPDX-License-Identifier: GPL-2.0
//! Unloading: at once or busy, never a hang; and nothing is left behind.

use crate::cgroup;
use crate::client::ask;
use crate::client::at;
use crate::client::host4;
use crate::client::Connection;
use crate::load::Load;
use crate::load::Speech;
use crate::load::Target;
use crate::memory::steady_growth;
use crate::memory::Look;
use crate::process::nice;
use crate::process::Hurry;
use crate::scene::plain_rows;
use crate::scene::rows;
use crate::scene::shown;
use crate::scene::IDLE;
use crate::server::Prefork;
use crate::server::Work;
use crate::server::GROUP;
use crate::servers::Session;
use crate::servers::APACHE_EVENT;
use crate::tests::servers::scene::threads_of;
use crate::vhqos;
use crate::wait::limit;
use crate::wait::until;
use nix::errno::Errno;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

crate::tests! { "lifecycle";
    unloads_while_64_workers_are_blocked_in_accept(60, debug),
    unloads_while_64_workers_are_blocked_in_recv(90, debug),
    unloads_under_load_or_says_busy(60, debug),
    unloads_beside_sleeping_threads_of_apache(60, debug),
    unloads_with_open_files(30, debug),
    survives_256_loads_and_unloads_under_traffic(720),
    survives_3_loads_and_unloads_under_traffic(90, debug),
}

#[track_caller]
fn assert_restored(pids: &[i32]) {
    let home = format!("/{GROUP}");
    until("every worker is back in its own group", 10.0, || {
        pids.iter()
            .all(|pid| cgroup::of(*pid).as_ref() == Some(&home))
    });
    assert!(
        pids.iter().all(|pid| nice(*pid) == 0),
        "a worker kept a nice value that is not its own"
    );
}

/// Unloading may say that it is busy, but not for long, and it does not wait in the call.
#[track_caller]
fn unload_at_once() {
    let began = Instant::now();
    let deadline = began + limit(10.0);
    let mut busy = 0;
    loop {
        let call = Instant::now();
        let result = vhqos::try_unload();
        assert!(
            call.elapsed() < limit(8.0),
            "delete_module took {:?}",
            call.elapsed()
        );
        match result {
            Ok(()) => break,
            Err(Errno::EBUSY | Errno::EAGAIN) if Instant::now() < deadline => busy += 1,
            Err(error) => panic!("delete_module: {error}, busy {busy} times"),
        }
        sleep(Duration::from_millis(5));
    }
    println!(
        "note: unloaded after {:.2} s, busy {busy} times",
        began.elapsed().as_secs_f64()
    );
}

fn unloads_while_64_workers_are_blocked_in_accept() {
    let server = Prefork::usual(64);
    vhqos::load_with("", &rows(["nice=-3", "", ""]));
    for _ in 0..8 {
        ask(&host4(0), Work::Burn(10));
    }
    server.wait_blocked();
    unload_at_once();
    assert_restored(&server.pids());
    // They are still blocked in the same call, and it still works.
    ask(&host4(0), Work::Burn(10));
}

fn unloads_while_64_workers_are_blocked_in_recv() {
    let server = Prefork::usual(64);
    vhqos::load_with("", &rows(["nice=-3", "", ""]));
    let mut open: Vec<Connection> = (0..64).map(|_| Connection::open(&host4(0))).collect();
    for connection in &mut open {
        connection.ask(Work::Echo);
    }
    assert!(server
        .pids()
        .iter()
        .all(|pid| cgroup::of(*pid) == Some(shown("bank"))));
    unload_at_once();
    assert_restored(&server.pids());
    for connection in &mut open {
        assert_eq!(connection.ask(Work::Burn(10)).group, format!("/{GROUP}"));
    }
}

fn targets(clients: usize) -> Vec<Target> {
    (0..3)
        .map(|number| Target {
            address: at(&host4(number), 80),
            speech: Speech::Own(Work::Burn(500)),
            clients,
            requests: 3,
        })
        .collect()
}

fn unloads_under_load_or_says_busy() {
    let server = Prefork::usual(16);
    let load = Load::start(&targets(4));
    for _ in 0..3 {
        vhqos::load_with("", &rows(["nice=-3", "", ""]));
        until("requests are bound", 20.0, || {
            vhqos::host("acme", "binds") > 5
        });
        unload_at_once();
        assert_restored(&server.pids());
    }
    load.finish();
}

/// The event MPM: another thread than the one that served closes the connections, and eight threads wait in the kernel for work
/// that does not come.
fn unloads_beside_sleeping_threads_of_apache() {
    let addresses = [0, 1, 2].map(|number| at(&host4(number), 80));
    vhqos::load_with("", &rows(["nice=-3", "", ""]));
    let _apache = (APACHE_EVENT.start)(&addresses);
    let mut worker = 0;
    for _ in 0..5 {
        let sessions: Vec<Session> = [addresses; 3]
            .concat()
            .into_iter()
            .map(APACHE_EVENT.session)
            .collect();
        worker = sessions[0].answer.task;
    }
    until("no channel is left", 20.0, || {
        vhqos::read("channels").is_empty()
    });
    let threads = threads_of(worker);
    assert!(threads.len() > 8, "{threads:?}");
    until("every thread is idle", 5.0, || {
        threads
            .iter()
            .all(|thread| cgroup::of(*thread).as_deref() == Some(IDLE))
    });
    let began = Instant::now();
    vhqos::unload_within(2.0).expect("nobody keeps the module");
    println!(
        "note: unloaded after {:.2} s",
        began.elapsed().as_secs_f64()
    );
    assert_restored(&threads);
}

fn unloads_with_open_files() {
    vhqos::load_with("", &plain_rows());
    let mut reader = fs::File::open(vhqos::path("table")).expect("readable");
    reader.read_exact(&mut [0; 10]).expect("some rows");
    let mut writer = vhqos::open_table();
    writer
        .write_all(b"begin\nhost half addr=192.0.2.30\n")
        .expect("an open transaction");
    unload_at_once();
    assert!(
        reader.read(&mut [0; 10]).is_err(),
        "there is nobody to read from"
    );
    assert!(
        writer.write(b"commit\n").is_err(),
        "there is nobody to write to"
    );
    vhqos::load("");
    assert_eq!(vhqos::read("table"), "");
}

/// Loads, binds and unloads `count` times under traffic, which leaves who does it its time; every task that is there at the end is
/// what it was.
fn cycles(count: u32) {
    let server = Prefork::usual(40);
    let load = Load::start(&targets(2));
    let _hurry = Hurry::begin();
    // Seconds to load, to write rows, until requests are bound, and to unload.
    let mut seconds = [0.0; 4];
    for _ in 0..count {
        let mut began = Instant::now();
        let mut step = |index: usize| {
            seconds[index] += began.elapsed().as_secs_f64() / f64::from(count);
            began = Instant::now();
        };
        vhqos::load("");
        step(0);
        vhqos::write_table(&rows(["nice=-3", "cpu.max=50%", ""]));
        step(1);
        until("requests are bound", 20.0, || {
            vhqos::host("bank", "binds") > 0 && vhqos::host("acme", "binds") > 0
        });
        step(2);
        vhqos::unload();
        step(3);
    }
    let outcomes = load.finish();
    assert_restored(&server.pids());
    assert!(outcomes.iter().all(|outcome| outcome.failed == 0));
    let [load, rows, bound, unload] = seconds;
    println!("note: load {load:.2} s, rows {rows:.2} s, bound {bound:.2} s, unload {unload:.2} s");
}

/// What grows in most quarters is a leak; what grows in one is a cache of the kernel's own that fills.
fn survives_256_loads_and_unloads_under_traffic() {
    // Closed connections would be kept for a minute: some MiB, and how many depends on how fast the clients were.
    fs::write("/proc/sys/net/ipv4/tcp_max_tw_buckets", "0").expect("root may");
    cycles(1);
    let mut looks = vec![Look::settled()];
    for _ in 0..4 {
        cycles(64);
        looks.push(Look::settled());
    }
    let grown = steady_growth(&looks);
    let sum = grown.iter().fold(0.0, |sum, one| sum + one.1);
    println!("note: slab and vmalloc grew by {sum:.1} KiB in 64");
    let most = &grown[..grown.len().min(8)];
    assert!(sum <= 16.0, "64 cycles grew {sum:.1} KiB, most: {most:?}");
}

fn survives_3_loads_and_unloads_under_traffic() {
    cycles(3);
}
