// SPDX-License-Identifier: GPL-2.0
//! Apache, whose hosts share one address, and behind it one pool of PHP-FPM on a UNIX socket, which does the work.

use super::apache;
use super::fpm;
use super::overload;
use super::who;
use crate::apache::http_address;
use crate::apache::Apache;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::servers::php_fpm;
use crate::tests::names::SHARED;
use crate::tests::shares::BESIDE_CLIENTS;
use crate::tests::shares::WORKERS;

crate::tests! { "names";
    fpm_behind_apache_is_in_the_class_of_the_name(60),
    fpm_behind_apache_overload_gives_each_host_its_guarantee(180),
}

/// Apache and a pool of so many workers.
#[track_caller]
pub fn start(workers: usize) -> (Apache, Daemon) {
    let pool = php_fpm::start(workers);
    let handler = format!("proxy:unix:{}|fcgi://localhost", php_fpm::SOCKET);
    let apache = apache::start(
        http_address(SHARED),
        &["proxy", "proxy_fcgi"],
        &format!("<FilesMatch \\.php$>\nSetHandler \"{handler}\"\n</FilesMatch>\n"),
    );
    (apache, pool)
}

/// A worker answers the hosts in turn, over kept connections to Apache.
fn fpm_behind_apache_is_in_the_class_of_the_name() {
    let (_apache, pool) = start(1);
    fpm::load([""; 3]);
    let mut clients = [0, 1, 2].map(|_| Dialogue::open(http_address(SHARED)));
    for number in [0, 1, 2, 1, 0, 2, 2] {
        let answer = who(&mut clients[number], number);
        assert_eq!(answer.group, shown(HOSTS[number]));
        assert!(
            pool.descendants().contains(&answer.task),
            "PHP-FPM made the page"
        );
    }
}

fn fpm_behind_apache_overload_gives_each_host_its_guarantee() {
    let _servers = start(WORKERS);
    fpm::load(BESIDE_CLIENTS);
    overload(1);
    fpm::assert_pool_was_idle();
}
