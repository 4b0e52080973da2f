// SPDX-License-Identifier: GPL-2.0
//! What many tests have in common: three hosts, their tables, and what CPU time they got.

use crate::cgroup;
use crate::wait::until;

/// The hosts of the tests; host `n` has the addresses `client::host4(n)` and `client::host6(n)`.
pub const HOSTS: [&str; 3] = ["bank", "flowers", "acme"];

/// The group of a host.
pub fn group(host: &str) -> String {
    format!("vhqos/{host}")
}

/// The same as `/proc/PID/cgroup` shows it.
pub fn shown(host: &str) -> String {
    format!("/vhqos/{host}")
}

/// Where a bound task goes when its connection is closed.
pub const IDLE: &str = "/vhqos/_idle";

/// A row for host `number` with more words.
pub fn row(number: usize, words: &str) -> String {
    let at = number as u8;
    let space = if words.is_empty() { "" } else { " " };
    let (four, six) = (crate::client::host4(at), crate::client::host6(at));
    format!(
        "host {} addr={four} addr={six}{space}{words}\n",
        HOSTS[number]
    )
}

/// Rows for the three hosts, each with its own words.
pub fn rows(words: [&str; 3]) -> String {
    (0..3).map(|number| row(number, words[number])).collect()
}

/// The name by which host `number` is asked on an address that it shares.
pub fn name(number: usize) -> String {
    format!("{}.example", HOSTS[number])
}

/// A row for host `number` by its name alone, with more words.
fn named_row(number: usize, words: &str) -> String {
    format!("host {} name={} {words}\n", HOSTS[number], name(number))
}

/// Rows for the three hosts by their names, each with its own words.
pub fn named_rows(words: [&str; 3]) -> String {
    (0..3)
        .map(|number| named_row(number, words[number]))
        .collect()
}

/// Rows without parameters.
pub fn plain_rows() -> String {
    rows([""; 3])
}

/// CPU seconds of each of the three hosts so far.
pub fn cpu_seconds() -> Vec<f64> {
    HOSTS
        .iter()
        .map(|host| cgroup::cpu_seconds(&group(host)))
        .collect()
}

/// What each host used between two looks.
pub fn difference(before: &[f64], after: &[f64]) -> Vec<f64> {
    before
        .iter()
        .zip(after)
        .map(|(first, second)| second - first)
        .collect()
}

/// Waits until the task's group is `expected`.
#[track_caller]
pub fn until_in(task: i32, expected: &str) {
    until(&format!("task {task} is in {expected}"), 10.0, || {
        cgroup::of(task).as_deref() == Some(expected)
    });
}
