// SPDX-License-Identifier: GPL-2.0

//! Whether all got what they were promised, in some sentences.

use super::history::{Blind, Recording};
use super::verdict::{Judged, Verdict};
use crate::tool::sample::GROUPS;
use crate::tool::units;
use maud::{html, Markup};

/// Hosts that are named.
const NAMED: usize = 3;

/// Hosts by what became of their guarantees.
struct Count {
    promised: usize,
    kept: usize,
    short: usize,
    unreadable: usize,
    beyond: usize,
}

impl Count {
    fn of(hosts: &[Judged<'_>]) -> Self {
        let count = |is: &dyn Fn(Verdict) -> bool| {
            let verdicts = hosts.iter().filter(|host| is(host.verdict));
            verdicts.count()
        };
        let blind = |why| count(&|verdict| verdict == Verdict::Unknown(why));
        Self {
            promised: count(&|verdict| verdict != Verdict::None),
            kept: count(&|verdict| verdict == Verdict::Kept),
            short: count(&|verdict| matches!(verdict, Verdict::Short { .. })),
            unreadable: blind(Blind::Unreadable),
            beyond: blind(Blind::Beyond),
        }
    }

    fn unknown(&self) -> usize {
        self.unreadable + self.beyond
    }
}

/// Those that were short are first.
pub(super) fn judgement(recording: &Recording, hosts: &[Judged<'_>]) -> Markup {
    let count = Count::of(hosts);
    html! {
        @if recording.was_deaf {
            p.judgement.bad { "The hooks were silent at some time: nobody was in a host's class then. `vhqos doctor` says what to do." }
        }
        @if hosts.is_empty() {
            p.judgement { "The table is empty." }
        } @else if count.promised == 0 {
            p.judgement { "No host is guaranteed anything." }
        } @else if count.short > 0 {
            p.judgement.bad {
                strong { (part(count.short, &count)) " did not get it: " }
                (names(&hosts[..count.short])) "."
                @if count.unknown() > 0 { " " (number(count.unknown())) " more could not be judged." (reasons(&count)) }
            }
        } @else if count.unknown() > 0 {
            p.judgement {
                strong { (part(count.unknown(), &count)) " could not be judged." } (reasons(&count))
                @if count.unknown() < count.promised { " All others got what they were guaranteed." }
            }
        } @else {
            p.judgement.good[!recording.was_deaf] {
                strong { "Every host got what it was guaranteed." } " " (use_of(&count))
            }
        }
    }
}

fn number(count: usize) -> String {
    units::count(count as u64)
}

/// `1 of 3 hosts with a guarantee`.
fn part(some: usize, count: &Count) -> String {
    let hosts = if count.promised == 1 { "host" } else { "hosts" };
    let (some, all) = (number(some), number(count.promised));
    format!("{some} of {all} {hosts} with a guarantee")
}

/// The first of some hosts, and how many more there are.
fn names(hosts: &[Judged<'_>]) -> Markup {
    let named = &hosts[..hosts.len().min(NAMED)];
    html! {
        @for (at, judged) in named.iter().enumerate() {
            @if at > 0 { @if at + 1 == hosts.len() { " and " } @else { ", " } }
            b { (judged.host.name()) }
        }
        @if hosts.len() > named.len() { " and " (number(hosts.len() - named.len())) " more" }
    }
}

/// Why some could not be judged.
fn reasons(count: &Count) -> Markup {
    html! {
        @if count.unreadable > 0 {
            " Whether tasks of " (number(count.unreadable)) " waited for a CPU could not be read: the kernel has no PSI, or it is switched off (psi=1 at the boot switches it on)."
        }
        @if count.beyond > 0 {
            " Of " (number(count.beyond)) " it was not read: " (number(GROUPS)) " groups are read of one sample at the most."
        }
    }
}

/// How many used their guarantees.
fn use_of(count: &Count) -> String {
    let (kept, all) = (number(count.kept), number(count.promised));
    match (count.kept, count.promised - count.kept) {
        (0, 1) => "The only one that has a guarantee did not need it.".to_owned(),
        (0, _) => format!("None of the {all} that have a guarantee needed it."),
        (1, 0) => "The only one that has a guarantee used it.".to_owned(),
        (_, 0) => format!("All {all} that have a guarantee used it."),
        (_, 1) => format!(
            "{kept} of the {all} that have a guarantee used it, the other one did not need it."
        ),
        _ => format!(
            "{kept} of the {all} that have a guarantee used it, the others did not need it."
        ),
    }
}
