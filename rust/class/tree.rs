// SPDX-License-Identifier: GPL-2.0

//! The cgroup v2 hierarchy, and where in it our domain lies.

use crate::class::controllers::Loans;
use crate::class::insist::insist;
use crate::sys::cgroup;
use crate::sys::directory::Directory;
use crate::sys::file::File;
use crate::sys::task;
use kernel::fmt;
use kernel::prelude::*;
use kernel::str::CString;
use kernel::sync::{
    new_mutex,
    Mutex, //
};

/// Where cgroup v2 is mounted: alone, or beside version 1.
const MOUNTS: [&CStr; 2] = [c"/sys/fs/cgroup", c"/sys/fs/cgroup/unified"];

/// The largest file that is read whole: lists of controllers, `cpu.stat`, a part of `cgroup.procs`.
const FILE_BYTES: usize = 4096;

/// The mounted hierarchy and the path of our domain in it.
pub(crate) struct Tree {
    mount: Directory,
    root: &'static str,
    /// The path of the VPSes' domain.
    vps_root: CString,
    /// See [`Loans`].
    pub(super) loans: Loans,
    /// What the kernel refused last: the file and what was written to it.
    fault: Pin<KBox<Mutex<Option<CString>>>>,
}

impl Tree {
    /// Finds the hierarchy, as the current task sees it; `root` is the path of our domain in it.
    ///
    /// Errors, with a line in the log: `EINVAL`, `root` is no such path; `ENOENT`, cgroup v2 is not
    /// mounted; `ENOTSUPP`, the group above `root` has no cpu controller.
    pub(crate) fn find(root: &'static CStr) -> Result<Self> {
        let root = root.to_str()?.trim_matches('/');
        let odd = |part: &str| part.is_empty() || part == "." || part == "..";
        if root.split('/').any(odd) {
            pr_err!(
                "cgroup_root={}: a path below the cgroup2 mount is expected\n",
                root
            );
            return Err(EINVAL);
        }
        let mut mount = None;
        for path in MOUNTS {
            if mount.is_none() {
                mount = hierarchy_at(path)?;
            }
        }
        let Some(mount) = mount else {
            pr_err!("cgroup2 is not mounted at /sys/fs/cgroup: mount it there\n");
            return Err(ENOENT);
        };
        let fault = KBox::pin_init(new_mutex!(None), GFP_KERNEL)?;
        let tree = Self {
            mount,
            root,
            vps_root: CString::try_from_fmt(format_args!("{root}.vps"))?,
            loans: Loans::new()?,
            fault,
        };
        if !tree.lists(tree.parent(), "cgroup.controllers", "cpu")? {
            pr_err!(
                "the group above {} has no cpu controller: take it from cgroup v1 and allow it in the cgroup.subtree_control of the groups above\n",
                root
            );
            return Err(ENOTSUPP);
        }
        Ok(tree)
    }

    /// The path of our domain, relative to the mount.
    pub(crate) fn root(&self) -> &'static str {
        self.root
    }

    /// The path of the group above our domain, relative to the mount; `.` for the mount itself.
    pub(crate) fn parent(&self) -> &'static str {
        self.root.rsplit_once('/').map_or(".", |(parent, _)| parent)
    }

    /// The name of our domain in the group above it.
    pub(crate) fn name(&self) -> &'static str {
        name_of(self.root)
    }

    /// The path of the VPSes' domain, relative to the mount: beside our domain.
    pub(crate) fn vps_root(&self) -> &str {
        self.vps_root.to_str().unwrap_or_default()
    }

    /// The name of the VPSes' domain in the group above it.
    pub(crate) fn vps_name(&self) -> &str {
        name_of(self.vps_root())
    }

    /// The number of the group at `group`, as `sys::cgroup` gives it.
    pub(crate) fn number(&self, group: &str) -> Result<usize> {
        let directory = self.mount.open_directory(&c_string(group)?)?;
        Ok(cgroup::number_of(&directory))
    }

    /// Opens a file of the group at `group` to write to it.
    pub(crate) fn open(&self, group: &str, file: &str) -> Result<File> {
        let path = CString::try_from_fmt(format_args!("{group}/{file}"))?;
        self.mount.open_to_write(&path)
    }

    /// Writes `text` to a file of the group at `group`, in one call.
    pub(crate) fn write(&self, group: &str, file: &str, text: fmt::Arguments<'_>) -> Result {
        let text = CString::try_from_fmt(text)?;
        let result = self
            .open(group, file)
            .and_then(|open| open.write(text.to_bytes()));
        if result.is_err() {
            let text = text.to_str().unwrap_or_default().trim_end();
            let fault = CString::try_from_fmt(format_args!("{text} to {group}/{file}"));
            self.set_fault(fault.ok());
        }
        result
    }

    /// Says what the kernel refused last.
    pub(crate) fn set_fault(&self, fault: Option<CString>) {
        let old = core::mem::replace(&mut *self.fault.lock(), fault);
        drop(old);
    }

    /// What the kernel refused last, taken away: what was written, and to which file.
    pub(crate) fn take_fault(&self) -> Option<CString> {
        self.fault.lock().take()
    }

    /// Reads a file of the group at `group`, at most a page of it, and gives it to `take`.
    pub(crate) fn read<R>(
        &self,
        group: &str,
        file: &str,
        take: impl FnOnce(&str) -> R,
    ) -> Result<R> {
        let path = CString::try_from_fmt(format_args!("{group}/{file}"))?;
        let mut buffer = KVec::from_elem(0u8, FILE_BYTES, GFP_KERNEL)?;
        let text = self.mount.open_to_read(&path)?.read(&mut buffer)?;
        Ok(take(core::str::from_utf8(text)?))
    }

    /// Whether a file lists `word`, between blanks.
    pub(crate) fn lists(&self, group: &str, file: &str, word: &str) -> Result<bool> {
        self.read(group, file, |text| {
            text.split_ascii_whitespace().any(|one| one == word)
        })
    }

    /// Makes the group `name` in `parent`. Errors: `EEXIST`, and others of mkdir(2).
    pub(crate) fn make(&self, parent: &str, name: &str) -> Result {
        let result = self.mount.make(&c_string(parent)?, &c_string(name)?);
        if matches!(result, Err(error) if error != EEXIST) {
            let fault = CString::try_from_fmt(format_args!("mkdir {parent}/{name}"));
            self.set_fault(fault.ok());
        }
        result
    }

    /// Removes the group `name` from `parent`; sleeps. Errors: `EBUSY`, somebody is in it.
    pub(crate) fn remove(&self, parent: &str, name: &str) -> Result {
        insist(|| self.mount.remove(&c_string(parent)?, &c_string(name)?))
    }

    /// The same, and waits for the last task to leave, which takes a moment after it ended, for so many
    /// milliseconds at the most.
    pub(crate) fn remove_within(&self, patience: u32, parent: &str, name: &str) -> Result {
        for _ in 0..patience {
            match self.remove(parent, name) {
                Err(error) if error == EBUSY => task::sleep(1),
                other => return other,
            }
        }
        self.remove(parent, name)
    }

    /// The names of the groups in `parent`.
    pub(crate) fn children(&self, parent: &str) -> Result<KVec<CString>> {
        self.mount.groups_in(&c_string(parent)?)
    }
}

/// The root of the hierarchy, if it is mounted at `path`.
fn hierarchy_at(path: &CStr) -> Result<Option<Directory>> {
    match Directory::open(path) {
        Ok(found) => Ok((found.file_system() == cgroup::FILE_SYSTEM).then_some(found)),
        Err(error) if error == ENOENT || error == ENOTDIR => Ok(None),
        Err(error) => Err(error),
    }
}

/// The last part of a path.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `text` for C.
fn c_string(text: &str) -> Result<CString> {
    CString::try_from_fmt(format_args!("{text}"))
}
