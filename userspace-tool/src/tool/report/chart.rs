// SPDX-License-Identifier: GPL-2.0

//! Plots as SVG. Colours are classes of the page's style sheet.

use super::history::Recording;
use super::verdict::Judged;
use crate::tool::units::counted;
use maud::{html, Markup};
use std::fmt::Write;
use std::ops::Range;

/// Hosts of their own colour in the plot of all; the style sheet has as many.
pub(super) const COLOURS: usize = 8;

/// Where a plot is in its image.
struct Frame {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// The ends of the intervals, in seconds, behind a zero.
    times: Vec<f64>,
    /// The upper end, in percent of the machine.
    most: f64,
}

/// The plot of all hosts, stacked, and what they are guaranteed beside it.
pub(super) fn all(recording: &Recording, hosts: &[&Judged<'_>]) -> Markup {
    let frame = Frame {
        width: 960.0,
        height: 330.0,
        left: 46.0,
        right: 112.0,
        top: 12.0,
        bottom: 30.0,
        times: times(recording),
        most: 100.0,
    };
    let layers = layers(recording, hosts);
    html! {
        svg viewBox=(format_args!("0 0 {} {}", frame.width, frame.height)) role="img" aria-label="What each host used over time, stacked" {
            (frame.axes(&[0.0, 25.0, 50.0, 75.0, 100.0]))
            @for (number, layer) in layers.iter().enumerate() {
                path class=(colour(number)) d=(frame.band(&layer.lower, &layer.upper)) { title { (layer.title()) } }
            }
            (column(&frame, &layers, f64::from(recording.reserve)))
        }
    }
}

/// A host in the plot of all, or all that have no colour of their own.
struct Layer<'a> {
    hosts: &'a [&'a Judged<'a>],
    /// Between which heights it is, by interval.
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// The same of what it is guaranteed.
    guaranteed: Range<f64>,
}

impl Layer<'_> {
    fn title(&self) -> String {
        match self.hosts {
            [one] => one.host.name().to_owned(),
            others => counted(others.len(), "other"),
        }
    }
}

/// One above the other.
fn layers<'a>(recording: &Recording, hosts: &'a [&'a Judged<'a>]) -> Vec<Layer<'a>> {
    let (own, others) = hosts.split_at(hosts.len().min(COLOURS));
    let others = [others].into_iter().filter(|others| !others.is_empty());
    let mut floor = vec![0.0; recording.intervals.len()];
    let mut promised = 0.0;
    let layer = |hosts: &'a [&'a Judged<'a>]| {
        let lower = floor.clone();
        for (at, height) in floor.iter_mut().enumerate() {
            *height += hosts.iter().map(|one| one.host.used(at)).sum::<f64>();
        }
        let from = promised;
        promised += hosts.iter().map(|one| one.guaranteed).sum::<f64>();
        Layer {
            hosts,
            lower,
            upper: floor.clone(),
            guaranteed: from..promised,
        }
    };
    own.chunks(1).chain(others).map(layer).collect()
}

/// What hosts are guaranteed, one above the other, and the reserve at the top.
fn column(frame: &Frame, layers: &[Layer<'_>], reserve: f64) -> Markup {
    let (from, to) = (frame.width - 84.0, frame.width - 24.0);
    let part = |class: &str, parts: Range<f64>, title: String| {
        let (top, bottom) = (frame.y(parts.end), frame.y(parts.start));
        html! {
            rect class=(class) x=(from) width=(to - from) y=(px(top)) height=(px(bottom - top)) { title { (title) } }
        }
    };
    html! {
        @for (number, layer) in layers.iter().enumerate() {
            @let guaranteed = layer.guaranteed.end - layer.guaranteed.start;
            (part(&colour(number), layer.guaranteed.clone(), format!("{}: {} guaranteed", layer.title(), percent(guaranteed))))
        }
        (part("reserve", 100.0 - reserve..100.0, format!("{} left to everybody else", percent(reserve))))
        (part("frame", 0.0..100.0, "the machine".to_owned()))
        text x=((from + to) / 2.0) y=(frame.height - 10.0) text-anchor="middle" { "guaranteed" }
    }
}

/// The plot of one host: what it used, what it was guaranteed, its cap, and where it was short.
pub(super) fn one(recording: &Recording, judged: &Judged<'_>) -> Markup {
    let host = judged.host;
    let count = recording.intervals.len();
    let used: Vec<_> = (0..count).map(|at| host.used(at)).collect();
    let guaranteed = |at| Some(host.guaranteed(at)).filter(|part| *part > 0.0);
    let all =
        (0..count).flat_map(|at| [used[at], host.guaranteed(at), host.cap(at).unwrap_or(0.0)]);
    let frame = Frame {
        width: 320.0,
        height: 150.0,
        left: 40.0,
        right: 6.0,
        top: 10.0,
        bottom: 26.0,
        times: times(recording),
        most: scale(all.fold(0.0, f64::max)),
    };
    html! {
        svg viewBox=(format_args!("0 0 {} {}", frame.width, frame.height)) role="img" aria-label="What the host used over time" {
            (frame.axes(&[0.0, frame.most / 2.0, frame.most]))
            path.used d=(frame.band(&vec![0.0; count], &used)) { title { "used" } }
            path.short d=(frame.marks(|at| judged.is_short(at))) { title { "short" } }
            path.cap d=(frame.steps(|at| host.cap(at))) { title { "cap" } }
            path.guaranteed d=(frame.steps(guaranteed)) { title { "guaranteed" } }
        }
    }
}

/// The class of a group of hosts in the plot of all.
pub(super) fn colour(number: usize) -> String {
    match number < COLOURS {
        true => format!("c{number}"),
        false => "others".to_owned(),
    }
}

/// A part of the machine: `47.5 %`.
pub(super) fn percent(part: f64) -> String {
    match part {
        part if part > 0.0 && part < 0.05 => "<0.1 %".to_owned(),
        part => format!("{part:.1} %"),
    }
}

/// The least round number that is not below `most`, in percent.
pub(super) fn scale(most: f64) -> f64 {
    const ROUND: [f64; 9] = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0];
    ROUND.into_iter().find(|one| *one >= most).unwrap_or(100.0)
}

fn times(recording: &Recording) -> Vec<f64> {
    let mut time = 0.0;
    let ends = recording.intervals.iter().map(|interval| {
        time += interval.seconds();
        time
    });
    [0.0].into_iter().chain(ends).collect()
}

/// A coordinate: tenths of a point are enough, and make short pages.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

impl Frame {
    fn x(&self, time: f64) -> f64 {
        let end = self.times.last().copied().unwrap_or(0.0);
        self.left + (self.width - self.left - self.right) * time / end.max(f64::MIN_POSITIVE)
    }

    fn y(&self, percent: f64) -> f64 {
        let part = (percent / self.most).clamp(0.0, 1.0);
        self.height - self.bottom - (self.height - self.top - self.bottom) * part
    }

    /// The intervals with their two ends.
    fn intervals(&self) -> impl DoubleEndedIterator<Item = (usize, f64, f64)> + '_ {
        let count = self.times.len() - 1;
        (0..count).map(|at| (at, self.x(self.times[at]), self.x(self.times[at + 1])))
    }

    /// What lies between two heights of each interval.
    fn band(&self, lower: &[f64], upper: &[f64]) -> String {
        let mut path = String::new();
        for (at, from, to) in self.intervals() {
            let y = px(self.y(upper[at]));
            let start = if at == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{start}{} {y}H{}", px(from), px(to));
        }
        for (at, from, to) in self.intervals().rev() {
            let y = px(self.y(lower[at]));
            let _ = write!(path, "L{} {y}H{}", px(to), px(from));
        }
        path + "Z"
    }

    /// A line at the height of each interval, where there is one.
    fn steps(&self, height: impl Fn(usize) -> Option<f64>) -> String {
        let mut path = String::new();
        let mut before: Option<f64> = None;
        for (at, from, to) in self.intervals() {
            let now = height(at);
            if let Some(now) = now {
                let y = px(self.y(now));
                let _ = match before {
                    Some(_) if before == Some(now) => write!(path, "H{}", px(to)),
                    Some(_) => write!(path, "V{y}H{}", px(to)),
                    None => write!(path, "M{} {y}H{}", px(from), px(to)),
                };
            }
            before = now;
        }
        path
    }

    /// A mark below each interval that has one.
    fn marks(&self, is_marked: impl Fn(usize) -> bool) -> String {
        let y = px(self.y(0.0) + 3.0);
        let mut path = String::new();
        for (at, from, to) in self.intervals() {
            if is_marked(at) {
                let _ = write!(path, "M{} {y}H{}", px(from), px(to.max(from + 1.0)));
            }
        }
        path
    }

    /// On which side of a time its label is: within the plot.
    fn anchor(&self, time: f64) -> &'static str {
        const HALF: f64 = 16.0;
        let x = self.x(time);
        match (x - HALF < self.left, x + HALF > self.width - self.right) {
            (true, _) => "start",
            (_, true) => "end",
            _ => "middle",
        }
    }

    /// Lines and labels: of these heights, and of round times.
    fn axes(&self, heights: &[f64]) -> Markup {
        let right = self.width - self.right;
        let end = self.times.last().copied().unwrap_or(0.0);
        let step = step(end, (right - self.left) / 70.0);
        let count = (end / step + 1e-6) as u32;
        html! {
            @for height in heights {
                @let y = self.y(*height);
                line.grid x1=(self.left) x2=(right) y1=(px(y)) y2=(px(y)) {}
                text x=(self.left - 6.0) y=(px(y + 4.0)) text-anchor="end" { (height) " %" }
            }
            @for time in (0..=count).map(|number| f64::from(number) * step) {
                text x=(px(self.x(time))) y=(self.height - 10.0) text-anchor=(self.anchor(time)) { (clock(time)) }
            }
        }
    }
}

/// A round number of seconds of which at most `most` fit into `end`.
fn step(end: f64, most: f64) -> f64 {
    const ROUND: [f64; 14] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0,
    ];
    let fits = |step: &f64| end / step <= most;
    ROUND.into_iter().find(fits).unwrap_or(28800.0)
}

/// A time since the beginning: `1:30`, `2:00:00`.
fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}
