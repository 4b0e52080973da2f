// SPDX-License-Identifier: GPL-2.0

//! The page. All text in it is escaped by what makes it: a host's name is whatever somebody wrote.

use super::chart::{self, percent};
use super::history::{History, Recording, WANTED};
use super::judgement::judgement;
use super::table::{chip, table};
use super::verdict::{Judged, Verdict, POINTS};
use crate::tool::units::{self, counted};
use humantime::format_rfc3339_seconds;
use maud::{html, Markup, PreEscaped, DOCTYPE};
use std::time::{Duration, SystemTime};

/// Hosts with a plot of their own.
const PLOTS: usize = 12;

const STYLE: &str = include_str!("style.css");

/// The page of a recording: one text that needs nothing else, nor a script.
pub(in crate::tool) fn page(recording: &Recording) -> String {
    let hosts = sorted(recording);
    let by_use = by_use(&hosts);
    let plotted = &hosts[..hosts.len().min(PLOTS)];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(recording))
            body {
                (heading(recording))
                (judgement(recording, &hosts))
                (summary(recording, &hosts))
                @if !hosts.is_empty() {
                    section {
                        h2 { "All hosts" }
                        (legend(recording, &by_use))
                        div.wide { div.plot { (chart::all(recording, &by_use)) } }
                    }
                    section {
                        h2 { "Who got what" }
                        (table(recording, &hosts))
                    }
                    section {
                        h2 { "Each host over time" }
                        (keys())
                        div.plots { @for host in plotted { (plot(recording, host)) } }
                        @if hosts.len() > plotted.len() {
                            p.note { "The " (plotted.len()) " first hosts of the table are plotted, of " (units::count(hosts.len() as u64)) "." }
                        }
                    }
                }
                (explanation(recording))
            }
        }
    };
    page.into_string() + "\n"
}

fn head(recording: &Recording) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
            title { "vhqos: " (recording.machine) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// Those that were short first, then by what they used.
fn sorted(recording: &Recording) -> Vec<Judged<'_>> {
    let judged = recording.hosts.iter().map(|host| recording.judge(host));
    let mut hosts: Vec<_> = judged.collect();
    let is_short = |host: &Judged<'_>| matches!(host.verdict, Verdict::Short { .. });
    hosts.sort_by(|one, other| {
        let short = is_short(other).cmp(&is_short(one));
        let used = other.host.cpu.total_cmp(&one.host.cpu);
        let guaranteed = other.guaranteed.total_cmp(&one.guaranteed);
        short.then(used).then(guaranteed)
    });
    hosts
}

fn by_use<'a>(hosts: &'a [Judged<'a>]) -> Vec<&'a Judged<'a>> {
    let mut hosts: Vec<_> = hosts.iter().collect();
    hosts.sort_by(|one, other| other.host.cpu.total_cmp(&one.host.cpu));
    hosts
}

fn heading(recording: &Recording) -> Markup {
    let end = recording.began + Duration::from_secs_f64(recording.seconds());
    html! {
        header {
            h1 { (recording.machine) }
            p {
                (moment(recording.began)) " to " (moment(end)) " UTC, "
                (units::time((recording.seconds() * 1e6) as u64)) " · "
                (cpus(recording)) " · "
                (recording.reserve) " % left to everybody else"
            }
            @if let Some(why) = &recording.cut {
                p.bad { "It ended before its time: " (why) }
            }
        }
    }
}

/// The CPUs, of which some may have come or gone.
fn cpus(recording: &Recording) -> String {
    match recording.cpus() {
        (fewest, most) if fewest < most => format!("{fewest} to {most} CPUs"),
        (_, all) => counted(all as usize, "CPU"),
    }
}

/// A time, as people read it.
fn moment(time: SystemTime) -> String {
    let text = format_rfc3339_seconds(time).to_string();
    text.trim_end_matches('Z').replace('T', " ")
}

/// The figures of the machine.
fn summary(recording: &Recording, hosts: &[Judged<'_>]) -> Markup {
    let sum = |of: fn(&History) -> f64| hosts.iter().map(|host| of(host.host)).sum::<f64>();
    let rate = |count: f64| match count / recording.seconds().max(f64::MIN_POSITIVE) {
        few if few < 100.0 => format!("{few:.1}/s"),
        many => format!("{}/s", units::count(many.round() as u64)),
    };
    let capped = hosts.iter().filter(|host| host.host.throttled >= 0.05);
    let charged = recording.percent(sum(|host| host.charged));
    let requests = sum(|host| host.requests);
    let guaranteed = hosts.iter().map(|host| host.guaranteed).sum();
    let mut figures = vec![
        ("hosts", units::count(hosts.len() as u64)),
        ("guaranteed", percent(guaranteed)),
        (
            "used by hosts",
            percent(recording.percent(sum(|host| host.cpu))),
        ),
        ("connections", rate(sum(|host| host.accepted))),
        ("hosts at their cap", units::count(capped.count() as u64)),
    ];
    if charged > 0.0 {
        figures.insert(3, ("of it, by event loops", percent(charged)));
    }
    if requests > 0.0 {
        figures.push(("requests by name", rate(requests)));
    }
    html! {
        dl {
            @for (what, figure) in figures {
                div { dt { (what) } dd { (figure) } }
            }
        }
    }
}

/// Which colour is whose.
fn legend(recording: &Recording, hosts: &[&Judged<'_>]) -> Markup {
    let (own, others) = hosts.split_at(hosts.len().min(chart::COLOURS));
    html! {
        ul.legend {
            @for (number, host) in own.iter().enumerate() {
                li { i class=(chart::colour(number)) {} (host.host.name()) }
            }
            @if !others.is_empty() {
                li { i.others {} (counted(others.len(), "other")) }
            }
            @if recording.reserve > 0 { li { i.reserve {} "left to everybody else" } }
        }
    }
}

/// What the lines in the plots of single hosts are.
fn keys() -> Markup {
    html! {
        ul.legend {
            li { i.used {} "used" }
            li { i.guaranteed {} "guaranteed" }
            li { i.cap {} "cap" }
            li { i.short {} "wanted more, and had less than its guarantee" }
        }
    }
}

fn plot(recording: &Recording, host: &Judged<'_>) -> Markup {
    html! {
        figure {
            figcaption { span { (host.host.name()) } (chip(host.verdict)) }
            (chart::one(recording, host))
        }
    }
}

fn explanation(recording: &Recording) -> Markup {
    let (count, seconds) = (recording.intervals.len(), recording.seconds());
    let length = seconds / count.max(1) as f64;
    let window = match recording.windows() {
        1 => "all of the time".to_owned(),
        windows => format!("{:.0} s, or over all of the time", seconds / windows as f64),
    };
    html! {
        footer {
            p {
                "All parts are of the machine's CPU time, in " (counted(count, "interval")) " of " (format_args!("{length:.1}")) " s. "
                "A host wanted more than it got when a task of it waited for a CPU for " (WANTED) " % of an interval or more; it is judged over "
                (window) ", when that was so in half of the intervals or more. "
                b { "Kept" } ": it had its guarantee then, or used it over all of the time. "
                b { "Not needed" } ": it used less, and never wanted more for so long. "
                b { "Short" } ": it wanted more and had less than its guarantee, by more than a tenth of it, " (POINTS) " points at the most; so many points were missing then. "
                b { "Not known" } ": it used less, and whether it wanted more could not be seen."
            }
            p { "vhqos " (env!("CARGO_PKG_VERSION")) }
        }
    }
}
