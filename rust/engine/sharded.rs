// SPDX-License-Identifier: GPL-2.0

//! A map in many parts, each under a spinlock of its own.

use crate::track::map::{
    self,
    Map, //
};
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::{
    new_spinlock,
    SpinLock, //
};

/// The number of parts; a power of two.
const SHARDS: usize = 64;

/// Why an entry could not be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The bound is reached.
    Full,
    /// No memory.
    NoMemory,
}

/// A map from numbers of kernel objects to `V`, for handlers.
pub(crate) struct Sharded<V> {
    shards: KVec<Pin<KBox<SpinLock<Map<V>>>>>,
    buckets: u64,
    len: Atomic<i64>,
    limit: i64,
}

impl<V: Unpin> Sharded<V> {
    /// An empty map with `buckets` in all for at most `limit` entries; sleeps.
    pub(crate) fn new(buckets: usize, limit: usize) -> Result<Self> {
        let each = buckets.checked_div(SHARDS).unwrap_or(1).max(1);
        let mut shards = KVec::with_capacity(SHARDS, GFP_KERNEL)?;
        for _ in 0..SHARDS {
            let map = Map::new(each)?;
            shards.push(KBox::pin_init(new_spinlock!(map), GFP_KERNEL)?, GFP_KERNEL)?;
        }
        Ok(Self {
            shards,
            buckets: u64::try_from(each)?,
            len: Atomic::new(0),
            limit: i64::try_from(limit)?,
        })
    }

    fn shard(&self, key: usize) -> Option<&SpinLock<Map<V>>> {
        // The low bits of the hash choose the bucket, so the high ones choose the shard.
        let index = map::hash(key).checked_shr(26).unwrap_or(0) % SHARDS;
        self.shards.get(index).map(|shard| &**shard)
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> i64 {
        self.len.load(Relaxed)
    }

    /// Calls `act` with the value of `key`, under its lock: it must not sleep nor take another lock.
    pub(crate) fn with<R>(&self, key: usize, act: impl FnOnce(&mut V) -> R) -> Option<R> {
        let mut map = self.shard(key)?.lock();
        map.get_mut(key).map(act)
    }

    /// Sets the value of `key`; the one that it had comes back, to be dropped outside the lock.
    #[inline(never)]
    pub(crate) fn insert(&self, key: usize, value: V) -> Result<Option<V>, Refused> {
        if self.len() >= self.limit {
            return Err(Refused::Full);
        }
        let shard = self.shard(key).ok_or(Refused::Full)?;
        let old = shard
            .lock()
            .insert(key, value)
            .map_err(|_| Refused::NoMemory)?;
        if old.is_none() {
            self.len.add(1, Relaxed);
        }
        Ok(old)
    }

    /// The value of `key`, cloned, or else the one that `make` gives, under one lock.
    pub(crate) fn get_or_insert(
        &self,
        key: usize,
        make: impl FnOnce() -> Result<V, Refused>,
    ) -> Result<V, Refused>
    where
        V: Clone,
    {
        let shard = self.shard(key).ok_or(Refused::Full)?;
        let mut map = shard.lock();
        if let Some(value) = map.get(key) {
            return Ok(value.clone());
        }
        if self.len() >= self.limit {
            return Err(Refused::Full);
        }
        let value = make()?;
        map.insert(key, value.clone())
            .map_err(|_| Refused::NoMemory)?;
        self.len.add(1, Relaxed);
        Ok(value)
    }

    /// Takes `key` out.
    pub(crate) fn remove(&self, key: usize) -> Option<V> {
        self.remove_if(key, |_| true)
    }

    /// Takes `key` out if `wanted` says so, under its lock.
    pub(crate) fn remove_if(&self, key: usize, wanted: impl FnOnce(&mut V) -> bool) -> Option<V> {
        let mut map = self.shard(key)?.lock();
        let value = wanted(map.get_mut(key)?).then(|| map.remove(key)).flatten();
        if value.is_some() {
            self.len.add(-1, Relaxed);
        }
        value
    }

    /// Takes one entry out for which `wanted` says yes, looking from the place `from` on, and gives
    /// back its place too.
    pub(crate) fn take_first(
        &self,
        from: u64,
        mut wanted: impl FnMut(usize, &V) -> bool,
    ) -> Option<(u64, V)> {
        let mut at = from;
        while let Some((shard, bucket)) = self.place(at) {
            let value = shard.lock().remove_if(bucket, &mut wanted);
            if let Some(value) = value {
                self.len.add(-1, Relaxed);
                return Some((at, value));
            }
            at = at.checked_add(1)?;
        }
        None
    }

    /// What `visit` gives for the first entry for which it gives something, looking from the place `from` on, and the place.
    /// `visit` is called under the entry's lock: it must not sleep nor take another lock.
    pub(crate) fn find_first<R>(
        &self,
        from: u64,
        mut visit: impl FnMut(usize, &mut V) -> Option<R>,
    ) -> Option<(u64, R)> {
        let mut at = from;
        while let Some((shard, bucket)) = self.place(at) {
            let mut found = None;
            shard
                .lock()
                .for_each_mut(bucket, &mut |key, value: &mut V| {
                    if found.is_none() {
                        found = visit(key, value);
                    }
                });
            if let Some(found) = found {
                return Some((at, found));
            }
            at = at.checked_add(1)?;
        }
        None
    }

    /// The first place at `from` or behind it that has entries.
    pub(crate) fn next_place(&self, from: u64) -> Option<u64> {
        let mut at = from;
        while let Some((shard, bucket)) = self.place(at) {
            let map = shard.lock();
            if map.len() == 0 {
                // Go on with the next shard.
                drop(map);
                let shard = at.checked_div(self.buckets)?;
                at = shard.checked_add(1)?.checked_mul(self.buckets)?;
                continue;
            }
            let mut any = false;
            map.for_each(bucket, |_, _| any = true);
            if any {
                return Some(at);
            }
            at = at.checked_add(1)?;
        }
        None
    }

    /// Calls `visit` for each entry at the place `at`, under its lock.
    pub(crate) fn visit(&self, at: u64, visit: impl FnMut(usize, &V)) {
        if let Some((shard, bucket)) = self.place(at) {
            shard.lock().for_each(bucket, visit);
        }
    }

    /// Calls `visit` for every entry, a shard's lock at a time.
    pub(crate) fn for_each_mut(&self, mut visit: impl FnMut(usize, &mut V)) {
        for shard in self.shards.iter() {
            let mut map = shard.lock();
            if map.len() == 0 {
                continue;
            }
            for bucket in 0..map.buckets() {
                map.for_each_mut(bucket, &mut visit);
            }
        }
    }

    fn place(&self, at: u64) -> Option<(&SpinLock<Map<V>>, usize)> {
        let shard = usize::try_from(at.checked_div(self.buckets)?).ok()?;
        let bucket = usize::try_from(at.checked_rem(self.buckets)?).ok()?;
        Some((&**self.shards.get(shard)?, bucket))
    }
}
