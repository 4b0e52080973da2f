// SPDX-License-Identifier: GPL-2.0

//! Virtual hosts of Apache httpd.

use super::{failure, import, made};
use crate::tool::tests::Files;
use insta::assert_snapshot;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

#[test]
fn a_site_over_two_protocols_is_one_host() {
    assert_snapshot!(import("apache @apache/two_protocols.conf"), @r"
    # 1 row, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/two_protocols.conf:6, apache/two_protocols.conf:11
    host shop.example name=shop.example name=www.shop.example name=*.shop.example name=api.shop.example
    ");
}

#[test]
fn addresses_are_said_as_rows_say_them() {
    assert_snapshot!(import("apache @apache/addresses.conf"), @r"
    # 9 rows, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/addresses.conf:5
    host v4and6.example addr=192.0.2.10:80,443 addr=[2001:db8::10]:443 name=v4and6.example

    # apache/addresses.conf:8
    host anyport.example addr=192.0.2.11:8080 name=anyport.example

    # apache/addresses.conf:11
    host anywhere.example addr=0.0.0.0/0:80,443,8080 addr=[::]/0:80,443,8080 name=anywhere.example

    # apache/addresses.conf:14
    host unprivileged.example addr=0.0.0.0/0:8080 addr=[::]/0:8080 name=unprivileged.example

    # apache/addresses.conf:17
    # apache/addresses.conf:17: address www.customer.example:80: a name, which only the server's resolver knows: the row is for all addresses, unless you write addr= there
    host byname.example name=byname.example

    # apache/addresses.conf:20
    host odd.example addr=127.0.0.1:80 addr=192.0.2.12:80 addr=[fe80::1]:80 name=odd.example

    # apache/addresses.conf:23
    # apache/addresses.conf:23: address 192.0.2.13:99999: the port is none from 1 to 65535
    host noport.example addr=192.0.2.13:8080 name=noport.example

    # apache/addresses.conf:26
    host addr-192.0.2.14 addr=192.0.2.14:80

    # apache/addresses.conf:29
    # apache/addresses.conf:29: addr=192.0.2.14:80 is left out: it is host addr-192.0.2.14's already
    host addr-192.0.2.15 addr=192.0.2.15:80

    # Of what follows, nothing became a row:
    # apache/addresses.conf:32: <VirtualHost *:80> is left out: it has no name: what asks for no name of a row is the default row's
    ");
}

#[test]
fn all_ports_and_one_that_a_row_has_to_name_are_both() {
    let text = "
        <VirtualHost 192.0.2.1 192.0.2.2>
            ServerName a.example
        </VirtualHost>
        <VirtualHost 192.0.2.1:8080 192.0.2.2:443>
            ServerName a.example
        </VirtualHost>
    ";
    assert_snapshot!(made(&["apache"], text).unwrap(), @r"
    # 1 row, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # file:2, file:5
    host a.example addr=192.0.2.1:1-1023,8080 addr=192.0.2.2 name=a.example
    ");
}

#[test]
fn what_no_row_can_say_is_told() {
    assert_snapshot!(import("apache @apache/unsayable.conf"), @r"
    # 3 rows, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/unsayable.conf:1
    # apache/unsayable.conf:5: VirtualDocumentRoot: its sites are directories, not names in this file: write rows for them
    # apache/unsayable.conf:3: `www.*` is left out: of wildcards, rows know *.NAME only: write the names themselves
    # apache/unsayable.conf:3: `*a.example` is left out: of wildcards, rows know *.NAME only: write the names themselves
    # apache/unsayable.conf:3: `w?w.a.example` is left out: of wildcards, rows know *.NAME only: write the names themselves
    # apache/unsayable.conf:3: `*` takes all names: what asks for no name of a row is the default row's
    # apache/unsayable.conf:3: `bücher.example` is left out: clients ask for the xn-- form of such a name: write that
    # apache/unsayable.conf:3: `${NOWHERE}.example` is left out: the variable is not defined: name a file that defines it
    # apache/unsayable.conf:3: `a..example` is left out: it is no name that a client can ask for
    host a.example name=a.example name=-dash.example name=under_score.example

    # apache/unsayable.conf:10
    host _wildcard_.only.example name=*.only.example

    # apache/unsayable.conf:13
    host default-site name=default

    # Of what follows, nothing became a row:
    # apache/unsayable.conf:8: `*` takes all names: what asks for no name of a row is the default row's
    # apache/unsayable.conf:7: <VirtualHost *:80> is left out: it has no name: what asks for no name of a row is the default row's
    # apache/unsayable.conf:17: `user@host` is left out: it is no name that a client can ask for
    # apache/unsayable.conf:16: <VirtualHost *:80> is left out: no name is left
    ");
}

#[test]
fn the_first_one_of_a_name_has_it() {
    assert_snapshot!(import("apache @apache/twice.conf"), @r"
    # 6 rows, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/twice.conf:2, apache/twice.conf:11
    host one.example name=one.example name=shared.example name=www.one.example name=static.one.example

    # apache/twice.conf:6
    # apache/twice.conf:6: `shared.example` is left out: it is host one.example's already, by apache/twice.conf:2
    host two.example name=two.example

    # apache/twice.conf:16
    host three.example addr=192.0.2.1:80 name=three.example name=one.example

    # apache/twice.conf:20
    # apache/twice.conf:20: `one.example` is left out: it is host three.example's already, by apache/twice.conf:16
    host four.example addr=192.0.2.1:80 addr=192.0.2.2:80 name=four.example

    # apache/twice.conf:24
    host five.example name=five.example

    # apache/twice.conf:27
    host six.example addr=0.0.0.0/0:8080 addr=[::]/0:8080 name=six.example name=five.example
    ");
}

#[test]
fn debian_s_layout_is_read_with_its_environment() {
    assert_snapshot!(import("apache @apache/debian/apache2.conf"), @r"
    # 4 rows, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/debian/sites-enabled/000-default.conf:1
    host main.debian.example name=main.debian.example

    # apache/debian/sites-enabled/site.conf:2
    host site.debian.example name=site.debian.example

    # apache/debian/sites-enabled/site.conf:12
    host event.debian.example name=event.debian.example

    # apache/debian/sites-enabled/site.conf:17
    host nophp.debian.example name=nophp.debian.example
    ");
}

#[test]
fn conditions_are_asked() {
    assert_snapshot!(import("apache -D OUTSIDE=example @apache/conditions.conf"), @r"
    # 4 rows, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/conditions.conf:6
    host tls.conditions.example name=tls.conditions.example

    # apache/conditions.conf:22
    host outside.example name=outside.example

    # apache/conditions.conf:27
    host file.conditions.example name=file.conditions.example

    # apache/conditions.conf:39
    host version.conditions.example name=version.conditions.example
    ");
}

#[test]
fn macros_are_put_in() {
    assert_snapshot!(import("apache @apache/macros.conf"), @r"
    # 2 rows, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/macros.conf:15, apache/macros.conf:15
    host macro.example name=macro.example name=www.macro.example name=static.macro.example

    # apache/macros.conf:16
    host plain.example name=plain.example name=www.plain.example

    # Of what follows, nothing became a row:
    # apache/macros.conf:18: <perl>: a program, which is not run here: write rows for the sites that it makes
    ");
}

#[test]
fn quotes_continued_lines_and_latin_1_are_read() {
    assert_snapshot!(import("apache @apache/bytes.conf"), @r#"
    # 1 row, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/bytes.conf:3
    # apache/bytes.conf:7: `say "hi"` is left out: it is no name that a client can ask for
    host quoted.example name=quoted.example name=single.example name=continued.example
    "#);
}

#[test]
fn only_the_virtual_host_s_own_lines_count() {
    assert_snapshot!(import("apache @apache/sections.conf"), @r"
    # 1 row, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/sections.conf:1
    host sections.example name=sections.example name=deep.sections.example name=included.sections.example
    ");
}

#[test]
fn without_virtual_hosts_the_main_server_is_one() {
    assert_snapshot!(import("apache @apache/main_only.conf"), @r"
    # 1 row, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/main_only.conf:1
    host alone.example addr=192.0.2.20:80 addr=[2001:db8::20]:8080 name=alone.example
    ");
}

#[test]
fn several_files_are_read_as_one() {
    assert_snapshot!(import("apache @apache/two_protocols.conf @apache/main_only.conf"), @r"
    # 1 row, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/two_protocols.conf:6, apache/two_protocols.conf:11
    host shop.example name=shop.example name=www.shop.example name=*.shop.example name=api.shop.example
    ");
}

#[test]
fn parameters_are_put_on_each_row() {
    assert_snapshot!(import("apache --set cpu.weight=50 --set nice=5 @apache/two_protocols.conf"), @r"
    # 1 row, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # apache/two_protocols.conf:6, apache/two_protocols.conf:11
    host shop.example name=shop.example name=www.shop.example name=*.shop.example name=api.shop.example cpu.weight=50 nice=5
    ");
}

#[test]
fn a_package_is_printed_too() {
    assert_snapshot!(import("apache --package site --set cpu.weight=50 @apache/two_protocols.conf"), @r"
    # 1 row, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    package site cpu.weight=50

    # apache/two_protocols.conf:6, apache/two_protocols.conf:11
    host shop.example name=shop.example name=www.shop.example name=*.shop.example name=api.shop.example package=site
    ");
}

#[test]
fn what_is_wrong_is_told_by_its_place() {
    assert_snapshot!(failure("apache @apache/wrong/crossed.conf"), @"vhqos: apache/wrong/crossed.conf:4: </virtualhost>, but <ifmodule> of line 3 is open: close that first");
    assert_snapshot!(failure("apache @apache/wrong/open.conf"), @"vhqos: apache/wrong/open.conf:2: <virtualhost> is not closed: write its end");
    assert_snapshot!(failure("apache @apache/wrong/closed.conf"), @"vhqos: apache/wrong/closed.conf:1: </virtualhost> without <virtualhost> in this file: take the line out");
    assert_snapshot!(failure("apache @apache/wrong/nothing.conf"), @"vhqos: apache/wrong/nothing.conf:2: Include finds no apache/wrong/nothing-*.conf: correct the path, or write IncludeOptional");
    assert_snapshot!(failure("apache @apache/wrong/missing.conf"), @"vhqos: apache/wrong/missing.conf:1: Include finds no apache/wrong/not-there.conf: correct the path, or write IncludeOptional");
    assert_snapshot!(failure("apache @apache/wrong/no_macro.conf"), @"vhqos: apache/wrong/no_macro.conf:1: Use Nothing: there is no macro Nothing: name the file that defines it first");
    assert_snapshot!(failure("apache @apache/wrong/values.conf"), @"vhqos: apache/wrong/values.conf:3: Use A: macro A takes 1 value and gets 0");
    assert_snapshot!(failure("apache @apache/wrong/open_macro.conf"), @"vhqos: apache/wrong/open_macro.conf:1: <macro> is not closed: write its end");
}

#[test]
fn what_never_ends_is_told() {
    assert_snapshot!(failure("apache @apache/cycle/one.conf"), @"vhqos: apache/cycle/one.conf:2: more than 128 files or macros lie in each other here: take out the one by which one includes itself");
    assert_snapshot!(failure("apache @apache/wrong/macro_cycle.conf"), @"vhqos: apache/wrong/macro_cycle.conf:4: more than 128 files or macros lie in each other here: take out the one by which one includes itself");
}

#[test]
fn files_that_cannot_be_read_are_told() {
    assert_snapshot!(failure("apache @apache/not-there.conf"), @"vhqos: apache/not-there.conf cannot be read: no such file or directory: name one that is there");
    assert_snapshot!(failure("apache @apache/debian"), @"vhqos: apache/debian cannot be read: is a directory: name a file in it");
    assert_snapshot!(failure("apache --envvars @apache/not-there @apache/bytes.conf"), @"vhqos: apache/not-there cannot be read: no such file or directory: name one that is there");
}

#[test]
fn parameters_that_no_row_takes_are_told() {
    assert_snapshot!(failure("apache --set cpu.mni=1% @apache/twice.conf"), @r"
    --set:1:29: error: cpu.mni=1%: unknown key
      help: expected one of addr, name, server, cpu.min, cpu.max, cpu.weight, cpu.idle, cpu.uclamp.min, cpu.uclamp.max, cpuset.cpus, nice, ioprio, vps, memory.max, memory.high, memory.min, pids.max, io.max, io.weight
    ");
    assert_snapshot!(failure("apache --set name=a.example @apache/twice.conf"), @"vhqos: --set name=a.example: it tells hosts apart, and is not the same for all");
    assert_snapshot!(failure("apache --set cpu.weight @apache/twice.conf"), @"vhqos: --set cpu.weight: expected KEY=VALUE without blanks, such as cpu.weight=100");
    assert_snapshot!(failure("apache --package # @apache/twice.conf"), @"vhqos: --package #: expected a name without blanks");
    assert_snapshot!(failure("apache --set cpu.min=90% @apache/twice.conf"), @r"
    what is to be printed:9:35: error: cpu.min=90%: guarantees do not fit
      help: 95% of the machine can be guaranteed, 5% is left
    ");
}

#[test]
fn files_of_a_pattern_may_have_odd_names() {
    let files = Files::new(&[
        ("conf", "Include sites/*\n"),
        (
            "sites/UPPER",
            "<VirtualHost *:80>\nServerName upper.example\n</VirtualHost>\n",
        ),
        (
            "sites/.hidden",
            "<VirtualHost *:80>\nServerName hidden.example\n</VirtualHost>\n",
        ),
    ]);
    let directory = files.directory.path();
    let odd = directory.join("sites").join(OsStr::from_bytes(b"caf\xe9"));
    fs::write(
        odd,
        "<VirtualHost *:80>\nServerName odd.example\n</VirtualHost>\n",
    )
    .expect("room for a file");
    let printed = import(&format!("apache {}/conf", directory.display()));
    assert_snapshot!(files.without_directory(&printed), @r"
    # 2 rows, by `vhqos import apache`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # sites/UPPER:1
    host upper.example name=upper.example

    # sites/caf�:1
    host odd.example name=odd.example
    ");
}
