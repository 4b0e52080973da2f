// SPDX-License-Identifier: GPL-2.0

//! What is looked at.

use crate::tool::failure::Failure;
use crate::tool::module::Module;
use nix::sys::utsname::uname;
use std::fs;
use std::path::Path;

/// Where cgroup v2 is mounted: alone, or beside version 1.
const CGROUPS: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/// The variable of the firmware that says whether Secure Boot is on: four bytes of attributes, and one of value.
const SECURE_BOOT: &str =
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

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
    /// `cgroup.controllers` at the root of cgroup v2; `None` when that is not mounted.
    pub(in crate::tool) controllers: Option<String>,
    /// `status` of the loaded module, or why it cannot be asked.
    pub(in crate::tool) status: Option<Result<String, String>>,
    /// Letters of `/sys/module/vhqos/taint`.
    pub(in crate::tool) taint: String,
    /// Whether the configuration file is there, and why it is wrong.
    pub(in crate::tool) file: Option<Result<String, String>>,
}

impl Facts {
    /// Looks at this machine. `file` is the configuration file, as `check` judges it.
    pub(in crate::tool) fn gather(file: Option<Result<String, Failure>>) -> Self {
        let release = uname().map_or(String::new(), |names| {
            names.release().to_string_lossy().into_owned()
        });
        let read = |path: String| fs::read_to_string(path).ok();
        let config = [
            format!("/boot/config-{release}"),
            format!("/lib/modules/{release}/config"),
            format!("/lib/modules/{release}/build/.config"),
        ];
        let modules = read(format!("/lib/modules/{release}/modules.dep"));
        let loaded = Path::new("/sys/module/vhqos").exists();
        let text = |failure: Failure| failure.to_string().trim_end().to_owned();
        let status = loaded.then(|| Module::find().map(|module| module.whole_status().to_owned()));
        Self {
            config: config.into_iter().find_map(read),
            is_installed: modules.is_some_and(|text| text.contains("/vhqos.ko")),
            is_secure_boot: fs::read(SECURE_BOOT).is_ok_and(|bytes| bytes.get(4) == Some(&1)),
            controllers: CGROUPS
                .iter()
                .find_map(|path| read(format!("{path}/cgroup.controllers"))),
            status: status.map(|status| status.map_err(text)),
            taint: read("/sys/module/vhqos/taint".to_owned())
                .map_or(String::new(), |text| text.trim().to_owned()),
            file: file.map(|file| file.map_err(text)),
            release,
        }
    }

    /// A line of `status`; nothing when it is not there.
    pub(super) fn status(&self, key: &str) -> &str {
        let text = self
            .status
            .as_ref()
            .and_then(|status| status.as_deref().ok());
        let mut lines = text.unwrap_or_default().lines();
        lines
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
            .unwrap_or_default()
    }
}
