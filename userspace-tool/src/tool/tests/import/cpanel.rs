// SPDX-License-Identifier: GPL-2.0

//! Virtual hosts of cPanel.

use super::{failure, import, made};
use crate::tool::tests::Files;
use insta::assert_snapshot;

#[test]
fn all_users() {
    assert_snapshot!(import("cpanel-userdata @cpanel/userdata"), @r"
    # 6 rows, by `vhqos import cpanel-userdata`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # cpanel/userdata/alice/alice.example:27, cpanel/userdata/alice/alice.example_SSL:27
    host alice.example addr=192.0.2.7:80,443 addr=[2001:db8:5300:9::3f]:80,443 name=alice.example name=www.alice.example name=alice.example.org name=mail.alice.example name=autodiscover.alice.example

    # cpanel/userdata/alice/blog.alice.example:5
    host blog.alice.example addr=192.0.2.7:80 name=blog.alice.example name=www.blog.alice.example

    # cpanel/userdata/alice/garden.alice.example:5
    host garden.alice.example addr=192.0.2.7:80 name=garden.alice.example name=garden.example name=www.garden.example

    # cpanel/userdata/bob/bob.example:7
    host bob.example addr=192.0.2.7:8081 name=bob.example name=www.bob.example name=*.bob.example

    # cpanel/userdata/nobody/noaddress.example:4
    # cpanel/userdata/nobody/noaddress.example:2: address none: a name, which only the server's resolver knows: the row is for all addresses, unless you write addr= there
    host noaddress.example name=noaddress.example

    # cpanel/userdata/nobody/www.bob.example:4
    host www.bob.example addr=192.0.2.7:80 name=www.bob.example

    # Of what follows, nothing became a row:
    # cpanel/userdata/alice/main:7: gone.alice.example is left out: it is listed, and has no file beside this one
    # cpanel/userdata/nobody/broken.example:3: the file is left out: it is no YAML: while parsing a flow sequence, expected ',' or ']'
    # cpanel/userdata/nobody/list.example:1: the file is left out: it is no YAML: it is no mapping of keys to values
    # cpanel/userdata/nobody/other.example:1: the file is left out: it has no servername, so it is no virtual host
    ");
}

#[test]
fn users_are_hosts() {
    assert_snapshot!(import("cpanel-userdata --by-user @cpanel/userdata"), @r"
    # 3 rows, by `vhqos import cpanel-userdata`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # cpanel/userdata/alice/alice.example:27, cpanel/userdata/alice/alice.example_SSL:27, cpanel/userdata/alice/blog.alice.example:5, cpanel/userdata/alice/garden.alice.example:5
    host alice addr=192.0.2.7:80,443 addr=[2001:db8:5300:9::3f]:80,443 name=alice.example name=www.alice.example name=alice.example.org name=mail.alice.example name=autodiscover.alice.example name=blog.alice.example name=www.blog.alice.example name=garden.alice.example name=garden.example name=www.garden.example

    # cpanel/userdata/bob/bob.example:7
    host bob addr=192.0.2.7:8081 name=bob.example name=www.bob.example name=*.bob.example

    # cpanel/userdata/nobody/noaddress.example:4, cpanel/userdata/nobody/www.bob.example:4
    # cpanel/userdata/nobody/noaddress.example:2: address none: a name, which only the server's resolver knows: the row is for all addresses, unless you write addr= there
    host nobody name=noaddress.example name=www.bob.example

    # Of what follows, nothing became a row:
    # cpanel/userdata/alice/main:7: gone.alice.example is left out: it is listed, and has no file beside this one
    # cpanel/userdata/nobody/broken.example:3: the file is left out: it is no YAML: while parsing a flow sequence, expected ',' or ']'
    # cpanel/userdata/nobody/list.example:1: the file is left out: it is no YAML: it is no mapping of keys to values
    # cpanel/userdata/nobody/other.example:1: the file is left out: it has no servername, so it is no virtual host
    ");
}

#[test]
fn one_virtual_host() {
    assert_snapshot!(import("cpanel-userdata @cpanel/userdata/bob/bob.example"), @r"
    # 1 row, by `vhqos import cpanel-userdata`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # cpanel/userdata/bob/bob.example:7
    host bob.example addr=192.0.2.7:8081 name=bob.example name=www.bob.example name=*.bob.example
    ");
}

#[test]
fn users_whose_names_are_no_host_s_have_others() {
    let site = |name: &str| format!("servername: {name}.example\n");
    let files = Files::new(&[
        ("-dash/site", &site("a")),
        ("alice old/site", &site("b")),
        ("alice_old/site", &site("c")),
        ("default/site", &site("d")),
        ("müller/site", &site("e")),
    ]);
    let directory = files.directory.path().display();
    let printed = import(&format!("cpanel-userdata --by-user {directory}"));
    assert_snapshot!(files.without_directory(&printed), @r"
    # 5 rows, by `vhqos import cpanel-userdata`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # -dash/site:1
    host host-dash name=a.example

    # alice old/site:1
    host alice_old name=b.example

    # alice_old/site:1
    host alice_old-2 name=c.example

    # default/site:1
    host default-site name=d.example

    # müller/site:1
    host m_ller name=e.example
    ");
}

#[test]
fn without_an_address_a_site_is_everywhere() {
    let files = Files::new(&[
        (
            "alice/a",
            "servername: a.example\nip: 192.0.2.7\nport: 80\n",
        ),
        ("alice/b", "servername: b.example\nport: 80\n"),
        ("bob/c", "servername: c.example\nport: 8080\n"),
    ]);
    let directory = files.directory.path().display();
    let printed = import(&format!("cpanel-userdata --by-user {directory}"));
    assert_snapshot!(files.without_directory(&printed), @r"
    # 2 rows, by `vhqos import cpanel-userdata`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # alice/a:1, alice/b:1
    host alice name=a.example name=b.example

    # bob/c:1
    host bob addr=0.0.0.0/0:8080 addr=[::]/0:8080 name=c.example
    ");
}

#[test]
fn a_port_that_is_none_is_told() {
    let text = "servername: a.example\nip: 192.0.2.7\nport: 80800\n";
    assert_snapshot!(made(&["cpanel-userdata"], text).unwrap(), @r"
    # 1 row, by `vhqos import cpanel-userdata`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # No row is promised anything yet: write cpu.min=, cpu.max= or cpu.weight= into rows, or call it with --set or --package.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # file:1
    # file:3: port 80800: the port is none from 1 to 65535
    host a.example addr=192.0.2.7 name=a.example
    ");
}

#[test]
fn what_is_not_there_is_told() {
    assert_snapshot!(failure("cpanel-userdata @cpanel/not-there"), @"vhqos: cpanel/not-there cannot be read: no such file or directory: name one that is there");
}
