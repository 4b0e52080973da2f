// SPDX-License-Identifier: GPL-2.0

//! The allocator of the pure code: containers whose every growth can fail.
//!
//! `policy/` and `track/` use these names and no kernel type, so that the same files are built by
//! host tests over the standard library.

use core::ops::{
    Deref,
    DerefMut, //
};
use kernel::alloc::flags::__GFP_NOWARN;
use kernel::prelude::*;
use kernel::sync::Arc;

/// Memory could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoMemory;

impl From<kernel::alloc::AllocError> for NoMemory {
    fn from(_: kernel::alloc::AllocError) -> Self {
        NoMemory
    }
}

impl From<NoMemory> for Error {
    fn from(_: NoMemory) -> Self {
        ENOMEM
    }
}

/// A growable array, accounted to the memory cgroup of who grows it; growing may sleep.
pub(crate) struct List<T>(KVVec<T>);

impl<T> List<T> {
    /// An empty list; allocates nothing.
    pub(crate) const fn new() -> Self {
        Self(KVVec::new())
    }

    /// An empty list with room for `capacity` elements.
    pub(crate) fn with_capacity(capacity: usize) -> Result<Self, NoMemory> {
        Ok(Self(KVVec::with_capacity(capacity, GFP_KERNEL_ACCOUNT)?))
    }

    /// Appends `value`.
    pub(crate) fn push(&mut self, value: T) -> Result<(), NoMemory> {
        Ok(self.0.push(value, GFP_KERNEL_ACCOUNT)?)
    }

    /// Takes the last element off.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }

    /// Whether one more element takes no more memory.
    pub(crate) fn has_room(&self) -> bool {
        self.0.capacity() > self.0.len()
    }

    /// Drops all elements and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl<T: Clone> List<T> {
    /// Appends copies of `values`.
    pub(crate) fn extend_from_slice(&mut self, values: &[T]) -> Result<(), NoMemory> {
        Ok(self.0.extend_from_slice(values, GFP_KERNEL_ACCOUNT)?)
    }

    /// A copy of the whole list.
    pub(crate) fn try_clone(&self) -> Result<Self, NoMemory> {
        let mut copy = Self::with_capacity(self.len())?;
        copy.extend_from_slice(self)?;
        Ok(copy)
    }

    /// Grows with copies of `value`, or shrinks, to `len` elements.
    pub(crate) fn resize(&mut self, len: usize, value: T) -> Result<(), NoMemory> {
        Ok(self.0.resize(len, value, GFP_KERNEL_ACCOUNT)?)
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

/// A value that is counted and shared; it cannot be changed any more.
pub(crate) struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    /// Moves `value` to shared memory; may sleep.
    pub(crate) fn new(value: T) -> Result<Self, NoMemory> {
        Ok(Self(Arc::new(value, GFP_KERNEL_ACCOUNT)?))
    }

    /// Whether both are the same allocation.
    pub(crate) fn ptr_eq(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A value in memory of its own.
pub(crate) struct Boxed<T>(KBox<T>);

impl<T> Boxed<T> {
    /// Moves `value` to memory of its own; may sleep.
    pub(crate) fn new(value: T) -> Result<Self, NoMemory> {
        Ok(Self(KBox::new(value, GFP_KERNEL_ACCOUNT)?))
    }

    /// Moves `value` to memory of its own, where sleeping is forbidden; failing is silent.
    pub(crate) fn new_atomic(value: T) -> Result<Self, NoMemory> {
        Ok(Self(KBox::new(value, GFP_NOWAIT | __GFP_NOWARN)?))
    }

    /// Moves the value out.
    pub(crate) fn into_inner(self) -> T {
        KBox::into_inner(self.0)
    }
}

impl<T> Deref for Boxed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Boxed<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
