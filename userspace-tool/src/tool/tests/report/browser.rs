// SPDX-License-Identifier: GPL-2.0

//! The page in a real browser: Debian's Chromium, without a display.

use super::{crowd, usual, Scene};
use crate::tool::report::page;
use serde_json::Value;
use std::fs;
use std::process::Command;

const BROWSER: &str = "chromium-headless-shell";

/// What the page is like in the browser, told by a script that the page itself does not have.
const PROBE: &str = "
const box = e => { const b = e.getBoundingClientRect(); return {x: b.x, y: b.y, width: b.width, height: b.height}; };
const all = s => [...document.querySelectorAll(s)];
const said = {
    width: document.documentElement.scrollWidth,
    window: window.innerWidth,
    ground: getComputedStyle(document.body).backgroundColor,
    text: getComputedStyle(document.body).color,
    plots: all('svg').map(box),
    paths: all('figure path.used').map(e => e.getBBox().width),
    bars: all('td.bar i.used').map(e => box(e).width),
    rows: all('tbody tr').length,
};
document.body.textContent = 'said:' + JSON.stringify(said) + ':said';
";

/// How the page is looked at.
struct Look {
    width: u32,
    is_dark: bool,
}

impl Look {
    /// Opens the page; what the probe says.
    #[track_caller]
    fn at(&self, scene: &Scene) -> Value {
        let directory = tempfile::tempdir().expect("room for a directory");
        let file = directory.path().join("page.html");
        let text = page(&scene.record(180));
        // The page's own policy forbids scripts; that it is followed is seen by the console.
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        assert!(text.contains(policy), "the page has a policy");
        let text = text.replace(
            policy,
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
        );
        let script = format!("<script>{PROBE}</script></body>");
        fs::write(&file, text.replace("</body>", &script)).expect("room for a file");
        let (dom, console) = self.open(&file, directory.path(), "--dump-dom");
        assert_eq!(console, Vec::<String>::new());
        let said = dom
            .split_once("said:")
            .and_then(|(_, said)| said.split_once(":said"));
        let (said, _) = said.unwrap_or_else(|| panic!("{dom}"));
        serde_json::from_str(said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// What the browser prints, and the lines of its console.
    #[track_caller]
    fn open(
        &self,
        file: &std::path::Path,
        home: &std::path::Path,
        what: &str,
    ) -> (String, Vec<String>) {
        let scheme = if self.is_dark { 0 } else { 1 };
        let done = Command::new(BROWSER)
            .args([
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--enable-logging=stderr",
            ])
            .arg(format!(
                "--user-data-dir={}",
                home.join("profile").display()
            ))
            .arg(format!("--window-size={},900", self.width))
            .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
            .arg(what)
            .arg(file)
            .output()
            .unwrap_or_else(|error| panic!("{BROWSER}: {error}: the build root has it"));
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let errors = text(&done.stderr);
        assert!(done.status.success(), "{errors}");
        let console = errors.lines().filter(|line| line.contains("CONSOLE"));
        (text(&done.stdout), console.map(str::to_owned).collect())
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn the_page_fits_its_window() {
    for width in [1280, 800, 500] {
        let said = Look {
            width,
            is_dark: false,
        }
        .at(&usual());
        assert_eq!(number(&said["window"]), f64::from(width));
        assert!(number(&said["width"]) <= f64::from(width), "{said}");
        let plots = said["plots"].as_array().expect("plots");
        assert_eq!(plots.len(), 6, "{said}");
        for plot in plots {
            let (x, wide, high) = (
                number(&plot["x"]),
                number(&plot["width"]),
                number(&plot["height"]),
            );
            assert!(x >= 0.0 && wide > 200.0 && high > 80.0, "{plot}");
        }
        // Those of single hosts are not wider than the window.
        for plot in &plots[1..] {
            assert!(
                number(&plot["x"]) + number(&plot["width"]) <= f64::from(width),
                "{plot}"
            );
        }
        for path in said["paths"].as_array().expect("paths") {
            assert!(number(path) > 200.0, "{said}");
        }
    }
}

#[test]
fn bars_are_as_long_as_what_they_show() {
    let said = Look {
        width: 1280,
        is_dark: false,
    }
    .at(&usual());
    let bars = said["bars"].as_array().expect("bars");
    let recording = usual().record(180);
    let used = |name| {
        let found = recording.hosts.iter().find(|host| host.name() == name);
        found.expect("it is there").cpu
    };
    // The one that was short is first.
    let expected = used("bank.example") / used("flowers.example");
    let ratio = number(&bars[1]) / number(&bars[0]);
    assert!((ratio - expected).abs() < 0.1, "{said}");
}

#[test]
fn dark_and_light_follow_the_reader() {
    let sum = |value: &Value| -> u32 {
        let text = value.as_str().expect("a colour");
        let parts = text.split(|c: char| !c.is_ascii_digit());
        parts
            .filter_map(|part| part.parse::<u32>().ok())
            .take(3)
            .sum()
    };
    for is_dark in [false, true] {
        let said = Look {
            width: 1280,
            is_dark,
        }
        .at(&usual());
        assert_eq!(sum(&said["ground"]) < 150, is_dark, "{said}");
        assert_eq!(sum(&said["text"]) > 600, is_dark, "{said}");
    }
}

#[test]
fn a_thousand_hosts_are_shown() {
    let said = Look {
        width: 1280,
        is_dark: false,
    }
    .at(&crowd(1000));
    assert_eq!(said["rows"], 1000);
    assert!(number(&said["width"]) <= 1280.0, "{said}");
    assert_eq!(said["plots"].as_array().expect("plots").len(), 13);
}
