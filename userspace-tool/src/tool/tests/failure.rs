// SPDX-License-Identifier: GPL-2.0

//! What is said of files that cannot be read.

use crate::tool::failure::Failure;
use insta::assert_snapshot;
use nix::errno::Errno;
use std::path::Path;

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let said = |path: &str, errno: Errno| {
        let failure = Failure::unreadable(Path::new(path), &errno.into());
        format!("{} {failure}", failure.status())
    };
    let all = [
        said("/etc/vhqos/hosts.conf", Errno::ENOENT),
        said("/etc/vhqos/hosts.conf", Errno::EACCES),
        said("new.conf", Errno::ENOENT),
        said("/etc", Errno::EISDIR),
        said("/etc/hosts/none", Errno::ENOTDIR),
    ];
    assert_snapshot!(all.concat(), @r"
    1 vhqos: /etc/vhqos/hosts.conf cannot be read: no such file or directory: write it, as vhqos-apply(1) says, or name another file
    4 vhqos: /etc/vhqos/hosts.conf cannot be read: permission denied: run it as root
    1 vhqos: new.conf cannot be read: no such file or directory: name one that is there
    1 vhqos: /etc cannot be read: is a directory: name a file in it
    1 vhqos: /etc/hosts/none cannot be read: not a directory: name another one
    ");
}
