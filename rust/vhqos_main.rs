// SPDX-License-Identifier: GPL-2.0

//! Quality of service for virtual hosts.
//!
//! One machine, one web server, hundreds of customers: the server's workers serve whoever connects
//! next, so the scheduler cannot tell whose work a process does. This module sees which virtual host a
//! task serves, and puts the task into that host's class before the server gets the data in hand.
//!
//! `policy` is the table, `sniff` what connections say, `track` the associations, `events` what is told, `hooks` what is seen, `engine` what is concluded,
//! `class` what is done, `proc` what is shown, and `sys` the border to C.

mod canary;
mod class;
mod engine;
#[allow(dead_code, unused_imports, reason = "host tests use the rest")]
mod events;
mod hooks;
mod limits;
#[allow(dead_code, unused_imports, reason = "the host's tool uses the rest")]
mod policy;
mod proc;
#[allow(dead_code, unused_imports, reason = "host tests use the rest")]
mod sniff;
mod sys;
mod track;

pub(crate) use sys::mem;

use canary::Canary;
use class::Classes;
use engine::control::Control;
use engine::laggards::Settler;
use engine::snapshot::Snapshot;
use engine::{
    Engine,
    Settings, //
};
use hooks::Hooks;
use kernel::prelude::*;
use kernel::sync::Arc;
use sys::kthread::{
    Pace,
    Thread, //
};
use track::kind::{
    Loops,
    Rule, //
};

/// The version, as `/proc/vhqos/status` says it.
const VERSION: &str = "0.1.0";

module! {
    type: Vhqos,
    name: "vhqos",
    authors: ["The vhqos authors"],
    description: "Quality of service for virtual hosts",
    license: "GPL",
    params: {
        reserve: u8 {
            default: 5,
            description: "Percent of the machine that is left to everybody else (0 to 90)",
        },
        serves: u8 {
            default: 2,
            description: "When an acceptor is bound: 2 at the first transfer, 1 at the accept, 0 at the accept once it served",
        },
        channels: u32 {
            default: 1000000,
            description: "Most connections that are tracked at once (1 to 1000000)",
        },
        tasks: u32 {
            default: 1000000,
            description: "Most threads that are tracked at once (1 to 1000000)",
        },
    },
}

/// The value of a parameter; Linux 7.3 gives it, earlier ones a reference to it.
#[cfg(kernel_7_3)]
macro_rules! parameter {
    ($name:ident) => {
        module_parameters::$name.value()
    };
}
/// The value of a parameter.
#[cfg(not(kernel_7_3))]
macro_rules! parameter {
    ($name:ident) => {
        *module_parameters::$name.value()
    };
}

/// The loaded module.
///
/// Fields are dropped in their order: nobody can write any more, then the canary and who
/// settles laggards are gone, then the table is emptied, which disarms the hooks and gives everybody back what they had. What is left of
/// the hooks and the tables goes with the last reference on `control`.
struct Vhqos {
    _files: proc::Files,
    _canary: Thread<Canary>,
    _settler: Thread<Settler>,
    _table: Emptied,
}

/// Empties the table when it is dropped.
struct Emptied(Arc<Control>);

impl Drop for Emptied {
    fn drop(&mut self) {
        self.0.shut();
        // A callback gave its reference on the module back with its last instructions but a few.
        sys::rcu::synchronize_tasks();
    }
}

/// What the parameters say, with no row in the table; apart from `init` to keep its stack small.
#[inline(never)]
fn control() -> Result<Arc<Control>> {
    let reserve = u32::from(parameter!(reserve));
    let rule = Rule::from_parameter(parameter!(serves));
    let loops = sys::param::LOOPS.get(c"charge").to_bytes();
    let channels = usize::try_from(parameter!(channels))?;
    let tasks = usize::try_from(parameter!(tasks))?;
    let (Some(rule), Some(loops), 0..=90, 1..=limits::CHANNELS, 1..=limits::TASKS) =
        (rule, Loops::from_parameter(loops), reserve, channels, tasks)
    else {
        pr_err!("parameters: reserve is 0 to 90, serves is 0 to 2, loops is charge or move, channels and tasks are 1 to 1000000\n");
        return Err(EINVAL);
    };
    let classes = Classes::new(sys::param::CGROUP_ROOT.get(c"vhqos"))?;
    let empty = Arc::new(Snapshot::empty(sys::system::random())?, GFP_KERNEL)?;
    let settings = Settings {
        rule,
        loops,
        reserve_ppm: reserve.saturating_mul(10_000),
        channels,
        tasks,
    };
    let engine = Engine::new(classes, &settings, empty)?;
    let hooks = Hooks::register(&engine)?;
    Control::new(engine, hooks)
}

impl kernel::Module for Vhqos {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let control = control()?;
        let table = Emptied(control.clone());
        let canary = Thread::start(
            c"vhqos",
            Pace::Every(limits::CANARY_MILLISECONDS),
            Canary::new(control.clone()),
        )?;
        let settler = Thread::start(
            c"vhqos_settler",
            Pace::AtOnce,
            Settler::new(control.engine().clone()),
        )?;
        let files = proc::Files::make(&control)?;
        Ok(Self {
            _files: files,
            _canary: canary,
            _settler: settler,
            _table: table,
        })
    }
}
