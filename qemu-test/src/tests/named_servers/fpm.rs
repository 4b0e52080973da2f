// SPDX-License-Identifier: GPL-2.0
//! nginx, whose hosts share one address, and behind it one pool of PHP-FPM on a UNIX socket, which does the work.

use super::overload;
use super::who;
use crate::apache::http_address;
use crate::cgroup;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use crate::pages;
use crate::scene::group;
use crate::scene::name;
use crate::scene::named_rows;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::servers::nginx_with;
use crate::servers::php_fpm;
use crate::tests::names::SHARED;
use crate::tests::shares::BESIDE_CLIENTS;
use crate::tests::shares::WORKERS;
use crate::vhqos;
use std::net::SocketAddr;

crate::tests! { "names";
    fpm_worker_is_in_the_class_of_the_name(60),
    fpm_overload_gives_each_host_its_guarantee(180),
    fpm_keep_alive_gives_each_host_its_guarantee(180),
}

/// The row of the pool's socket.
const POOL: &str = "pool";

/// A host of nginx, whose pages the pool makes.
fn block(number: usize, listen: &str, lines: &str) -> String {
    format!(
        "server {{ listen {listen}; {lines} server_name {}; root {};\n\
         location ~ \\.php$ {{ include /etc/nginx/fastcgi.conf; fastcgi_pass unix:{}; }} }}\n",
        name(number),
        pages::DIRECTORY,
        php_fpm::SOCKET
    )
}

/// nginx and a pool of so many workers.
#[track_caller]
pub fn start(workers: usize) -> [Daemon; 2] {
    start_with(http_address(SHARED), "", "", workers)
}

/// The same, with nginx at `address`, with words for its `listen` and lines for each host.
#[track_caller]
pub fn start_with(address: SocketAddr, words: &str, lines: &str, workers: usize) -> [Daemon; 2] {
    pages::put();
    let pool = php_fpm::start(workers);
    let listen = format!("{address} {words}");
    let blocks: String = (0..3).map(|number| block(number, &listen, lines)).collect();
    [nginx_with(&blocks, &[address]), pool]
}

/// Loads the module with the names, and with the row that makes the pool's socket known, which gets next to nothing.
pub fn load(words: [&str; 3]) {
    let socket = php_fpm::SOCKET;
    let pool = format!("host {POOL} addr=unix:{socket}\n");
    vhqos::load_with("reserve=20", &(named_rows(words) + &pool));
}

/// A worker answers the hosts in turn, over kept connections to nginx.
fn fpm_worker_is_in_the_class_of_the_name() {
    let _servers = start(1);
    load([""; 3]);
    let mut clients = [0, 1, 2].map(|_| Dialogue::open(http_address(SHARED)));
    for number in [0, 1, 2, 1, 0, 2, 2] {
        let answer = who(&mut clients[number], number);
        assert_eq!(answer.group, shown(HOSTS[number]));
    }
}

fn shares(requests: u32) {
    let _servers = start(WORKERS);
    load(BESIDE_CLIENTS);
    overload(requests);
    assert_pool_was_idle();
}

/// Asserts that next to nothing was done for the pool's own row.
#[track_caller]
pub fn assert_pool_was_idle() {
    let pool = cgroup::cpu_seconds(&group(POOL));
    assert!(pool < 0.1, "{pool} s of CPU before a name was known");
}

fn fpm_overload_gives_each_host_its_guarantee() {
    shares(1);
}

fn fpm_keep_alive_gives_each_host_its_guarantee() {
    shares(25);
}
