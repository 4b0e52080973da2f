// SPDX-License-Identifier: GPL-2.0
//! Apache with mod_ssl and virtual hosts by name: the name stands in the handshake, and what follows is not to be read.

use super::apache;
use super::programs::overload_with;
use super::programs::AB;
use crate::apache::Apache;
use crate::client::at;
use crate::pages;
use crate::scene::name;
use crate::scene::named_rows;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::servers::answer_in;
use crate::tests::names::SHARED;
use crate::tests::shares::BESIDE_CLIENTS;
use crate::vhqos;
use std::process::Command;

crate::tests! { "names";
    apache_with_tls_is_in_the_class_of_the_name(60),
    apache_with_tls_keep_alive_gives_each_host_its_guarantee(180),
}

/// The key of the certificate.
pub const KEY: &str = "/run/tls.key";
/// The certificate of the hosts behind TLS.
pub const CERTIFICATE: &str = "/run/tls.crt";

/// Makes a certificate for all hosts, which it signed itself.
#[track_caller]
pub fn certify() {
    let names = [0, 1, 2].map(|number| format!("DNS:{}", name(number)));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-keyout", KEY])
        .args(["-out", CERTIFICATE, "-days", "2", "-subj", "/CN=guest"])
        .args(["-addext", &format!("subjectAltName={}", names.join(","))])
        .output()
        .expect("openssl is in the image");
    assert!(made.status.success(), "{made:?}");
}

/// Asks a host twice who serves, on one connection, with more words for curl; gives what curl printed.
#[track_caller]
pub fn ask(number: usize, words: &[&str]) -> String {
    let host = name(number);
    let page = format!("https://{host}{}", pages::WHO);
    let client = Command::new("curl")
        .args(["--silent", "--show-error", "--cacert", CERTIFICATE])
        .args(["--resolve", &format!("{host}:443:{SHARED}")])
        .args(words)
        .args([&page, &page])
        .output()
        .expect("curl is in the image");
    assert!(client.status.success(), "{client:?}");
    String::from_utf8_lossy(&client.stdout).into_owned()
}

/// Apache with three virtual hosts on port 443 of the shared address.
#[track_caller]
fn start() -> Apache {
    certify();
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
        let text = ask(number, &[]);
        let answers: Vec<_> = text.lines().map(answer_in).collect();
        assert_eq!(answers.len(), 2, "{text}");
        for answer in &answers {
            assert_eq!(answer.group, shown(HOSTS[number]));
            assert_eq!(answer.task, answers[0].task, "one connection");
        }
    }
}

fn apache_with_tls_keep_alive_gives_each_host_its_guarantee() {
    let _server = start();
    apache::load(BESIDE_CLIENTS);
    overload_with(&AB, &["-k", "-q", "-s", "60", "-t"]);
}
