// SPDX-License-Identifier: GPL-2.0
//! On the host: compares two runs, writes the file of figures and prints them as tables.

use super::BY_HAND;
use super::STATES;
use std::fs;
use std::io;
use std::process::ExitCode;

/// Two runs may differ by this part.
const TOLERANCE: f64 = 0.01;

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
    fs::write(out, json(&one, &two))?;
    println!();
    let agree = agree(&one, &two);
    println!("{out}");
    Ok(agree && one.figures.len() == two.figures.len())
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
