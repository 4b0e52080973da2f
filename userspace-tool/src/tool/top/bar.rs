// SPDX-License-Identifier: GPL-2.0

//! A host's share as a bar: filled as far as it used the machine, with marks at its guarantee and its cap.

use super::look::Look;
use crate::tool::sample::Promise;
use ratatui::style::Style;
use ratatui::text::Span;

/// The bar, of so many cells, which are the whole machine.
pub(super) fn bar(
    width: usize,
    used: Option<f64>,
    promise: &Promise,
    look: Look,
) -> Vec<Span<'static>> {
    // Marks at the end are inside.
    let place =
        |percent: f64| ((percent * width as f64 / 100.0) as usize).min(width.saturating_sub(1));
    let guaranteed = (promise.guaranteed > 0.0).then(|| place(promise.guaranteed));
    let cap = promise.cap.map(place);
    let filled = (used.unwrap_or(0.0) * width as f64 * 8.0 / 100.0).round() as usize;
    let cell = |at: usize| {
        if cap == Some(at) {
            return (look.cap(), look.bad());
        }
        if guaranteed == Some(at) {
            return (look.guaranteed(), look.bold());
        }
        let style = match at < guaranteed.unwrap_or(0) {
            true => look.good(),
            false => look.notable(),
        };
        (look.eighths(filled.saturating_sub(at * 8)), style)
    };
    let mut spans: Vec<(String, Style)> = Vec::new();
    for (character, style) in (0..width).map(cell) {
        match spans.last_mut() {
            Some((text, last)) if *last == style => text.push(character),
            _ => spans.push((character.to_string(), style)),
        }
    }
    spans
        .into_iter()
        .map(|(text, style)| Span::styled(text, style))
        .collect()
}
