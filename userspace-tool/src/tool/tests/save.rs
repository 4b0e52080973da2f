// SPDX-License-Identifier: GPL-2.0

//! What `save` writes over.

use crate::tool::command::save::strange_line;

/// The first line of what `save` writes.
const HEADING: &str =
    "# Written by `vhqos save`, which writes over it again. `vhqos apply` reads it.\n";

#[track_caller]
fn is_strange(behind: &str, line: Option<usize>) {
    let file = format!("{HEADING}{behind}");
    assert_eq!(strange_line(file.as_bytes()), line, "{file}");
}

#[test]
fn what_it_wrote_itself_is_written_over() {
    is_strange("", None);
    let rows =
        "host shop name=shop.example addr=[2001:db8::10]:443 server=exe:/srv/#a cpu.min=5%\n";
    is_strange(rows, None);
    is_strange(
        "host a name=a.example\nhost default cpu.weight=50\nhost b addr=unix:/run/b\n",
        None,
    );
    is_strange("host default\n", None);
    assert_eq!(strange_line(b""), None);
}

#[test]
fn what_somebody_wrote_is_not() {
    let row = "host a name=a.example\n";
    for line in [
        "# mine\n",
        "\n",
        "include hosts.d/*.conf\n",
        "package gold cpu.min=5%\n",
        "host b name=b.example # the bank\n",
        "host b name=b.example #cpu.min=5%\n",
        "host b name=b.example package=gold\n",
        "host b  name=b.example\n",
        "host b\tname=b.example\n",
        " host b name=b.example\n",
        "host b name=b.example",
        "host b name\n",
        "host\n",
    ] {
        is_strange(&format!("{row}{line}"), Some(3));
        is_strange(line, Some(2));
    }
    assert_eq!(strange_line(b"host a name=a.example\n"), Some(1));
    let no_text = [HEADING.as_bytes(), b"host a server=exe:/\xff\n"].concat();
    assert_eq!(strange_line(&no_text), Some(2));
}
