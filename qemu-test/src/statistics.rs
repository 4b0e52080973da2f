// SPDX-License-Identifier: GPL-2.0
//! Shares and percentiles.

/// The value below which `percent` of the values lie (nearest rank); zero when there are none.
pub fn percentile(values: &mut [u32], percent: usize) -> u32 {
    values.sort_unstable();
    let rank = (values.len() * percent).div_ceil(100).max(1);
    values.get(rank - 1).copied().unwrap_or(0)
}

/// Each value in percent of their sum.
pub fn shares(values: &[f64]) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    values.iter().map(|value| 100.0 * value / sum).collect()
}

/// Panics unless every figure is within `points` of what it should be.
#[track_caller]
pub fn assert_within(points: f64, what: &str, measured: &[f64], expected: &[f64]) {
    let far = measured
        .iter()
        .zip(expected)
        .any(|(is, should)| (is - should).abs() > points || is.is_nan());
    let text = format!(
        "{what}: measured {}, expected {}",
        figures(measured),
        figures(expected)
    );
    println!("note: {text}");
    assert!(
        !far && measured.len() == expected.len(),
        "more than {points} points off: {text}"
    );
}

/// Figures with two decimals.
pub fn figures(values: &[f64]) -> String {
    values
        .iter()
        .map(|value| format!("{value:.2}"))
        .collect::<Vec<_>>()
        .join("/")
}
