// SPDX-License-Identifier: GPL-2.0

//! Words of a line: separated by blanks, in single or double quotes if they have some themselves.

use super::lines::is_blank;

/// All words.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut rest = line;
    std::iter::from_fn(|| next(&mut rest)).collect()
}

/// The next word; `rest` is what is behind it.
pub(super) fn next(rest: &mut &str) -> Option<String> {
    *rest = rest.trim_start_matches(is_blank);
    let quote = rest.chars().next()?;
    let word = match quote {
        '"' | '\'' => {
            let inner = &rest[1..];
            let end = closing(inner, quote);
            *rest = inner.get(end + 1..).unwrap_or_default();
            unescaped(&inner[..end], Some(quote))
        }
        _ => {
            let end = rest.find(is_blank).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            *rest = behind;
            unescaped(word, None)
        }
    };
    *rest = rest.trim_start_matches(is_blank);
    Some(word)
}

/// Where the quote is that ends the word; the end of the line, if there is none.
fn closing(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, one) in text.char_indices() {
        match one {
            _ if is_escaped => is_escaped = false,
            _ if one == quote => return at,
            '\\' => is_escaped = text[at + 1..].starts_with([quote, '\\']),
            _ => {}
        }
    }
    text.len()
}

/// A backslash before another one, or before the word's quote, is not there.
fn unescaped(text: &str, quote: Option<char>) -> String {
    let mut word = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        let is_escape = |next: &char| one == '\\' && (*next == '\\' || Some(*next) == quote);
        word.push(rest.next_if(is_escape).unwrap_or(one));
    }
    word
}
