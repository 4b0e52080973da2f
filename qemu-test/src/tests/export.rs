// SPDX-License-Identifier: GPL-2.0
//! `vhqos export` with the module and Debian's Prometheus.

use crate::client::ask;
use crate::client::host4;
use crate::daemon::Daemon;
use crate::scene::rows;
use crate::server::Prefork;
use crate::server::Work;
use crate::tests::shares::GUARANTEES;
use crate::vhqos;
use crate::wait::limit;
use crate::wait::until;
use crate::wait::until_some;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::process::Command;
use std::process::Stdio;
use std::time::Instant;

crate::tests! { "export";
    exporter_outlives_the_module(30),
    prometheus_scrapes_what_hosts_use(120),
}

const TOOL: &str = "/payload/vhqos";
const EXPORTER: &str = "127.0.0.1:9418";
const PROMETHEUS: &str = "127.0.0.1:9090";

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// The exporter, at its usual place.
fn exporter() -> Daemon {
    let mut command = Command::new(TOOL);
    command.arg("export").stdout(Stdio::null());
    Daemon::start(&mut command, &[address(EXPORTER)])
}

/// What a GET is answered, head and body.
fn get(server: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(server).expect("it listens");
    stream
        .write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())
        .expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    text
}

/// What Prometheus finds for an expression.
fn query(expression: &str) -> String {
    let encoded = expression.bytes().map(|byte| format!("%{byte:02X}"));
    let encoded = encoded.collect::<Vec<_>>().concat();
    get(PROMETHEUS, &format!("/api/v1/query?query={encoded}"))
}

/// The number that a query of one sample gives.
fn number(answer: &str) -> Option<f64> {
    let (_, value) = answer.split_once("\"value\":[")?;
    value.split('"').nth(1)?.parse().ok()
}

fn exporter_outlives_the_module() {
    let mut exporter = exporter();
    let is_up = |wanted: &str| get(EXPORTER, "/metrics").contains(&format!("\nvhqos_up {wanted}"));
    assert!(is_up("0.0"));
    vhqos::load_with("", &rows(GUARANTEES));
    assert!(is_up("1.0"));
    let said = get(EXPORTER, "/metrics");
    assert!(said.contains("\nvhqos_host_cap_ratio{host=\"bank\"} 1.0\n"));
    assert!(
        said.contains("\nvhqos_health{state=\"live\"} 1.0\n"),
        "{said}"
    );
    vhqos::unload();
    assert!(is_up("0.0"));
    let second = Command::new(TOOL).arg("export").output().expect("it runs");
    assert_eq!(second.status.code(), Some(1));
    let why = String::from_utf8(second.stderr).expect("it is text");
    assert!(
        why.starts_with("vhqos: cannot listen at 127.0.0.1:9418: address"),
        "{why}"
    );
    assert_eq!(why.lines().count(), 1, "{why}");
    let began = Instant::now();
    exporter.stop();
    assert!(began.elapsed() < limit(1.0), "it ends at once");
}

/// Its own judgement of the text, its own view of a host, and that it can evaluate what the dashboard asks.
fn prometheus_scrapes_what_hosts_use() {
    vhqos::load_with("", &rows(GUARANTEES));
    let server = Prefork::usual(2);
    ask(&host4(0), Work::Burn(300_000));
    drop(server);
    let once = Command::new(TOOL)
        .args(["export", "--once"])
        .output()
        .expect("it runs");
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it is installed");
    let mut input = promtool.stdin.take().expect("a pipe");
    input.write_all(&once.stdout).expect("it reads");
    drop(input);
    let said = promtool.wait_with_output().expect("it ends");
    assert!(said.status.success(), "{said:?}");
    assert!(said.stderr.is_empty(), "{said:?}");

    let _exporter = exporter();
    let _prometheus = prometheus();
    let metric = "vhqos_host_cpu_seconds_total{host=\"bank\"}";
    let scraped = until_some("Prometheus has scraped", 20.0, || number(&query(metric)));
    assert_eq!(scraped, vhqos::host("bank", "cpu_usec") as f64 / 1e6);
    until("the exporter is up", 20.0, || {
        number(&query("up{job=\"vhqos\"} * vhqos_up")) == Some(1.0)
    });
    for expression in dashboard() {
        let said = query(&expression);
        assert!(
            said.contains("\"status\":\"success\""),
            "{expression}: {said}"
        );
    }
}

/// Prometheus, which scrapes every second.
fn prometheus() -> Daemon {
    const CONFIGURATION: &str = "/tmp/prometheus.yml";
    let text = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: vhqos\n    static_configs:\n      - targets: ['{EXPORTER}']\n"
    );
    fs::write(CONFIGURATION, text).expect("/tmp is writable");
    let began = Instant::now();
    let daemon = Daemon::start(
        Command::new("prometheus")
            .arg(format!("--config.file={CONFIGURATION}"))
            .arg(format!("--web.listen-address={PROMETHEUS}"))
            .arg("--storage.tsdb.path=/tmp/prometheus")
            .arg("--log.level=error"),
        &[address(PROMETHEUS)],
    );
    until("Prometheus is ready", 60.0, || {
        get(PROMETHEUS, "/-/ready").contains(" 200 OK")
    });
    println!("note: Prometheus is ready after {:.1?}", began.elapsed());
    daemon
}

/// The expressions of the dashboard, with a value for each of its variables.
fn dashboard() -> Vec<String> {
    let printed = Command::new(TOOL)
        .args(["export", "--dashboard"])
        .output()
        .expect("it runs");
    let text = String::from_utf8(printed.stdout).expect("it is text");
    let expressions: Vec<_> = text
        .lines()
        .filter_map(|line| {
            let line = line.trim().strip_prefix("\"expr\": \"")?;
            line.strip_suffix("\",")
        })
        .map(|expression| {
            let mut expression = expression.replace("\\\"", "\"");
            for (variable, value) in [
                ("$__rate_interval", "1m"),
                ("$__interval", "1m"),
                ("$__range", "5m"),
                ("$instance", ".*"),
                ("$host", ".*"),
                ("$top", "10"),
            ] {
                expression = expression.replace(variable, value);
            }
            expression
        })
        .collect();
    assert!(expressions.len() > 20, "{expressions:?}");
    expressions
}
