// SPDX-License-Identifier: GPL-2.0

//! A bell that wakes who waits for something new.
//!
//! It may be rung anywhere, in handlers too: what wakes is an interrupt of our own, which comes when neither the scheduler nor
//! anybody else holds a lock that waking needs.
//!
//! C headers: [`include/linux/irq_work.h`](srctree/include/linux/irq_work.h),
//! [`include/linux/wait.h`](srctree/include/linux/wait.h), [`include/linux/poll.h`](srctree/include/linux/poll.h)

use crate::sys::{
    bindings,
    rcu,
    task, //
};
use core::mem::ManuallyDrop;
use core::ptr::read_volatile;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::barrier::smp_mb;
#[cfg(kernel_7_3)]
use kernel::sync::barrier::Full;
use kernel::sync::LockClassKey;
use kernel::types::Opaque;

/// `EPOLLIN | EPOLLRDNORM`: there is something to read.
const READABLE: bindings::__poll_t = 0x1 | 0x40;
/// `EPOLLHUP`: nothing more will come.
const ENDED: bindings::__poll_t = 0x10;
/// `POLLFREE` of include/uapi/asm-generic/poll.h: the queue goes away.
const FREE: bindings::__poll_t = 0x4000;

/// Milliseconds that who polls is waited for when the bell goes.
const PATIENCE: u32 = 1000;

/// A wait queue, in memory of its own with all that it needs, because it may have to outlive the module.
///
/// # Invariants
///
/// `head` is initialised.
#[pin_data]
struct Queue {
    #[pin]
    head: Opaque<bindings::wait_queue_head_t>,
    #[pin]
    key: LockClassKey,
    /// Its name for lockdep.
    name: [u8; 6],
}

impl Queue {
    fn new() -> Result<Pin<KBox<Self>>> {
        let queue = KBox::pin_init(
            pin_init!(Self {
                head: Opaque::uninit(),
                key <- LockClassKey::new_dynamic(),
                name: *b"vhqos\0",
            }),
            GFP_KERNEL,
        )?;
        // INVARIANT: The head is initialised here.
        // SAFETY: The queue is in its place for ever, and its name and key with it.
        unsafe {
            bindings::__init_waitqueue_head(
                queue.head.get(),
                queue.name.as_ptr().cast(),
                queue.key.as_ptr(),
            )
        };
        Ok(queue)
    }

    /// The C side of it.
    fn get(&self) -> *mut bindings::wait_queue_head_t {
        self.head.get()
    }
}

/// A bell.
///
/// # Invariants
///
/// `work` is initialised and stays where it is.
#[pin_data(PinnedDrop)]
pub(crate) struct Bell {
    #[pin]
    work: Opaque<bindings::irq_work>,
    queue: ManuallyDrop<Pin<KBox<Queue>>>,
    ended: Atomic<u32>,
}

// SAFETY: Wait queues and irq_work may be used from any thread.
unsafe impl Send for Bell {}
// SAFETY: As above.
unsafe impl Sync for Bell {}

/// A full barrier between CPUs.
fn barrier() {
    #[cfg(kernel_7_3)]
    smp_mb(Full);
    #[cfg(not(kernel_7_3))]
    smp_mb();
}

impl Bell {
    /// A bell that nobody waits for; sleeps.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            work <- Opaque::ffi_init(|slot: *mut bindings::irq_work| {
                // SAFETY: `slot` is a place for an irq_work; this is `init_irq_work()`.
                unsafe {
                    slot.write_bytes(0, 1);
                    (*slot).func = Some(wake);
                }
            }),
            queue: ManuallyDrop::new(Queue::new()?),
            ended: Atomic::new(0),
        }? Error)
    }

    /// Wakes everybody who waits; does not sleep, and takes no lock. What is new has been put in its place before.
    pub(crate) fn ring(&self) {
        // Against the barrier of who waits, between its entry in the queue and its last look.
        barrier();
        if self.is_awaited() {
            // SAFETY: By the type invariant, it is initialised, and it is waited for before it goes.
            unsafe { bindings::irq_work_queue(self.work.get()) };
        }
    }

    /// Nothing more will come: wakes everybody, now and in future. Sleeps.
    pub(crate) fn end(&self) {
        self.ended.store(1, Relaxed);
        self.wake(READABLE | ENDED);
    }

    /// Whether nothing more will come.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Relaxed) != 0
    }

    /// Sleeps until `ready` says yes, which must not sleep, or a signal comes: `ERESTARTSYS`.
    pub(crate) fn wait(&self, mut ready: impl FnMut() -> bool) -> Result {
        let entry = Opaque::<bindings::wait_queue_entry>::uninit();
        // SAFETY: The entry is ours, and is taken out of the queue before it goes: by `prepare_to_wait_event()` when it
        // reports a signal, else by `finish_wait()`.
        unsafe { bindings::init_wait_entry(entry.get(), 0) };
        loop {
            // SAFETY: As above; the queue is initialised.
            let signal = unsafe {
                bindings::prepare_to_wait_event(
                    self.queue.get(),
                    entry.get(),
                    bindings::TASK_INTERRUPTIBLE as c_int,
                )
            };
            let is_ready = ready();
            if !is_ready && signal == 0 {
                // SAFETY: Sleeping is allowed here.
                unsafe { bindings::schedule() };
                continue;
            }
            // SAFETY: As above; also puts the task's state back.
            unsafe { bindings::finish_wait(self.queue.get(), entry.get()) };
            return match is_ready {
                true => Ok(()),
                false => Err(ERESTARTSYS),
            };
        }
    }

    /// Has `table` be told of the next ring, and gives what there is now; `ready` says whether there is something to read.
    ///
    /// # Safety
    ///
    /// Called by `->poll` only, with its arguments.
    pub(super) unsafe fn poll(
        &self,
        file: *mut bindings::file,
        table: *mut bindings::poll_table,
        ready: impl FnOnce() -> bool,
    ) -> bindings::__poll_t {
        // SAFETY: By the function's contract. What is put into the queue is taken out before the queue is freed.
        unsafe { bindings::poll_wait(file, self.queue.get(), table) };
        match (self.has_ended(), ready()) {
            (true, _) => READABLE | ENDED,
            (false, true) => READABLE,
            (false, false) => 0,
        }
    }

    fn is_awaited(&self) -> bool {
        // SAFETY: An initialised list; its head is one word (`waitqueue_active()` of linux/wait.h).
        unsafe {
            let head = &raw const (*self.queue.get()).head;
            !core::ptr::eq(read_volatile(&raw const (*head).next).cast_const(), head)
        }
    }

    /// Wakes everybody, saying `why`.
    fn wake(&self, why: bindings::__poll_t) {
        // SAFETY: The queue is initialised; `why` is a key as who polls expects it (`poll_to_key()`), 0 wakes all.
        unsafe {
            bindings::__wake_up(
                self.queue.get(),
                bindings::TASK_NORMAL,
                0,
                why as usize as *mut c_void,
            )
        };
    }
}

#[pinned_drop]
impl PinnedDrop for Bell {
    /// Nobody rings any more, and no call that waits runs. But procfs does not keep us while somebody polls, so who does may
    /// still be in the queue: epoll leaves it at once when it is told, poll(2) and select(2) when they run the next time. When
    /// that takes too long, because they get no CPU, the queue is left to them: nothing in it is our code.
    fn drop(mut self: Pin<&mut Self>) {
        // SAFETY: By the type invariant, it is initialised; waits for the interrupt.
        unsafe { bindings::irq_work_sync(self.work.get()) };
        self.wake(ENDED | FREE);
        let left = (0..PATIENCE).all(|_| {
            let awaited = self.is_awaited();
            if awaited {
                task::sleep(1);
            }
            awaited
        });
        // Who took the last entry out may hold the queue's lock, and epoll may look at the queue, under RCU.
        rcu::synchronize();
        if !left {
            let this = self.as_mut().project();
            // SAFETY: It is not used any more, and not dropped twice.
            unsafe { ManuallyDrop::drop(this.queue) };
        }
    }
}

/// # Safety
///
/// Called by the kernel only, with the `work` of a bell, which waits for this before it goes.
unsafe extern "C" fn wake(work: *mut bindings::irq_work) {
    // SAFETY: By the function's contract; the wrapper is transparent.
    let bell = unsafe { &*kernel::container_of!(Opaque::cast_from(work), Bell, work) };
    bell.wake(READABLE);
}
