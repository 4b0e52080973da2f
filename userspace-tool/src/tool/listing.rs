// SPDX-License-Identifier: GPL-2.0

//! Columns. (A crate that was tried took 14 s for 100,000 lines in the guest, and twice the memory that they may take.)

use std::borrow::Cow;

/// Lines below headings, in columns; those whose heading begins with a blank are aligned to the right.
pub(crate) fn table<const N: usize>(headings: [&str; N], lines: &[[Cow<'_, str>; N]]) -> String {
    let mut widths = headings.map(|heading| heading.trim().len());
    for line in lines {
        for (width, text) in widths.iter_mut().zip(line) {
            *width = (*width).max(length(text));
        }
    }
    let is_right = headings.map(|heading| heading.starts_with(' '));
    let columns: Vec<_> = widths.iter().copied().zip(is_right).collect();
    let bytes: usize = widths.iter().map(|width| width + 2).sum();
    let mut text = String::with_capacity(bytes * (lines.len() + 1));
    push(&mut text, &columns, headings.map(str::trim));
    for line in lines {
        push(&mut text, &columns, line.each_ref().map(|text| &**text));
    }
    text
}

/// How many columns a text takes.
fn length(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.chars().count(),
    }
}

/// Appends a line.
fn push<const N: usize>(text: &mut String, columns: &[(usize, bool)], line: [&str; N]) {
    const BLANKS: &str = "                                                                ";
    let blanks = |text: &mut String, mut count: usize| {
        while count > 0 {
            let some = count.min(BLANKS.len());
            text.push_str(&BLANKS[..some]);
            count -= some;
        }
    };
    for (word, (width, is_right)) in line.into_iter().zip(columns) {
        let room = width.saturating_sub(length(word));
        if *is_right {
            blanks(text, room);
        }
        text.push_str(word);
        blanks(text, if *is_right { 2 } else { room + 2 });
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
}
