// SPDX-License-Identifier: GPL-2.0

//! The page as a parser sees it.

use super::{crowd, usual, Scene};
use crate::tool::report::page;
use crate::tool::sample::Promise;
use scraper::{Html, Selector};
use std::sync::Arc;

pub(super) fn select(text: &str) -> Selector {
    Selector::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

pub(super) fn texts(page: &Html, what: &str) -> Vec<String> {
    let what = select(what);
    let elements = page.select(&what);
    elements.map(|one| one.text().collect()).collect()
}

/// The page, in which nothing was to be mended, and in which each image is well-formed XML.
#[track_caller]
pub(super) fn parsed(scene: &Scene, intervals: usize) -> Html {
    let text = page(&scene.record(intervals));
    well_formed(&text);
    let page = Html::parse_document(&text);
    assert!(page.errors.is_empty(), "{:?}", page.errors);
    page
}

/// Has each image of a page read as XML.
#[track_caller]
fn well_formed(text: &str) {
    for image in text.split("<svg").skip(1) {
        let (image, _) = image.split_once("</svg>").expect("it ends");
        let image = format!("<svg{image}</svg>");
        if let Err(error) = roxmltree::Document::parse(&image) {
            panic!("{error}: {image}");
        }
        assert!(!image.contains("NaN") && !image.contains("inf"), "{image}");
    }
}

#[test]
fn each_host_has_a_row_and_a_plot() {
    let page = parsed(&usual(), 180);
    let names = texts(&page, "tbody th");
    // The one that was short is first.
    assert_eq!(
        names,
        [
            "flowers.example",
            "bank.example",
            "blog.example",
            "acme.example",
            "mail.example"
        ]
    );
    assert_eq!(
        texts(&page, "tbody .chip"),
        ["10.1 points short", "kept", "none", "not needed", "none"]
    );
    assert_eq!(page.select(&select("figure svg path.used")).count(), 5);
    assert_eq!(page.select(&select("figure svg path.cap[d^=M]")).count(), 1);
    assert_eq!(
        page.select(&select("figure svg path.guaranteed[d^=M]"))
            .count(),
        3
    );
    assert_eq!(
        page.select(&select("figure svg path.short[d^=M]")).count(),
        1
    );
    assert_eq!(
        texts(&page, ".judgement"),
        ["1 of 3 hosts with a guarantee did not get it: flowers.example."]
    );
}

#[test]
fn figures_stand_in_the_row() {
    let page = parsed(&usual(), 180);
    let row = page.select(&select("tbody tr")).nth(1).expect("a row");
    let cells: Vec<String> = row
        .select(&select("td.number"))
        .map(|one| one.text().collect())
        .collect();
    assert_eq!(
        cells,
        ["40.0 %", "43.7 %", "43.7 %", "45.6 %", "45.9 %", "–", "–", "–", "360"]
    );
}

#[test]
fn figures_that_seldom_are_there_are_shown() {
    let scene = Scene {
        rates: |_, _, rates| {
            rates.charged = Some(11.0);
            rates.throttled = Some(250.0);
            rates.requests = Some(3.5);
        },
        ..usual()
    };
    let page = parsed(&scene, 180);
    let row = page.select(&select("tbody tr")).nth(2).expect("a row");
    let cells: Vec<String> = row
        .select(&select("td.number"))
        .map(|one| one.text().collect())
        .collect();
    // Blog's, which is not guaranteed anything.
    assert_eq!(cells[0], "–");
    assert_eq!(cells[5..], ["10.0 %", "45.0s", "630", "360"]);
    let figures = texts(&page, "dl div");
    for figure in [
        "of it, by event loops55.0 %",
        "requests by name17.5/s",
        "connections10.0/s",
        "hosts at their cap5",
    ] {
        assert!(figures.contains(&figure.to_owned()), "{figures:?}");
    }
}

#[test]
fn nothing_is_fetched() {
    let text = page(&usual().record(10));
    for word in [
        "http://", "https://", "//", "url(", "@import", "<script", "src=", "href=",
    ] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn names_are_only_text() {
    let mut recording = usual().record(3);
    recording.machine = "<script>alert(1)</script>".to_owned();
    recording.cut = Some("</style><img src=x onerror=alert(1)>\"'&".to_owned());
    let page = Html::parse_document(&page(&recording));
    assert!(page.errors.is_empty(), "{:?}", page.errors);
    assert_eq!(page.select(&select("script, img")).count(), 0);
    assert_eq!(texts(&page, "h1"), ["<script>alert(1)</script>"]);
    assert!(texts(&page, "header .bad")[0].ends_with("onerror=alert(1)>\"'&"));
}

#[test]
fn host_names_are_only_text() {
    const NAME: &str = "</style><script>alert('1')</script>\"&";
    // Short ones are named in the sentence above, too.
    let mut recording = Scene::new()
        .host("bank", "cpu.min=40%", |_| (5.0, 90.0))
        .record(30);
    recording.hosts[0].promise = Arc::new(Promise {
        name: NAME.into(),
        guaranteed: 40.0,
        cap: None,
        vps: None,
    });
    let text = page(&recording);
    well_formed(&text);
    let page = Html::parse_document(&text);
    assert!(page.errors.is_empty(), "{:?}", page.errors);
    assert_eq!(page.select(&select("script, img")).count(), 0);
    for place in [
        "tbody th",
        "figcaption span:first-child",
        ".judgement b",
        ".plot path title",
    ] {
        assert_eq!(texts(&page, place), [NAME], "{place}");
    }
    assert!(texts(&page, ".legend li").contains(&NAME.to_owned()));
    let guaranteed = format!("{NAME}: 40.0 % guaranteed");
    assert!(texts(&page, ".plot rect title").contains(&guaranteed));
}

#[test]
fn a_crowd_is_a_table_and_some_plots() {
    let scene = crowd(1000);
    let text = page(&scene.record(60));
    assert!(text.len() < 2 << 20, "{} bytes", text.len());
    let page = parsed(&scene, 60);
    assert_eq!(page.select(&select("tbody tr")).count(), 1000);
    assert_eq!(page.select(&select("figure")).count(), 12);
    // Eight of their own colour, and all others as one.
    assert_eq!(page.select(&select(".legend i.others")).count(), 1);
    assert!(texts(&page, ".legend li").contains(&"992 others".to_owned()));
}

#[test]
fn little_is_a_page_too() {
    let page = parsed(&Scene::new(), 1);
    assert_eq!(texts(&page, ".judgement"), ["The table is empty."]);
    let idle = Scene::new().host("bank", "cpu.min=5%", |_| (0.0, 0.0));
    let page = parsed(&idle, 1);
    assert_eq!(
        texts(&page, ".judgement"),
        ["Every host got what it was guaranteed. The only one that has a guarantee did not need it."]
    );
    let free = Scene::new().host("bank", "", |_| (50.0, 0.0));
    let page = parsed(&free, 2);
    assert_eq!(
        texts(&page, ".judgement"),
        ["No host is guaranteed anything."]
    );
}

#[test]
fn cpus_that_came_are_said() {
    let scene = Scene {
        cpus: |at| if at < 2 { 2 } else { 4 },
        ..usual()
    };
    let page = parsed(&scene, 3);
    assert!(texts(&page, "header p")[0].contains(" · 2 to 4 CPUs · "));
    let page = parsed(&usual(), 3);
    assert!(texts(&page, "header p")[0].contains(" · 4 CPUs · "));
}

#[test]
fn a_guarantee_is_drawn_when_it_was_in_force() {
    let scene = Scene::new()
        .host("old", "cpu.min=20%", |_| (20.0, 0.0))
        .row(
            "new",
            |at| (at >= 5).then_some("cpu.min=40%"),
            |_| (30.0, 0.0),
        );
    let page = parsed(&scene, 10);
    let lines: Vec<_> = page.select(&select("figure svg path.guaranteed")).collect();
    let starts = lines
        .iter()
        .map(|line| line.attr("d").and_then(|d| d.split(' ').next()));
    // The plot is 274 wide, behind 40 of labels.
    assert_eq!(starts.collect::<Vec<_>>(), [Some("M40"), Some("M177")]);
    let parts = texts(&page, ".plot rect title");
    assert_eq!(
        parts[..2],
        ["old: 20.0 % guaranteed", "new: 20.0 % guaranteed"]
    );
}

#[test]
fn silent_hooks_and_an_early_end_are_said() {
    let mut recording = usual().record(3);
    recording.was_deaf = true;
    recording.cut = Some("the module is not loaded: modprobe vhqos".to_owned());
    let page = Html::parse_document(&page(&recording));
    assert!(texts(&page, ".judgement")[0].starts_with("The hooks were silent"));
    assert_eq!(
        texts(&page, "header .bad"),
        ["It ended before its time: the module is not loaded: modprobe vhqos"]
    );
}
