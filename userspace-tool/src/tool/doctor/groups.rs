// SPDX-License-Identifier: GPL-2.0

//! The module's group: whose it is, and whether it can have CPU time to divide.

use super::{Facts, Finding};

/// A cgroup between the root and the module's own.
#[derive(Debug, Clone)]
pub(in crate::tool) struct Group {
    /// Its path from the mount of cgroup v2; nothing for the root.
    pub(in crate::tool) path: String,
    /// `cgroup.subtree_control`.
    pub(in crate::tool) gives: String,
    /// The user whose it is.
    pub(in crate::tool) owner: u32,
    /// Whether systemd has marked it as delegated (`Delegate=yes`).
    pub(in crate::tool) is_delegated: bool,
}

/// What systemd calls what it manages.
const UNITS: [&str; 3] = [".service", ".scope", ".slice"];

/// What can be said of them; nothing while the table is empty, when the module has none.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let Some(own) = facts
        .groups
        .last()
        .filter(|_| facts.status("health") != "off")
    else {
        return Vec::new();
    };
    let mut all: Vec<_> = facts
        .groups
        .iter()
        .filter_map(|group| cpu(facts, group))
        .collect();
    if own.owner != 0 {
        all.push(Finding::odd(
            format!(
                "group {} is user {}'s, who can move tasks out of their classes",
                own.path, own.owner
            ),
            format!("chown -R root: {}{}", facts.mount, own.path),
        ));
    }
    if facts.is_systemd {
        all.push(systemd(facts, own));
    }
    all
}

/// A group that does not hand the cpu controller on.
fn cpu(facts: &Facts, group: &Group) -> Option<Finding> {
    if group.gives.split_whitespace().any(|one| one == "cpu") {
        return None;
    }
    let name = match &*group.path {
        "" => "the root group",
        path => path,
    };
    let what = format!(
        "{name} does not hand on the cpu controller, without which nobody is guaranteed anything"
    );
    let Some(first) = facts.real_time.first() else {
        let remedy = format!(
            "echo +cpu > {}{}/cgroup.subtree_control; who takes it away?",
            facts.mount, group.path
        );
        return Some(Finding::bad(what, remedy));
    };
    let more = match facts.real_time.len() {
        1 => String::new(),
        more => format!(" and {} more", more - 1),
    };
    Some(Finding::bad(
        what,
        format!("real-time tasks outside of the root group forbid it ({first}{more}): end them, or boot with rt_group_sched=0"),
    ))
}

/// Whether systemd knows that the group is not its own.
fn systemd(facts: &Facts, own: &Group) -> Finding {
    let above = facts.groups.iter();
    if let Some(group) = above.clone().find(|group| group.is_delegated) {
        return Finding::well(format!(
            "systemd has delegated {} to the module",
            group.path
        ));
    }
    let is_unit = |path: &str| UNITS.iter().any(|end| path.ends_with(end));
    match above.rev().find(|group| is_unit(&group.path)) {
        Some(group) => {
            let unit = group.path.rsplit('/').next().unwrap_or_default();
            Finding::odd(
                format!("the module's group {} is below {unit}, which systemd manages", own.path),
                format!("Delegate=yes in {unit} (systemctl edit {unit}), and start it anew"),
            )
        }
        None => Finding::odd(
            format!("the module's group {} is none that systemd has delegated", own.path),
            "systemctl start vhqos.service, or load the module with cgroup_root=UNIT/hosts for a unit with Delegate=yes",
        ),
    }
}
