// SPDX-License-Identifier: GPL-2.0
//! HAProxy, which all hosts share, before an Apache that they share as well: each connection to Apache begins with a header of
//! the PROXY protocol, version 2.

use super::apache;
use super::overload;
use super::said;
use crate::apache::http_address;
use crate::apache::Apache;
use crate::client::host4;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use crate::scene::name;
use crate::scene::named_rows;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::servers::answer_in;
use crate::tests::names::SHARED;
use crate::tests::shares::BESIDE_CLIENTS;
use crate::vhqos;
use std::process::Command;

crate::tests! { "names";
    apache_behind_haproxy_is_in_the_class_of_the_name(60),
    apache_behind_haproxy_overload_gives_each_host_its_guarantee(180),
}

const CONFIGURATION: &str = "/run/haproxy.cfg";

/// HAProxy at the shared address, and Apache behind it.
#[track_caller]
pub fn start() -> (Daemon, Apache) {
    let behind = host4(5);
    let apache = apache::start(
        http_address(&behind),
        &["remoteip"],
        "RemoteIPProxyProtocol On\n",
    );
    let text = format!(
        "global\n nbthread 1\ndefaults\n mode http\n timeout connect 60s\n timeout client 60s\n timeout server 60s\n\
         listen all\n bind {SHARED}:80\n server apache {behind}:80 send-proxy-v2\n"
    );
    std::fs::write(CONFIGURATION, text).expect("/run is writable");
    let haproxy = Daemon::start(
        Command::new("haproxy").args(["-db", "-f", CONFIGURATION]),
        &[http_address(SHARED)],
    );
    (haproxy, apache)
}

/// The connection to HAProxy and the one behind it are kept; the name changes with each request.
fn apache_behind_haproxy_is_in_the_class_of_the_name() {
    let _servers = start();
    vhqos::load_with("", &named_rows([""; 3]));
    let mut client = Dialogue::open(http_address(SHARED));
    for number in [0, 1, 2, 1, 0] {
        let said = said(&mut client, number);
        let answer = answer_in(&said);
        assert_eq!(answer.group, shown(HOSTS[number]), "{}", name(number));
        assert!(
            said.ends_with(&format!("peer={SHARED}")),
            "the header was read: {said}"
        );
    }
}

fn apache_behind_haproxy_overload_gives_each_host_its_guarantee() {
    let _servers = start();
    apache::load(BESIDE_CLIENTS);
    overload(1);
}
