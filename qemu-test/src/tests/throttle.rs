// SPDX-License-Identifier: GPL-2.0
//! A host that has used up its `cpu.max` delays nobody's accept.

use crate::client::at;
use crate::client::host4;
use crate::client::Connection;
use crate::daemon::Daemon;
use crate::load::Load;
use crate::load::Speech;
use crate::load::Target;
use crate::process::Child;
use crate::scene::row;
use crate::scene::rows;
use crate::server::answer;
use crate::server::listen;
use crate::server::Work;
use crate::server::GROUP;
use crate::servers::INETD;
use crate::statistics::percentile;
use crate::vhqos;
use crate::wait::until;
use nix::unistd::fork;
use nix::unistd::ForkResult;
use std::io::Read;
use std::net::SocketAddr;
use std::time::Instant;

crate::tests! { "throttle";
    throttled_host_does_not_delay_accepts_of_a_forking_server(150),
    throttled_host_does_not_delay_accepts_of_inetd(150),
}

/// What a request of the fast host burns: long against what an enforced pause of the other one can cost.
const WORK: Work = Work::Burn(15_000);

/// A request of the throttled host: seconds, at half a percent of the machine.
const FLOOD: Work = Work::Burn(30_000);

/// What the throttled host may use.
const CAP: &str = "cpu.max=0.5%";

/// Clients of the throttled host.
const CLIENTS: usize = 24;

/// Requests that are measured without and with the flood, at a time.
const SAMPLES: usize = 120;

/// A machine that is busy with something else makes single answers late, with and without the flood: so often at most
/// it is looked at again.
const TRIES: usize = 5;

/// Microseconds from the connect to the first byte of the answer.
fn first_byte(address: SocketAddr) -> u32 {
    let began = Instant::now();
    let mut connection = Connection::try_open(address).expect("a server");
    connection.send(WORK).expect("a server");
    connection.0.read_exact(&mut [0]).expect("an answer");
    let took = began.elapsed().as_micros();
    // To the end, so that its process is gone before the next one.
    let _ = connection.0.shutdown(std::net::Shutdown::Write);
    let _ = connection.0.read_to_end(&mut Vec::new());
    u32::try_from(took).unwrap_or(u32::MAX)
}

/// The last percent but one of the fast host's waits, with and without a flood of the throttled one.
fn is_not_delayed(port: u16) {
    let (slow, fast) = (at(&host4(0), port), at(&host4(1), port));
    // What is learned is learned here.
    (0..10).for_each(|_| {
        first_byte(fast);
    });
    let target = Target {
        address: slow,
        speech: Speech::Own(FLOOD),
        clients: CLIENTS,
        requests: 1,
    };
    let (mut without, mut with, mut calms) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TRIES {
        let mut calm: Vec<u32> = (0..SAMPLES).map(|_| first_byte(fast)).collect();
        calms.push(percentile(&mut calm, 99));
        without.extend(calm);
        vhqos::write_table(&row(0, CAP));
        let before = vhqos::host("bank", "throttled_usec");
        let load = Load::start(std::slice::from_ref(&target));
        until("the flood is served", 30.0, || {
            vhqos::host("bank", "tasks") >= CLIENTS as u64
        });
        with.extend((0..SAMPLES).map(|_| first_byte(fast)));
        let throttled = vhqos::host("bank", "throttled_usec") - before;
        assert!(throttled > 1_000_000, "throttled for {throttled} us only");
        // Without its cap the flood ends soon.
        vhqos::write_table(&row(0, ""));
        let flood = load.finish();
        assert_eq!(flood[0].failed, 0, "the flood is served too");
        let (calm, flooded) = (percentile(&mut without, 99), percentile(&mut with, 99));
        let ratio = f64::from(flooded) / f64::from(calm);
        println!(
            "note: p99 of {} requests {:.1} ms, flooded {:.1} ms, ratio {ratio:.3}",
            without.len(),
            f64::from(calm) / 1e3,
            f64::from(flooded) / 1e3
        );
        if ratio <= 1.1 * disagreement(&calms) {
            return;
        }
    }
    panic!("a throttled host delays another one's accepts");
}

/// By how much the machine disagrees with itself about the same thing without any flood: 1 when it is quiet.
fn disagreement(calms: &[u32]) -> f64 {
    let (least, most) = (calms.iter().min(), calms.iter().max());
    let ratio = least
        .zip(most)
        .map(|(least, most)| f64::from(*most) / f64::from(*least));
    let ratio = ratio.unwrap_or(1.0);
    if ratio > 1.05 {
        println!("note: the machine disagrees with itself by a factor of {ratio:.2}");
    }
    ratio
}

/// The table: the flooded host may have half a percent of the machine.
fn load() {
    vhqos::load_with("", &rows([CAP, "", ""]));
}

/// Accepts, forks, closes; the children are reaped by the kernel.
fn throttled_host_does_not_delay_accepts_of_a_forking_server() {
    load();
    let listener = listen("[::]:80");
    let server = Child::new(GROUP, |_| {
        // SAFETY: ignoring a signal touches no memory.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
        loop {
            let (mut stream, _) = listener.accept().expect("accept");
            // SAFETY: this process has one thread.
            if let ForkResult::Child = unsafe { fork() }.expect("fork") {
                answer(&mut stream);
                std::process::exit(0);
            }
        }
    });
    is_not_delayed(80);
    assert_eq!(
        vhqos::task(server.pid()).expect("a record")["kind"],
        "forks"
    );
}

fn throttled_host_does_not_delay_accepts_of_inetd() {
    load();
    let addresses = [0, 1].map(|number| at(&host4(number), INETD.port));
    let daemon: Daemon = (INETD.start)(&addresses);
    is_not_delayed(INETD.port);
    assert_eq!(
        vhqos::task(daemon.main()).expect("a record")["kind"],
        "forks"
    );
}
