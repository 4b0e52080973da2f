// SPDX-License-Identifier: GPL-2.0

//! Which prefix lengths are in use, so that a look-up tries no others.

use core::net::IpAddr;

use crate::mem::{
    List,
    NoMemory, //
};

/// A prefix length of a family: IPv4's 0 to 32, then IPv6's 0 to 128.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Level(pub(super) u8);

/// The lowest level of IPv6.
const FIRST_V6: u8 = 33;

/// All levels of both families.
const LEVELS: usize = 33 + 129;

impl Level {
    /// The level of a prefix length.
    pub(super) fn new(family: IpAddr, length: u8) -> Self {
        Self(length.saturating_add(Self::lowest(family).0))
    }

    /// The level of length zero.
    pub(super) const fn lowest(family: IpAddr) -> Self {
        match family {
            IpAddr::V4(_) => Self(0),
            IpAddr::V6(_) => Self(FIRST_V6),
        }
    }

    /// The level of a single address.
    pub(super) const fn highest(family: IpAddr) -> Self {
        match family {
            IpAddr::V4(_) => Self(FIRST_V6 - 1),
            IpAddr::V6(_) => Self(FIRST_V6 + 128),
        }
    }

    /// The prefix length.
    pub(super) fn length(self, family: IpAddr) -> u8 {
        self.0.saturating_sub(Self::lowest(family).0)
    }

    /// The next lower level.
    pub(super) fn below(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }
}

/// A set of levels.
#[derive(Clone, Copy)]
struct Set([u64; 3]);

impl Set {
    fn bit(level: Level) -> u64 {
        1u64.wrapping_shl(u32::from(level.0))
    }

    #[inline]
    fn has(&self, level: Level) -> bool {
        let word = self.0.get(usize::from(level.0 >> 6));
        word.is_some_and(|word| word & Self::bit(level) != 0)
    }

    fn set(&mut self, level: Level, used: bool) {
        if let Some(word) = self.0.get_mut(usize::from(level.0 >> 6)) {
            if used {
                *word |= Self::bit(level);
            } else {
                *word &= !Self::bit(level);
            }
        }
    }

    /// The highest level of the set that is at most `level`.
    #[inline]
    fn down_from(&self, level: Level) -> Option<Level> {
        let mut index = level.0 >> 6;
        let below = Self::bit(level).wrapping_sub(1) | Self::bit(level);
        let mut word = self.0.get(usize::from(index))? & below;
        loop {
            if let Some(bit) = word.checked_ilog2() {
                return u8::try_from(bit).ok().map(|bit| Level((index << 6) | bit));
            }
            index = index.checked_sub(1)?;
            word = *self.0.get(usize::from(index))?;
        }
    }
}

/// A level in use, and what kinds of entries it has.
pub(super) struct InUse {
    pub(super) level: Level,
    /// Some of ports.
    pub(super) with_ports: bool,
    /// Some of whole prefixes.
    pub(super) without_ports: bool,
}

/// The levels that have entries, and how many.
pub(super) struct Levels {
    /// Of each level those with ports, then of each level those without.
    counts: List<u32>,
    with_ports: Set,
    without_ports: Set,
}

impl Levels {
    pub(super) const fn new() -> Self {
        Self {
            counts: List::new(),
            with_ports: Set([0; 3]),
            without_ports: Set([0; 3]),
        }
    }

    /// The highest level in use from `level` down to `lowest`.
    #[inline]
    pub(super) fn down_from(&self, level: Level, lowest: Level) -> Option<InUse> {
        let with = self.with_ports.down_from(level);
        let without = self.without_ports.down_from(level);
        let highest = with.map(|level| level.0).max(without.map(|level| level.0));
        let level = Level(highest.filter(|level| *level >= lowest.0)?);
        Some(InUse {
            level,
            with_ports: self.with_ports.has(level),
            without_ports: self.without_ports.has(level),
        })
    }

    /// Counts an entry that comes.
    pub(super) fn add(&mut self, level: Level, with_ports: bool) -> Result<(), NoMemory> {
        self.counts.resize(LEVELS.saturating_mul(2), 0)?;
        self.change(level, with_ports, |count| count.saturating_add(1));
        Ok(())
    }

    /// Counts an entry that goes.
    pub(super) fn remove(&mut self, level: Level, with_ports: bool) {
        self.change(level, with_ports, |count| count.saturating_sub(1));
    }

    fn change(&mut self, level: Level, with_ports: bool, change: impl FnOnce(u32) -> u32) {
        let half = if with_ports { 0 } else { LEVELS };
        let at = half.saturating_add(usize::from(level.0));
        if let Some(count) = self.counts.get_mut(at) {
            *count = change(*count);
            let set = if with_ports {
                &mut self.with_ports
            } else {
                &mut self.without_ports
            };
            set.set(level, *count > 0);
        }
    }

    pub(super) fn try_clone(&self) -> Result<Self, NoMemory> {
        Ok(Self {
            counts: self.counts.try_clone()?,
            ..*self
        })
    }
}
