// SPDX-License-Identifier: GPL-2.0

//! The text of a scrape. `promtool` and Prometheus read it in the guest.

use super::{readings, text};
use crate::tool::export::{exposition, Format, Readings};
use insta::assert_snapshot;
use std::collections::HashSet;
use std::time::Duration;

/// The lines that belong to a family.
fn family(text: &str, name: &str) -> String {
    let is_of = |line: &&str| {
        let line = line.trim_start_matches("# HELP ");
        let line = line.trim_start_matches("# TYPE ");
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(['{', ' ']))
    };
    let lines: Vec<_> = text.lines().filter(is_of).collect();
    lines.join("\n")
}

#[test]
fn a_host_has_its_figures() {
    let text = text(Format::Text);
    let lines = text.lines().filter(|line| line.contains("host=\"shop\""));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    vhqos_host_cpu_seconds_total{host="shop"} 18180.0
    vhqos_host_charged_seconds_total{host="shop"} 1.25
    vhqos_host_throttled_seconds_total{host="shop"} 99.000001
    vhqos_host_weight{host="shop"} 2631.0
    vhqos_host_tasks{host="shop"} 0.0
    vhqos_host_channels{host="shop"} 1.0
    vhqos_host_accepted_total{host="shop"} 0.0
    vhqos_host_requests_total{host="shop"} 1234567.0
    vhqos_host_transfers_total{host="shop"} 2.0
    vhqos_host_binds_total{host="shop"} 1.0
    vhqos_host_guaranteed_ratio{host="shop"} 0.25
    vhqos_host_cap_ratio{host="shop"} 0.75
    "#);
}

#[test]
fn counters_are_named_as_each_format_has_it() {
    let name = "vhqos_host_cpu_seconds";
    assert_snapshot!(family(&text(Format::Text), &format!("{name}_total")), @r#"
    # HELP vhqos_host_cpu_seconds_total CPU time spent for the host, by its tasks and by event loops.
    # TYPE vhqos_host_cpu_seconds_total counter
    vhqos_host_cpu_seconds_total{host="bank"} 192.3
    vhqos_host_cpu_seconds_total{host="shop"} 18180.0
    vhqos_host_cpu_seconds_total{host="acme"} 0.00001
    "#);
    let text = text(Format::OpenMetrics);
    assert_snapshot!(family(&text, name), @r"
    # HELP vhqos_host_cpu_seconds CPU time spent for the host, by its tasks and by event loops.
    # TYPE vhqos_host_cpu_seconds counter
    ");
    assert_snapshot!(family(&text, &format!("{name}_total")), @r#"
    vhqos_host_cpu_seconds_total{host="bank"} 192.3
    vhqos_host_cpu_seconds_total{host="shop"} 18180.0
    vhqos_host_cpu_seconds_total{host="acme"} 0.00001
    "#);
    assert!(text.ends_with("\n# EOF\n"));
}

#[test]
fn health_is_one_of_all_states() {
    assert_snapshot!(family(&text(Format::Text), "vhqos_health"), @r#"
    # HELP vhqos_health 1 for the module's health: off without rows and VPSes, live, or deaf when its hooks are silent.
    # TYPE vhqos_health gauge
    vhqos_health{state="off"} 0.0
    vhqos_health{state="live"} 1.0
    vhqos_health{state="deaf"} 0.0
    "#);
}

#[test]
fn the_machine_has_its_figures() {
    let text = text(Format::Text);
    let is_metric = |line: &&str| !line.starts_with('#') && !line.starts_with("vhqos_host_");
    let lines = text.lines().filter(is_metric);
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    vhqos_up 1.0
    vhqos_scrape_duration_seconds 0.002
    vhqos_module_info{version="0.1.0"} 1.0
    vhqos_health{state="off"} 0.0
    vhqos_health{state="live"} 1.0
    vhqos_health{state="deaf"} 0.0
    vhqos_cpus 2.0
    vhqos_table_generation 3.0
    vhqos_table_rows 3.0
    vhqos_channels 4.0
    vhqos_tasks 9.0
    vhqos_vpses 1.0
    vhqos_vps_members 12.0
    vhqos_vps_strays_total 1.0
    vhqos_vps_refused_total 0.0
    vhqos_refused_channels_total 0.0
    vhqos_refused_tasks_total 0.0
    vhqos_no_memory_total 0.0
    vhqos_no_callback_total 0.0
    vhqos_failed_moves_total 17.0
    vhqos_failed_enrolments_total 0.0
    vhqos_failed_restores_total 0.0
    vhqos_late_groups_total 0.0
    vhqos_failed_groups_total 0.0
    vhqos_stale_total 0.0
    vhqos_deaf_rounds_total 0.0
    vhqos_unknown_names_total 5.0
    vhqos_no_names_total 0.0
    vhqos_malformed_names_total 0.0
    vhqos_late_names_total 0.0
    vhqos_foreign_bytes_total 0.0
    vhqos_mixed_requests_total 0.0
    vhqos_lost_streams_total 0.0
    vhqos_odd_reads_total 0.0
    vhqos_hook_armed{hook="__inet_accept"} 1.0
    vhqos_hook_armed{hook="do_exit"} 1.0
    vhqos_hook_hits_total{hook="__inet_accept"} 77.0
    vhqos_hook_hits_total{hook="do_exit"} 9.0
    vhqos_hook_missed_total{hook="__inet_accept"} 0.0
    vhqos_hook_missed_total{hook="do_exit"} 2.0
    vhqos_reserve_ratio 0.05
    vhqos_vps_cpu_seconds_total{vps="acme"} 0.00001
    vhqos_vps_processes{vps="acme"} 12.0
    vhqos_vps_threads{vps="acme"} 14.0
    "#);
}

#[test]
fn without_a_module_there_is_none() {
    assert_snapshot!(exposition(None, Duration::from_micros(50), Format::Text), @r"
    # HELP vhqos_up Whether the module is loaded and could be read.
    # TYPE vhqos_up gauge
    vhqos_up 0.0
    # HELP vhqos_scrape_duration_seconds How long it took to read what the module shows.
    # TYPE vhqos_scrape_duration_seconds gauge
    vhqos_scrape_duration_seconds 0.00005
    ");
}

#[test]
fn every_family_is_described_once() {
    for format in [Format::Text, Format::OpenMetrics] {
        let text = text(format);
        let mut seen = HashSet::new();
        for line in text.lines().filter_map(|line| line.strip_prefix("# HELP ")) {
            let (name, help) = line.split_once(' ').expect("a name and a text");
            assert!(seen.insert(name.to_owned()), "{name} twice");
            assert!(help.ends_with('.'), "{name}: {help}");
            let is_total = name.ends_with("_total");
            let kind = format!("\n# TYPE {name} counter\n");
            assert_eq!(is_total, format == Format::Text && text.contains(&kind));
        }
    }
}

#[test]
fn what_cannot_be_understood_is_left_out() {
    let readings = Readings {
        status: "health=odd\nrows=\ncpus=two\nhook=do_exit hits=\n=\n".to_owned(),
        hosts: "host=bank tasks=-\nhost=gone tasks=1\nnothing\n".to_owned(),
        vpses: "vps=a\n\n".to_owned(),
        ..readings()
    };
    let text = exposition(Some(readings), Duration::ZERO, Format::Text);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, number) = line.rsplit_once(' ').expect("a name and a number");
        number.parse::<f64>().expect(line);
    }
    assert!(!text.contains("gone"), "it has no row");
    assert!(!text.contains("vhqos_table_rows "), "{text}");
}

#[test]
fn labels_are_escaped() {
    let readings = Readings {
        table: "host a\"\\b addr=192.0.2.1\n".to_owned(),
        hosts: "host=a\"\\b tasks=1\n".to_owned(),
        ..readings()
    };
    let text = exposition(Some(readings), Duration::ZERO, Format::Text);
    assert_snapshot!(family(&text, "vhqos_host_tasks"), @r#"
    # HELP vhqos_host_tasks Tasks that have the host's class now; of a VPS, its processes.
    # TYPE vhqos_host_tasks gauge
    vhqos_host_tasks{host="a\"\\b"} 1.0
    "#);
}
