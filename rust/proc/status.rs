// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/status`: the health of the module.
//!
//! `health`: `off`, there are no rows and no VPSes, and the hooks are not armed; `live`; `deaf`, the hooks are armed
//! but silent, because somebody switched ftrace or kprobes off, and all tasks have their own classes
//! back. `vpses`, `members`: VPSes and their processes; `vps_strays`: members that were outside their group;
//! `vps_refused`: children that could not be members at once. `weight_capped`: 1 while the groups beside ours weigh so much that
//! the largest weight gives us less than is promised when all of them are busy. `hook`: one line a hook, with its `hits`, and the hits that the kernel `missed` because another
//! probe was at work. Then what went wrong, counted since the load.

use crate::engine::control::Control;
use crate::engine::Engine;
use crate::events::Health;
use crate::sys::procfs::Entry;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::seq_print;
use kernel::sync::Arc;

pub(super) struct Status(pub(super) Arc<Control>);

impl Entry for Status {
    type Reading = ();
    type Writing = ();

    fn open(&self) -> Result<((), ())> {
        Ok(((), ()))
    }

    fn next(&self, (): &(), from: u64) -> Option<u64> {
        (from == 0).then_some(0)
    }

    fn show(&self, (): &(), _: u64, out: &SeqFile) {
        let engine = self.0.engine();
        let now = engine.current();
        let machine = engine.machine();
        self.0.with_hooks(|hooks| {
            let health = Health::of(hooks.armed(), engine.is_deaf()).word();
            seq_print!(out, "version={}\nhealth={}\n", crate::VERSION, health);
            seq_print!(
                out,
                "generation={}\nrows={}\nchannels={}\ntasks={}\n",
                now.table().generation(),
                now.table().len(),
                engine.channels.len(),
                engine.tasks.len(),
            );
            show_vpses(engine, out);
            seq_print!(
                out,
                "cpus={}\nreserve={}%\ncgroup_root={}\nweight_capped={}\n",
                machine.cpus,
                machine.reserve_ppm / 10_000,
                engine.classes.root(),
                u8::from(engine.classes.is_weight_capped()),
            );
            for hook in hooks.each() {
                seq_print!(
                    out,
                    "hook={} armed={} hits={} missed={}\n",
                    hook.symbol,
                    u8::from(hook.armed),
                    hook.hits,
                    hook.missed
                );
            }
        });
        for (name, value) in engine.counters.each() {
            seq_print!(out, "{}={}\n", name, value);
        }
    }
}

#[inline(never)]
fn show_vpses(engine: &Engine, out: &SeqFile) {
    seq_print!(
        out,
        "vpses={}\nmembers={}\nvps_strays={}\nvps_refused={}\n",
        engine.vpses.count(),
        engine.vpses.members.len(),
        engine.vpses.strays(),
        engine.vpses.refused(),
    );
}
