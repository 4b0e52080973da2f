// SPDX-License-Identifier: GPL-2.0

//! Entry probes that use ftrace.
//!
//! A handler runs in the context of the task that called the function, with preemption off and
//! interrupts on (arch/x86/kernel/kprobes/ftrace.c, `kprobe_ftrace_handler`). It must not sleep.
//!
//! C header: [`include/linux/kprobes.h`](srctree/include/linux/kprobes.h)

use crate::sys::bindings;
use crate::sys::buffer::Received;
use crate::sys::cgroup::Group;
use crate::sys::descriptor::{
    Opened,
    Table, //
};
use crate::sys::executable::Identity;
use crate::sys::rcu;
use crate::sys::socket::Socket;
use crate::sys::unix;
use core::marker::PhantomData;
use core::ptr::NonNull;
use kernel::container_of;
use kernel::error::to_result;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Full,
    Relaxed, //
};
use kernel::sync::Arc;
use kernel::task::Task;
use kernel::types::{
    NotThreadSafe,
    Opaque, //
};

/// What a handler is told: the arguments of the probed function.
pub(crate) struct Context<'a> {
    regs: NonNull<bindings::pt_regs>,
    /// The address of the probed instruction, at the function's entry.
    entry: usize,
    _regs: PhantomData<&'a bindings::pt_regs>,
    _not_send: NotThreadSafe,
}

impl Context<'_> {
    /// The address in argument `index` (0 to 4) of the System V x86-64 calling convention.
    fn argument(&self, index: usize) -> *mut c_void {
        // SAFETY: `regs` is valid for the lifetime of the context, by its only constructor.
        let regs = unsafe { self.regs.as_ref() };
        let value = match index {
            0 => regs.di,
            1 => regs.si,
            2 => regs.dx,
            3 => regs.cx,
            _ => regs.r8,
        };
        value as *mut c_void
    }

    /// The `struct sock *` in argument `index`; the hook must know that there is one.
    pub(crate) fn sock(&self, index: usize) -> Option<&Socket> {
        // SAFETY: A hook names an argument that is a socket, which the probed function's caller
        // keeps alive while it runs.
        unsafe { Socket::from_raw(self.argument(index).cast()) }
    }

    /// The `struct sock *` of the `struct socket *` in argument `index`.
    pub(crate) fn sock_of_socket(&self, index: usize) -> Option<&Socket> {
        let socket = NonNull::new(self.argument(index).cast::<bindings::socket>())?;
        // SAFETY: A hook names an argument that is a `struct socket *`, which the probed function's
        // caller keeps alive while it runs; `sk` is read once, and a socket in use keeps it.
        unsafe { Socket::from_raw((*socket.as_ptr()).sk.cast()) }
    }

    /// The bytes of the `struct sk_buff *` in argument `index`, of which the arguments `offset`, if there is one, and `length`
    /// say which.
    pub(crate) fn received(
        &self,
        index: usize,
        offset: Option<usize>,
        length: usize,
    ) -> Option<Received<'_>> {
        let offset = offset.map(|offset| self.number(offset));
        // SAFETY: A hook names an argument that is a buffer in a receive queue which the probed function reads there.
        unsafe { Received::from_raw(self.argument(index).cast(), offset, self.number(length)) }
    }

    /// The read of a UNIX socket that argument `index` describes to the probed function.
    pub(crate) fn unix_read(&self, index: usize) -> Option<unix::Reading<'_>> {
        // SAFETY: A hook names an argument that is this; no such function is probed but the one at `entry`.
        unsafe { unix::Reading::from_raw(self.argument(index).cast(), self.entry) }
    }

    /// The `int` or `unsigned int` in argument `index`.
    fn number(&self, index: usize) -> u32 {
        // The upper half of the register is not the argument's.
        self.argument(index) as usize as u32
    }

    /// The `struct task_struct *` in argument `index`.
    pub(crate) fn task(&self, index: usize) -> Option<&Task> {
        let task = NonNull::new(self.argument(index).cast::<bindings::task_struct>())?;
        // SAFETY: A hook names an argument that is a task, valid while the probed function runs;
        // `Task` is a transparent wrapper.
        Some(unsafe { task.cast::<Task>().as_ref() })
    }

    /// The `struct file *` in argument `index`.
    pub(crate) fn file(&self, index: usize) -> Option<&Opened> {
        // SAFETY: A hook names an argument that is an open file, which the probed function's caller keeps.
        unsafe { Opened::from_raw(self.argument(index).cast()) }
    }

    /// The `struct files_struct *` in argument `index`.
    pub(crate) fn table(&self, index: usize) -> Option<Table<'_>> {
        // SAFETY: A hook names an argument that is a table of descriptors, which the probed function's
        // caller keeps; preemption is off in a handler.
        unsafe { Table::from_raw(self.argument(index).cast()) }
    }

    /// The `struct cgroup *` in argument `index`.
    pub(crate) fn group(&self, index: usize) -> Option<&Group> {
        // SAFETY: A hook names an argument that is a group, which the probed function's caller keeps while
        // it runs.
        unsafe { Group::from_raw(self.argument(index).cast()) }
    }

    /// The file of the `struct linux_binprm *` in argument `index`, and whether it is the one that was
    /// asked for, not the interpreter of one.
    pub(crate) fn program(&self, index: usize) -> Option<(Identity, bool)> {
        // SAFETY: A hook names an argument that is an exec, which the probed function is a part of.
        unsafe { Identity::of_exec(self.argument(index).cast()) }
    }

    /// Proof that the RCU read side is entered: preemption is off in a handler.
    pub(crate) fn rcu(&self) -> rcu::Reading<'_> {
        // SAFETY: Preemption stays off until the handler returns, and the context does not outlive it.
        unsafe { rcu::Reading::assume() }
    }
}

/// Unregisters `probes` together, waiting for their handlers once; sleeps.
pub(crate) fn unregister_all<'a, T: Send + Sync + 'static>(
    probes: impl ExactSizeIterator<Item = &'a Probe<T>>,
) -> Result {
    let mut raw = KVec::with_capacity(probes.len(), GFP_KERNEL)?;
    for probe in probes {
        if probe.registered.xchg(0, Full) != 0 {
            raw.push(probe.raw.get(), GFP_KERNEL)?;
        }
    }
    // SAFETY: Each one was registered and is not any more, so that its drop leaves it alone.
    unsafe { bindings::unregister_kprobes(raw.as_mut_ptr(), c_int::try_from(raw.len())?) };
    Ok(())
}

/// An entry probe on a kernel function; registered from construction to drop.
///
/// # Invariants
///
/// `raw` is registered, uses ftrace, and is not moved.
#[pin_data(PinnedDrop)]
pub(crate) struct Probe<T: 'static> {
    #[pin]
    raw: Opaque<bindings::kprobe>,
    symbol: &'static CStr,
    handler: fn(&T, &Context<'_>),
    data: Arc<T>,
    hits: Atomic<u64>,
    registered: Atomic<u32>,
}

// SAFETY: The C side serialises access to the probe, and the rest is `Send`.
unsafe impl<T: Send + Sync> Send for Probe<T> {}
// SAFETY: The C side serialises access to the probe, and the rest is `Sync`.
unsafe impl<T: Send + Sync> Sync for Probe<T> {}

impl<T: Send + Sync> Probe<T> {
    /// Registers a probe at the entry of `symbol`, disarmed.
    ///
    /// Errors: `ENOENT`, no such symbol; `ENOTSUPP`, its entry is not one that ftrace patches; others
    /// of `register_kprobe()`.
    pub(crate) fn register(
        symbol: &'static CStr,
        handler: fn(&T, &Context<'_>),
        data: Arc<T>,
    ) -> Result<Pin<KBox<Self>>> {
        let probe = KBox::pin_init(
            pin_init!(Self {
                raw <- Opaque::ffi_init(|slot: *mut bindings::kprobe| {
                    // SAFETY: `slot` is valid for writes; a `struct kprobe` of zeroes is an unused one.
                    unsafe {
                        slot.write_bytes(0, 1);
                        (*slot).symbol_name = symbol.as_char_ptr();
                        (*slot).pre_handler = Some(Self::enter);
                        (*slot).flags = bindings::KPROBE_FLAG_DISABLED;
                    }
                }),
                symbol,
                handler,
                data,
                hits: Atomic::new(0),
                registered: Atomic::new(0),
            }),
            GFP_KERNEL,
        )?;
        // SAFETY: `raw` was filled above and is pinned.
        to_result(unsafe { bindings::register_kprobe(probe.raw.get()) })?;
        probe.registered.store(1, Relaxed);
        // SAFETY: `raw` is registered; the flag is set at registration and does not change.
        let flags = unsafe { (*probe.raw.get()).flags };
        if flags & bindings::KPROBE_FLAG_FTRACE == 0 {
            return Err(ENOTSUPP);
        }
        Ok(probe)
    }

    /// The function that is probed.
    pub(crate) fn symbol(&self) -> &'static CStr {
        self.symbol
    }

    /// From now on, each call of the function calls the handler.
    pub(crate) fn arm(&self) -> Result {
        // SAFETY: By the type invariant, the probe is registered.
        to_result(unsafe { bindings::enable_kprobe(self.raw.get()) })
    }

    /// No further call starts the handler; one that runs is not waited for.
    pub(crate) fn disarm(&self) -> Result {
        // SAFETY: By the type invariant, the probe is registered.
        to_result(unsafe { bindings::disable_kprobe(self.raw.get()) })
    }

    /// How often the handler ran.
    pub(crate) fn hits(&self) -> u64 {
        self.hits.load(Relaxed)
    }

    /// How often the kernel left the handler out, because another probe was at work on that CPU.
    pub(crate) fn missed(&self) -> u64 {
        // SAFETY: By the type invariant, the probe is valid; a torn read is impossible for a word.
        unsafe { core::ptr::read_volatile(&raw const (*self.raw.get()).nmissed) as u64 }
    }

    /// # Safety
    ///
    /// Called by the kprobes core only, with the `raw` of a registered `Probe<T>`.
    unsafe extern "C" fn enter(raw: *mut bindings::kprobe, regs: *mut bindings::pt_regs) -> c_int {
        // SAFETY: `raw` is the field of a pinned `Probe<T>` that stays until it is unregistered, which
        // waits for this handler.
        let this = unsafe { &*container_of!(Opaque::cast_from(raw).cast_mut(), Self, raw) };
        if let Some(regs) = NonNull::new(regs) {
            this.hits.add(1, Relaxed);
            let context = Context {
                regs,
                // SAFETY: `raw` is a registered probe, whose address does not change.
                entry: unsafe { (*raw).addr } as usize,
                _regs: PhantomData,
                _not_send: NotThreadSafe::default(),
            };
            (this.handler)(&this.data, &context);
        }
        0
    }
}

#[pinned_drop]
impl<T> PinnedDrop for Probe<T> {
    fn drop(self: Pin<&mut Self>) {
        if self.registered.load(Relaxed) != 0 {
            // SAFETY: The probe is registered; this waits for handlers that run.
            unsafe { bindings::unregister_kprobe(self.raw.get()) };
        }
    }
}
