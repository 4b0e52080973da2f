// SPDX-License-Identifier: GPL-2.0

//! Draws the screen.

use super::bar::bar;
use super::columns::{layout, Column, Part};
use super::detail::Detail;
use super::history::SAMPLES;
use super::look::Look;
use super::screen::{Screen, View};
use crate::events::Health;
use crate::tool::sample::{Host, HostRates};
use crate::tool::units::counted;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline, Wrap};
use ratatui::Frame;

/// Lines of the curve of one host.
const CURVE: u16 = 4;

const HELP: &str = "\
USED% is what a host used of the whole machine since the last frame. The bar shows the same: green up to its guarantee (MIN%), which is \
the mark, yellow beyond it; a bracket is its cap (MAX%). WAIT% is the part of the time in which a task of it could run and no CPU was free \
for it. THR ms is what its cap withheld, in ms a second. OPEN, ACC/s and REQ/s are connections, and requests by name. The curve at the right \
is USED% before, as high as its highest value.

up down j k, page up, page down, g G  choose a host
enter   its tasks and channels; esc goes back
s > <   sort by the next column or the one before; r turns the order round
/       only hosts with this in their names; esc shows all
space   a new sample now
ctrl-l  draws all again, when something else has written on the screen
q       ends

any key goes on";

/// Draws all of it.
pub(in crate::tool) fn draw(frame: &mut Frame<'_>, screen: &mut Screen, look: Look) {
    let area = frame.area();
    let Some(height) = area.height.checked_sub(1).filter(|_| area.width > 0) else {
        return;
    };
    let body = Rect { height, ..area };
    match screen.view {
        View::Help => frame.render_widget(Paragraph::new(HELP).wrap(Wrap { trim: false }), area),
        View::Host(_) => draw_host(frame, body, screen, look),
        View::Hosts | View::Filter => draw_hosts(frame, body, screen, look),
    }
    if !matches!(screen.view, View::Help) {
        let y = area.y + height;
        put(frame, area, y, Line::raw(footer(screen)));
    }
}

/// Draws one line of an area, as far as it fits.
fn put(frame: &mut Frame<'_>, area: Rect, y: u16, line: Line<'_>) {
    if y < area.bottom() {
        frame.buffer_mut().set_line(area.x, y, &line, area.width);
    }
}

fn footer(screen: &Screen) -> String {
    match &screen.view {
        View::Filter => format!("/{}_", screen.filter),
        View::Host(_) => "esc back  up/down scroll  q quit".to_owned(),
        _ => "? help  q quit  enter tasks  / filter  < > sort  r reverse".to_owned(),
    }
}

/// A number of percent, if it is known.
fn percent(number: Option<f64>) -> String {
    number.map_or("-".to_owned(), |number| format!("{number:.1} %"))
}

/// The machine, in a line.
fn machine(screen: &Screen, width: u16, look: Look) -> Line<'static> {
    let (now, rates) = (&screen.now, &screen.rates);
    let style = match Health::from_word(&now.health) {
        Some(Health::Live) => look.good(),
        _ => look.bad(),
    };
    let health = Span::styled(now.health.clone(), style);
    // What all CPUs did comes in coarser ticks than what hosts used.
    let others = rates
        .idle
        .zip(rates.used)
        .map(|(idle, used)| (100.0 - idle - used).max(0.0));
    let (hosts, idle) = (percent(rates.used), percent(rates.idle));
    let cpus = counted(now.cpus as usize, "CPU");
    let rest = match width < 72 {
        true => format!("  {cpus}  hosts {hosts}  idle {idle}"),
        false => format!(
            "  {cpus}, reserve {} %   hosts {hosts}  others {}  idle {idle}",
            now.reserve,
            percent(others)
        ),
    };
    Line::from(vec![health, Span::raw(rest)])
}

/// What the list is of.
fn title(screen: &Screen, look: Look) -> Line<'static> {
    match Health::from_word(&screen.now.health) {
        Some(Health::Deaf) => {
            let why = "nobody is in a host's class: switch ftrace and kprobes on again";
            return Line::styled(why, look.bad());
        }
        _ if screen.now.hosts.is_empty() => {
            return Line::raw("no hosts: `vhqos apply FILE`, or `vhqos set HOST addr=...`");
        }
        _ => {}
    }
    let all = screen.now.hosts.len();
    let count = match screen.filter.is_empty() {
        true => counted(all, "host"),
        false => format!(
            "{} of {} with {}",
            screen.shown.len(),
            counted(all, "host"),
            screen.filter
        ),
    };
    let order = screen.order.column.meaning();
    let reversed = if screen.order.is_reversed {
        ", reversed"
    } else {
        ""
    };
    Line::raw(format!(
        "{count} by {order}{reversed}, every {:?}",
        screen.interval
    ))
}

fn draw_hosts(frame: &mut Frame<'_>, area: Rect, screen: &mut Screen, look: Look) {
    let lines = usize::from(area.height.saturating_sub(3));
    screen.turn_page(lines);
    let longest = screen
        .shown
        .iter()
        .map(|place| screen.now.hosts[*place].name().len());
    let parts = layout(usize::from(area.width), longest.max().unwrap_or(0));
    let (machine, title) = (machine(screen, area.width, look), title(screen, look));
    put(frame, area, area.y, machine);
    put(frame, area, area.y + 1, title);
    let headings = headings(&parts, screen.order.column, look);
    put(frame, area, area.y + 2, headings);
    let page = screen
        .shown
        .iter()
        .enumerate()
        .skip(screen.first)
        .take(lines);
    for (y, (line, place)) in (area.y + 3..).zip(page) {
        if let Some((host, rates)) = screen.at(*place) {
            let is_chosen = line == screen.chosen;
            put(
                frame,
                area,
                y,
                host_line(&parts, screen, host, rates, is_chosen, look),
            );
        }
    }
}

fn headings(parts: &[(Part, usize)], sorted: Column, look: Look) -> Line<'static> {
    let mut spans = Vec::new();
    for (at, (part, width)) in parts.iter().enumerate() {
        let text = match part {
            Part::Column(column) => aligned(*column, column.heading(), *width, look),
            Part::Bar => format!("{:<width$}", "0 %"),
            Part::History => format!("{:>width$}", "BEFORE"),
        };
        let style = match *part == Part::Column(sorted) {
            true => look.bold(),
            false => look.reversed(),
        };
        if at > 0 {
            spans.push(Span::styled(" ", look.reversed()));
        }
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}

/// Names to the left, numbers to the right.
fn aligned(column: Column, text: &str, width: usize, look: Look) -> String {
    match column {
        Column::Host => match text.char_indices().nth(width) {
            None => format!("{text:<width$}"),
            Some(_) => {
                let kept: String = text.chars().take(width.saturating_sub(1)).collect();
                format!("{kept}{}", look.cut())
            }
        },
        _ => format!("{text:>width$}"),
    }
}

fn host_line(
    parts: &[(Part, usize)],
    screen: &Screen,
    host: &Host,
    rates: &HostRates,
    is_chosen: bool,
    look: Look,
) -> Line<'static> {
    let mut spans = Vec::new();
    for (at, (part, width)) in parts.iter().enumerate() {
        if at > 0 {
            spans.push(Span::raw(" "));
        }
        match part {
            Part::Bar => spans.extend(bar(*width, rates.used, &host.promise, look)),
            Part::History => spans.push(Span::raw(screen.history.curve(host.name(), *width, look))),
            Part::Column(column) => {
                let text = aligned(*column, &column.text(host, rates), *width, look);
                let style = match column {
                    Column::Host if is_chosen => look.reversed(),
                    Column::Throttled if rates.throttled > Some(0.0) => look.notable(),
                    _ => Style::new(),
                };
                spans.push(Span::styled(text, style));
            }
        }
    }
    Line::from(spans)
}

fn draw_host(frame: &mut Frame<'_>, area: Rect, screen: &mut Screen, look: Look) {
    let View::Host(detail) = &screen.view else {
        return;
    };
    let found = screen
        .place(&detail.host)
        .and_then(|place| screen.at(place));
    let headings = match found {
        None => [format!("{}: its row is gone", detail.host), String::new()],
        Some((host, rates)) => figures(host, rates),
    };
    let rows = headings.len() as u16;
    for (y, heading) in (area.y..).zip(headings) {
        put(frame, area, y, Line::styled(heading, look.bold()));
    }
    let curve = if area.height >= 18 { CURVE } else { 0 };
    if curve > 0 {
        let width = usize::from(area.width).min(SAMPLES);
        let values = screen.history.last(&detail.host, width);
        let of = Rect::new(area.x, area.y + rows, values.len() as u16, curve);
        let widget = Sparkline::default().data(&values).bar_set(look.levels());
        frame.render_widget(widget.style(look.good()), of);
    }
    let top = (rows + curve).min(area.height);
    let list = Rect {
        y: area.y + top,
        height: area.height - top,
        ..area
    };
    if let Some(detail) = screen.detail() {
        draw_detail(frame, list, detail);
    }
}

/// What a host used, in two lines.
fn figures(host: &Host, rates: &HostRates) -> [String; 2] {
    let text = |column: Column| column.text(host, rates);
    let first = format!(
        "{}  used {}, by event loops {}, guaranteed {}, cap {}",
        host.name(),
        percent(rates.used),
        percent(rates.charged),
        percent(Some(host.promise.guaranteed)),
        percent(host.promise.cap),
    );
    let second = format!(
        "waiting {}, throttled {} ms/s, {} open, {} accepted/s, {} requests/s",
        percent(rates.pressure),
        text(Column::Throttled),
        text(Column::Open),
        text(Column::Accepted),
        text(Column::Requests),
    );
    [first, second]
}

fn draw_detail(frame: &mut Frame<'_>, area: Rect, detail: &mut Detail) {
    detail.turn_page(usize::from(area.height));
    let lines = detail.lines.iter().skip(detail.first).take(detail.page);
    for (y, line) in (area.y..).zip(lines) {
        put(frame, area, y, Line::raw(line.as_str()));
    }
}
