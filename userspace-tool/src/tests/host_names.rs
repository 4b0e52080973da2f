// SPDX-License-Identifier: GPL-2.0

//! Which row a name belongs to.

use crate::check::{
    look_up,
    Desk, //
};
use crate::policy::Endpoint;

/// Ports below belong to root.
const START: u16 = 1024;

/// The row that `name` has at an address and port, and the one that it has when that one may not be had.
fn found(desk: &Desk, name: &str, address: &str, port: u16) -> (String, String) {
    let local = Endpoint::new(address.parse().unwrap(), port);
    let name_of = |id| match id {
        Some(id) => desk.table.row(id).unwrap().name().to_owned(),
        None => String::new(),
    };
    let first = desk
        .table
        .lookup_name(name, &local, START, &mut |_, _| true);
    let second = desk
        .table
        .lookup_name(name, &local, START, &mut |id, _| Some(id) != first);
    (name_of(first), name_of(second))
}

/// The same at a UNIX socket.
fn at_path(desk: &Desk, name: &str) -> Option<String> {
    let id = look_up::compare_at_path(desk, name)?;
    Some(desk.table.row(id).unwrap().name().to_owned())
}

#[test]
fn exact_name_beats_the_longest_name_above() {
    let desk = Desk::with(
        "host exact name=www.flowers.example\n\
         host www name=*.www.flowers.example\n\
         host flowers name=flowers.example name=*.flowers.example\n\
         host all name=*.example\n",
    );
    for (name, first, second) in [
        ("www.flowers.example", "exact", "flowers"),
        ("a.www.flowers.example", "www", "flowers"),
        ("a.b.www.flowers.example", "www", "flowers"),
        ("shop.flowers.example", "flowers", "all"),
        ("flowers.example", "flowers", "all"),
        ("bank.example", "all", ""),
        ("example", "", ""),
        ("wwwflowers.example", "all", ""),
        ("flowers.example.net", "", ""),
    ] {
        let expected = (first.to_owned(), second.to_owned());
        assert_eq!(found(&desk, name, "192.0.2.1", 80), expected, "{name}");
    }
}

#[test]
fn best_address_of_one_name_wins() {
    let desk = Desk::with(
        "host everywhere name=a.example\n\
         host net name=a.example addr=192.0.2.0/24\n\
         host one name=a.example addr=192.0.2.1\n\
         host tls name=a.example addr=192.0.2.1:443,8443 addr=[2001:db8::1]:443\n\
         host below name=*.example addr=192.0.2.1\n",
    );
    for (address, port, first, second) in [
        ("192.0.2.1", 443, "tls", "one"),
        ("192.0.2.1", 8443, "tls", ""),
        ("192.0.2.1", 80, "one", "net"),
        ("192.0.2.2", 80, "net", "everywhere"),
        ("198.51.100.1", 80, "everywhere", ""),
        ("2001:db8::1", 443, "tls", "everywhere"),
        // Unprivileged ports have to be named.
        ("192.0.2.2", 8080, "", ""),
    ] {
        let expected = (first.to_owned(), second.to_owned());
        assert_eq!(found(&desk, "a.example", address, port), expected);
    }
    assert_eq!(found(&desk, "b.example", "192.0.2.1", 80).0, "below");
    assert_eq!(found(&desk, "b.example", "192.0.2.2", 80).0, "");
}

#[test]
fn server_opens_unprivileged_ports() {
    let desk = Desk::with("host a name=a.example server=user:33\nhost b name=b.example\n");
    assert_eq!(found(&desk, "a.example", "192.0.2.1", 8080).0, "a");
    assert_eq!(found(&desk, "b.example", "192.0.2.1", 8080).0, "");
    let asks = |address: &str, port| {
        let local = Endpoint::new(address.parse().unwrap(), port);
        desk.table.asks_for_names(&local, START)
    };
    assert!(asks("192.0.2.1", 8080));
    let mut desk = Desk::with("host b name=b.example\n");
    let asks = |desk: &Desk, port| {
        let local = Endpoint::new("192.0.2.1".parse().unwrap(), port);
        desk.table.asks_for_names(&local, START)
    };
    assert!(asks(&desk, 80) && !asks(&desk, 8080));
    desk.put("host b name=b.example addr=192.0.2.1:8080\n")
        .unwrap();
    assert!(asks(&desk, 8080));
    desk.put("del b\nhost c addr=192.0.2.1\n").unwrap();
    assert!(!asks(&desk, 80));
}

#[test]
fn addresses_of_a_row_with_names_are_nobodys_own() {
    let mut desk = Desk::with("host a name=a.example addr=192.0.2.1\n");
    let local = Endpoint::new("192.0.2.1".parse().unwrap(), 80);
    assert_eq!(desk.table.lookup(&local, START, &mut |_, _| true), None);
    // So another row can have the address itself.
    desk.put("host shared addr=192.0.2.1\n").unwrap();
    let found = desk.table.lookup(&local, START, &mut |_, _| true);
    assert_eq!(found, desk.table.find("shared"));
}

#[test]
fn names_at_a_unix_socket_need_no_address() {
    let desk = Desk::with(
        "host pool addr=unix:/run/php/fpm.sock addr=192.0.2.9\n\
         host a name=a.example\n\
         host b name=b.example addr=192.0.2.1\n\
         host two.1 name=two.example addr=192.0.2.1\n\
         host two.2 name=two.example addr=192.0.2.2\n\
         host three.1 name=three.example addr=192.0.2.1\n\
         host three.2 name=three.example\n\
         host below name=*.example\n",
    );
    assert_eq!(at_path(&desk, "a.example").as_deref(), Some("a"));
    assert_eq!(at_path(&desk, "b.example").as_deref(), Some("b"));
    assert_eq!(at_path(&desk, "two.example"), None);
    assert_eq!(at_path(&desk, "a.two.example").as_deref(), Some("below"));
    assert_eq!(at_path(&desk, "three.example").as_deref(), Some("three.2"));
    assert_eq!(at_path(&desk, "four.example").as_deref(), Some("below"));
    assert_eq!(at_path(&desk, "five.test"), None);
    let pool = desk.table.find("pool");
    assert_eq!(desk.table.find_path(b"/run/php/fpm.sock"), pool);
    assert_eq!(desk.table.find_path(b"/run/php/fpm"), None);
    assert!(desk.table.has_paths());
}

#[test]
fn names_that_several_rows_have_are_nobodys_at_a_unix_socket() {
    let desk = Desk::with(
        "host a.1 name=*.a.example addr=192.0.2.1\n\
         host a.2 name=*.a.example name=www.a.example addr=192.0.2.2\n\
         host b.1 name=*.b.example addr=192.0.2.1\n\
         host b.2 name=*.b.example addr=192.0.2.2\n\
         host b.3 name=*.b.example\n\
         host c.1 name=c.example addr=192.0.2.1\n\
         host c.2 name=c.example addr=192.0.2.1:443\n\
         host all name=*.example\n",
    );
    for (name, row) in [
        ("x.a.example", None),
        ("y.x.a.example", None),
        ("www.a.example", Some("a.2")),
        ("x.www.a.example", None),
        ("a.example", Some("all")),
        ("x.b.example", Some("b.3")),
        ("c.example", None),
        ("x.c.example", Some("all")),
        ("d.example", Some("all")),
        ("example", None),
    ] {
        assert_eq!(at_path(&desk, name).as_deref(), row, "{name}");
    }
}

#[test]
fn rows_with_names_can_be_written_again() {
    let text =
        "host flowers addr=192.0.2.1 name=flowers.example name=*.flowers.example cpu.min=2%\n\
                host pool addr=unix:/run/php/fpm.sock addr=unix:/run/b.sock server=user:33\n";
    let mut desk = Desk::with(text);
    assert_eq!(desk.print(), text);
    desk.put("host flowers name=FLOWERS.Example. name=*.Shop.Example.\n")
        .unwrap();
    assert!(desk
        .print()
        .starts_with("host flowers name=flowers.example name=*.shop.example\n"));
    assert_eq!(found(&desk, "a.flowers.example", "192.0.2.1", 80).0, "");
    desk.put("del flowers\ndel pool\n").unwrap();
    assert!(!desk.table.has_paths());
    assert_eq!(found(&desk, "flowers.example", "192.0.2.1", 80).0, "");
}

#[test]
fn what_is_ambiguous_or_odd_is_refused() {
    let rows =
        "host a name=a.example\nhost b addr=192.0.2.0/24 addr=192.0.2.9:443 name=b.example\n\
                host pool addr=unix:/run/php/fpm.sock\n";
    let long = format!("host x name={}", ["a"; 128].join("."));
    for (line, column, expected) in [
        ("host x name=a.example", 8, "EEXIST"),
        (
            "host x name=A.Example.",
            8,
            "row x cannot have a match of row a",
        ),
        ("host x addr=192.0.2.0/24 name=b.example", 26, "EEXIST"),
        ("host x addr=192.0.2.9:80,443 name=b.example", 30, "EEXIST"),
        (
            "host x addr=192.0.2.9 addr=unix:/run/php/fpm.sock",
            23,
            "EEXIST",
        ),
        (
            "host x addr=unix:/run/php/fpm.sock name=c.example",
            8,
            "EINVAL",
        ),
        ("host x addr=unix:run.sock", 8, "EINVAL"),
        ("host x addr=unix:@abstract", 8, "EINVAL"),
        ("host x addr=unix:/a addr=unix:/a", 21, "in the row already"),
        (
            "host x name=c.example name=C.example",
            23,
            "in the row already",
        ),
        ("host x name=", 8, "EINVAL"),
        ("host x name=*", 8, "EINVAL"),
        ("host x name=*.", 8, "EINVAL"),
        ("host x name=.c.example", 8, "EINVAL"),
        ("host x name=c..example", 8, "EINVAL"),
        ("host x name=www.*.example", 8, "EINVAL"),
        ("host x name=[2001:db8::1]", 8, "EINVAL"),
        ("host x name=c.example:80", 8, "EINVAL"),
        ("host x name=b\u{fc}cher.example", 8, "EINVAL"),
        ("host x cpu.min=1%", 6, "addr= or name="),
        ("host x vps=x name=c.example", 14, "takes no name="),
        ("host default name=c.example", 14, "default takes no name="),
        (&long, 8, "253"),
    ] {
        let mut desk = Desk::with(rows);
        let refusal = desk.put(format!("{line}\n")).unwrap_err().to_string();
        assert!(
            refusal.starts_with(&format!("1:{column}: ")),
            "{line}: {refusal}"
        );
        assert!(refusal.contains(expected), "{line}: {refusal}");
        assert_eq!(desk.print(), rows);
    }
}

#[test]
fn name_is_tied_to_few_addresses() {
    let mut desk = Desk::new();
    let row = |number: usize| format!("host h{number} addr=10.0.0.{number} name=a.example\n");
    desk.put((1..=64).map(row).collect::<String>()).unwrap();
    let refusal = desk.put(row(65)).unwrap_err().to_string();
    assert!(
        refusal.contains("E2BIG") && refusal.contains("at most 64 rows"),
        "{refusal}"
    );
    assert_eq!(found(&desk, "a.example", "10.0.0.64", 80).0, "h64");
    desk.put("del h1\n").unwrap();
    desk.put(row(65)).unwrap();
}
