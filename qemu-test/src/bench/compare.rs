// SPDX-License-Identifier: GPL-2.0
//! On the host: compares two runs, writes the file of figures and prints them as tables.

use super::crowd;
use super::names;
use super::BY_HAND;
use super::STATES;
use std::fs;
use std::io;
use std::process::ExitCode;

/// Two runs may differ by this part.
const TOLERANCE: f64 = 0.01;

/// What the module adds may not depend on the number of rows, of open channels, or of names: the most may be so many times the least.
const FLAT: f64 = 1.2;
/// A difference that does not count there, as a part of the whole operation: half of what two runs may differ.
const NOISE: f64 = TOLERANCE / 2.0;
/// The same in instructions, for an operation of a few hundred to which the module adds nothing.
const NOTHING: f64 = 20.0;
/// Operations that must be flat, by channels.
const FLAT_ONES: [&str; 10] = [
    "fork-0",
    "fork-10",
    "fork-1000",
    "dup-10",
    "dup-1000",
    "close-copy-10",
    "close-copy-1000",
    "close-own-10",
    "close-own-1000",
    "first-transfer",
];

/// Operations of a worker that must be flat, by rows.
const WORKERS: [&str; 8] = [
    "accept",
    "receive",
    "send",
    "switch",
    "request",
    "request-other-host",
    "open-close",
    "fork-exit",
];

/// States that differ in a size: without the module and with it.
struct Series {
    title: &'static str,
    sizes: [usize; 3],
    absent: [String; 3],
    loaded: [String; 3],
    flat: &'static [&'static str],
}

/// The first one's figures are among those of all states.
fn series() -> [Series; 3] {
    [
        Series {
            title: "a worker, by rows in the table",
            sizes: [10, 1_000, 100_000],
            absent: [STATES[0]; 3].map(str::to_owned),
            loaded: [2, 3, 4].map(|state| STATES[state].to_owned()),
            flat: &WORKERS,
        },
        Series {
            title: "a server that forks after accept: the same, by open channels in the machine",
            sizes: crowd::SIZES,
            absent: crowd::SIZES.map(|size| format!("{}{size}", crowd::ABSENT)),
            loaded: crowd::SIZES.map(|size| format!("{}{size}", crowd::LOADED)),
            flat: &FLAT_ONES,
        },
        Series {
            title: "reading on an address that hosts share: the same, by names in the table",
            sizes: names::SIZES,
            absent: [names::ABSENT; 3].map(str::to_owned),
            loaded: names::SIZES.map(|size| format!("{}{size}", names::LOADED)),
            flat: &names::OPERATIONS,
        },
    ]
}

/// What one operation takes in one state.
struct Figure {
    operation: String,
    state: String,
    value: f64,
}

/// One run: the kernel, and instructions.
struct Run {
    kernel: String,
    figures: Vec<Figure>,
}

impl Run {
    /// Reads what `bench::main` wrote: a JSON object with a member on each line.
    fn read(path: &str) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        let members = text
            .lines()
            .filter_map(|line| line.trim().trim_end_matches(',').split_once(": "));
        let mut run = Self {
            kernel: String::new(),
            figures: Vec::new(),
        };
        for (key, value) in members {
            let key = key.trim_matches('"');
            match (key.split_once(' '), value.parse()) {
                (Some((operation, state)), Ok(value)) => run.figures.push(Figure {
                    operation: operation.to_owned(),
                    state: state.to_owned(),
                    value,
                }),
                _ => run.kernel = value.trim_matches('"').to_owned(),
            }
        }
        if run.figures.is_empty() {
            Err(io::Error::other(format!("{path}: no figures")))
        } else {
            Ok(run)
        }
    }

    fn get(&self, operation: &str, state: &str) -> Option<f64> {
        self.figures
            .iter()
            .find(|figure| figure.operation == operation && figure.state == state)
            .map(|figure| figure.value)
    }

    /// The operations that were measured in a state, in their order.
    fn operations(&self, state: &str) -> Vec<&str> {
        self.figures
            .iter()
            .filter(|figure| figure.state == state)
            .map(|figure| figure.operation.as_str())
            .collect()
    }

    /// What the module adds to an operation at each size; not a number where one is missing.
    fn added(&self, operation: &str, series: &Series) -> [f64; 3] {
        core::array::from_fn(|index| {
            let with = self.get(operation, &series.loaded[index]);
            let without = self.get(operation, &series.absent[index]);
            with.zip(without)
                .map_or(f64::NAN, |(with, without)| with - without)
        })
    }

    /// The least and the most that the module adds to an operation, over the sizes.
    fn range(&self, operation: &str, series: &Series) -> (f64, f64) {
        let added = self.added(operation, series);
        if added.iter().any(|value| value.is_nan()) {
            return (f64::NAN, f64::NAN);
        }
        let least = added.iter().copied().fold(f64::INFINITY, f64::min);
        let most = added.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (least, most)
    }
}

/// `compare FIRST SECOND OUT`.
pub fn main(first: &str, second: &str, out: &str) -> ExitCode {
    match compare(first, second, out) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(first: &str, second: &str, out: &str) -> io::Result<bool> {
    let (one, two) = (Run::read(first)?, Run::read(second)?);
    print_states(&one);
    let all = series();
    all[1..].iter().for_each(|series| print_sizes(&one, series));
    fs::write(out, json(&one, &two))?;
    println!();
    let agree = agree(&one, &two);
    let flat = all.iter().fold(true, |flat, series| {
        flat & is_flat(&one, series) & is_flat(&two, series)
    });
    println!("{out}");
    Ok(agree && flat && one.figures.len() == two.figures.len())
}

/// Whether each figure of one run is near the other's; names those that are not, and the worst.
fn agree(one: &Run, two: &Run) -> bool {
    let mut good = true;
    let mut worst = (0.0, String::new());
    for figure in &one.figures {
        let Figure {
            operation, state, ..
        } = figure;
        let other = two.get(operation, state).unwrap_or(f64::NAN);
        let part = (figure.value - other).abs() / figure.value.min(other);
        if part.is_nan() || part > TOLERANCE {
            good = false;
            println!(
                "{operation} {state}: {:.0} and then {other:.0}",
                figure.value
            );
        }
        if part.is_nan() || part > worst.0 {
            worst = (part, format!("{operation} {state}"));
        }
    }
    println!(
        "two runs differ by at most {:.2} % ({}); allowed: {:.0} %",
        100.0 * worst.0,
        worst.1,
        100.0 * TOLERANCE
    );
    good
}

/// Whether what the module adds is the same whatever the size; names the operations where it is not.
fn is_flat(run: &Run, series: &Series) -> bool {
    let mut good = true;
    for operation in series.flat {
        let (least, most) = run.range(operation, series);
        let whole = run.get(operation, &series.absent[0]);
        let noise = whole.map_or(f64::NAN, |whole| NOTHING.max(NOISE * whole));
        let flat = most <= FLAT * least.max(0.0) + noise;
        if !flat {
            good = false;
            println!("{operation}: from {least:+.0} to {most:+.0} with the size");
        }
    }
    if good {
        let Series { title, sizes, .. } = series;
        println!("{title}: what it adds is flat within {FLAT} times from {sizes:?}");
    }
    good
}

fn print_states(run: &Run) {
    println!(
        "\ninstructions on Linux {}: without the module, and what each state adds",
        run.kernel
    );
    print!("{:<20}{:>10}", "", STATES[0]);
    for state in &STATES[1..] {
        print!("{state:>14}");
    }
    println!("{BY_HAND:>14}");
    for operation in run.operations(STATES[0]) {
        let base = run.get(operation, STATES[0]).unwrap_or(f64::NAN);
        print!("{operation:<20}{base:>10.0}");
        for state in STATES[1..].iter().chain([&BY_HAND]) {
            let cell = run
                .get(operation, state)
                .map_or("-".to_owned(), |value| format!("{:+.0}", value - base));
            print!("{cell:>14}");
        }
        println!();
    }
}

fn print_sizes(run: &Run, series: &Series) {
    println!("\n{}", series.title);
    print!("{:<20}{:>10}", "", STATES[0]);
    for size in series.sizes {
        print!("{size:>14}");
    }
    println!();
    for operation in run.operations(&series.absent[0]) {
        let base = run.get(operation, &series.absent[0]).unwrap_or(f64::NAN);
        print!("{operation:<20}{base:>10.0}");
        for added in run.added(operation, series) {
            print!("{:>14}", format!("{added:+.0}"));
        }
        println!();
    }
}

/// Both runs in one file: `operation: {state: [first, second]}`.
fn json(one: &Run, two: &Run) -> String {
    let mut operations: Vec<&str> = Vec::new();
    for figure in &one.figures {
        if !operations.contains(&figure.operation.as_str()) {
            operations.push(&figure.operation);
        }
    }
    let lines: Vec<String> = operations
        .iter()
        .map(|operation| {
            let states: Vec<String> = one
                .figures
                .iter()
                .filter(|figure| figure.operation == *operation)
                .filter_map(|figure| {
                    let second = two.get(operation, &figure.state)?;
                    let Figure { state, value, .. } = figure;
                    Some(format!("\"{state}\": [{value:.1}, {second:.1}]"))
                })
                .collect();
            format!("    \"{operation}\": {{{}}}", states.join(", "))
        })
        .collect();
    format!(
        "{{\n  \"kernel\": \"{}\",\n  \"unit\": \"instructions\",\n  \"operations\": {{\n{}\n  }}\n}}\n",
        one.kernel,
        lines.join(",\n")
    )
}
