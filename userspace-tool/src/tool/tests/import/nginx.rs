// SPDX-License-Identifier: GPL-2.0

//! Servers of nginx.

use super::{failure, import};
use crate::tool::tests::Files;
use insta::assert_snapshot;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

#[test]
fn names_of_all_kinds() {
    assert_snapshot!(import("nginx @nginx/names.conf"), @r"
    # 5 rows, by `vhqos import nginx`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # nginx/names.conf:8, nginx/names.conf:9
    host exact.example name=exact.example name=www.exact.example

    # nginx/names.conf:10
    host dot.example name=dot.example name=*.dot.example

    # nginx/names.conf:11
    # nginx/names.conf:11: `www.tail.*` is left out: of wildcards, rows know *.NAME only: write the names themselves
    host _wildcard_.wild.example name=*.wild.example

    # nginx/names.conf:12
    # nginx/names.conf:12: `~^(?<user>.+)\.regex\.example$` is left out: a regular expression: write the names that it is for
    host quoted.example name=quoted.example

    # nginx/names.conf:14
    # nginx/names.conf:14: `$hostname` is left out: a variable: write the name itself
    host named.example name=named.example

    # Of what follows, nothing became a row:
    # nginx/names.conf:7: server is left out: it has no name: what asks for no name of a row is the default row's
    # nginx/names.conf:13: `~^only\.regex\.example$` is left out: a regular expression: write the names that it is for
    # nginx/names.conf:13: server is left out: no name is left
    # nginx/names.conf:15: server is left out: it has no name: what asks for no name of a row is the default row's
    # nginx/names.conf:16: server is left out: it has no name: what asks for no name of a row is the default row's
    ");
}

#[test]
fn addresses_of_all_kinds() {
    assert_snapshot!(import("nginx @nginx/listens.conf"), @r"
    # 10 rows, by `vhqos import nginx`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # nginx/listens.conf:2
    host both.example addr=192.0.2.1:80,443 addr=[2001:db8::1]:443 name=both.example

    # nginx/listens.conf:3
    host port80.example addr=192.0.2.2:80 name=port80.example

    # nginx/listens.conf:4
    host local.example addr=127.0.0.1:80 addr=[::1]:80 name=local.example

    # nginx/listens.conf:5
    host high.example addr=0.0.0.0/0:8000-8010,8080 addr=[::]/0:8000-8010,8080 name=high.example

    # nginx/listens.conf:6
    # nginx/listens.conf:6: listen 443 quic reuseport: QUIC is not seen: its requests are no row's
    host quic.example name=quic.example

    # nginx/listens.conf:8
    # nginx/listens.conf:8: listen unix:/run/nginx.sock: a UNIX socket needs a row of its own, addr=unix:/PATH, where all names are valid
    host socket.example name=socket.example

    # nginx/listens.conf:10
    # nginx/listens.conf:10: listen backend.internal:80: a name, which only the server's resolver knows: the row is for all addresses, unless you write addr= there
    host resolved.example name=resolved.example

    # nginx/listens.conf:11
    # nginx/listens.conf:11: listen 192.0.2.3:70000: the port is none from 1 to 65535
    host badport.example name=badport.example

    # nginx/listens.conf:12
    host addr-192.0.2.4 addr=192.0.2.4:80

    # nginx/listens.conf:13
    host four.example addr=192.0.2.4:80 name=four.example

    # Of what follows, nothing became a row:
    # nginx/listens.conf:7: listen 443 quic: QUIC is not seen: its requests are no row's
    # nginx/listens.conf:7: server is left out, up to line 7: no address is left
    # nginx/listens.conf:9: listen unix:/run/other.sock: a UNIX socket needs a row of its own, addr=unix:/PATH, where all names are valid
    # nginx/listens.conf:9: server is left out, up to line 9: no address is left
    ");
}

#[test]
fn words_are_taken_apart_as_nginx_does() {
    assert_snapshot!(import("nginx @nginx/tokens.conf"), @r"
    # 1 row, by `vhqos import nginx`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # nginx/tokens.conf:2
    host tokens.example name=tokens.example name=www.tokens.example name=spaced.example name=after.example
    ");
}

#[test]
fn lua_is_passed_over() {
    assert_snapshot!(import("nginx @nginx/lua.conf"), @r"
    # 1 row, by `vhqos import nginx`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # nginx/lua.conf:6
    host real.example name=real.example
    ");
}

#[test]
fn debian_s_layout_is_read() {
    assert_snapshot!(import("nginx @nginx/debian/nginx.conf"), @r"
    # 2 rows, by `vhqos import nginx`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # nginx/debian/conf.d/10.conf:1
    host first.example name=first.example

    # nginx/debian/sites-enabled/shop:1
    host www.shop.example name=www.shop.example name=shop.example

    # Of what follows, nothing became a row:
    # nginx/debian/sites-enabled/default:1: server is left out: it has no name: what asks for no name of a row is the default row's
    ");
}

#[test]
fn the_first_one_of_a_name_has_it() {
    assert_snapshot!(import("nginx @nginx/twice.conf"), @r"
    # 2 rows, by `vhqos import nginx`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # nginx/twice.conf:1, nginx/twice.conf:4, nginx/twice.conf:2, nginx/twice.conf:3
    host a.example name=a.example name=www.a.example name=cdn.a.example

    # nginx/twice.conf:5
    # nginx/twice.conf:5: `a.example` is left out: it is host a.example's already, by nginx/twice.conf:1
    host b.example name=b.example
    ");
}

#[test]
fn a_part_of_a_configuration_is_read_alone() {
    assert_snapshot!(import("nginx --directory @nginx/debian @nginx/debian/sites-enabled/shop"), @r"
    # 1 row, by `vhqos import nginx`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # nginx/debian/sites-enabled/shop:1
    host www.shop.example name=www.shop.example name=shop.example
    ");
}

#[test]
fn what_is_wrong_is_told_by_its_place() {
    assert_snapshot!(failure("nginx @nginx/wrong/open.conf"), @"vhqos: nginx/wrong/open.conf:3: the file ends inside of a block: write the `}` that is missing");
    assert_snapshot!(failure("nginx @nginx/wrong/closed.conf"), @"vhqos: nginx/wrong/closed.conf:2: `}` without a block in this file: take it out");
    assert_snapshot!(failure("nginx @nginx/wrong/semicolon.conf"), @"vhqos: nginx/wrong/semicolon.conf:2: `}` where `;` is expected: `nginx -t` says the same");
    assert_snapshot!(failure("nginx @nginx/wrong/nothing.conf"), @"vhqos: nginx/wrong/nothing.conf:2: `;` or `{` without words before it: `nginx -t` says the same");
    assert_snapshot!(failure("nginx @nginx/wrong/quote.conf"), @"vhqos: nginx/wrong/quote.conf:1: a quote is not closed: `nginx -t` says the same");
    assert_snapshot!(failure("nginx @nginx/wrong/behind.conf"), @"vhqos: nginx/wrong/behind.conf:1: a blank, `;` or `{` is expected behind a quote: `nginx -t` says the same");
    assert_snapshot!(failure("nginx @nginx/wrong/end.conf"), @"vhqos: nginx/wrong/end.conf:1: the file ends where `;` or `{` is expected: `nginx -t` says the same");
    assert_snapshot!(failure("nginx @nginx/wrong/missing.conf"), @"vhqos: nginx/wrong/missing.conf:2: nginx/wrong/not-there.conf cannot be read: no such file or directory: correct the path, or take the line out");
    assert_snapshot!(failure("nginx @nginx/wrong/cycle.conf"), @"vhqos: nginx/wrong/cycle.conf:1: more than 128 files or macros lie in each other here: take out the one by which one includes itself");
    assert_snapshot!(failure("nginx @nginx/wrong/not-there.conf"), @"vhqos: nginx/wrong/not-there.conf cannot be read: no such file or directory: name one that is there");
}

#[test]
fn files_of_a_pattern_may_have_odd_names() {
    let files = Files::new(&[
        ("conf", "include sites/[^u]*;\n"),
        ("sites/UPPER", "server { server_name upper.example; }\n"),
        ("sites/.hidden", "server { server_name hidden.example; }\n"),
    ]);
    let directory = files.directory.path();
    let odd = directory.join("sites").join(OsStr::from_bytes(b"caf\xe9"));
    fs::write(odd, "server { server_name odd.example; }\n").expect("room for a file");
    let printed = import(&format!("nginx {}/conf", directory.display()));
    assert_snapshot!(files.without_directory(&printed), @r"
    # 2 rows, by `vhqos import nginx`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # sites/UPPER:1
    host upper.example name=upper.example

    # sites/caf�:1
    host odd.example name=odd.example
    ");
}
