// SPDX-License-Identifier: GPL-2.0
//! The cgroup tree as a test sees it.  Paths are relative to the cgroup2 mount: `vhqos/bank`.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

const MOUNT: &str = "/sys/fs/cgroup";

/// The directory of a group.
pub fn path(group: &str) -> PathBuf {
    Path::new(MOUNT).join(group)
}

/// Whether the group is there.
pub fn exists(group: &str) -> bool {
    path(group).is_dir()
}

/// Reads a file of the group, without the last newline.
#[track_caller]
pub fn read(group: &str, file: &str) -> String {
    let path = path(group).join(file);
    match fs::read_to_string(&path) {
        Ok(text) => text.trim_end().to_owned(),
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// Writes a file of the group.
#[track_caller]
pub fn write(group: &str, file: &str, text: &str) {
    let path = path(group).join(file);
    if let Err(error) = fs::write(&path, text) {
        panic!("{} <- {text}: {error}", path.display());
    }
}

/// Makes the group when it is not there and moves this process into it.
#[track_caller]
pub fn enter(group: &str) {
    make(group);
    write(group, "cgroup.procs", "0");
}

/// Makes the group, its parents too.
#[track_caller]
pub fn make(group: &str) {
    if let Err(error) = fs::create_dir_all(path(group)) {
        panic!("cgroup {group}: {error}");
    }
}

/// The group of a task, `/vhqos/bank`, or None when the task is gone.
pub fn of(task: i32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{task}/task/{task}/cgroup"))
        .or_else(|_| fs::read_to_string(format!("/proc/{task}/cgroup")))
        .ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix("0::"))
        .map(str::to_owned)
}

/// The group of the calling thread.
pub fn own() -> String {
    let text = fs::read_to_string("/proc/thread-self/cgroup").expect("proc is mounted");
    text.lines()
        .find_map(|line| line.strip_prefix("0::"))
        .expect("cgroup2 is mounted")
        .to_owned()
}

/// A number of a group's `cpu.stat`.
#[track_caller]
pub fn cpu_stat(group: &str, key: &str) -> u64 {
    let text = read(group, "cpu.stat");
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.parse().ok())
        .unwrap_or_else(|| panic!("{group}: no {key} in cpu.stat:\n{text}"))
}

/// CPU time that the group used, in seconds; none while the group is not made.
pub fn cpu_seconds(group: &str) -> f64 {
    if exists(group) {
        cpu_stat(group, "usage_usec") as f64 / 1e6
    } else {
        0.0
    }
}

/// The threads in the group.
pub fn threads(group: &str) -> Vec<i32> {
    let text = fs::read_to_string(path(group).join("cgroup.threads")).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

/// The groups right below `group`, sorted.
pub fn children(group: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(path(group)) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Removes the groups that tests made below the slices.
pub fn remove_leftovers() {
    for slice in ["system.slice", "user.slice"] {
        for name in children(slice) {
            let _ = fs::remove_dir(path(slice).join(name));
        }
    }
    for name in children("") {
        if !["init.scope", "system.slice", "user.slice", "vhqos"].contains(&name.as_str()) {
            for below in children(&name) {
                let _ = fs::remove_dir(path(&name).join(below));
            }
            let _ = fs::remove_dir(path(&name));
        }
    }
}
