// SPDX-License-Identifier: GPL-2.0

//! What the page says of one host, of several and of none.

use super::structure::{parsed, select, texts};
use super::{usual, Scene};
use crate::tool::sample::HostRates;
use scraper::Html;

/// The sentence about three hosts that are guaranteed something, whose pressure is as it is made.
fn judged(
    has_groups: bool,
    does: impl Fn(usize) -> (f64, f64) + Clone + 'static,
    rates: fn(usize, &str, &mut HostRates),
) -> (String, Html) {
    let hosts = ["bank", "shop", "acme"].into_iter();
    let scene = Scene {
        has_groups,
        rates,
        ..hosts.fold(Scene::new(), |scene, name| {
            scene.host(name, "cpu.min=30%", does.clone())
        })
    };
    let page = parsed(&scene, 60);
    (texts(&page, ".judgement").join("|"), page)
}

#[test]
fn hosts_that_cannot_be_judged_are_said() {
    const UNREADABLE: &str = "waited for a CPU could not be read: the kernel has no PSI, or it is switched off (psi=1 at the boot switches it on).";
    let (text, page) = judged(true, |_| (5.0, 0.0), |_, _, rates| rates.pressure = None);
    let expected = format!(
        "3 of 3 hosts with a guarantee could not be judged. Whether tasks of 3 {UNREADABLE}"
    );
    assert_eq!(text, expected);
    assert_eq!(
        page.select(&select(".judgement.good, .chip.kept")).count(),
        0
    );
    assert_eq!(texts(&page, "tbody .chip.unknown"), ["not known"; 3]);
    let (text, page) = judged(
        false,
        |_| (5.0, 0.0),
        |_, name, rates| {
            rates.pressure = rates.pressure.filter(|_| name != "acme");
        },
    );
    assert_eq!(
        text,
        "1 of 3 hosts with a guarantee could not be judged. Of 1 it was not read: 1,000 groups are read of one sample at the most. \
         All others got what they were guaranteed."
    );
    assert_eq!(page.select(&select(".judgement.good")).count(), 0);
    let (text, _) = judged(
        true,
        |_| (5.0, 90.0),
        |_, name, rates| {
            rates.pressure = rates.pressure.filter(|_| name != "acme");
        },
    );
    let expected = format!("2 of 3 hosts with a guarantee did not get it: bank and shop. 1 more could not be judged. Whether tasks of 1 {UNREADABLE}");
    assert_eq!(text, expected);
}

#[test]
fn guarantees_that_were_used_are_counted() {
    let sentence = |used: &[f64]| {
        let scene = used
            .iter()
            .enumerate()
            .fold(Scene::new(), |scene, (number, used)| {
                let used = *used;
                scene.host(&format!("h{number}"), "cpu.min=10%", move |_| (used, 0.0))
            });
        let text = texts(&parsed(&scene, 20), ".judgement.good").concat();
        let (_, sentence) = text.split_once("guaranteed. ").expect("a second sentence");
        sentence.to_owned()
    };
    for (used, expected) in [
        (&[10.0][..], "The only one that has a guarantee used it."),
        (&[0.0], "The only one that has a guarantee did not need it."),
        (
            &[0.0, 0.0],
            "None of the 2 that have a guarantee needed it.",
        ),
        (&[10.0, 11.0], "All 2 that have a guarantee used it."),
        (
            &[10.0, 0.0],
            "1 of the 2 that have a guarantee used it, the other one did not need it.",
        ),
        (
            &[10.0, 0.0, 0.0],
            "1 of the 3 that have a guarantee used it, the others did not need it.",
        ),
    ] {
        assert_eq!(sentence(used), expected);
    }
}

#[test]
fn windows_are_said_as_they_were() {
    let explained = |intervals| texts(&parsed(&usual(), intervals), "footer p").concat();
    assert!(explained(180).contains("it is judged over 20 s, or over all of the time, when"));
    assert!(explained(59).contains("it is judged over 30 s, or"));
    assert!(explained(9).contains("in 9 intervals of 1.0 s."));
    assert!(explained(9).contains("it is judged over all of the time, when"));
}

#[test]
fn hosts_that_the_table_has_no_room_for_are_counted() {
    for (count, expected) in [
        (5001, "1 more host, with 0.0 %, is not shown."),
        (5002, "2 more hosts, with 0.0 % together, are not shown."),
    ] {
        let scene = (0..count).fold(Scene::new(), |scene, number| {
            scene.host(&format!("h{number}"), "", |_| (0.0, 0.0))
        });
        let page = parsed(&scene, 1);
        assert_eq!(page.select(&select("tbody tr")).count(), 5000);
        assert!(texts(&page, "p.note").contains(&expected.to_owned()));
    }
}
