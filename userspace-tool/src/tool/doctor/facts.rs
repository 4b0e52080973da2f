// SPDX-License-Identifier: GPL-2.0

//! What is looked at.

use super::groups::Group;
use super::machine::{canonical, groups, real_time, servers};
use super::servers::Server;
use crate::policy::Machine;
use crate::tool::cgroup;
use crate::tool::command::explain::unprivileged_port_start;
use crate::tool::failure::Failure;
use crate::tool::module::{field, Module};
use crate::tool::row::rows;
use flate2::read::GzDecoder;
use nix::sys::utsname::uname;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable of the firmware that says whether Secure Boot is on: four bytes of attributes, and one of value.
const SECURE_BOOT: &str =
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// What stands behind a module that is signed (`MODULE_SIGNATURE_MARKER` in linux/module_signature.h).
const SIGNATURE: &[u8] = b"~Module signature appended~\n";

/// What is known of this machine; `None` is what could not be read.
#[derive(Debug, Default)]
pub(in crate::tool) struct Facts {
    /// The kernel's release.
    pub(in crate::tool) release: String,
    /// Its configuration.
    pub(in crate::tool) config: Option<String>,
    /// Whether there is a module for it below `/lib/modules`.
    pub(in crate::tool) is_installed: bool,
    pub(in crate::tool) is_secure_boot: bool,
    /// Whether the installed module has a signature; `None` also when it is packed and cannot be unpacked.
    pub(in crate::tool) is_signed: Option<bool>,
    /// Whether the kernel takes signed modules only (`module.sig_enforce`).
    pub(in crate::tool) enforces_signatures: bool,
    /// How far the kernel is locked down: `none`, `integrity` or `confidentiality`.
    pub(in crate::tool) lockdown: String,
    /// `/proc/sys/kernel/tainted`.
    pub(in crate::tool) tainted: u64,
    /// Where cgroup v2 is mounted; nothing when it is not.
    pub(in crate::tool) mount: &'static str,
    /// `cgroup.controllers` at the root of cgroup v2; `None` when that is not mounted.
    pub(in crate::tool) controllers: Option<String>,
    /// `status` of the loaded module, or why it cannot be asked.
    pub(in crate::tool) status: Option<Result<String, String>>,
    /// Letters of `/sys/module/vhqos/taint`.
    pub(in crate::tool) taint: String,
    /// Whether the configuration file is there, and why it is wrong.
    pub(in crate::tool) file: Option<Result<String, String>>,
    /// The rows that are in force.
    pub(in crate::tool) table: Option<String>,
    /// The module's file of tasks.
    pub(in crate::tool) tasks: String,
    /// The machine as the module counts it.
    pub(in crate::tool) machine: Option<Machine>,
    /// The first port that is for everybody.
    pub(in crate::tool) port_start: u16,
    pub(in crate::tool) servers: Vec<Server>,
    /// Paths of rows that are others without symbolic links.
    pub(in crate::tool) canonical: HashMap<String, String>,
    /// Whether systemd runs this machine.
    pub(in crate::tool) is_systemd: bool,
    /// From the root of cgroup v2 to the module's own.
    pub(in crate::tool) groups: Vec<Group>,
    /// Real-time tasks that keep the cpu controller away, as `PID NAME`.
    pub(in crate::tool) real_time: Vec<String>,
}

impl Facts {
    /// Looks at this machine. `file` is the configuration file, as `check` judges it.
    pub(in crate::tool) fn gather(file: Option<Result<String, Failure>>) -> Self {
        let mut facts = Self {
            file: file.map(|file| file.map_err(|why| why.sentence())),
            port_start: unprivileged_port_start(),
            servers: servers(),
            is_systemd: Path::new("/run/systemd/system").exists(),
            ..Self::default()
        };
        facts.look_at_kernel();
        let loaded = Path::new("/sys/module/vhqos").exists();
        match loaded.then(Module::find) {
            None => (),
            Some(Err(failure)) => facts.status = Some(Err(failure.sentence())),
            Some(Ok(module)) => facts.look_at_module(&module),
        }
        facts
    }

    fn look_at_kernel(&mut self) {
        self.release = uname().map_or(String::new(), |names| {
            names.release().to_string_lossy().into_owned()
        });
        let release = &self.release;
        let config = [
            format!("/boot/config-{release}"),
            format!("/lib/modules/{release}/config"),
            format!("/lib/modules/{release}/build/.config"),
        ];
        let own = unpacked("/proc/config.gz").and_then(|text| String::from_utf8(text).ok());
        self.config = own.or_else(|| config.iter().find_map(read));
        let modules = format!("/lib/modules/{release}");
        let installed = installed(&modules);
        self.is_installed = installed.is_some();
        self.is_signed =
            installed.and_then(|path| is_signed(&format!("{modules}/{path}"), &modinfo()));
        self.is_secure_boot = fs::read(SECURE_BOOT).is_ok_and(|bytes| bytes.get(4) == Some(&1));
        self.enforces_signatures = line("/sys/module/module/parameters/sig_enforce") == "Y";
        // The one in force stands in brackets.
        let lockdown = line("/sys/kernel/security/lockdown");
        let level = lockdown.split(['[', ']']).nth(1);
        self.lockdown = level.unwrap_or("none").to_owned();
        self.tainted = line("/proc/sys/kernel/tainted").parse().unwrap_or(0);
        self.taint = line("/sys/module/vhqos/taint");
        self.mount = cgroup::mount().unwrap_or_default();
        self.controllers = read(format!("{}/cgroup.controllers", self.mount));
    }

    fn look_at_module(&mut self, module: &Module) {
        self.status = Some(Ok(module.whole_status().to_owned()));
        self.machine = Some(module.machine());
        self.table = module.table().ok();
        self.tasks = module.tasks().unwrap_or_default();
        let rows = rows(self.table.as_deref().unwrap_or_default());
        let addresses = rows.iter().flat_map(|row| row.values("addr"));
        let paths = addresses.filter_map(|value| value.strip_prefix("unix:"));
        let paths = paths.map(|path| (path.to_owned(), canonical(path)));
        let canonical = paths.collect();
        self.canonical = canonical;
        if self.controllers.is_some() {
            self.groups = groups(self.mount, module.status("cgroup_root"));
        }
        if self.has("CONFIG_RT_GROUP_SCHED") {
            self.real_time = real_time();
        }
    }

    /// Whether the kernel's configuration has this option.
    pub(super) fn has(&self, option: &str) -> bool {
        let mut lines = self.config.iter().flat_map(|config| config.lines());
        lines.any(|line| line.strip_prefix(option) == Some("=y"))
    }

    /// A line of `status`; nothing when it is not there.
    pub(super) fn status(&self, key: &str) -> &str {
        let text = self
            .status
            .as_ref()
            .and_then(|status| status.as_deref().ok());
        field(text.unwrap_or_default(), key)
    }
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// The only line of a file; nothing when it is not there.
fn line(path: &str) -> String {
    read(path).map_or(String::new(), |text| text.trim().to_owned())
}

/// What is packed in a file by gzip.
fn unpacked(path: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = GzDecoder::new(File::open(path).ok()?);
    file.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The path of the module below the directory of a kernel's modules.
fn installed(modules: &str) -> Option<String> {
    let list = read(format!("{modules}/modules.dep"))?;
    let paths = list.lines().filter_map(|line| line.split_once(':'));
    let mut paths = paths.map(|(path, _)| path);
    let found = paths.find(|path| {
        path.rsplit('/')
            .next()
            .is_some_and(|name| name.starts_with("vhqos.ko"))
    });
    found.map(str::to_owned)
}

/// Whether a module is signed; nothing when that cannot be known. `modinfo` is asked of what is packed by xz or zstd: modinfo(8).
pub(in crate::tool) fn is_signed(path: &str, modinfo: &Path) -> Option<bool> {
    let bytes = match path.rsplit('.').next() {
        Some("ko") => fs::read(path).ok()?,
        Some("gz") => unpacked(path)?,
        _ => {
            // This field is there when the name of who signed it is not.
            let said = Command::new(modinfo).args(["-F", "sig_id", path]).output();
            let said = said.ok().filter(|said| said.status.success())?;
            return Some(!said.stdout.trim_ascii().is_empty());
        }
    };
    Some(bytes.ends_with(SIGNATURE))
}

/// The program that reads modules.
fn modinfo() -> PathBuf {
    which::which("modinfo").unwrap_or_else(|_| "/sbin/modinfo".into())
}
