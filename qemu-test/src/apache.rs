// SPDX-License-Identifier: GPL-2.0
//! Debian's Apache, prefork, with mod_php: unmodified but for a configuration with the addresses of the test.

use crate::cgroup;
use crate::pages::DIRECTORY as PAGES;
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

/// What an Apache serves, and how.
pub struct Setup<'a> {
    /// Its virtual hosts: where, and their names.
    pub sites: Vec<(SocketAddr, String)>,
    /// How many workers.
    pub workers: usize,
    /// Modules beside the usual ones.
    pub modules: &'a [&'a str],
    /// More lines for each virtual host.
    pub lines: &'a str,
}

/// A running Apache; ended when dropped.
pub struct Apache {
    parent: Child,
}

impl Apache {
    /// Starts Apache with `workers` workers on port 80 of `addresses`, one virtual host each, and waits until it serves.
    #[track_caller]
    pub fn start(addresses: &[String], workers: usize) -> Self {
        let site = |(number, address): (usize, &String)| {
            (http_address(address), format!("host{number}.example"))
        };
        Self::start_with(&Setup {
            sites: addresses.iter().enumerate().map(site).collect(),
            workers,
            modules: &[],
            lines: "",
        })
    }

    /// Starts Apache, and waits until it serves.
    #[track_caller]
    pub fn start_with(setup: &Setup<'_>) -> Self {
        crate::pages::put();
        fs::write(format!("{DIRECTORY}/apache.conf"), configuration(setup))
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
        for (address, _) in &setup.sites {
            until("Apache listens", 60.0, || {
                TcpStream::connect(address).is_ok()
            });
        }
        until("Apache has all its workers", 60.0, || {
            apache.workers().len() >= setup.workers
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

/// Port 80 of a bare address.
#[track_caller]
pub fn http_address(address: &str) -> SocketAddr {
    crate::client::at(address, 80)
}

fn configuration(setup: &Setup<'_>) -> String {
    let workers = setup.workers;
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
    for module in setup.modules {
        text += &format!("LoadModule {module}_module {MODULES}/mod_{module}.so\n");
    }
    let mut addresses: Vec<SocketAddr> = setup.sites.iter().map(|site| site.0).collect();
    addresses.dedup();
    for address in addresses {
        text += &format!("Listen {address}\n");
    }
    for (address, name) in &setup.sites {
        text += &format!(
            "<VirtualHost {address}>\nServerName {name}\nDocumentRoot {PAGES}\n{}</VirtualHost>\n",
            setup.lines
        );
    }
    text
}
