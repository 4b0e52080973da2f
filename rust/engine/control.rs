// SPDX-License-Identifier: GPL-2.0

//! One change of the table at a time, from the written text to the groups and hooks.

use crate::class::change::names_files;
use crate::class::insist::insist;
use crate::engine::host::Host;
use crate::engine::snapshot::Snapshot;
use crate::engine::text::Text;
use crate::engine::Engine;
use crate::events::{
    Change,
    Health,
    Record, //
};
use crate::hooks::{
    Hooks,
    Needs, //
};
use crate::limits;
use crate::mem::{
    Boxed,
    Shared, //
};
use crate::policy::{
    Machine,
    Table, //
};
use crate::sys::executable::Identity;
use crate::sys::kworker;
use crate::sys::module::ModuleRef;
use kernel::fmt;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Full,
    Relaxed, //
};
use kernel::sync::{
    new_mutex,
    Arc,
    Mutex, //
};

/// Who may change the table, and what goes with it.
#[pin_data]
pub(crate) struct Control {
    engine: Arc<Engine>,
    #[pin]
    hooks: Mutex<Hooks>,
    /// Held while the table is changed.
    #[pin]
    turn: Mutex<Turn>,
    /// Why the last write was refused.
    #[pin]
    last_error: Mutex<Text>,
    /// Whether a worker is looking for files.
    finding: Atomic<u32>,
}

/// Files that hosts are to know.
type Files = KVVec<(Arc<Host>, KVec<Identity>)>;

/// Whose turn it is to write.
pub(crate) struct Turn {
    /// The number of the open file that has a transaction open, and the process that opened it.
    pub(crate) transaction: Option<(u64, i32)>,
    last_file: u64,
    /// The machine for which the shares were computed.
    machine: Machine,
}

impl Turn {
    /// The number of the next open file.
    pub(crate) fn next_file(&mut self) -> u64 {
        self.last_file = self.last_file.wrapping_add(1);
        self.last_file
    }
}

impl Control {
    /// Control over `engine`, whose table is empty.
    #[inline(never)]
    pub(crate) fn new(engine: Arc<Engine>, hooks: Hooks) -> Result<Arc<Self>> {
        let machine = engine.machine();
        Arc::pin_init(
            try_pin_init!(Self {
                engine,
                hooks <- new_mutex!(hooks),
                turn <- new_mutex!(Turn { transaction: None, last_file: 0, machine }),
                last_error <- new_mutex!(Text::with_room(limits::REASON_BYTES)?),
                finding: Atomic::new(0),
            }? Error),
            GFP_KERNEL,
        )
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Calls `act` with the hooks, which nobody changes meanwhile; sleeps.
    pub(crate) fn with_hooks<R>(&self, act: impl FnOnce(&mut Hooks) -> R) -> R {
        let mut hooks = self.hooks.lock();
        act(&mut hooks)
    }

    /// The same for what arms or disarms them; the module's health is told afterwards.
    pub(crate) fn change_hooks<R>(&self, act: impl FnOnce(&mut Hooks) -> R) -> R {
        self.with_hooks(|hooks| {
            let result = act(hooks);
            self.tell_health(hooks);
            result
        })
    }

    /// Tells the module's health if it is another one than before.
    pub(crate) fn tell_health(&self, hooks: &Hooks) {
        let now = Health::of(hooks.armed(), self.engine.is_deaf());
        self.engine.events.tell_health(now);
    }

    /// Calls `act` while nobody else changes the table; sleeps.
    pub(crate) fn with_turn<R>(&self, act: impl FnOnce(&mut Turn) -> R) -> R {
        let mut turn = self.turn.lock();
        act(&mut turn)
    }

    /// Keeps why a write was refused; needs no memory.
    pub(crate) fn set_last_error(&self, why: fmt::Arguments<'_>) {
        let mut last_error = self.last_error.lock();
        last_error.set(why);
        let why = last_error.bytes();
        self.engine.events.tell(&Record::Refusal { why });
    }

    /// Keeps the reason for `last_error`, and gives back the error.
    pub(crate) fn refuse(&self, error: Error, why: fmt::Arguments<'_>) -> Error {
        self.set_last_error(why);
        error
    }

    /// Calls `act` with why the last write was refused.
    pub(crate) fn last_error<R>(&self, act: impl FnOnce(&[u8]) -> R) -> R {
        act(self.last_error.lock().bytes())
    }

    /// Makes `table` the one in force: groups, hooks, and what handlers see; sleeps. The caller has the
    /// turn. On an error nothing is changed.
    pub(crate) fn replace(self: &Arc<Self>, table: Boxed<Table>) -> Result {
        // What was refused before is not why this one is.
        drop(self.engine.classes.take_fault());
        let old = self.engine.current();
        let new = Arc::new(Snapshot::after(&old, table)?, GFP_KERNEL)?;
        let this = self.clone();
        // A kernel worker has the initial namespaces, whoever writes.
        kworker::run(move || this.apply(&old, &new))
    }

    /// Computes all shares anew when CPUs, or VPSes without a row, came or went; sleeps. The caller has the turn.
    pub(crate) fn follow_machine(self: &Arc<Self>, turn: &mut Turn) {
        let machine = self.engine.machine();
        if machine == turn.machine {
            return;
        }
        if self.engine.current().table().is_empty() {
            turn.machine = machine;
            return;
        }
        let result = self
            .engine
            .current()
            .table()
            .for_machine(&machine)
            .map_err(Error::from)
            .and_then(|table| self.replace(table));
        match result {
            Ok(()) => turn.machine = machine,
            Err(error) => pr_warn!("shares for {} CPUs: {:?}\n", machine.cpus, error),
        }
    }

    /// What of `replace` runs in the worker: groups first, which can fail, then hooks, which can too, and
    /// then what cannot: the table is published, and who was bound to a row that is gone is let go.
    #[inline(never)]
    fn apply(&self, old: &Snapshot, new: &Arc<Snapshot>) -> Result {
        let machine: Machine = self.engine.machine();
        let classes = &self.engine.classes;
        let files = self.find_files(old, new)?;
        classes.prepare(old, new, &machine)?;
        let empty = new.table().is_empty();
        let given = self
            .engine
            .vps_set_classes(new, &machine)
            .and_then(|()| self.arm_hooks(new));
        if let Err(error) = given {
            let fault = classes.take_fault();
            self.engine.vps_restore_classes(old, &machine);
            classes.set_fault(fault);
            classes.take_back(old, new, &machine);
            return Err(error);
        }
        let mut lost = false;
        for id in old.changed(new) {
            if let Some(host) = old.lost(id, new) {
                host.retire();
                lost = true;
            }
        }
        // Before anybody can be bound to a host that was not told.
        self.tell_rows(old, new);
        drop(self.engine.publish(new.clone()));
        self.engine.vps_count_guests(new);
        for id in new.changed(old) {
            if let Some((row, host)) = new.entry(id) {
                host.set_settings(row);
            }
        }
        files
            .into_iter()
            .for_each(|(host, files)| host.set_files(files));
        if empty {
            self.change_hooks(|hooks| hooks.disarm(Needs::ROWS.and(Needs::PATHS)));
            self.engine.forget_tracked();
        } else if lost {
            self.engine.forget_retired();
        }
        self.engine.settle_all();
        classes.clean(old, new, &machine);
        Ok(())
    }

    /// Finds the files of the rows that changed. Those of a host that is in force are given back, for when `new` is.
    #[inline(never)]
    fn find_files(&self, old: &Snapshot, new: &Snapshot) -> Result<Files> {
        let mut files = KVVec::new();
        for id in new.changed(old) {
            let Some((row, host)) = new.entry(id) else {
                continue;
            };
            if new.lost(id, old).is_some() {
                self.engine.classes.find_files(row, host)?;
            } else if names_files(row) || old.table().row(id).is_some_and(|row| names_files(row)) {
                let found = self.engine.classes.files_of(row)?;
                files.push((host.clone(), found), GFP_KERNEL)?;
            }
        }
        Ok(files)
    }

    /// Has a kernel worker find the files of all rows and rules again, unless one is still at it. A path may lead through a
    /// tenant's directories to a file system that does not answer: that is not to keep who has the turn, and so everybody else.
    pub(crate) fn find_files_again(self: &Arc<Self>) {
        let now = self.engine.current();
        if !now.names_files() && !self.engine.vpses.has_rules() {
            return;
        }
        let Some(module) = ModuleRef::try_get() else {
            return;
        };
        if self.finding.xchg(1, Full) != 0 {
            return;
        }
        let this = self.clone();
        let spawned = kworker::spawn(move || {
            if let Err(error) = this.find_all_files(&now) {
                pr_debug!("files: {:?}\n", error);
            }
            drop(now);
            this.finding.store(0, Relaxed);
            drop(this);
            drop(module);
        });
        if spawned.is_err() {
            self.finding.store(0, Relaxed);
        }
    }

    /// Finds the files of all rows of `now` and of all rules, and tells those who still have them.
    fn find_all_files(&self, now: &Snapshot) -> Result {
        let engine = &self.engine;
        for (id, row, host) in now.entries().filter(|(_, row, _)| names_files(row)) {
            let files = engine.classes.files_of(row)?;
            self.with_turn(|_| {
                let current = engine.current();
                if current
                    .table()
                    .row(id)
                    .is_some_and(|one| Shared::ptr_eq(one, row))
                {
                    host.set_files(files);
                }
            });
        }
        engine.vps_find_files_again(|act| self.with_turn(|_| act()))
    }

    /// Tells which rows changed, or how many if they are too many to be told one by one.
    #[inline(never)]
    fn tell_rows(&self, old: &Snapshot, new: &Snapshot) {
        let events = &self.engine.events;
        if !events.is_heard() {
            return;
        }
        let generation = new.table().generation();
        let (mut added, mut removed, mut changed) = (0u32, 0u32, 0u32);
        new.each_change(old, |_, change| {
            let count = match change {
                Change::Added => &mut added,
                Change::Removed => &mut removed,
                Change::Changed => &mut changed,
            };
            *count = count.saturating_add(1);
        });
        let all = added.saturating_add(removed).saturating_add(changed);
        if all > limits::EVENT_ROWS {
            return events.tell(&Record::Table {
                rows: u32::try_from(new.table().len()).unwrap_or(u32::MAX),
                added,
                removed,
                changed,
                generation,
            });
        }
        new.each_change(old, |row, change| {
            events.tell(&Record::Row {
                host: row.name(),
                change,
                generation,
            });
        });
    }

    /// Arms what the rows of `new` need. Hooks of UNIX sockets stay armed until the table is empty: channels outlive rows.
    #[inline(never)]
    fn arm_hooks(&self, new: &Snapshot) -> Result {
        let needs = match (new.table().is_empty(), new.table().has_paths()) {
            (true, _) => return Ok(()),
            (false, true) => Needs::ROWS.and(Needs::PATHS),
            (false, false) => Needs::ROWS,
        };
        self.change_hooks(|hooks| hooks.arm(needs))
    }

    /// Empties the table, gives everything back and lets nobody write any more; sleeps.
    pub(crate) fn shut(self: &Arc<Self>) {
        self.with_turn(|_| {
            self.vps_stop_all();
            let empty = || Snapshot::empty_table(0).and_then(|table| self.replace(table));
            let result = insist(empty);
            if let Err(error) = result {
                pr_err!(
                    "unload: {:?}: tasks may be left in {}\n",
                    error,
                    self.engine.classes.root()
                );
            }
        });
    }
}
