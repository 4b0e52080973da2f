// SPDX-License-Identifier: GPL-2.0

//! Which modules are understood.

use crate::tool::module::check_version;
use insta::assert_snapshot;

#[test]
fn modules_of_the_same_series_are_understood() {
    for version in ["0.1.0", "0.1.7", "0.1.12"] {
        assert!(check_version(version, "0.1.0").is_ok(), "{version}");
    }
}

#[test]
fn others_are_told_by_their_version() {
    let why = ["0.0.9", "0.2.0", "1.1.0", "0.10.0", "", "0", "0.x.1"].map(|version| {
        let failure = check_version(version, "0.1.0").expect_err("it is another one");
        format!("{} {failure}", failure.status())
    });
    assert_snapshot!(why.concat(), @r"
    3 vhqos: the loaded module is version 0.0.9, this program 0.1.0: load the module of this version: rmmod vhqos, then modprobe vhqos
    3 vhqos: the loaded module is version 0.2.0, this program 0.1.0: load the module of this version: rmmod vhqos, then modprobe vhqos
    3 vhqos: the loaded module is version 1.1.0, this program 0.1.0: load the module of this version: rmmod vhqos, then modprobe vhqos
    3 vhqos: the loaded module is version 0.10.0, this program 0.1.0: load the module of this version: rmmod vhqos, then modprobe vhqos
    3 vhqos: the loaded module says no version, this program is 0.1.0: load the module of this version: rmmod vhqos, then modprobe vhqos
    3 vhqos: the loaded module is version 0, this program 0.1.0: load the module of this version: rmmod vhqos, then modprobe vhqos
    3 vhqos: the loaded module is version 0.x.1, this program 0.1.0: load the module of this version: rmmod vhqos, then modprobe vhqos
    ");
}
