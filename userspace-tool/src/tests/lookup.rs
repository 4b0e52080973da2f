// SPDX-License-Identifier: GPL-2.0

//! Which row a connection belongs to.

use crate::check::{
    lines,
    look_up,
    Desk, //
};

const ROWS: &str = "\
host all addr=0.0.0.0/0 addr=::/0
host net addr=192.0.2.0/24
host web addr=192.0.2.0/24:80,8000-8100
host one addr=192.0.2.10
host tls addr=192.0.2.10:443
host six addr=2001:db8::/32
host six.web addr=[2001:db8::10]:443
host mine addr=198.51.100.0/24 server=user:33
host low addr=203.0.113.0/24:1-65535
";

/// Where a connection arrives, and its host.
const FOUND: &[(&str, u16, Option<&str>)] = &[
    ("192.0.2.10", 443, Some("tls")),
    ("192.0.2.10", 80, Some("one")),
    ("192.0.2.11", 80, Some("web")),
    ("192.0.2.11", 81, Some("net")),
    ("192.0.2.11", 8000, Some("web")),
    ("192.0.2.11", 8050, Some("web")),
    ("192.0.2.11", 8100, Some("web")),
    ("192.0.2.11", 7999, None),
    ("192.0.2.11", 8101, None),
    ("192.0.2.11", 1023, Some("net")),
    ("192.0.2.11", 1024, None),
    // An address without ports does not cover port 8080, but the prefix behind it names the port.
    ("192.0.2.10", 8080, Some("web")),
    ("::ffff:192.0.2.10", 443, Some("tls")),
    ("192.0.3.1", 80, Some("all")),
    ("2001:db8::10", 443, Some("six.web")),
    ("2001:db8::10", 80, Some("six")),
    ("2001:db9::", 80, Some("all")),
    ("::ffff:8.8.8.8", 80, Some("all")),
    ("198.51.100.7", 8443, Some("mine")),
    ("203.0.113.255", 1, Some("low")),
    ("203.0.113.255", 65535, Some("low")),
    ("203.0.113.255", 2048, Some("low")),
];

#[test]
fn the_most_specific_row_has_the_connection() {
    let desk = Desk::with(ROWS);
    for (address, port, name) in FOUND {
        let found = look_up::compare(&desk, address.parse().unwrap(), *port);
        let found = found
            .and_then(|id| desk.table.row(id))
            .map(|row| row.name());
        assert_eq!(found, *name, "{address} {port}");
    }
}

#[test]
fn the_default_row_has_what_no_other_row_has() {
    let mut desk = Desk::with("host default\nhost a addr=192.0.2.1:8080\n");
    let default = desk.table.find("default");
    let here = "192.0.2.1".parse().unwrap();
    assert_eq!(look_up::compare(&desk, here, 80), default);
    assert_eq!(look_up::compare(&desk, here, 8080), desk.table.find("a"));
    assert_eq!(look_up::compare(&desk, here, 8081), None);
    desk.put("host default server=user:33\n").unwrap();
    assert_eq!(look_up::compare(&desk, here, 8081), default);
    desk.put("del default\n").unwrap();
    assert_eq!(look_up::compare(&desk, here, 80), None);
}

#[test]
fn nothing_is_found_in_an_empty_table() {
    let mut desk = Desk::new();
    assert_eq!(
        look_up::compare(&desk, "192.0.2.1".parse().unwrap(), 80),
        None
    );
    desk.put("host a addr=192.0.2.1\n").unwrap();
    desk.put("del a\n").unwrap();
    assert_eq!(
        look_up::compare(&desk, "192.0.2.1".parse().unwrap(), 80),
        None
    );
}

#[test]
fn one_address_serves_hosts_by_port() {
    let mut desk = Desk::new();
    // In an order in which neither the first nor the last port is at the end.
    let ports = (0..60_000u32).map(|i| 1 + i * 7919 % 60_000);
    let rows = |port| format!("host p{port} addr=10.0.0.1:{port}");
    let text = lines(ports.clone().map(rows));
    desk.put(&text).unwrap();
    let address = "10.0.0.1".parse().unwrap();
    for port in (1..=60_001).step_by(997) {
        let found = desk.table.lookup(
            &crate::policy::Endpoint::new(address, port as u16),
            1024,
            &mut |_, _| true,
        );
        assert_eq!(found, desk.table.find(&format!("p{port}")));
    }
    let text = lines(ports.map(|port| format!("del p{port}")));
    desk.put(&text).unwrap();
    assert!(desk.table.is_empty());
}
