// SPDX-License-Identifier: GPL-2.0

//! What the commands of `/proc/vhqos/vps` do. The caller has the turn; all of it sleeps.

use crate::class::insist::insist;
use crate::engine::control::{
    Control,
    Turn, //
};
use crate::engine::vps::{
    Rule,
    Vps, //
};
use crate::hooks::Needs;
use crate::limits;
use crate::mem::Shared;
use crate::policy::vps::{
    Command,
    Verb, //
};
use crate::policy::{
    Reason,
    Refusal,
    Text, //
};
use crate::sys::executable::Identity;
use crate::sys::kworker;
use crate::sys::rcu;
use crate::sys::task::{
    self,
    TaskExt,
    TaskRef, //
};
use kernel::prelude::*;
use kernel::str::CString;
use kernel::sync::Arc;
use kernel::task::Task;

/// Why a command was not carried out; nothing is changed.
pub(crate) enum Failure {
    /// It is not to be.
    Refused(Refusal),
    /// The kernel refused something.
    Kernel(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Kernel(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why a process could not become a member.
#[inline(never)]
fn gather_failure(command: &Command<'_>, error: Error) -> Failure {
    match error {
        error if error == ESRCH => command.refuse_last(Reason::NO_PROCESS).into(),
        error if error == ENOSPC => command.refuse_last(Reason::TOO_MANY_MEMBERS).into(),
        error => error.into(),
    }
}

impl Control {
    /// Carries out one command of the current task.
    #[inline(never)]
    pub(crate) fn vps_command(
        self: &Arc<Self>,
        turn: &mut Turn,
        command: &Command<'_>,
    ) -> Result<(), Failure> {
        // What was refused before is not why this one is.
        drop(self.engine().classes.take_fault());
        match command.verb {
            Verb::Start(number) => {
                let task = task::by_number(number);
                let task = task.filter(|task| task.live_tasks() > 0);
                let task = task.ok_or_else(|| command.refuse_last(Reason::NO_PROCESS))?;
                self.vps_start(turn, command, task, true)
            }
            Verb::Join => {
                let task: &Task = kernel::current!();
                self.vps_start(turn, command, task.into(), false)
            }
            Verb::Exec(path) => self.vps_rule(turn, command, path),
            Verb::Stop => {
                let vps = self.vps_named(command)?;
                Ok(self.vps_stop(turn, vps)?)
            }
            Verb::Kill => {
                let vps = self.vps_named(command)?;
                let engine = self.engine().clone();
                Ok(kworker::run(move || engine.vps_kill(&vps))?)
            }
        }
    }

    fn vps_named(&self, command: &Command<'_>) -> Result<Arc<Vps>, Refusal> {
        let found = self.engine().vpses.find(command.name());
        found.ok_or_else(|| command.refuse_name(Reason::NO_VPS))
    }

    /// Makes the process of `task` a member; `whole`: it is the init, and its descendants are members too.
    #[inline(never)]
    fn vps_start(
        self: &Arc<Self>,
        turn: &mut Turn,
        command: &Command<'_>,
        task: TaskRef,
        whole: bool,
    ) -> Result<(), Failure> {
        let Some(known) = self.vps_may_start(command, &task, whole)? else {
            return Ok(());
        };
        let made = known.is_none();
        let vps = match known {
            Some(vps) => vps,
            None => self.vps_make(turn, command)?,
        };
        let engine = self.engine().clone();
        let theirs = vps.clone();
        let result = kworker::run(move || engine.vps_gather(&theirs, &task, whole));
        let Err(error) = result else {
            return Ok(());
        };
        if made {
            if let Err(error) = self.vps_stop(turn, vps) {
                pr_warn!("VPS {}: {:?}\n", command.name(), error);
            }
        }
        Err(gather_failure(command, error))
    }

    /// Whether the process of `task` may become a member: the VPS if there is one of the name, and nothing if
    /// it is a member already.
    #[inline(never)]
    fn vps_may_start(
        &self,
        command: &Command<'_>,
        task: &Task,
        whole: bool,
    ) -> Result<Option<Option<Arc<Vps>>>, Failure> {
        let vpses = &self.engine().vpses;
        if task.is_kernel_thread() {
            return Err(command.refuse_last(Reason::KERNEL_THREAD).into());
        }
        if task.group_number() == 1 {
            return Err(command.refuse_last(Reason::MACHINE_INIT).into());
        }
        let known = vpses.find(command.name());
        if whole && known.as_ref().is_some_and(|vps| vpses.is_running(vps)) {
            return Err(command.refuse_name(Reason::RUNNING).into());
        }
        if let Some(other) = vpses.of(task) {
            return match known {
                Some(vps) if Arc::ptr_eq(&vps, &other) => Ok(None),
                _ => Err(command
                    .refuse_last(Reason::Member(other.name.clone()))
                    .into()),
            };
        }
        Ok(Some(known))
    }

    /// Makes a VPS without members: its group, and the hooks if nobody needed them before.
    #[inline(never)]
    fn vps_make(
        self: &Arc<Self>,
        turn: &mut Turn,
        command: &Command<'_>,
    ) -> Result<Arc<Vps>, Failure> {
        if self.engine().vpses.count() >= limits::VPSES {
            return Err(command.refuse_name(Reason::TOO_MANY_VPSES).into());
        }
        let name = Text::new(command.name()).map_err(Error::from)?;
        let name = Shared::new(name).map_err(Error::from)?;
        let this = self.clone();
        let vps = kworker::run(move || this.vps_add(name))?;
        self.follow_machine(turn);
        Ok(vps)
    }

    fn vps_add(&self, name: Shared<Text>) -> Result<Arc<Vps>> {
        let engine = self.engine();
        let (now, machine) = (engine.current(), engine.machine());
        let group = engine.classes.make_vps(name.as_str())?;
        let made = engine.vpses.make(name, group.clone()).and_then(|vps| {
            engine.vps_set_class(&vps, &now, &machine)?;
            let listed = self
                .change_hooks(|hooks| hooks.arm(Needs::VPSES))
                .and_then(|()| Ok(engine.vpses.list.lock().push(vps.clone(), GFP_KERNEL)?));
            match listed {
                Ok(()) => Ok(vps),
                Err(error) => {
                    vps.leave_host();
                    Err(error)
                }
            }
        });
        match made {
            Ok(vps) => {
                engine.vps_count_guests(&now);
                if let Err(error) = engine.classes.balance(&now, &engine.machine()) {
                    pr_warn!("VPS {}: {:?}: has not its share yet\n", vps.name(), error);
                }
                Ok(vps)
            }
            Err(error) => {
                engine.classes.remove_vps(&group);
                self.vps_clean();
                Err(error)
            }
        }
    }

    /// Takes away what only VPSes needed, when there are none.
    fn vps_clean(&self) {
        let engine = self.engine();
        if engine.vpses.count() > 0 {
            return;
        }
        self.change_hooks(|hooks| hooks.disarm(Needs::VPSES));
        engine.classes.remove_vps_domain();
    }

    /// Forgets `vps`: its processes go back to where they came from.
    fn vps_stop(self: &Arc<Self>, turn: &mut Turn, vps: Arc<Vps>) -> Result {
        let mut one = KVec::new();
        one.push(vps, GFP_KERNEL)?;
        let this = self.clone();
        kworker::run(move || this.vps_remove(&one))?;
        self.follow_machine(turn);
        Ok(())
    }

    /// Forgets all VPSes.
    pub(crate) fn vps_stop_all(self: &Arc<Self>) {
        let forget = || {
            let this = self.clone();
            kworker::run(move || {
                let all = this.engine().vpses.all()?;
                match all.is_empty() {
                    true => Ok(()),
                    false => this.vps_remove(&all),
                }
            })
        };
        let result = insist(forget);
        if let Err(error) = result {
            pr_err!("unload: {:?}: the groups of VPSes are left\n", error);
        }
    }

    fn vps_remove(&self, some: &[Arc<Vps>]) -> Result {
        let engine = self.engine();
        let vpses = &engine.vpses;
        engine.vps_begin_leaving(some)?;
        engine
            .vps_evacuate(some)
            .inspect_err(|_| engine.vps_stay(some))?;
        vpses.rules.lock().retain(|rule| !rule.vps.is_leaving());
        vpses.list.lock().retain(|vps| !vps.is_leaving());
        let now = engine.current();
        engine.vps_count_guests(&now);
        some.iter().for_each(|vps| vps.leave_host());
        engine.vps_forget();
        // A handler that found one of them is done with it when this returns.
        rcu::synchronize();
        engine.vps_forget();
        for vps in some {
            engine.classes.remove_vps(vps.group());
        }
        self.vps_clean();
        if let Err(error) = engine.classes.balance(&now, &engine.machine()) {
            pr_debug!("weights: {:?}\n", error);
        }
        Ok(())
    }

    /// Adds an `exec` rule.
    #[inline(never)]
    fn vps_rule(
        self: &Arc<Self>,
        turn: &mut Turn,
        command: &Command<'_>,
        path: &str,
    ) -> Result<(), Failure> {
        let engine = self.engine();
        let path = CString::try_from_fmt(format_args!("{path}"))?;
        let file = engine.classes.find_program(&path);
        let file = file.map_err(|_| command.refuse_last(Reason::NO_FILE))?;
        let file = Identity::of(&file);
        let owner = {
            let files = engine.vpses.files.lock();
            let found = files.iter().find(|(one, _)| *one == file);
            found.map(|(_, vps)| vps.clone())
        };
        if let Some(owner) = owner {
            if owner.name() == command.name() {
                return Ok(());
            }
            return Err(command.refuse_last(Reason::TAKEN_FILE).into());
        }
        if engine.vpses.rules.lock().len() >= limits::EXEC_RULES {
            return Err(command.refuse_name(Reason::TOO_MANY_RULES).into());
        }
        let vps = match engine.vpses.find(command.name()) {
            Some(vps) => vps,
            None => self.vps_make(turn, command)?,
        };
        let path = Arc::new(path, GFP_KERNEL).map_err(Error::from)?;
        let rule = Rule { path, vps };
        engine
            .vpses
            .rules
            .lock()
            .push(rule, GFP_KERNEL)
            .map_err(Error::from)?;
        let this = engine.clone();
        Ok(kworker::run(move || this.vps_find_files())?)
    }
}
