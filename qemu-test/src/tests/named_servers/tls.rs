// SPDX-License-Identifier: GPL-2.0
//! Apache with mod_ssl and virtual hosts by name: the name stands in the handshake, and what follows is not to be read.

use super::apache;
use crate::apache::Apache;
use crate::client::at;
use crate::pages;
use crate::scene::name;
use crate::scene::named_rows;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::servers::answer_in;
use crate::statistics::assert_within;
use crate::statistics::figures;
use crate::statistics::shares;
use crate::tests::names::SHARED;
use crate::tests::shares::measure;
use crate::tests::shares::BESIDE_CLIENTS;
use crate::tests::shares::CLIENTS;
use crate::tests::shares::EXPECTED;
use crate::tests::shares::PAGE;
use crate::vhqos;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

crate::tests! { "names";
    apache_with_tls_is_in_the_class_of_the_name(60),
    apache_with_tls_keep_alive_gives_each_host_its_guarantee(180),
}

const KEY: &str = "/run/tls.key";
const CERTIFICATE: &str = "/run/tls.crt";

/// Apache with three virtual hosts on port 443 of the shared address, all with one certificate, which it signed itself.
#[track_caller]
fn start() -> Apache {
    let names = [0, 1, 2].map(|number| format!("DNS:{}", name(number)));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-keyout", KEY])
        .args(["-out", CERTIFICATE, "-days", "2", "-subj", "/CN=guest"])
        .args(["-addext", &format!("subjectAltName={}", names.join(","))])
        .output()
        .expect("openssl is in the image");
    assert!(made.status.success(), "{made:?}");
    apache::start(
        at(SHARED, 443),
        &["socache_shmcb", "ssl"],
        &format!("SSLEngine on\nSSLCertificateFile {CERTIFICATE}\nSSLCertificateKeyFile {KEY}\n"),
    )
}

/// One connection a host, with two requests.
fn apache_with_tls_is_in_the_class_of_the_name() {
    let _server = start();
    vhqos::load_with("", &named_rows([""; 3]));
    for number in [0, 1, 2, 1, 0] {
        let host = name(number);
        let page = format!("https://{host}{}", pages::WHO);
        let client = Command::new("curl")
            .args(["--silent", "--show-error", "--cacert", CERTIFICATE])
            .args(["--resolve", &format!("{host}:443:{SHARED}")])
            .args([&page, &page])
            .output()
            .expect("curl is in the image");
        assert!(client.status.success(), "{client:?}");
        let text = String::from_utf8_lossy(&client.stdout);
        let answers: Vec<_> = text.lines().map(answer_in).collect();
        assert_eq!(answers.len(), 2, "{text}");
        for answer in &answers {
            assert_eq!(answer.group, shown(HOSTS[number]), "{host}");
            assert_eq!(answer.task, answers[0].task, "one connection");
        }
    }
}

/// Clients of a host, which keep their connections; ended when dropped.
struct Bench(Child);

impl Bench {
    fn start(number: usize) -> Self {
        let clients = CLIENTS[number].to_string();
        let page = format!("https://{}/burn.php?us={PAGE}", name(number));
        let client = Command::new("ab")
            .args(["-k", "-q", "-s", "60", "-t", "600", "-c", &clients, &page])
            .stdout(Stdio::null())
            .spawn();
        Self(client.expect("ab is in the image"))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn apache_with_tls_keep_alive_gives_each_host_its_guarantee() {
    let _server = start();
    apache::load(BESIDE_CLIENTS);
    let names = [0, 1, 2].map(name).join(" ");
    std::fs::write("/etc/hosts", format!("{SHARED} {names}\n")).expect("/ is writable");
    let mut clients = [0, 1, 2].map(Bench::start);
    let used = measure(6.0, 20.0);
    for client in &mut clients {
        let ended = client.0.try_wait().expect("a child");
        assert!(ended.is_none(), "ab: {ended:?}");
    }
    println!("note: of the machine {}", figures(&used));
    assert_within(2.0, "shares", &shares(&used), &EXPECTED);
}
