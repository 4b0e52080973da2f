// SPDX-License-Identifier: GPL-2.0

//! The hooked functions of the kernel, all of them in one list.
//!
//! Each is probed at its entry, at a point where nothing waits any more, and must be one that ftrace
//! patches; the load fails otherwise, naming the function. Each is armed while there is somebody who needs it:
//! rows, or VPSes.

mod accept;
mod attach;
mod clone;
mod close;
mod exec;
mod exit;
mod tls;
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

/// Who needs a hook.
#[derive(Clone, Copy)]
pub(crate) struct Needs(u8);

impl Needs {
    const NOBODY: Self = Self(0);
    /// Rows of the table.
    pub(crate) const ROWS: Self = Self(1);
    /// Rows of UNIX sockets.
    pub(crate) const PATHS: Self = Self(2);
    /// VPSes, with rows or without.
    pub(crate) const VPSES: Self = Self(4);
    const BOTH: Self = Self::ROWS.and(Self::VPSES);

    /// Those of `self` and those of `others`.
    pub(crate) const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether one of `self` is among `others`.
    fn meet(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

/// What is hooked, and for whom. Every way to accept, move bytes, make a task, close and exit ends in one of these.
static HOOKS: [(&CStr, Needs, Handler); 17] = [
    // accept(2), accept4(2) and io_uring, over IPv4 and IPv6.
    (c"__inet_accept", Needs::ROWS, accept::tcp),
    // fork, vfork, clone, clone3, threads and the workers of io_uring.
    (c"wake_up_new_task", Needs::BOTH, clone::child),
    // accept(2), accept4(2) and io_uring, of UNIX sockets.
    (c"unix_update_edges", Needs::PATHS, accept::unix),
    // All ways to receive from them; splice(2) ends in `skb_splice_bits()` as well.
    (
        c"unix_stream_read_actor",
        Needs::PATHS,
        transfer::received_unix,
    ),
    // All ways to send to them.
    (c"unix_stream_sendmsg", Needs::PATHS, transfer::sent),
    // The last descriptor of one was closed.
    (c"unix_release", Needs::PATHS, close::last),
    // read, readv, recv, recvfrom, recvmsg, recvmmsg, preadv2 and io_uring: bytes are copied out.
    (c"skb_copy_datagram_iter", Needs::ROWS, transfer::received),
    // splice(2) from a socket, and io_uring's.
    (c"skb_splice_bits", Needs::ROWS, transfer::spliced),
    // The same of a socket whose TLS the kernel decrypts, before what was decrypted is copied.
    (c"tcp_read_done", Needs::ROWS, tls::taken_out),
    // write, writev, send, sendto, sendmsg, sendmmsg, sendfile, splice to a socket, and io_uring.
    (c"inet_sendmsg", Needs::ROWS, transfer::sent),
    // The same over IPv6.
    (c"inet6_sendmsg", Needs::ROWS, transfer::sent),
    // A descriptor is closed: close, close_range, dup2 and dup3 over it, exec, exit.
    (c"filp_flush", Needs::ROWS, close::descriptor),
    // The last descriptor of a socket was closed. The canary's too.
    (CANARY, Needs::BOTH, close::last),
    // A task exits.
    (c"do_exit", Needs::BOTH, exit::current),
    // exec looks at a program: at what was asked for, then at each interpreter.
    (c"security_bprm_check", Needs::VPSES, exec::looks),
    // exec has found one that it can run.
    (c"begin_new_exec", Needs::VPSES, exec::runs),
    // Somebody moves a task to another group.
    (c"cgroup_attach_task", Needs::VPSES, attach::task),
];

/// The hook that the canary listens to.
const CANARY: &CStr = c"inet_release";

/// One of the hooks.
struct Hook {
    probe: Pin<KBox<Probe<Arc<Engine>>>>,
    needs: Needs,
}

/// How one of the hooks does.
pub(crate) struct State {
    /// The hooked function.
    pub(crate) symbol: &'static CStr,
    /// Whether it is armed.
    pub(crate) armed: bool,
    /// How often its handler ran.
    pub(crate) hits: u64,
    /// How often the kernel left the handler out.
    pub(crate) missed: u64,
}

/// The probes, from load to unload.
pub(crate) struct Hooks {
    all: KVec<Hook>,
    /// Who needs hooks now.
    needs: Needs,
}

impl Hooks {
    /// Registers all probes, disarmed. Fails with the name of the function in the log.
    #[inline(never)]
    pub(crate) fn register(engine: &Arc<Engine>) -> Result<Self> {
        let mut all = KVec::with_capacity(HOOKS.len(), GFP_KERNEL)?;
        for (name, needs, handler) in HOOKS.iter().copied() {
            let checked = symbol::check_unique(name).inspect_err(|error| {
                let why = match *error == ENOMEM {
                    true => "no memory",
                    false => "it has to be exactly one function, which ftrace can patch",
                };
                pr_err!("hook {}: {:?}: {why}\n", name, error);
            });
            checked?;
            let data = Arc::new(engine.clone(), GFP_KERNEL)?;
            let probe = Probe::register(name, handler, data).inspect_err(|error| {
                pr_err!("hook {}: {:?}: cannot be probed by ftrace\n", name, error);
            })?;
            all.push(Hook { probe, needs }, GFP_KERNEL)?;
        }
        Ok(Self {
            all,
            needs: Needs::NOBODY,
        })
    }

    /// Whether any hook is armed.
    pub(crate) fn armed(&self) -> bool {
        self.needs.meet(Needs::BOTH)
    }

    /// Arms what `needs` needs, or changes nothing; sleeps.
    #[inline(never)]
    pub(crate) fn arm(&mut self, needs: Needs) -> Result {
        let before = self.needs;
        let missing = |hook: &&Hook| hook.needs.meet(needs) && !hook.needs.meet(before);
        for (index, hook) in self.all.iter().filter(missing).enumerate() {
            if let Err(error) = hook.probe.arm() {
                pr_err!(
                    "hook {}: {:?}: cannot be armed\n",
                    hook.probe.symbol(),
                    error
                );
                let armed = self.all.iter().filter(missing).take(index);
                armed.for_each(|hook| disarm(&hook.probe));
                return Err(error);
            }
        }
        self.needs = before.and(needs);
        Ok(())
    }

    /// Disarms what nobody but `needs` needed, and waits until no such handler runs; sleeps.
    #[inline(never)]
    pub(crate) fn disarm(&mut self, needs: Needs) {
        let before = self.needs;
        let after = Needs(before.0 & !needs.0);
        let idle = |hook: &&Hook| hook.needs.meet(before) && !hook.needs.meet(after);
        let idle = self.all.iter().filter(idle);
        idle.for_each(|hook| disarm(&hook.probe));
        rcu::synchronize();
        self.needs = after;
    }

    /// How each hook does.
    pub(crate) fn each(&self) -> impl Iterator<Item = State> + '_ {
        self.all.iter().map(|hook| State {
            symbol: hook.probe.symbol(),
            armed: hook.needs.meet(self.needs),
            hits: hook.probe.hits(),
            missed: hook.probe.missed(),
        })
    }

    /// How often the hook that the canary listens to was hit.
    pub(crate) fn heard(&self) -> u64 {
        self.each()
            .find(|hook| hook.symbol == CANARY)
            .map_or(0, |hook| hook.hits)
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
        let probes = self.all.iter().map(|hook| &*hook.probe);
        if let Err(error) = kprobe::unregister_all(probes) {
            pr_debug!("hooks are unregistered one by one: {:?}\n", error);
        }
    }
}
