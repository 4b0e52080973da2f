// SPDX-License-Identifier: GPL-2.0

//! A hash table with chains, made for use under a spinlock.
//!
//! The buckets are allocated once; an entry is one small allocation of its own, made where sleeping
//! is forbidden, so adding one can fail and never waits. Keys are addresses of kernel objects or
//! numbers that the kernel gave out: nobody outside chooses them, so a multiplicative hash is enough
//! (Knuth, The Art of Computer Programming 3, 6.4; the constant is that of `hash_64()` in
//! include/linux/hash.h).

use crate::mem::{
    Boxed,
    List,
    NoMemory, //
};

/// 2^64 divided by the golden ratio: `GOLDEN_RATIO_64` of include/linux/hash.h.
const GOLDEN_RATIO: u64 = 0x61C8_8646_80B5_83EB;

/// One entry of a chain.
struct Node<V> {
    key: usize,
    value: V,
    next: Chain<V>,
}

/// A chain of entries with the same bucket.
type Chain<V> = Option<Boxed<Node<V>>>;

/// A map from `usize` to `V`.
pub(crate) struct Map<V> {
    buckets: List<Chain<V>>,
    len: usize,
}

/// The bits of `key` that choose among tables or buckets.
pub(crate) fn hash(key: usize) -> usize {
    // The high half of the product is the well mixed one.
    ((key as u64).wrapping_mul(GOLDEN_RATIO) >> 32) as usize
}

impl<V> Map<V> {
    /// An empty map; `buckets` is at least 1 and does not change any more. May sleep.
    pub(crate) fn new(buckets: usize) -> Result<Self, NoMemory> {
        let mut list = List::with_capacity(buckets.max(1))?;
        for _ in 0..buckets.max(1) {
            list.push(None)?;
        }
        Ok(Self {
            buckets: list,
            len: 0,
        })
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The number of buckets.
    pub(crate) fn buckets(&self) -> usize {
        self.buckets.len()
    }

    fn bucket(&self, key: usize) -> usize {
        hash(key).checked_rem(self.buckets.len()).unwrap_or(0)
    }

    /// The value of `key`.
    pub(crate) fn get(&self, key: usize) -> Option<&V> {
        let mut chain = self.buckets.get(self.bucket(key))?;
        while let Some(node) = chain {
            if node.key == key {
                return Some(&node.value);
            }
            chain = &node.next;
        }
        None
    }

    /// The value of `key`, to change it in place.
    pub(crate) fn get_mut(&mut self, key: usize) -> Option<&mut V> {
        let bucket = self.bucket(key);
        let mut chain = self.buckets.get_mut(bucket)?;
        while let Some(node) = chain {
            if node.key == key {
                return Some(&mut node.value);
            }
            chain = &mut node.next;
        }
        None
    }

    /// Sets the value of `key` and gives back the one that it had. Does not sleep.
    pub(crate) fn insert(&mut self, key: usize, value: V) -> Result<Option<V>, NoMemory> {
        if let Some(old) = self.get_mut(key) {
            return Ok(Some(core::mem::replace(old, value)));
        }
        let bucket = self.bucket(key);
        let node = Boxed::new_atomic(Node {
            key,
            value,
            next: None,
        })?;
        let Some(head) = self.buckets.get_mut(bucket) else {
            return Err(NoMemory);
        };
        let rest = head.replace(node);
        if let Some(node) = head {
            node.next = rest;
        }
        self.len = self.len.saturating_add(1);
        Ok(None)
    }

    /// Takes `key` out.
    pub(crate) fn remove(&mut self, key: usize) -> Option<V> {
        let bucket = self.bucket(key);
        let value = Self::unlink(self.buckets.get_mut(bucket)?, |node| node.key == key)?;
        self.len = self.len.saturating_sub(1);
        Some(value)
    }

    /// Takes the first entry of `bucket` out for which `wanted` says yes.
    pub(crate) fn remove_if(
        &mut self,
        bucket: usize,
        mut wanted: impl FnMut(usize, &V) -> bool,
    ) -> Option<V> {
        let chain = self.buckets.get_mut(bucket)?;
        let value = Self::unlink(chain, |node| wanted(node.key, &node.value))?;
        self.len = self.len.saturating_sub(1);
        Some(value)
    }

    fn unlink(mut chain: &mut Chain<V>, mut wanted: impl FnMut(&Node<V>) -> bool) -> Option<V> {
        while !wanted(chain.as_ref()?) {
            chain = &mut chain.as_mut()?.next;
        }
        let node = Boxed::into_inner(chain.take()?);
        *chain = node.next;
        Some(node.value)
    }

    /// Calls `visit` for each entry of `bucket`.
    pub(crate) fn for_each(&self, bucket: usize, mut visit: impl FnMut(usize, &V)) {
        let mut chain = self.buckets.get(bucket);
        while let Some(Some(node)) = chain {
            visit(node.key, &node.value);
            chain = Some(&node.next);
        }
    }

    /// Calls `visit` for each entry of `bucket`, which it may change.
    pub(crate) fn for_each_mut(&mut self, bucket: usize, mut visit: impl FnMut(usize, &mut V)) {
        let Some(mut chain) = self.buckets.get_mut(bucket) else {
            return;
        };
        while let Some(node) = chain {
            visit(node.key, &mut node.value);
            chain = &mut node.next;
        }
    }
}

impl<V> Drop for Map<V> {
    /// Takes the chains apart one entry after the other: dropping a chain as it is would recurse,
    /// and a kernel stack is small.
    fn drop(&mut self) {
        for bucket in self.buckets.iter_mut() {
            while Self::unlink(bucket, |_| true).is_some() {}
        }
    }
}
