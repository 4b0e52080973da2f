// SPDX-License-Identifier: GPL-2.0

//! The containers of the pure code, over the standard library's.
//!
//! In the kernel the same names are backed by its fallible allocators. Here any allocation can be
//! made to fail: see [`fail_nth`].

use std::cell::Cell;
use std::ops::{
    Deref,
    DerefMut, //
};
use std::sync::Arc;

/// An allocation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMemory;

thread_local! {
    /// How many more allocations of this thread succeed.
    static ALLOWED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Makes the `n`-th allocation of this thread from now on, and every later one, fail; `None` ends it.
pub fn fail_nth(n: Option<u64>) {
    ALLOWED.set(n);
}

/// Stands before each allocation.
fn allocate() -> Result<(), NoMemory> {
    match ALLOWED.get() {
        None => Ok(()),
        Some(0) => Err(NoMemory),
        Some(n) => {
            ALLOWED.set(Some(n - 1));
            Ok(())
        }
    }
}

/// A growable array.
#[derive(Debug, PartialEq, Eq)]
pub struct List<T>(Vec<T>);

impl<T> List<T> {
    /// An empty list, without an allocation.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty list with room for `n` items.
    pub fn with_capacity(n: usize) -> Result<Self, NoMemory> {
        let mut list = Self::new();
        list.reserve_exactly(n)?;
        Ok(list)
    }

    fn reserve_exactly(&mut self, more: usize) -> Result<(), NoMemory> {
        if self.0.capacity() - self.0.len() < more {
            allocate()?;
            self.0.try_reserve_exact(more).map_err(|_| NoMemory)?;
        }
        Ok(())
    }

    /// Makes room for `more` items.
    pub fn reserve(&mut self, more: usize) -> Result<(), NoMemory> {
        if self.0.capacity() - self.0.len() < more {
            allocate()?;
            self.0.try_reserve(more).map_err(|_| NoMemory)?;
        }
        Ok(())
    }

    /// Puts `value` at the end.
    pub fn push(&mut self, value: T) -> Result<(), NoMemory> {
        self.reserve(1)?;
        self.0.push(value);
        Ok(())
    }

    /// Whether one more item takes no more memory.
    pub fn has_room(&self) -> bool {
        self.0.capacity() > self.0.len()
    }

    /// Takes the last item.
    pub fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }

    /// Drops all items from the `len`-th on.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Drops all items.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<T: Clone> List<T> {
    /// Appends copies of `items`.
    pub fn extend_from_slice(&mut self, items: &[T]) -> Result<(), NoMemory> {
        self.reserve(items.len())?;
        self.0.extend_from_slice(items);
        Ok(())
    }

    /// A copy.
    pub fn try_clone(&self) -> Result<Self, NoMemory> {
        let mut list = Self::with_capacity(self.0.len())?;
        list.0.extend_from_slice(&self.0);
        Ok(list)
    }

    /// Cuts the list, or fills it with copies of `value`, to `len` items.
    pub fn resize(&mut self, len: usize, value: T) -> Result<(), NoMemory> {
        self.reserve(len.saturating_sub(self.0.len()))?;
        self.0.resize(len, value);
        Ok(())
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

/// A counted reference to a value that does not change.
#[derive(Debug)]
pub struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    /// Allocates the value.
    pub fn new(value: T) -> Result<Self, NoMemory> {
        allocate()?;
        Ok(Self(Arc::new(value)))
    }

    /// Whether both refer to one value.
    pub fn ptr_eq(a: &Self, b: &Self) -> bool {
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

/// A value on the heap.
#[derive(Debug, PartialEq, Eq)]
pub struct Boxed<T>(Box<T>);

impl<T> Boxed<T> {
    /// Allocates the value.
    pub fn new(value: T) -> Result<Self, NoMemory> {
        allocate()?;
        Ok(Self(Box::new(value)))
    }

    /// Allocates the value where the kernel must not sleep.
    pub fn new_atomic(value: T) -> Result<Self, NoMemory> {
        Self::new(value)
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        *self.0
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
