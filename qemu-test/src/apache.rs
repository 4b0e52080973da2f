// SPDX-License-Identifier: GPL-2.0
//! Debian's Apache, prefork, with mod_php: unmodified but for a configuration with the addresses of the test.

use crate::cgroup;
use crate::load::Speech;
use crate::process;
use crate::server::GROUP;
use crate::wait::until;
use std::fs;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::process::Command;

const DIRECTORY: &str = "/run/site";
const MODULES: &str = "/usr/lib/apache2/modules";

/// The page: burns `us` microseconds of CPU time, the server's own measure, and says how much it was.
const PAGE: &str = r#"<?php
function used() { $u = getrusage(); return ($u['ru_utime.tv_sec'] + $u['ru_stime.tv_sec']) * 1000000 + $u['ru_utime.tv_usec'] + $u['ru_stime.tv_usec']; }
$end = used() + (int)($_GET['us'] ?? 0);
while (used() < $end) { for ($i = 0; $i < 200; $i++) { } }
$text = "done\n";
header('Content-Length: ' . strlen($text));
echo $text;
"#;

/// A running Apache; ended when dropped.
pub struct Apache {
    parent: Child,
}

impl Apache {
    /// Starts Apache with `workers` workers on port 80 of `addresses`, one virtual host each, and waits until it serves.
    #[track_caller]
    pub fn start(addresses: &[String], workers: usize) -> Self {
        fs::create_dir_all(format!("{DIRECTORY}/pages")).expect("/run is writable");
        fs::write(format!("{DIRECTORY}/pages/burn.php"), PAGE).expect("/run is writable");
        fs::write(
            format!("{DIRECTORY}/pages/index.html"),
            "vhqos\n".repeat(170),
        )
        .expect("/run is writable");
        fs::write(
            format!("{DIRECTORY}/apache.conf"),
            configuration(addresses, workers),
        )
        .expect("/run is writable");
        cgroup::make(GROUP);
        let mut command = Command::new("apache2");
        command.args(["-f", &format!("{DIRECTORY}/apache.conf"), "-DFOREGROUND"]);
        // SAFETY: entering a group opens and writes one file.
        unsafe {
            command.pre_exec(|| {
                cgroup::enter(GROUP);
                Ok(())
            });
        }
        let apache = Self {
            parent: command.spawn().expect("apache2 is in the image"),
        };
        for address in addresses {
            let address = http_address(address);
            until("Apache listens", 60.0, || {
                TcpStream::connect(address).is_ok()
            });
        }
        until("Apache has all its workers", 60.0, || {
            apache.workers().len() >= workers
        });
        apache
    }

    /// The parent, which never serves.
    pub fn parent(&self) -> i32 {
        self.parent.id() as i32
    }

    /// The workers' process identifiers.
    pub fn workers(&self) -> Vec<i32> {
        process::children(self.parent())
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        for worker in self.workers() {
            let _ = nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(worker),
                nix::sys::signal::Signal::SIGKILL,
            );
        }
        let _ = self.parent.kill();
        let _ = self.parent.wait();
    }
}

/// A request for the page that burns CPU.
pub fn burn_page(microseconds: u32) -> Speech {
    Speech::Http(format!("/burn.php?us={microseconds}"))
}

/// Port 80 of a bare address.
#[track_caller]
pub fn http_address(address: &str) -> SocketAddr {
    crate::client::at(address, 80)
}

fn configuration(addresses: &[String], workers: usize) -> String {
    let php = fs::read_dir(MODULES)
        .expect("Apache is in the image")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| name.starts_with("libphp"))
        .expect("mod_php is in the image");
    let mut text = format!(
        "ServerRoot /etc/apache2\nServerName guest\nPidFile {DIRECTORY}/apache.pid\nErrorLog {DIRECTORY}/error.log\n\
         LoadModule mpm_prefork_module {MODULES}/mod_mpm_prefork.so\n\
         LoadModule authz_core_module {MODULES}/mod_authz_core.so\nLoadModule mime_module {MODULES}/mod_mime.so\n\
         LoadModule dir_module {MODULES}/mod_dir.so\nLoadModule php_module {MODULES}/{php}\n\
         TypesConfig /etc/mime.types\nUser www-data\nGroup www-data\nDefaultRuntimeDir {DIRECTORY}\n\
         StartServers {workers}\nMinSpareServers {workers}\nMaxSpareServers {workers}\nServerLimit {workers}\n\
         MaxRequestWorkers {workers}\nMaxConnectionsPerChild 0\nListenBackLog 1024\nTimeout 60\n\
         KeepAlive On\nMaxKeepAliveRequests 0\nKeepAliveTimeout 15\n\
         <FilesMatch \\.php$>\nSetHandler application/x-httpd-php\n</FilesMatch>\n"
    );
    for (number, address) in addresses.iter().enumerate() {
        let shown = if address.contains(':') {
            format!("[{address}]:80")
        } else {
            format!("{address}:80")
        };
        text += &format!("Listen {shown}\n<VirtualHost {shown}>\nServerName host{number}.example\nDocumentRoot {DIRECTORY}/pages\n</VirtualHost>\n");
    }
    text
}
