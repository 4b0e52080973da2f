// SPDX-License-Identifier: GPL-2.0
//! On the host: compares two runs, writes the file of figures and prints them as a table.

use super::BY_HAND;
use super::STATES;
use std::fs;
use std::io;
use std::process::ExitCode;

/// Two runs may differ by this part.
const TOLERANCE: f64 = 0.01;

/// One run: the kernel, and instructions by `operation state`.
struct Run {
    kernel: String,
    figures: Vec<(String, f64)>,
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
            match value.parse() {
                Ok(number) => run.figures.push((key.trim_matches('"').to_owned(), number)),
                Err(_) => run.kernel = value.trim_matches('"').to_owned(),
            }
        }
        if run.figures.is_empty() {
            Err(io::Error::other(format!("{path}: no figures")))
        } else {
            Ok(run)
        }
    }

    fn get(&self, operation: &str, state: &str) -> Option<f64> {
        let key = format!("{operation} {state}");
        self.figures
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| *value)
    }

    fn operations(&self) -> Vec<&str> {
        let absent = format!(" {}", STATES[0]);
        self.figures
            .iter()
            .filter_map(|(name, _)| name.strip_suffix(&absent))
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
    let mut worst = (0.0, "");
    for (name, value) in &one.figures {
        let other = two
            .figures
            .iter()
            .find(|(other, _)| other == name)
            .map_or(f64::NAN, |(_, value)| *value);
        let part = (value - other).abs() / value.min(other);
        if part.is_nan() || part > worst.0 {
            worst = (if part.is_nan() { f64::INFINITY } else { part }, name);
        }
    }
    print_table(&one);
    fs::write(out, json(&one, &two))?;
    println!(
        "\ntwo runs differ by at most {:.2} % ({}); {out}",
        100.0 * worst.0,
        worst.1
    );
    Ok(worst.0 <= TOLERANCE)
}

fn print_table(run: &Run) {
    println!(
        "\ninstructions on Linux {}: without the module, and what each state adds",
        run.kernel
    );
    print!("{:<20}{:>10}", "", STATES[0]);
    for state in &STATES[1..] {
        print!("{state:>14}");
    }
    println!("{BY_HAND:>14}");
    for operation in run.operations() {
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
    let operations: Vec<String> = one
        .operations()
        .iter()
        .map(|operation| {
            let states: Vec<String> = STATES
                .iter()
                .chain([&BY_HAND])
                .filter_map(|state| {
                    Some((
                        state,
                        one.get(operation, state)?,
                        two.get(operation, state)?,
                    ))
                })
                .map(|(state, first, second)| format!("\"{state}\": [{first:.1}, {second:.1}]"))
                .collect();
            format!("    \"{operation}\": {{{}}}", states.join(", "))
        })
        .collect();
    format!(
        "{{\n  \"kernel\": \"{}\",\n  \"unit\": \"instructions\",\n  \"operations\": {{\n{}\n  }}\n}}\n",
        one.kernel,
        operations.join(",\n")
    )
}
