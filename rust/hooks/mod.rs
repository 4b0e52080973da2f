// SPDX-License-Identifier: GPL-2.0

//! The hooked functions of the kernel, all of them in one list.
//!
//! Each is probed at its entry, at a point where nothing waits any more, and must be one that ftrace
//! patches; the load fails otherwise, naming the function. The probes are armed while the table has
//! rows or there are VPSes.

mod accept;
mod attach;
mod clone;
mod close;
mod exec;
mod exit;
mod transfer;

use crate::class::insist::insist;
use crate::engine::Engine;
use crate::sys::kprobe::{
    self,
    Context,
    Probe, //
};
use crate::sys::rcu;
use crate::sys::symbol;
use kernel::prelude::*;
use kernel::sync::Arc;

/// A handler: decides, does not sleep, and calls nothing that is hooked.
type Handler = fn(&Arc<Engine>, &Context<'_>);

/// What is hooked. Every way to accept, move bytes, make a task, close and exit ends in one of these.
static HOOKS: [(&CStr, Handler); 12] = [
    // accept(2), accept4(2) and io_uring, over IPv4 and IPv6.
    (c"__inet_accept", accept::tcp),
    // fork, vfork, clone, clone3, threads and the workers of io_uring.
    (c"wake_up_new_task", clone::child),
    // read, readv, recv, recvfrom, recvmsg, recvmmsg, preadv2 and io_uring: bytes are copied out.
    (c"skb_copy_datagram_iter", transfer::received),
    // splice(2) from a socket, and io_uring's.
    (c"skb_splice_bits", transfer::spliced),
    // write, writev, send, sendto, sendmsg, sendmmsg, sendfile, splice to a socket, and io_uring.
    (c"inet_sendmsg", transfer::sent),
    // The same over IPv6.
    (c"inet6_sendmsg", transfer::sent),
    // A descriptor is closed: close, close_range, dup2 and dup3 over it, exec, exit.
    (c"filp_flush", close::descriptor),
    // The last descriptor of a socket was closed.
    (c"inet_release", close::tcp),
    // A task exits.
    (c"do_exit", exit::current),
    // exec looks at a program: at what was asked for, then at each interpreter.
    (c"security_bprm_check", exec::looks),
    // exec has found one that it can run.
    (c"begin_new_exec", exec::runs),
    // Somebody moves a task to another group.
    (c"cgroup_attach_task", attach::task),
];

/// The probes, from load to unload.
pub(crate) struct Hooks {
    probes: KVec<Pin<KBox<Probe<Arc<Engine>>>>>,
    armed: bool,
}

impl Hooks {
    /// Registers all probes, disarmed. Fails with the name of the function in the log.
    #[inline(never)]
    pub(crate) fn register(engine: &Arc<Engine>) -> Result<Self> {
        let mut probes = KVec::with_capacity(HOOKS.len(), GFP_KERNEL)?;
        for (name, handler) in HOOKS.iter().copied() {
            let checked = symbol::check_unique(name).inspect_err(|error| {
                let why = match *error == ENOMEM {
                    true => "no memory",
                    false => "it must name exactly one function",
                };
                pr_err!("hook {}: {:?}: {why}\n", name, error);
            });
            checked?;
            let data = Arc::new(engine.clone(), GFP_KERNEL)?;
            let probe = Probe::register(name, handler, data).inspect_err(|error| {
                pr_err!("hook {}: {:?}: cannot be probed by ftrace\n", name, error);
            })?;
            probes.push(probe, GFP_KERNEL)?;
        }
        Ok(Self {
            probes,
            armed: false,
        })
    }

    /// Whether the hooks are armed.
    pub(crate) fn armed(&self) -> bool {
        self.armed
    }

    /// Arms all hooks, or none; sleeps.
    pub(crate) fn arm(&mut self) -> Result {
        for (index, probe) in self.probes.iter().enumerate() {
            if let Err(error) = probe.arm() {
                pr_err!("hook {}: {:?}: cannot be armed\n", probe.symbol(), error);
                for armed in self.probes.iter().take(index) {
                    disarm(armed);
                }
                return Err(error);
            }
        }
        self.armed = true;
        Ok(())
    }

    /// Disarms all hooks, and waits until no handler runs; sleeps.
    pub(crate) fn disarm(&mut self) {
        for probe in self.probes.iter() {
            disarm(probe);
        }
        rcu::synchronize();
        self.armed = false;
    }

    /// Name, hits and misses of each hook.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'static CStr, u64, u64)> + '_ {
        self.probes
            .iter()
            .map(|probe| (probe.symbol(), probe.hits(), probe.missed()))
    }

    /// How often the hook on closing was hit: what the canary looks at.
    pub(crate) fn closes(&self) -> u64 {
        self.each()
            .find(|(name, _, _)| *name == c"inet_release")
            .map_or(0, |(_, hits, _)| hits)
    }
}

/// Disarms one hook, however short memory is: the kernel does not unregister a probe that it cannot disarm, and says so
/// to nobody.
fn disarm(probe: &Probe<Arc<Engine>>) {
    if let Err(error) = insist(|| probe.disarm()) {
        pr_warn!("hook {}: {:?}: cannot be disarmed\n", probe.symbol(), error);
    }
}

impl Drop for Hooks {
    /// All at once: one by one, each waits for a grace period.
    fn drop(&mut self) {
        if let Err(error) = kprobe::unregister_all(&self.probes) {
            pr_debug!("hooks are unregistered one by one: {:?}\n", error);
        }
    }
}
