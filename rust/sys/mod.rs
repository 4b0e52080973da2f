// SPDX-License-Identifier: GPL-2.0

//! The border to C: the only folder with `unsafe`.
//!
//! Every file wraps one kernel facility that the `kernel` crate does not offer yet behind a safe
//! type. Nothing here knows what a virtual host is.

pub(crate) mod bell;
pub(crate) mod bindings;
pub(crate) mod buffer;
pub(crate) mod cgroup;
pub(crate) mod credentials;
pub(crate) mod descriptor;
pub(crate) mod directory;
pub(crate) mod executable;
pub(crate) mod file;
pub(crate) mod kprobe;
pub(crate) mod kthread;
pub(crate) mod kworker;
pub(crate) mod mem;
pub(crate) mod module;
pub(crate) mod param;
pub(crate) mod procfs;
pub(crate) mod rcu;
pub(crate) mod sched;
pub(crate) mod seq;
pub(crate) mod socket;
pub(crate) mod stream;
pub(crate) mod symbol;
pub(crate) mod system;
pub(crate) mod task;
pub(crate) mod task_work;
pub(crate) mod tls;
pub(crate) mod unix;
