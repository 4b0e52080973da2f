// SPDX-License-Identifier: GPL-2.0
//! `vhqos import` of what Debian's own packages have in /etc, beside what the servers say themselves.

use crate::vhqos;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

crate::tests! { "import";
    every_name_that_apache_knows_is_a_row_s(30),
    servers_of_nginx_are_rows(20),
}

const TOOL: &str = "/payload/vhqos";
const FILE: &str = "/tmp/imported.conf";

/// A site with names that httpd puts together itself, on addresses of its own and a port of anybody's.
const SITE: &str = "\
Define DOMAIN debian.example
Listen 8081
<Macro Site $name $port>
  <VirtualHost *:$port>
    ServerName $name.${DOMAIN}
    ServerAlias www.$name.${DOMAIN} *.$name.${DOMAIN}
  </VirtualHost>
</Macro>
Use Site one 80
Use Site one 8081
Use Site two 80
<VirtualHost 192.0.2.10:80 [2001:db8::10]:80>
  ServerName http://Three.${DOMAIN}:80
  ServerAlias three-alias.${DOMAIN}
</VirtualHost>
";

/// Writes a file.
fn put(path: &str, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// What a program prints, which has to succeed.
#[track_caller]
fn run(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {words:?}: {err}");
    String::from_utf8(output.stdout).expect("it is text")
}

/// Enables things of Apache's configuration, as a2enmod and its like do.
fn enable(kind: &str, names: &[&str]) {
    for name in names {
        let link = format!("/etc/apache2/{kind}-enabled/{name}");
        if !Path::new(&link).exists() {
            let target = format!("../{kind}-available/{name}");
            symlink(target, link).expect("/etc is writable");
        }
    }
}

/// The names in what `apache2ctl -S` prints of virtual hosts. It prints no aliases of one that has an address for itself.
fn names(said: &str) -> BTreeSet<String> {
    let lines = said.lines().skip(1);
    let lines = lines.take_while(|line| !line.starts_with("ServerRoot"));
    let named = lines.filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let label = words
            .iter()
            .position(|word| matches!(*word, "namevhost" | "alias"));
        match (label, &words[..]) {
            (Some(label), _) => words.get(label + 1).copied(),
            // `*:80 is a NameVirtualHost`, and below it, indented, what is the default.
            (None, [_, "is", ..] | ["default", ..]) => None,
            (None, [_, name, ..]) => Some(*name),
            _ => None,
        }
    });
    named.map(str::to_ascii_lowercase).collect()
}

/// Checks and applies what was printed.
fn apply(printed: &str) {
    put(FILE, printed);
    run(TOOL, &["check", FILE]);
    run(TOOL, &["apply", FILE]);
}

fn every_name_that_apache_knows_is_a_row_s() {
    enable(
        "mods",
        &["macro.load", "ssl.load", "ssl.conf", "socache_shmcb.load"],
    );
    enable("sites", &["default-ssl.conf"]);
    // default-ssl.conf names them; nobody reads them here.
    for file in [
        "certs/ssl-cert-snakeoil.pem",
        "private/ssl-cert-snakeoil.key",
    ] {
        let file = format!("/etc/ssl/{file}");
        if !Path::new(&file).exists() {
            put(&file, "none\n");
        }
    }
    put(
        "/etc/apache2/conf-enabled/name.conf",
        "ServerName main.debian.example\n",
    );
    put("/etc/apache2/sites-enabled/site.conf", SITE);
    // What it makes a directory in.
    fs::create_dir_all("/run/lock").expect("/run is writable");
    let said = run("apache2ctl", &["-S"]);
    let printed = run(TOOL, &["import", "apache"]);
    fs::remove_file("/etc/apache2/sites-enabled/site.conf").expect("it was there");
    fs::remove_file("/etc/apache2/sites-enabled/default-ssl.conf").expect("it was there");
    let names = names(&said);
    assert_eq!(names.len(), 8, "{said}");
    for name in &names {
        let word = format!(" name={name}");
        let has = |line: &str| {
            line.starts_with("host ") && (line.to_owned() + " ").contains(&(word.clone() + " "))
        };
        assert!(
            printed.lines().any(has),
            "{name} is in\n{said}and not in\n{printed}"
        );
    }
    vhqos::load("");
    apply(&printed);
    let row = "host three.debian.example addr=192.0.2.10:80 addr=[2001:db8::10]:80 name=three.debian.example name=three-alias.debian.example\n";
    let table = vhqos::read("table");
    assert!(table.contains(row), "{table}");
    let words = printed.matches(" name=").count();
    assert_eq!(
        words,
        names.len() + 1,
        "three-alias.debian.example, too: {printed}"
    );
}

fn servers_of_nginx_are_rows() {
    put(
        "/etc/nginx/sites-enabled/shop",
        "server { listen 443 ssl; listen [::]:443 ssl; server_name .shop.example; }\nserver { server_name shop.example www.*; }\n",
    );
    let printed = run(TOOL, &["import", "nginx", "--set", "cpu.weight=50"]);
    fs::remove_file("/etc/nginx/sites-enabled/shop").expect("it was there");
    vhqos::load("");
    apply(&printed);
    assert_eq!(
        vhqos::read("table"),
        "host shop.example name=shop.example name=*.shop.example cpu.weight=50\n"
    );
    assert!(
        printed.contains("/etc/nginx/sites-enabled/default:"),
        "{printed}"
    );
}
