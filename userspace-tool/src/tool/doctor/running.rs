// SPDX-License-Identifier: GPL-2.0

//! The loaded module: whether it does what its table says.

use super::{Facts, Finding};
use crate::events::Health;
use crate::tool::record::Record;

/// Counters of `status` that should be zero, what they count, and what to do.
const COUNTERS: [(&str, &str, &str); 9] = [
    (
        "refused_channels",
        "connections were not tracked, because there were too many",
        "see rust/limits.rs, CHANNELS",
    ),
    (
        "refused_tasks",
        "tasks were not tracked, because there were too many",
        "see rust/limits.rs, TASKS",
    ),
    ("no_memory", "the kernel had no memory", "give the machine more"),
    (
        "failed_moves",
        "tasks could not be moved to their class",
        "the kernel's log may say why; does anybody else write to the groups?",
    ),
    (
        "failed_enrolments",
        "processes could not be brought into the module's group",
        "the kernel's log may say why; does anybody else write to the groups?",
    ),
    (
        "failed_restores",
        "processes could not be brought back to where they came from",
        "their group is gone: restart their service",
    ),
    (
        "failed_groups",
        "groups of hosts could not be made",
        "the kernel's log may say why; cgroup.max.descendants may be reached",
    ),
    (
        "weight_capped",
        "groups beside the module's weigh too much for its guarantees to hold while all of them are busy",
        "give them less weight (CPUWeight=), put them below one group, or make the parameter reserve larger",
    ),
    (
        "deaf_rounds",
        "the hooks were silent",
        "who switches kprobes or ftrace off? (sysctl kernel.ftrace_enabled, /sys/kernel/debug/kprobes/enabled)",
    ),
];

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all: Vec<_> = file(facts).into_iter().collect();
    if !matches!(facts.status, Some(Ok(_))) {
        return all;
    }
    let rows = facts.status("rows");
    all.push(match Health::from_word(facts.status("health")) {
        Some(Health::Live) => Finding::well(format!("the hooks see what they should; {rows} rows")),
        Some(Health::Deaf) => Finding::bad(
            "the hooks are silent, and nobody is in a host's class",
            "switch them on: echo 1 > /sys/kernel/debug/kprobes/enabled; sysctl kernel.ftrace_enabled=1",
        ),
        _ => Finding::odd(
            "the table is empty, and nothing is done",
            "vhqos apply, or vhqos set HOST ...",
        ),
    });
    all.extend(missed(facts));
    for (key, what, remedy) in COUNTERS {
        let count = facts.status(key);
        if !matches!(count, "" | "0") {
            all.push(Finding::odd(format!("{what} ({key}={count})"), remedy));
        }
    }
    all
}

/// The configuration file.
fn file(facts: &Facts) -> Option<Finding> {
    Some(match facts.file.as_ref()? {
        Ok(what) => Finding::well(what.clone()),
        Err(why) => Finding::bad(
            format!("the configuration file is wrong: {}", why.lines().next()?),
            "vhqos check says all of it",
        ),
    })
}

/// Hits that the kernel left out.
fn missed(facts: &Facts) -> Option<Finding> {
    let text = facts.status.as_ref()?.as_ref().ok()?;
    let hooks = text.lines().filter_map(|line| line.strip_prefix("hook="));
    let missed = |hook: &&str| {
        let mut words = hook.split(' ');
        let count = words.find_map(|word| word.strip_prefix("missed="));
        count.is_some_and(|count| count != "0")
    };
    let text = |hook: &str| {
        let record = Record::parse(hook);
        let field = |key| record.get(key).unwrap_or("0");
        let name = hook.split(' ').next().unwrap_or_default();
        format!("{name} ({} beside {})", field("missed"), field("hits"))
    };
    let names: Vec<_> = hooks.filter(missed).map(text).collect();
    (!names.is_empty()).then(|| {
        Finding::odd(
            format!("the kernel left out hits of {}", names.join(", ")),
            "another probe was at work at the same moment; what was missed is found within seconds",
        )
    })
}
