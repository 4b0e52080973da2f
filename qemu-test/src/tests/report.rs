// SPDX-License-Identifier: GPL-2.0
//! `vhqos report` with the module.

use crate::client::host4;
use crate::load::Load;
use crate::load::Speech;
use crate::load::Target;
use crate::scene::rows;
use crate::server::Prefork;
use crate::server::Work;
use crate::tests::shares::GUARANTEES;
use crate::vhqos;
use crate::wait::until;
use nix::sys::signal::kill;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::fs;
use std::process::Command;
use std::process::Stdio;

crate::tests! { "report";
    interrupted_report_has_what_was_seen(40),
}

const TOOL: &str = "/payload/vhqos";
const PAGE: &str = "/tmp/report.html";

fn interrupted_report_has_what_was_seen() {
    vhqos::load_with("", &rows(GUARANTEES));
    let _server = Prefork::usual(4);
    let load = Load::start(&[Target {
        address: crate::apache::http_address(&host4(0)),
        speech: Speech::Own(Work::Burn(100_000)),
        clients: 2,
        requests: 1,
    }]);
    let used = || vhqos::host("bank", "cpu_usec");
    until("a host is busy", 10.0, || used() > 0);
    let report = Command::new(TOOL)
        .args(["report", "--html", PAGE])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    // More than both CPUs can give before the first sample is there.
    let before = used();
    until("the host has used some time", 20.0, || {
        used() > before + 4_000_000
    });
    kill(Pid::from_raw(report.id() as i32), Signal::SIGINT).expect("it runs");
    let said = report.wait_with_output().expect("it ends");
    load.finish();
    assert!(said.status.success(), "{said:?}");
    let out = String::from_utf8(said.stdout).expect("it is text");
    assert!(out.starts_with("/tmp/report.html: 3 hosts in "), "{out}");
    let page = fs::read_to_string(PAGE).expect("it is written");
    assert!(page.ends_with("</html>\n"));
    let (_, row) = page
        .split_once("<th scope=\"row\">bank</th>")
        .expect("its row");
    let (_, bar) = row.split_once("--u:").expect("its bar");
    let (percent, _) = bar.split_once(';').expect("a number");
    let percent: f64 = percent.parse().expect("a number");
    assert!(percent > 10.0, "bank used {percent} %");
}
