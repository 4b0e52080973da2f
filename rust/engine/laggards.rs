// SPDX-License-Identifier: GPL-2.0

//! Tasks that lost their host through somebody else: another thread, or another process, closed the connection.
//!
//! A callback would run when such a task next returns to user space, and a thread that waits for work may not do so for hours:
//! meanwhile it would stay in the host's group, and keep the module, whose text the callback needs. So a thread of ours settles
//! them, a little later: most of them have been given their next connection by then, and have nothing to be moved for.

use crate::engine::Engine;
use crate::limits;
use crate::sys::bell::Bell;
use crate::sys::kthread::{
    self,
    Round, //
};
use crate::sys::task;
use kernel::prelude::*;
use kernel::sync::{
    new_mutex,
    new_spinlock,
    Arc,
    Mutex,
    SpinLock, //
};

/// The tasks that are to be settled.
#[pin_data]
pub(crate) struct Laggards {
    #[pin]
    listed: SpinLock<Listed>,
    /// Those that are being settled.
    #[pin]
    taken: Mutex<Listed>,
    #[pin]
    bell: Bell,
}

/// Numbers of tasks, as `TaskExt::id` gives them; some of them may be gone.
struct Listed {
    /// Has all the room that it will have.
    ids: KVec<usize>,
    /// There was no room for one of them.
    more: bool,
}

impl Listed {
    fn new() -> Result<Self> {
        Ok(Self {
            ids: KVec::with_capacity(limits::LAGGARDS, GFP_KERNEL)?,
            more: false,
        })
    }

    fn is_empty(&self) -> bool {
        self.ids.is_empty() && !self.more
    }
}

impl Laggards {
    /// There are none; sleeps.
    pub(crate) fn new() -> Result<Arc<Self>> {
        let (listed, taken) = (Listed::new()?, Listed::new()?);
        Arc::pin_init(
            try_pin_init!(Self {
                listed <- new_spinlock!(listed),
                taken <- new_mutex!(taken),
                bell <- Bell::new(),
            }? Error),
            GFP_KERNEL,
        )
    }

    /// Has the task with the number `id` settled. Does not sleep.
    pub(crate) fn add(&self, id: usize) {
        let mut listed = self.listed.lock();
        let first = listed.is_empty();
        if listed.ids.push_within_capacity(id).is_err() {
            listed.more = true;
        }
        drop(listed);
        if first {
            self.bell.ring();
        }
    }
}

/// The thread that settles them.
pub(crate) struct Settler {
    engine: Arc<Engine>,
}

impl Settler {
    /// Settles the laggards of `engine`.
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

impl Round for Settler {
    fn round(&self) {
        let laggards = &self.engine.laggards;
        let ready = || kthread::should_stop() || !laggards.listed.lock().is_empty();
        // A kernel thread gets no signals.
        let _ = laggards.bell.wait(ready);
        task::sleep(limits::LAGGARD_MILLISECONDS);
        let mut taken = laggards.taken.lock();
        core::mem::swap(&mut *laggards.listed.lock(), &mut *taken);
        for id in &taken.ids {
            self.engine.settle(*id);
        }
        taken.ids.clear();
        if core::mem::take(&mut taken.more) {
            self.engine.settle_all();
        }
    }
}
