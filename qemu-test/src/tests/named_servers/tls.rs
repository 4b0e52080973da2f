// SPDX-License-Identifier: GPL-2.0
//! Apache with mod_ssl and virtual hosts by name: the name stands in the handshake, and what follows is not to be read.

use super::apache;
use super::sites::overload_secure;
use crate::apache::Apache;
use crate::client::at;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use crate::pages;
use crate::programs::AB;
use crate::scene::name;
use crate::scene::named_rows;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::servers::answer_in;
use crate::servers::nginx_with;
use crate::tests::names::SHARED;
use crate::tests::shares::BESIDE_CLIENTS;
use crate::vhqos;
use crate::wait::until;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;

crate::tests! { "names";
    apache_with_tls_is_in_the_class_of_the_name(60),
    apache_with_tls_keep_alive_gives_each_host_its_guarantee(180),
    nginx_with_kernel_tls_spends_for_the_name_inside(60),
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

/// What makes a client program keep its connections, with the word before the seconds.
pub const KEEP_ALIVE: [&str; 5] = ["-k", "-q", "-s", "60", "-t"];

/// Apache with three virtual hosts on port 443 of the shared address.
#[track_caller]
pub fn start() -> Apache {
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
    overload_secure(&AB, &KEEP_ALIVE);
}

/// How many connections of this machine the kernel decrypts now.
fn decrypted() -> u64 {
    let text = fs::read_to_string("/proc/net/tls_stat").unwrap_or_default();
    let mut lines = text
        .lines()
        .filter_map(|line| line.split_once(char::is_whitespace));
    let found = lines.find(|(key, _)| *key == "TlsCurrRxSw");
    found.map_or(0, |(_, number)| number.trim().parse().expect("a number"))
}

/// OpenSSL hands the keys to the kernel when it is told to, and the handshake is over by then.
fn nginx_with_kernel_tls_spends_for_the_name_inside() {
    certify();
    let block = format!(
        "server {{ listen 443 ssl; ssl_certificate {CERTIFICATE}; ssl_certificate_key {KEY};\n\
         ssl_protocols TLSv1.3; ssl_conf_command Options KTLS; location / {{ return 200 \"vhqos\\n\"; }} }}"
    );
    let _server = nginx_with(&block, &[at(SHARED, 443)]);
    vhqos::load_with("", &named_rows([""; 3]));
    // What is said here in the clear is said to nginx with a handshake for the first host.
    let clear: SocketAddr = "127.0.0.1:8443".parse().expect("an address");
    let _client = Daemon::start(
        Command::new("socat")
            .arg(format!(
                "TCP-LISTEN:{},bind=127.0.0.1,reuseaddr,fork",
                clear.port()
            ))
            .arg(format!(
                "OPENSSL:{SHARED}:443,cafile={CERTIFICATE},snihost={0},commonname={0}",
                name(0)
            )),
        &[clear],
    );
    let mut client = Dialogue::open(clear);
    until("the kernel decrypts", 10.0, || decrypted() == 1);
    for number in [1, 0, 2, 1] {
        let requests = || HOSTS.map(|host| vhqos::host(host, "requests"));
        let mut expected = requests();
        expected[number] += 1;
        let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", name(number));
        client.send(request.as_bytes());
        client.expect("HTTP/1.1 200");
        client.expect("vhqos");
        assert_eq!(requests(), expected, "for {}", HOSTS[number]);
        assert_eq!(vhqos::records("channels")[0]["host"], HOSTS[number]);
    }
}
