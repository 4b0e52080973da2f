// SPDX-License-Identifier: GPL-2.0

//! Where cgroup v2 is.

use std::path::Path;

/// Where it is mounted: alone, or beside version 1.
const MOUNTS: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/// Where cgroup v2 is mounted; `None`: nowhere that is usual.
pub(super) fn mount() -> Option<&'static str> {
    let is_mounted = |path: &&str| Path::new(path).join("cgroup.controllers").exists();
    MOUNTS.into_iter().find(is_mounted)
}
