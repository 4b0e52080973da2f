// SPDX-License-Identifier: GPL-2.0

//! Columns. (A crate that was tried took 14 s for 100,000 lines in the guest, and twice the memory that they may take.)

use super::style;
use std::borrow::Cow;
use std::thread;

/// A line: the texts of its columns.
type Line<'a, const N: usize> = [Cow<'a, str>; N];

/// Lines below headings, in columns; those whose heading begins with a blank are aligned to the right.
pub(crate) fn table<'a, const N: usize>(
    headings: [&str; N],
    lines: impl Iterator<Item = Line<'a, N>>,
) -> String {
    drawn(headings, &[Cells::of(lines)], false, |_, _| false)
}

/// The same with its headings in colour, where the standard output has colours.
pub(crate) fn coloured<'a, const N: usize>(
    headings: [&str; N],
    lines: impl Iterator<Item = Line<'a, N>> + Send,
) -> String {
    coloured_parts(headings, vec![lines], |_, _| false)
}

/// The same of parts that are made and drawn at the same time; what `is_notable` by its column and its text has a colour too.
pub(crate) fn coloured_parts<'a, const N: usize>(
    headings: [&str; N],
    parts: Vec<impl Iterator<Item = Line<'a, N>> + Send>,
    is_notable: impl Fn(usize, &str) -> bool + Sync,
) -> String {
    let cells = at_once(parts, Cells::of);
    drawn(headings, &cells, style::has_colours(), is_notable)
}

fn drawn<const N: usize>(
    headings: [&str; N],
    parts: &[Cells<N>],
    colours: bool,
    is_notable: impl Fn(usize, &str) -> bool + Sync,
) -> String {
    let names = headings.map(str::trim);
    let mut columns = headings.map(|heading| Column {
        width: heading.trim().len(),
        is_right: heading.starts_with(' '),
    });
    for cells in parts {
        for (column, width) in columns.iter_mut().zip(cells.widths) {
            column.width = column.width.max(width);
        }
    }
    let heading = Cells::of([names.map(Cow::Borrowed)].into_iter()).drawn(&columns, |_, _| false);
    let heading = match colours {
        true => format!("{}\n", style::heading(heading.trim_end())),
        false => heading,
    };
    let is_coloured = |column, text: &str| colours && is_notable(column, text);
    let lines = at_once(parts.iter().collect(), |cells| {
        cells.drawn(&columns, is_coloured)
    });
    heading + &lines.concat()
}

/// Calls `act` with each of them, on threads of their own if there are several.
fn at_once<T: Send, R: Send>(all: Vec<T>, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    if all.len() < 2 {
        return all.into_iter().map(act).collect();
    }
    thread::scope(|scope| {
        let act = &act;
        let threads: Vec<_> = all
            .into_iter()
            .map(|one| scope.spawn(move || act(one)))
            .collect();
        let results = threads.into_iter().map(|thread| thread.join());
        results
            .map(|result| result.expect("it does not panic"))
            .collect()
    })
}

/// How a column is drawn.
#[derive(Clone, Copy)]
struct Column {
    width: usize,
    is_right: bool,
}

/// The texts of some lines, kept together: large tables have a million of them.
struct Cells<const N: usize> {
    texts: String,
    /// Where each one ends.
    ends: Vec<usize>,
    /// How many columns of a terminal each column needs.
    widths: [usize; N],
}

impl<const N: usize> Cells<N> {
    fn of<'a>(lines: impl Iterator<Item = Line<'a, N>>) -> Self {
        let mut cells = Self {
            texts: String::new(),
            ends: Vec::new(),
            widths: [0; N],
        };
        for line in lines {
            for (width, text) in cells.widths.iter_mut().zip(&line) {
                *width = (*width).max(length(text));
                cells.texts.push_str(text);
                cells.ends.push(cells.texts.len());
            }
        }
        cells
    }

    fn drawn(&self, columns: &[Column; N], is_coloured: impl Fn(usize, &str) -> bool) -> String {
        let bytes: usize = columns.iter().map(|column| column.width + 2).sum();
        let mut drawn = String::with_capacity(bytes * (self.ends.len() / N));
        let mut start = 0;
        for line in self.ends.chunks_exact(N) {
            for (column, (end, Column { width, is_right })) in line.iter().zip(columns).enumerate()
            {
                let text = &self.texts[start..*end];
                start = *end;
                let room = width.saturating_sub(length(text));
                if *is_right {
                    blanks(&mut drawn, room);
                }
                match is_coloured(column, text) {
                    true => drawn.push_str(&style::notable(text)),
                    false => drawn.push_str(text),
                }
                if column + 1 < N {
                    blanks(&mut drawn, if *is_right { 2 } else { room + 2 });
                }
            }
            drawn.truncate(drawn.trim_end_matches(' ').len());
            drawn.push('\n');
        }
        drawn
    }
}

/// How many columns a text takes.
fn length(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.chars().count(),
    }
}

/// Appends so many blanks.
fn blanks(text: &mut String, mut count: usize) {
    const BLANKS: &str = "                                                                ";
    while count > 0 {
        let some = count.min(BLANKS.len());
        text.push_str(&BLANKS[..some]);
        count -= some;
    }
}
