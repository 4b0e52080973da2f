// SPDX-License-Identifier: GPL-2.0

//! What a VPS's row asks for beside the CPU: memory, processes, and input and output.
//!
//! Names and values are cgroup v2's (Documentation/admin-guide/cgroup-v2.rst), but for one thing: where
//! the kernel wants blanks in a value, commas stand here.

use core::fmt::{
    self,
    Display,
    Formatter, //
};

use crate::{
    limits,
    mem::{
        List,
        NoMemory, //
    },
};

use super::{
    amounts::{
        Bytes,
        IoMax,
        IoWeight,
        Limit, //
    },
    params::Supported,
    refusal::{
        Errno,
        Reason, //
    },
};

/// The keys of this file.
const KEYS: [&str; 6] = [
    "memory.max",
    "memory.high",
    "memory.min",
    "pids.max",
    "io.max",
    "io.weight",
];

/// The resources of a row; `None` is what was not written.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct Resources {
    /// The most that it may have.
    pub(crate) memory_max: Option<Bytes>,
    /// From here on it is slowed down.
    pub(crate) memory_high: Option<Bytes>,
    /// What is not taken from it.
    pub(crate) memory_min: Option<Bytes>,
    /// The most processes and threads.
    pub(crate) pids_max: Option<Limit>,
    /// By device.
    pub(crate) io_max: List<IoMax>,
    /// By device.
    pub(crate) io_weight: List<IoWeight>,
}

/// Whether this is a key of a VPS's row only.
pub(super) fn is_key(key: &str) -> bool {
    KEYS.contains(&key)
}

/// Whether a row may have the key more than once.
pub(super) fn repeats(key: &str) -> bool {
    matches!(key, "io.max" | "io.weight")
}

impl Resources {
    /// The resources of a row that names none.
    pub(super) const fn new() -> Self {
        Self {
            memory_max: None,
            memory_high: None,
            memory_min: None,
            pids_max: None,
            io_max: List::new(),
            io_weight: List::new(),
        }
    }

    /// Takes `key=value` for one of [`KEYS`].
    #[inline(never)]
    pub(super) fn set(
        &mut self,
        key: &str,
        value: &str,
        supported: &Supported,
    ) -> Result<(), Reason> {
        need(key, supported)?;
        match key {
            "memory.max" => self.memory_max = Some(Bytes::parse(value)?),
            "memory.high" => self.memory_high = Some(Bytes::parse(value)?),
            "memory.min" => self.memory_min = Some(Bytes::parse(value)?),
            "pids.max" => self.pids_max = Some(Limit::processes(value)?),
            "io.max" => self.add_io_max(IoMax::parse(value)?)?,
            _ => self.add_io_weight(IoWeight::parse(value)?)?,
        }
        Ok(())
    }

    fn add_io_max(&mut self, one: IoMax) -> Result<(), Reason> {
        if self.io_max.iter().any(|other| other.device == one.device) {
            return Err(Reason::invalid("the row has this device already"));
        }
        room(self.io_max.len())?;
        Ok(self.io_max.push(one)?)
    }

    fn add_io_weight(&mut self, one: IoWeight) -> Result<(), Reason> {
        let twice = |other: &IoWeight| other.device == one.device;
        if self.io_weight.iter().any(twice) {
            return Err(Reason::invalid("the row has this device already"));
        }
        room(self.io_weight.len())?;
        Ok(self.io_weight.push(one)?)
    }

    /// A copy.
    pub(crate) fn try_clone(&self) -> Result<Self, NoMemory> {
        Ok(Self {
            io_max: self.io_max.try_clone()?,
            io_weight: self.io_weight.try_clone()?,
            ..*self
        })
    }
}

fn room(len: usize) -> Result<(), Reason> {
    if len < limits::DEVICES_PER_ROW {
        return Ok(());
    }
    Err(Reason::Plain(
        Errno::E2big,
        "at most 64 devices for a key in a row",
    ))
}

/// Refuses a key of a controller that the tree of groups does not have.
fn need(key: &str, supported: &Supported) -> Result<(), Reason> {
    let (there, text) = match key.split_once('.') {
        Some(("memory", _)) => (
            supported.memory,
            "this machine's cgroup2 tree does not have the memory controller",
        ),
        Some(("pids", _)) => (
            supported.pids,
            "this machine's cgroup2 tree does not have the pids controller",
        ),
        _ => (
            supported.io,
            "this machine's cgroup2 tree does not have the io controller",
        ),
    };
    if there {
        return Ok(());
    }
    Err(Reason::Plain(Errno::Eopnotsupp, text))
}

/// Prints each with a blank before it.
impl Display for Resources {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(max) = &self.memory_max {
            write!(f, " memory.max={max}")?;
        }
        if let Some(high) = &self.memory_high {
            write!(f, " memory.high={high}")?;
        }
        if let Some(min) = &self.memory_min {
            write!(f, " memory.min={min}")?;
        }
        if let Some(max) = &self.pids_max {
            write!(f, " pids.max={max}")?;
        }
        for max in self.io_max.iter() {
            write!(f, " io.max={max}")?;
        }
        for weight in self.io_weight.iter() {
            write!(f, " io.weight={weight}")?;
        }
        Ok(())
    }
}
