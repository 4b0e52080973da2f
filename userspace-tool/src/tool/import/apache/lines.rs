// SPDX-License-Identifier: GPL-2.0

//! Lines of a file: a backslash at the end joins the next one, also in a comment.

/// Bytes of a line, with what its variables stand for: what httpd takes (`VARBUF_MAX_LEN`). They could grow without end.
pub(super) const LINE_BYTES: usize = 16 << 20;

/// The lines of a text, each with the number of its first one.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let mut physical = text.lines().enumerate();
    std::iter::from_fn(move || {
        let (number, first) = physical.next()?;
        let mut line = first.to_owned();
        while line.ends_with('\\') {
            line.pop();
            match physical.next() {
                Some((_, next)) => line.push_str(next),
                None => break,
            }
        }
        Some((number + 1, line.trim_matches(is_blank).to_owned()))
    })
}

/// What separates words, as C's isspace() has it.
pub(super) fn is_blank(one: char) -> bool {
    matches!(one, ' ' | '\t' | '\r' | '\n' | '\u{b}' | '\u{c}')
}
