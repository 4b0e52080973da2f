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
use kernel::sync::Arc;

/// The canary, and what else has to be looked after now and then.
pub(crate) struct Canary(pub(crate) Arc<Control>);

impl Round for Canary {
    fn round(&self) {
        let engine = self.0.engine();
        let Some(silent) = self.0.with_hooks(|hooks| {
            if !hooks.armed() {
                return None;
            }
            let before = hooks.closes();
            // Without memory for a socket there is nothing to hear.
            socket::open_and_close().ok()?;
            Some(hooks.closes() == before)
        }) else {
            return;
        };
        self.0.with_turn(|_| {
            if silent {
                engine.counters.count(Event::Deaf);
            }
            if silent != engine.is_deaf() {
                self.turn(silent);
            }
            let machine = engine.machine();
            if let Err(error) = engine.classes.balance(&machine) {
                pr_debug!("weight of {}: {:?}\n", engine.classes.root(), error);
            }
            let now = engine.current();
            let _ = engine.classes.find_executables(&now);
        });
    }
}

impl Canary {
    fn turn(&self, silent: bool) {
        let engine = self.0.engine();
        engine.set_deaf(silent);
        if silent {
            pr_warn!("hooks are silent: all tasks get their own classes back; is kernel.ftrace_enabled 0?\n");
            engine.forget_all();
        } else {
            pr_info!("hooks work again\n");
        }
    }
}
