// SPDX-License-Identifier: GPL-2.0

//! One group of ours: threaded below our domain, a host's or the one of tasks that serve nobody; or a
//! VPS's, which whole processes join.

use crate::class::cpu::Parameters;
use crate::class::resources;
use crate::class::sweep::sweep;
use crate::class::tree::Tree;
use crate::policy::{
    Params,
    Resources, //
};
use crate::sys::file::File;
use crate::sys::kthread::{
    Pace,
    Thread, //
};
use kernel::fmt;
use kernel::prelude::*;
use kernel::str::CString;
use kernel::sync::{
    new_mutex,
    Arc,
    Mutex, //
};

/// How long removing waits for the last task to leave, in milliseconds: first for those who are on their way,
/// then for those who were put out.
const GRACE: u32 = 100;
/// See [`GRACE`].
const PATIENCE: u32 = 5_000;

/// What was written to a group's files.
struct Written {
    parameters: Parameters,
    cpuset: bool,
    resources: Option<Resources>,
}

/// A group that was made; its directory is removed by [`Group::remove`].
#[pin_data]
pub(crate) struct Group {
    tree: Arc<Tree>,
    /// The path of its directory, relative to the mount.
    path: CString,
    /// `cgroup.threads`, open: a task moves itself here by writing to it. Of a VPS, `cgroup.procs`.
    threads: File,
    /// The number that `sys::cgroup` knows it by.
    number: usize,
    /// Sleeps in the group, so that it is never empty: a move to a group without tasks costs more.
    #[pin]
    anchor: Mutex<Option<Thread<()>>>,
    #[pin]
    written: Mutex<Written>,
}

impl Group {
    /// Makes the group `name` below our domain; sleeps. A directory of that name that is there already,
    /// without being ours, is taken over.
    pub(crate) fn make(tree: &Arc<Tree>, name: fmt::Arguments<'_>) -> Result<Arc<Self>> {
        let name = CString::try_from_fmt(name)?;
        let name = name.to_str()?;
        match tree.make(tree.root(), name) {
            Err(error) if error != EEXIST => return Err(error),
            _ => (),
        }
        let made = Self::open(tree, name);
        if made.is_err() {
            let _ = tree.remove_within(PATIENCE, tree.root(), name);
        }
        made
    }

    fn open(tree: &Arc<Tree>, name: &str) -> Result<Arc<Self>> {
        let path = CString::try_from_fmt(format_args!("{}/{name}", tree.root()))?;
        let group = path.to_str()?;
        tree.write(group, "cgroup.type", format_args!("threaded"))?;
        let threads = tree.open(group, "cgroup.threads")?;
        let anchor = Thread::start(c"vhqos_anchor", Pace::Never, ())?;
        let pid = anchor.task().pid();
        tree.write(group, "cgroup.procs", format_args!("{pid}"))?;
        Self::new(tree, path, threads, Some(anchor))
    }

    /// Makes the group `name` below `parent` that whole processes join; sleeps. A directory of that name
    /// that is there already is taken over.
    pub(crate) fn make_domain(
        tree: &Arc<Tree>,
        parent: &str,
        name: fmt::Arguments<'_>,
    ) -> Result<Arc<Self>> {
        let name = CString::try_from_fmt(name)?;
        let name = name.to_str()?;
        match tree.make(parent, name) {
            Err(error) if error != EEXIST => return Err(error),
            _ => (),
        }
        let path = CString::try_from_fmt(format_args!("{parent}/{name}"))?;
        let made = tree
            .open(path.to_str()?, "cgroup.procs")
            .and_then(|processes| Self::new(tree, path, processes, None));
        if made.is_err() {
            let _ = tree.remove(parent, name);
        }
        made
    }

    fn new(
        tree: &Arc<Tree>,
        path: CString,
        threads: File,
        anchor: Option<Thread<()>>,
    ) -> Result<Arc<Self>> {
        let number = tree.number(path.to_str()?)?;
        Arc::pin_init(
            pin_init!(Self {
                tree: tree.clone(),
                path,
                threads,
                number,
                anchor <- new_mutex!(anchor),
                written <- new_mutex!(Written {
                    parameters: Parameters::new(),
                    cpuset: false,
                    resources: None,
                }),
            }),
            GFP_KERNEL,
        )
    }

    /// The number that `sys::cgroup` knows it by.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// `cgroup.threads`.
    pub(crate) fn threads(&self) -> &File {
        &self.threads
    }

    /// The path of its directory, relative to the mount.
    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap_or_default()
    }

    /// The weight in force; 0 for an idle group.
    pub(crate) fn weight(&self) -> u16 {
        self.written.lock().parameters.weight()
    }

    /// Writes what is not in force yet; on an error, what was written so far is in force, and the next call knows of it.
    pub(crate) fn set(&self, parameters: &Parameters, params: Option<&Params>) -> Result {
        let path = self.path();
        let mut written = self.written.lock();
        parameters.write(&mut written.parameters, &self.tree, path)?;
        let Some(params) = params else {
            return Ok(());
        };
        let resources = params.resources.as_deref();
        // Before anything is written of which no account could be kept.
        let copy = resources.map(|one| one.try_clone()).transpose()?;
        if let Err(error) =
            resources::write(&self.tree, path, written.resources.as_ref(), resources)
        {
            resources::restore(&self.tree, path, written.resources.as_ref(), resources);
            return Err(error);
        }
        written.resources = copy;
        match &params.cpuset {
            Some(cpus) => {
                self.tree
                    .write(path, "cpuset.cpus", format_args!("{}", **cpus))?;
                written.cpuset = true;
            }
            None if written.cpuset => {
                // An empty list is that of the group above.
                self.tree.write(path, "cpuset.cpus", format_args!("\n"))?;
                written.cpuset = false;
            }
            None => (),
        }
        Ok(())
    }

    /// CPU time and throttled time, in microseconds, from `cpu.stat`.
    pub(crate) fn times(&self) -> Result<(u64, u64)> {
        self.tree.read(self.path(), "cpu.stat", |text| {
            let field = |name: &str| {
                text.lines()
                    .filter_map(|line| line.split_once(' '))
                    .find(|(key, _)| *key == name)
                    .and_then(|(_, value)| value.parse::<u64>().ok())
                    .unwrap_or(0)
            };
            (field("usage_usec"), field("throttled_usec"))
        })
    }

    /// Removes the directory, once its tasks have left; sleeps. Who is still there after a moment was never
    /// tracked, and is put out.
    pub(crate) fn remove(&self) -> Result {
        let anchor = self.anchor.lock().take();
        drop(anchor);
        let Some((parent, name)) = self.path().rsplit_once('/') else {
            return Err(EINVAL);
        };
        let mut result = self.tree.remove_within(GRACE, parent, name);
        if matches!(result, Err(error) if error == EBUSY) {
            sweep(&self.tree, self.path(), "cgroup.threads");
            result = self.tree.remove_within(PATIENCE, parent, name);
        }
        result.inspect_err(|error| {
            pr_warn!("group {}: {:?}: cannot be removed\n", self.path(), error);
        })
    }
}
