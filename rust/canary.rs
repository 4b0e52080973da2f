// SPDX-License-Identifier: GPL-2.0

//! A bird in the mine: does a hooked call still reach its handler?
//!
//! `kernel.ftrace_enabled=0` and debugfs `kprobes/enabled` silence every hook, and no counter says so.
//! So a socket of our own is opened and closed now and then, which a hook has to notice. When it does
//! not, all tasks get their own classes back, until it does again.

use crate::engine::control::Control;
use crate::engine::counters::Event;
use crate::sys::kthread::Round;
use crate::sys::socket;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Full, //
};
use kernel::sync::Arc;

/// The canary, and what else has to be looked after now and then.
pub(crate) struct Canary {
    control: Arc<Control>,
    /// The last channel that there was in the round before.
    last_channel: Atomic<u64>,
}

impl Canary {
    /// A canary for the hooks of `control`.
    pub(crate) fn new(control: Arc<Control>) -> Self {
        Self {
            control,
            last_channel: Atomic::new(0),
        }
    }

    /// Whether a hooked call went by without a hit; `None` when nothing can be said.
    fn listen(&self) -> Option<bool> {
        self.control.with_hooks(|hooks| {
            if !hooks.armed() {
                return None;
            }
            let before = hooks.heard();
            // Without memory for a socket there is nothing to hear.
            socket::open_and_close().ok()?;
            Some(hooks.heard() == before)
        })
    }

    fn turn(&self, silent: bool) {
        let engine = self.control.engine();
        engine.set_deaf(silent);
        self.control
            .with_hooks(|hooks| self.control.tell_health(hooks));
        if silent {
            pr_warn!("hooks are silent: all tasks get their own classes back; is kernel.ftrace_enabled 0?\n");
            engine.forget_all();
        } else {
            pr_info!("hooks work again\n");
        }
    }

    /// What is looked after beside the hooks; the caller has the turn.
    fn look_after(&self) {
        let engine = self.control.engine();
        let machine = engine.machine();
        if let Err(error) = engine.classes.balance(&engine.current(), &machine) {
            pr_debug!("weight of {}: {:?}\n", engine.classes.root(), error);
        }
        engine.vps_look_after();
        let last = engine.last_channel();
        engine.forget_stale(self.last_channel.xchg(last, Full));
    }
}

impl Round for Canary {
    fn round(&self) {
        let Some(silent) = self.listen() else {
            return;
        };
        let engine = self.control.engine();
        self.control.with_turn(|turn| {
            if silent {
                engine.counters.count(Event::Deaf);
            }
            if silent != engine.is_deaf() {
                self.turn(silent);
            }
            self.look_after();
            self.control.follow_machine(turn);
        });
        self.control.find_files_again();
    }
}
