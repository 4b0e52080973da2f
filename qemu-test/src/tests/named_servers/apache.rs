// SPDX-License-Identifier: GPL-2.0
//! Apache with virtual hosts by name.

use super::overload;
use crate::apache::http_address;
use crate::apache::Apache;
use crate::apache::Setup;
use crate::scene::name;
use crate::scene::named_rows;
use crate::tests::names::SHARED;
use crate::tests::shares::BESIDE_CLIENTS;
use crate::tests::shares::WORKERS;
use crate::vhqos;
use std::net::SocketAddr;

crate::tests! { "names";
    apache_by_name_overload_gives_each_host_its_guarantee(180),
    apache_by_name_keep_alive_gives_each_host_its_guarantee(180),
}

/// Apache with three virtual hosts at an address.
#[track_caller]
pub fn start(address: SocketAddr, modules: &[&str], lines: &str) -> Apache {
    Apache::start_with(&Setup {
        sites: (0..3).map(|number| (address, name(number))).collect(),
        workers: WORKERS,
        modules,
        lines,
    })
}

/// Loads the module with the names.
pub fn load(words: [&str; 3]) {
    vhqos::load_with("reserve=20", &named_rows(words));
}

fn shares(requests: u32) {
    let _server = start(http_address(SHARED), &[], "");
    load(BESIDE_CLIENTS);
    overload(requests);
}

fn apache_by_name_overload_gives_each_host_its_guarantee() {
    shares(1);
}

fn apache_by_name_keep_alive_gives_each_host_its_guarantee() {
    shares(25);
}
