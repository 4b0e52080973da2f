// SPDX-License-Identifier: GPL-2.0
//! What a row promises is what its host gets, by the kernel's own accounting.

use crate::apache::http_address;
use crate::apache::Apache;
use crate::cgroup;
use crate::client::ask;
use crate::client::host4;
use crate::client::host6;
use crate::client::Connection;
use crate::load::Load;
use crate::load::Speech;
use crate::load::Target;
use crate::pages;
use crate::process::Child;
use crate::programs::Program;
use crate::programs::Report;
use crate::programs::Running;
use crate::programs::AB;
use crate::scene::cpu_seconds;
use crate::scene::difference;
use crate::scene::plain_rows;
use crate::scene::row;
use crate::scene::rows;
use crate::scene::HOSTS;
use crate::server::Prefork;
use crate::server::Work;
use crate::statistics::assert_within;
use crate::statistics::figures;
use crate::statistics::shares;
use crate::vhqos;
use crate::wait::limit;
use crate::wait::until;
use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

crate::tests! { "shares";
    apache_overload_gives_each_host_its_guarantee(180),
    apache_keep_alive_gives_each_host_its_guarantee(180),
    weights_divide_what_nobody_was_guaranteed(60),
    cap_holds(60),
    idle_capacity_goes_to_who_wants_it(60),
    idle_host_yields_to_the_others(60),
    idle_host_is_answered_in_the_end(60),
    hog_outside_gets_the_reserve_and_no_more(60),
    short_requests_are_charged_to_their_host(90),
    siblings_that_weigh_too_much_are_told_of(40),
}

/// The guarantees that sum up to all but the reserve, as 50 : 30 : 20.
pub const GUARANTEES: [&str; 3] = ["cpu.min=47.5%", "cpu.min=28.5%", "cpu.min=19%"];
/// The same with a reserve of 20 %, out of which the load's own clients live: with 5 % they are too slow to
/// overload anybody (36 clients used 4.2 % of the machine, and half of the workers had nothing to do).
pub const BESIDE_CLIENTS: [&str; 3] = ["cpu.min=40%", "cpu.min=24%", "cpu.min=16%"];
/// Their shares of what the three get together.
pub const EXPECTED: [f64; 3] = [50.0, 30.0, 20.0];
/// Clients a host: who paid least has most.
pub const CLIENTS: [usize; 3] = [6, 10, 20];
/// Apache's workers: more than clients.
pub const WORKERS: usize = 48;
/// CPU time that a page burns, in microseconds.
pub const PAGE: u32 = 120_000;

/// CPU seconds that the machine has in a second.
pub fn cpus() -> f64 {
    nix::unistd::sysconf(nix::unistd::SysconfVar::_NPROCESSORS_ONLN)
        .expect("sysconf")
        .expect("known") as f64
}

/// What each host used of the whole machine in percent, over `seconds` from now on.
pub fn measure(warm_up: f64, seconds: f64) -> Vec<f64> {
    sleep(Duration::from_secs_f64(warm_up));
    let began = Instant::now();
    let before = cpu_seconds();
    sleep(Duration::from_secs_f64(seconds));
    let used = difference(&before, &cpu_seconds());
    let whole = began.elapsed().as_secs_f64() * cpus();
    used.iter().map(|host| 100.0 * host / whole).collect()
}

/// Apache with the three hosts, and what they are guaranteed.
fn apache(addresses: &[String; 3]) -> Apache {
    let server = Apache::start(addresses, WORKERS);
    vhqos::load_with("reserve=20", &rows(BESIDE_CLIENTS));
    server
}

/// Overloads the server of the three hosts for 20 s, with so many requests a connection, and asserts that each gets
/// what [`BESIDE_CLIENTS`] says.
pub fn overload(places: [(SocketAddr, Speech); 3], requests: u32) {
    let targets: Vec<Target> = places
        .into_iter()
        .zip(CLIENTS)
        .map(|((address, speech), clients)| Target {
            address,
            speech,
            clients,
            requests,
        })
        .collect();
    let load = Load::start(&targets);
    let (before, after, time) =
        load.measure(Duration::from_secs(4), Duration::from_secs(20), cpu_seconds);
    let outcomes = load.finish();
    let used = difference(&before, &after);
    for (outcome, host) in outcomes.iter().zip(HOSTS) {
        assert!(
            outcome.failed == 0 && outcome.answered > 0,
            "{host}: {} failed",
            outcome.failed
        );
    }
    let of_machine: Vec<f64> = used
        .iter()
        .map(|host| 100.0 * host / (time * cpus()))
        .collect();
    assert_guaranteed(&of_machine);
}

/// Seconds for which a program overloads a server: before it is measured, while it is, and more than are left behind that.
const SECONDS: [u32; 3] = [6, 20, 5];

/// Overloads the server of the three hosts with a program a host, which asks for its page, and asserts that each gets what
/// [`BESIDE_CLIENTS`] says and that all is answered; the last of `words` is what stands before the seconds.
#[track_caller]
pub fn overload_by(program: &'static Program, words: &[&str], pages: &[String; 3]) {
    let seconds = SECONDS.iter().sum();
    let mut clients = [0, 1, 2].map(|number| {
        program.start_for(words, seconds, &pages[number], CLIENTS[number], "/dev/null")
    });
    let used = measure(SECONDS[0].into(), SECONDS[1].into());
    assert!(clients.iter_mut().all(Running::runs), "all were at work");
    for (client, host) in clients.into_iter().zip(HOSTS) {
        let Report { answered, failed } = client.finish();
        println!("note: {host}: {answered} answered, {failed} failed");
        assert!(failed == 0 && answered > 0, "{host}: {failed} failed");
    }
    assert_guaranteed(&used);
}

/// Asserts that each host got what [`BESIDE_CLIENTS`] says; `of_machine` is in percent.
#[track_caller]
pub fn assert_guaranteed(of_machine: &[f64]) {
    println!("note: of the machine {}", figures(of_machine));
    assert_within(2.0, "shares", &shares(of_machine), &EXPECTED);
    for (is, least) in of_machine.iter().zip([40.0, 24.0, 16.0]) {
        assert!(
            *is >= least - 2.0,
            "a host got {is:.2} % of the machine, {least} % is guaranteed"
        );
    }
}

/// A new connection for each request, from Apache's own ab.
fn apache_overload_gives_each_host_its_guarantee() {
    let addresses = [host4(0), host6(1), host4(2)];
    let _server = apache(&addresses);
    let path = pages::burn_path(PAGE);
    let pages = addresses.map(|address| format!("http://{}{path}", http_address(&address)));
    overload_by(&AB, &["-q", "-t"], &pages);
}

/// From clients of our own: ab never ends a kept connection.
fn apache_keep_alive_gives_each_host_its_guarantee() {
    let addresses = [host4(0), host4(1), host6(2)];
    let _server = apache(&addresses);
    overload(
        addresses.map(|address| (http_address(&address), pages::burn(PAGE))),
        25,
    );
}

/// Connections whose one request burns for longer than the test: load without clients that need the CPU.
pub fn endless(number: u8, count: usize) -> Vec<Connection> {
    (0..count)
        .map(|_| {
            let mut connection = Connection::open(&host4(number));
            connection.send(Work::Burn(600_000_000)).expect("sent");
            connection
        })
        .collect()
}

fn weights_divide_what_nobody_was_guaranteed() {
    let _server = Prefork::usual(16);
    // 20 % are guaranteed; of the other 80 % a quarter goes to the bank and three quarters to the flowers.
    let table = row(0, "cpu.min=20% cpu.weight=100") + &row(1, "cpu.weight=300");
    vhqos::load_with("reserve=0", &table);
    let _load = [endless(0, 4), endless(1, 4)];
    assert_within(
        2.0,
        "shares",
        &shares(&measure(1.0, 8.0)[..2]),
        &[40.0, 60.0],
    );
}

fn cap_holds() {
    let _server = Prefork::usual(8);
    vhqos::load_with("", &rows(["cpu.max=20%", "cpu.max=0.9cpus", ""]));
    let _load = [endless(0, 4), endless(1, 4)];
    assert_within(
        2.0,
        "of the machine",
        &measure(1.0, 10.0)[..2],
        &[20.0, 90.0 / cpus()],
    );
    assert!(vhqos::host("bank", "throttled_usec") > 0);
    let told = vhqos::host("bank", "cpu_usec") as f64 / 1e6;
    let kernel = cgroup::cpu_seconds("vhqos/bank");
    assert!(
        told <= kernel && told > kernel - 1.0,
        "hosts says {told} s, cpu.stat {kernel} s"
    );
}

fn idle_capacity_goes_to_who_wants_it() {
    let _server = Prefork::usual(8);
    vhqos::load_with("", &rows(GUARANTEES));
    let _load = endless(2, 4);
    let used = measure(1.0, 5.0);
    println!("note: {} % with 19 % guaranteed", used[2]);
    assert!(
        used[2] > 90.0,
        "the only busy host got {:.1} % of the machine",
        used[2]
    );
}

fn idle_host_yields_to_the_others() {
    let _server = Prefork::usual(8);
    vhqos::load_with("", &rows(["", "cpu.idle=1", ""]));
    let _load = [endless(0, 4), endless(1, 4)];
    let used = measure(1.0, 5.0);
    assert!(used[1] < 4.0 && used[0] > 88.0, "{used:?}");
    assert_eq!(cgroup::read("vhqos/flowers", "cpu.idle"), "1");
}

/// Who is idle waits while others want everything, but not for ever: it may have lost the CPU where all others wait for it.
fn idle_host_is_answered_in_the_end() {
    let _server = Prefork::usual(16);
    vhqos::load_with("", &rows(["cpu.min=60%", "cpu.idle=1", "cpu.min=35%"]));
    let _load = [endless(0, 4), endless(2, 4)];
    measure(1.0, 1.0);
    let began = Instant::now();
    ask(&host4(1), Work::Burn(1));
    let waited = began.elapsed();
    println!("note: answered after {waited:.1?}");
    assert!(waited < limit(30.0), "{waited:?}");
}

fn hog_outside_gets_the_reserve_and_no_more() {
    let hogs: Vec<Child> = (0..8)
        .map(|number| {
            let group = if number % 2 == 0 {
                "system.slice/hog.service"
            } else {
                "user.slice/hog.scope"
            };
            Child::new(group, |_| crate::server::burn(600_000_000))
        })
        .collect();
    let _server = Prefork::usual(16);
    vhqos::load_with("", &rows(GUARANTEES));
    let _load = [endless(0, 4), endless(1, 4), endless(2, 4)];
    let hogs_used = || {
        cgroup::cpu_seconds("system.slice/hog.service")
            + cgroup::cpu_seconds("user.slice/hog.scope")
    };
    let (before, began) = (hogs_used(), Instant::now());
    let used = measure(2.0, 10.0);
    let outside = 100.0 * (hogs_used() - before) / (began.elapsed().as_secs_f64() * cpus());
    println!(
        "note: of the machine, hosts {} %, hogs outside {outside:.1} %",
        figures(&used)
    );
    let sum: f64 = used.iter().sum();
    assert!(sum >= 93.0, "the hosts got {sum:.1} % of the machine");
    // Two of the three groups outside are busy, and the load's own clients have a part of that.
    assert!(
        outside >= 1.5,
        "the rest of the machine is left its reserve: {outside:.1} %"
    );
    assert_within(2.0, "shares", &shares(&used), &EXPECTED);
    drop(hogs);
}

/// One worker serves 0.3 ms for one host and 0.9 ms for another in turn, much shorter than the tick.  What it does is
/// known from its own clock, since nobody else runs on its CPU; each host must be charged for its part.
fn short_requests_are_charged_to_their_host() {
    const REQUESTS: usize = 1500;
    vhqos::load_with("serves=1", &plain_rows());
    let (served, charged) = crate::tests::short::run(REQUESTS);
    let (is, should) = (shares(&charged), shares(&served));
    println!(
        "note: {REQUESTS} requests a host, {:.2}/{:.2} s served",
        served[0], served[1]
    );
    assert_within(2.0, "charged", &is, &should);
    let sums = [charged.iter().sum::<f64>(), served.iter().sum::<f64>()];
    assert!(
        (sums[0] / sums[1] - 1.0).abs() < 0.1,
        "charged {:.3} s, served {:.3} s",
        sums[0],
        sums[1]
    );
    assert_eq!(vhqos::host("bank", "accepted"), REQUESTS as u64);
}

/// The largest weight is not enough for 95 % beside a group that has it too.
fn siblings_that_weigh_too_much_are_told_of() {
    const HEAVY: &str = "heavy.slice";
    cgroup::make(HEAVY);
    vhqos::load_with("", &plain_rows());
    assert_eq!(vhqos::status("weight_capped"), "0");
    let capped = |expected| {
        until("it is looked at", 20.0, || {
            vhqos::status("weight_capped") == expected
        });
    };
    cgroup::write(HEAVY, "cpu.weight", "10000");
    capped("1");
    assert_eq!(cgroup::read("vhqos", "cpu.weight"), "10000");
    let told = crate::console::messages()
        .into_iter()
        .any(|line| line.contains("the largest weight is 10000"));
    assert!(told, "the kernel's log says it");
    cgroup::write(HEAVY, "cpu.weight", "100");
    capped("0");
    std::fs::remove_dir(format!("/sys/fs/cgroup/{HEAVY}")).expect("nobody is in it");
}
