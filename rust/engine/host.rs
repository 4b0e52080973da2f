// SPDX-License-Identifier: GPL-2.0

//! A host at run time: what is counted for it, and its class.

use crate::class::group::Group;
use crate::class::settings::Settings;
use crate::mem::Shared;
use crate::policy::{
    HostId,
    Row, //
};
use crate::sys::executable::Identity;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Full,
    Relaxed, //
};
use kernel::sync::{
    new_spinlock,
    Arc,
    SpinLock, //
};

/// A host; it lives as long as a row of its name, and a little longer in who still uses it.
#[pin_data]
pub(crate) struct Host {
    /// The row that made it; a later row of the same name has the same host.
    row: Shared<Row>,
    /// Channels accepted since the row was written.
    pub(crate) accepted: Atomic<u64>,
    /// Requests that named it.
    pub(crate) requests: Atomic<u64>,
    /// Reads and writes with bytes on its channels.
    pub(crate) transfers: Atomic<u64>,
    /// Times that a task was put into its class.
    pub(crate) binds: Atomic<u64>,
    /// CPU time of event loops that worked for it, in nanoseconds.
    pub(crate) charged: Atomic<u64>,
    channels: Atomic<i64>,
    tasks: Atomic<i64>,
    /// The cgroup, when it is made.
    #[pin]
    group: SpinLock<Option<Arc<Group>>>,
    /// What the row sets for each task, as `Settings::to_bits`.
    settings: Atomic<u64>,
    /// The slot of its row.
    pub(crate) id: HostId,
    /// The number of the VPS that has it, 0 for none.
    pub(crate) vps: Atomic<u64>,
    /// What a worker was asked to do for it and has not done yet, by [`Chore`].
    late: [Atomic<u32>; 2],
    /// Whether a task has waited for its group already.
    waited: Atomic<u32>,
    /// The table has no row of the name any more.
    retired: Atomic<u32>,
    #[pin]
    files: SpinLock<Files>,
}

/// What a worker does for a host.
#[derive(Clone, Copy)]
pub(crate) enum Chore {
    /// Makes its group.
    Group,
    /// Finds its files again.
    Files,
}

/// The files that a row names: programs and UNIX sockets.
struct Files {
    known: KVec<Identity>,
    /// The last one that was not known when it was met.
    looked_for: Option<Identity>,
}

impl Host {
    /// The host of a new row; sleeps.
    pub(crate) fn new(id: HostId, row: &Shared<Row>) -> Result<Arc<Self>> {
        let settings = Settings::of(row.params());
        Arc::pin_init(
            pin_init!(Self {
                row: row.clone(),
                id,
                vps: Atomic::new(0),
                accepted: Atomic::new(0),
                requests: Atomic::new(0),
                transfers: Atomic::new(0),
                binds: Atomic::new(0),
                charged: Atomic::new(0),
                channels: Atomic::new(0),
                tasks: Atomic::new(0),
                group <- new_spinlock!(None),
                settings: Atomic::new(settings.to_bits()),
                late: [Atomic::new(0), Atomic::new(0)],
                waited: Atomic::new(0),
                retired: Atomic::new(0),
                files <- new_spinlock!(Files { known: KVec::new(), looked_for: None }),
            }),
            GFP_KERNEL_ACCOUNT,
        )
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.row.name()
    }

    /// Whether it is a VPS's.
    pub(crate) fn is_vps(&self) -> bool {
        self.row.vps().is_some()
    }

    /// Its cgroup, when it is made.
    pub(crate) fn group(&self) -> Option<Arc<Group>> {
        self.group.lock().clone()
    }

    /// Sets its cgroup, and gives back the one that it had.
    pub(crate) fn set_group(&self, group: Option<Arc<Group>>) -> Option<Arc<Group>> {
        core::mem::replace(&mut *self.group.lock(), group)
    }

    /// What the row sets for each task.
    pub(crate) fn settings(&self) -> Settings {
        Settings::from_bits(self.settings.load(Relaxed))
    }

    /// Takes over what a changed row sets for each task.
    pub(crate) fn set_settings(&self, row: &Row) {
        let settings = Settings::of(row.params()).to_bits();
        self.settings.store(settings, Relaxed);
    }

    /// The row is gone: who is bound to it must leave.
    pub(crate) fn retire(&self) {
        self.retired.store(1, Relaxed);
    }

    /// Whether the row is gone.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Relaxed) != 0
    }

    /// Asks for a worker; says whether nobody else did.
    pub(crate) fn ask_late(&self, chore: Chore) -> bool {
        let late = self.late.get(chore as usize);
        late.is_some_and(|late| late.xchg(1, Full) == 0)
    }

    /// The worker has done what it could.
    pub(crate) fn answer_late(&self, chore: Chore) {
        if let Some(late) = self.late.get(chore as usize) {
            late.store(0, Relaxed);
        }
    }

    /// Whether a task may wait for its group: one does, once.
    pub(crate) fn may_wait(&self) -> bool {
        !self.is_retired() && self.waited.xchg(1, Full) == 0
    }

    /// Sets the files that its row names.
    pub(crate) fn set_files(&self, files: KVec<Identity>) {
        let old = core::mem::replace(&mut self.files.lock().known, files);
        drop(old);
    }

    /// Whether its row names `file`.
    pub(crate) fn names_file(&self, file: Identity) -> bool {
        self.files.lock().known.contains(&file)
    }

    /// Whether its files are to be found again, because they might have become `file`: once for each, since somebody's own
    /// file at such a path never becomes one.
    pub(crate) fn look_for(&self, file: Identity) -> bool {
        self.files.lock().looked_for.replace(file) != Some(file)
    }

    /// Open channels.
    pub(crate) fn channels(&self) -> i64 {
        self.channels.load(Relaxed)
    }

    /// Bound tasks.
    pub(crate) fn tasks(&self) -> i64 {
        self.tasks.load(Relaxed)
    }
}

/// The host of a channel, counted among its open channels.
pub(crate) struct ChannelOf(Arc<Host>);

impl ChannelOf {
    /// Counts a channel of `host`.
    pub(crate) fn new(host: Arc<Host>) -> Self {
        host.channels.add(1, Relaxed);
        Self(host)
    }

    /// The host.
    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.0
    }
}

impl Drop for ChannelOf {
    fn drop(&mut self) {
        self.0.channels.add(-1, Relaxed);
    }
}

/// The host of a bound task, counted among its tasks.
pub(crate) struct TaskOf(Arc<Host>);

impl TaskOf {
    /// Counts a task of `host`.
    pub(crate) fn new(host: Arc<Host>) -> Self {
        host.tasks.add(1, Relaxed);
        Self(host)
    }

    /// The host.
    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.0
    }
}

impl Drop for TaskOf {
    fn drop(&mut self) {
        self.0.tasks.add(-1, Relaxed);
    }
}
