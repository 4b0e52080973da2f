// SPDX-License-Identifier: GPL-2.0

//! Virtual private servers: which process is whose.
//!
//! A VPS is a name, a group, and the processes that are its members. A process becomes one because it is
//! said to be (`start`, `join`, `exec`) or because its parent is one, and is one until its last thread
//! exits or the VPS is stopped: nothing that a process can do to itself is asked for. Members are known by
//! their process, not by their group; who leaves the group is brought back to it.
//!
//! `watch` is what handlers decide, `change` what the commands do, `gather` and `leave` how members come and
//! go, `tend` what is looked after.

pub(crate) mod change;
mod gather;
mod leave;
mod tend;
mod watch;

use crate::class::group::Group;
use crate::engine::host::Host;
use crate::engine::process::{
    Origin,
    Process, //
};
use crate::engine::sharded::Sharded;
use crate::limits;
use crate::mem::Shared;
use crate::policy::Text;
use crate::sys::executable::Identity;
use crate::sys::task::TaskExt;
use kernel::prelude::*;
use kernel::str::CString;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::{
    new_mutex,
    new_spinlock,
    Arc,
    Mutex,
    SpinLock, //
};
use kernel::task::Task;

/// One VPS, from its first command until `stop`.
#[pin_data]
pub(crate) struct Vps {
    /// Counts up from 1 since the load.
    pub(crate) number: u64,
    name: Shared<Text>,
    group: Arc<Group>,
    /// The host of its row, while there is one.
    #[pin]
    host: SpinLock<Option<Arc<Host>>>,
    /// The process that was started, or joined first, and where it came from.
    #[pin]
    init: SpinLock<Option<Arc<Process>>>,
    members: Atomic<i64>,
    /// Whether it is being stopped, for who holds another lock.
    leaving: Atomic<u32>,
    /// Whether it is being stopped; held while the current task goes to its group by itself.
    #[pin]
    stopped: Mutex<bool>,
}

impl Vps {
    fn new(number: u64, name: Shared<Text>, group: Arc<Group>) -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                number,
                name,
                group,
                host <- new_spinlock!(None),
                init <- new_spinlock!(None),
                members: Atomic::new(0),
                leaving: Atomic::new(0),
                stopped <- new_mutex!(false),
            }),
            GFP_KERNEL_ACCOUNT,
        )
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Its group.
    pub(crate) fn group(&self) -> &Arc<Group> {
        &self.group
    }

    /// The host of its row.
    pub(crate) fn host(&self) -> Option<Arc<Host>> {
        self.host.lock().clone()
    }

    /// Takes the group away from the host of its row, which it has no more.
    fn leave_host(&self) {
        let host = self.host.lock().take();
        if let Some(host) = host {
            drop(host.set_group(None));
        }
    }

    /// Its init, if that lives.
    pub(crate) fn init(&self) -> Option<Arc<Process>> {
        self.init.lock().clone().filter(|init| !init.is_dead())
    }

    /// Where its members came from, when nothing better is known.
    fn origin(&self) -> Option<Arc<Origin>> {
        self.init.lock().as_ref().map(|init| init.origin.clone())
    }

    /// Says whether it is being stopped; from then on nobody is brought to its group.
    fn set_leaving(&self, leaving: bool) {
        *self.stopped.lock() = leaving;
        self.leaving.store(u32::from(leaving), Relaxed);
    }

    /// Whether it is being stopped.
    fn is_leaving(&self) -> bool {
        self.leaving.load(Relaxed) != 0
    }

    /// Makes `process` the init if there is none that lives.
    fn offer_init(&self, process: &Arc<Process>) {
        let mut init = self.init.lock();
        let dead = init.as_ref().is_none_or(|init| init.is_dead());
        let old = dead.then(|| init.replace(process.clone())).flatten();
        drop(init);
        drop(old);
    }

    /// Members that are known, some of which may be about to go.
    pub(crate) fn members(&self) -> i64 {
        self.members.load(Relaxed)
    }
}

/// The VPS of a member, counted among its members.
pub(crate) struct MemberOf(Arc<Vps>);

impl MemberOf {
    fn new(vps: Arc<Vps>) -> Self {
        vps.members.add(1, Relaxed);
        Self(vps)
    }

    /// The VPS.
    pub(crate) fn vps(&self) -> &Arc<Vps> {
        &self.0
    }
}

impl Drop for MemberOf {
    fn drop(&mut self) {
        self.0.members.add(-1, Relaxed);
    }
}

/// A process that is a member.
pub(crate) struct Member {
    /// Whose it is.
    pub(crate) vps: MemberOf,
    /// The process; knows where it came from.
    pub(crate) process: Arc<Process>,
    /// A worker, or the process itself, was asked to bring it back to its group.
    called: bool,
    /// It was brought back to where it came from.
    returned: bool,
}

impl Member {
    fn new(vps: Arc<Vps>, process: Arc<Process>) -> Self {
        Self {
            vps: MemberOf::new(vps),
            process,
            called: false,
            returned: false,
        }
    }
}

/// A program whose execution makes a process a member.
pub(crate) struct Rule {
    /// Its path, from the root directory of who loaded the module.
    pub(crate) path: Arc<CString>,
    /// Whose it becomes.
    pub(crate) vps: Arc<Vps>,
}

/// Files, and whose a process becomes that executes them.
type Programs = KVec<(Identity, Arc<Vps>)>;

/// All VPSes and their members.
pub(crate) struct Vpses {
    /// Members, by `TaskExt::process_id`.
    pub(crate) members: Sharded<Member>,
    /// By the time of their first command; changed by who has the turn only.
    list: Pin<KBox<Mutex<KVec<Arc<Vps>>>>>,
    /// The number of the last one.
    last: Atomic<u64>,
    /// Those without a row.
    guests: Atomic<u32>,
    /// Changed by who has the turn only.
    rules: Pin<KBox<Mutex<KVec<Rule>>>>,
    /// The files of the rules, for handlers.
    files: Pin<KBox<SpinLock<Programs>>>,
    files_count: Atomic<u32>,
    /// Tasks that execute a file of a rule, by `TaskExt::id`, until it is known that they can.
    pending: Sharded<Arc<Vps>>,
    /// Members that were found, or put, outside their group.
    strays: Atomic<u64>,
    /// Children that could not be made members at once.
    refused: Atomic<u64>,
}

impl Vpses {
    /// No VPS; sleeps.
    #[inline(never)]
    pub(crate) fn new() -> Result<KBox<Self>> {
        let none = Self {
            members: Sharded::new(limits::MEMBER_BUCKETS, limits::MEMBERS)?,
            list: KBox::pin_init(new_mutex!(KVec::new()), GFP_KERNEL)?,
            last: Atomic::new(0),
            guests: Atomic::new(0),
            rules: KBox::pin_init(new_mutex!(KVec::new()), GFP_KERNEL)?,
            files: KBox::pin_init(new_spinlock!(KVec::new()), GFP_KERNEL)?,
            files_count: Atomic::new(0),
            pending: Sharded::new(limits::EXEC_RULES, limits::EXEC_RULES)?,
            strays: Atomic::new(0),
            refused: Atomic::new(0),
        };
        Ok(KBox::new(none, GFP_KERNEL)?)
    }

    /// A VPS that is not listed yet.
    fn make(&self, name: Shared<Text>, group: Arc<Group>) -> Result<Arc<Vps>> {
        let number = self.last.fetch_add(1, Relaxed).wrapping_add(1);
        Vps::new(number, name, group)
    }

    /// How many there are; sleeps.
    pub(crate) fn count(&self) -> usize {
        self.list.lock().len()
    }

    /// How many of them have no row.
    pub(crate) fn guests(&self) -> u32 {
        self.guests.load(Relaxed)
    }

    /// Members that were outside their group, since the load.
    pub(crate) fn strays(&self) -> u64 {
        self.strays.load(Relaxed)
    }

    /// Children that could not be made members at once, since the load.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// The VPS with this name.
    fn find(&self, name: &str) -> Option<Arc<Vps>> {
        let list = self.list.lock();
        list.iter().find(|vps| vps.name() == name).cloned()
    }

    /// All VPSes of now, by their numbers.
    pub(crate) fn all(&self) -> Result<KVec<Arc<Vps>>> {
        let list = self.list.lock();
        let mut all = KVec::with_capacity(list.len(), GFP_KERNEL)?;
        for vps in list.iter() {
            all.push(vps.clone(), GFP_KERNEL)?;
        }
        Ok(all)
    }

    /// Whether there are rules; sleeps.
    pub(crate) fn has_rules(&self) -> bool {
        !self.rules.lock().is_empty()
    }

    /// Calls `visit` with each rule.
    pub(crate) fn each_rule(&self, mut visit: impl FnMut(&Rule)) {
        self.rules.lock().iter().for_each(&mut visit);
    }

    /// The VPS that the process of `task` is a member of; does not sleep.
    pub(crate) fn of(&self, task: &Task) -> Option<Arc<Vps>> {
        if self.members.len() == 0 {
            return None;
        }
        self.members
            .with(task.process_id(), |member| member.vps.vps().clone())
    }

    /// Whether the process of `task` is a member of a VPS; does not sleep.
    pub(crate) fn has(&self, task: &Task) -> bool {
        self.members.len() > 0 && self.members.with(task.process_id(), |_| ()).is_some()
    }

    /// Whether a member lives.
    fn is_running(&self, vps: &Arc<Vps>) -> bool {
        let mut running = false;
        if vps.members() > 0 {
            self.members.for_each_mut(|_, member| {
                running |= Arc::ptr_eq(member.vps.vps(), vps) && !member.process.is_dead();
            });
        }
        running
    }
}
