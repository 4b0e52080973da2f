// SPDX-License-Identifier: GPL-2.0

//! The table of hosts.

use super::chart::{percent, scale};
use super::history::{Blind, Recording};
use super::verdict::{Judged, Verdict};
use crate::tool::units;
use maud::{html, Markup};

/// Hosts at the most: more make no page that a browser shows.
const ROWS: usize = 5000;

/// All hosts, with a bar of what each used and a mark at what it was guaranteed.
pub(super) fn table(recording: &Recording, hosts: &[Judged<'_>]) -> Markup {
    let parts = |judged: &Judged<'_>| {
        let used = recording.percent(judged.host.cpu);
        judged.guaranteed.max(used)
    };
    let scale = scale(hosts.iter().map(parts).fold(0.0, f64::max));
    let more = hosts.get(ROWS..).unwrap_or_default();
    html! {
        div.wide {
            table {
                thead {
                    tr {
                        th scope="col" { "Host" }
                        th scope="col" { "Guarantee" }
                        th.bar scope="col" { "Used, " span.mark { "guaranteed" } ", of " (scale) " %" }
                        @for (heading, why) in HEADINGS {
                            th.number scope="col" title=(why) { (heading) }
                        }
                    }
                }
                tbody {
                    @for host in hosts.iter().take(ROWS) { (row(recording, host, scale)) }
                }
            }
        }
        @if !more.is_empty() {
            @let used = recording.percent(more.iter().map(|judged| judged.host.cpu).sum());
            p.note {
                @if more.len() == 1 { "1 more host, with " (percent(used)) ", is not shown." }
                @else { (units::count(more.len() as u64)) " more hosts, with " (percent(used)) " together, are not shown." }
            }
        }
    }
}

const HEADINGS: [(&str, &str); 9] = [
    ("Guar\u{ad}anteed", "Of the machine, over all of the time"),
    ("Used", "Of the machine, over all of the time"),
    ("Median", "Of what it used by interval"),
    ("95th", "What it used in 95 of 100 intervals, or less"),
    ("Most", "In one interval"),
    ("Cap", "Of the machine, at the end"),
    (
        "Throt\u{ad}tled",
        "CPU time that the cap withheld, on all CPUs together",
    ),
    ("Re\u{ad}quests", "That named the host"),
    ("Connec\u{ad}tions", "That were accepted"),
];

fn row(recording: &Recording, judged: &Judged<'_>, scale: f64) -> Markup {
    let host = judged.host;
    let used = recording.percent(host.cpu);
    let guaranteed = judged.guaranteed;
    let or_none = |is: bool, text: String| if is { text } else { "–".to_owned() };
    let figures = [
        or_none(guaranteed > 0.0, percent(guaranteed)),
        percent(used),
        percent(recording.quantile(host, 0.5)),
        percent(recording.quantile(host, 0.95)),
        percent(recording.quantile(host, 1.0)),
        host.promise.cap.map_or("–".to_owned(), percent),
        or_none(
            host.throttled >= 0.05,
            units::time((host.throttled * 1e6) as u64),
        ),
        or_none(
            host.requests >= 0.5,
            units::count(host.requests.round() as u64),
        ),
        or_none(
            host.accepted >= 0.5,
            units::count(host.accepted.round() as u64),
        ),
    ];
    let bar = format!("--u:{used:.2};--g:{guaranteed:.2};--s:{scale}");
    html! {
        tr {
            th scope="row" { (host.name()) }
            td { (chip(judged.verdict)) }
            td.bar {
                div style=(bar) {
                    i.used {}
                    @if guaranteed > 0.0 { i.guaranteed {} }
                }
            }
            @for figure in figures { td.number { (figure) } }
        }
    }
}

/// What became of the guarantee, in a word.
pub(super) fn chip(verdict: Verdict) -> Markup {
    match verdict {
        Verdict::None => html! { span.chip.none { "none" } },
        Verdict::Kept => html! { span.chip.kept { "kept" } },
        Verdict::NotWanted => html! { span.chip.idle { "not needed" } },
        Verdict::Short { points, part } => html! {
            span.chip.short title=(format_args!("in {:.0} % of the time", 100.0 * part)) {
                (format_args!("{points:.1} points short"))
            }
        },
        Verdict::Unknown(why) => html! {
            span.chip.unknown title=(match why {
                Blind::Unreadable => "whether its tasks waited could not be read",
                Blind::Beyond => "whether its tasks waited was not read, of so many groups",
            }) { "not known" }
        },
    }
}
