// SPDX-License-Identifier: GPL-2.0

//! A VPS's memory, processes, and input and output, as cgroup v2 writes them
//! (Documentation/admin-guide/cgroup-v2.rst).

use crate::class::tree::Tree;
use crate::limits;
use crate::policy::{
    Bytes,
    IoMax,
    IoWeight,
    Limit,
    Resources, //
};
use core::fmt::Display;
use kernel::prelude::*;

/// Writes what is different between `before` and `now` to the files of the group at `path`. A new group has
/// the kernel's defaults.
pub(crate) fn write(
    tree: &Tree,
    path: &str,
    before: Option<&Resources>,
    now: Option<&Resources>,
) -> Result {
    let group = Place { tree, path };
    let memory = |of: fn(&Resources) -> Option<Bytes>| (before.and_then(of), now.and_then(of));
    group.one("memory.min", memory(|one| one.memory_min), "0")?;
    group.one("memory.high", memory(|one| one.memory_high), "max")?;
    group.one("memory.max", memory(|one| one.memory_max), "max")?;
    let pids = |of: fn(&Resources) -> Option<Limit>| (before.and_then(of), now.and_then(of));
    group.one("pids.max", pids(|one| one.pids_max), "max")?;
    group.rates(
        before.map_or(&[], |one| &one.io_max),
        now.map_or(&[], |one| &one.io_max),
    )?;
    group.weights(
        before.map_or(&[], |one| &one.io_weight),
        now.map_or(&[], |one| &one.io_weight),
    )
}

/// Puts what `before` says in force again after some of `now` was written, as far as the kernel lets one.
pub(crate) fn restore(
    tree: &Tree,
    path: &str,
    before: Option<&Resources>,
    now: Option<&Resources>,
) {
    let fault = tree.take_fault();
    // Each key by itself: one that cannot be written must not keep the others.
    let group = Place { tree, path };
    let memory = |of: fn(&Resources) -> Option<Bytes>| (now.and_then(of), before.and_then(of));
    let _ = group.one("memory.min", memory(|one| one.memory_min), "0");
    let _ = group.one("memory.high", memory(|one| one.memory_high), "max");
    let _ = group.one("memory.max", memory(|one| one.memory_max), "max");
    let pids = |of: fn(&Resources) -> Option<Limit>| (now.and_then(of), before.and_then(of));
    let _ = group.one("pids.max", pids(|one| one.pids_max), "max");
    let _ = group.rates(
        now.map_or(&[], |one| &one.io_max),
        before.map_or(&[], |one| &one.io_max),
    );
    let _ = group.weights(
        now.map_or(&[], |one| &one.io_weight),
        before.map_or(&[], |one| &one.io_weight),
    );
    tree.set_fault(fault);
}

/// The group that is written to.
struct Place<'a> {
    tree: &'a Tree,
    path: &'a str,
}

impl Place<'_> {
    /// Writes the second value of a file, or the kernel's default, when it is not the first.
    fn one<T: PartialEq + Display>(
        &self,
        file: &str,
        (before, now): (Option<T>, Option<T>),
        default: &str,
    ) -> Result {
        if before == now {
            return Ok(());
        }
        match now {
            Some(now) => self.tree.write(self.path, file, format_args!("{now}")),
            None => self.tree.write(self.path, file, format_args!("{default}")),
        }
    }

    fn rates(&self, before: &[IoMax], now: &[IoMax]) -> Result {
        for old in before {
            if !now.iter().any(|new| new.device == old.device) {
                let none = IoMax::none(old.device);
                // The device may be gone by now, and its limits with it.
                let _ = self
                    .tree
                    .write(self.path, "io.max", format_args!("{}", none.for_kernel()));
            }
        }
        for new in now {
            if !before.contains(new) {
                self.tree
                    .write(self.path, "io.max", format_args!("{}", new.for_kernel()))?;
            }
        }
        Ok(())
    }

    fn weights(&self, before: &[IoWeight], now: &[IoWeight]) -> Result {
        for old in before {
            if !now.iter().any(|new| new.device == old.device) {
                let _ = match old.device {
                    Some(device) => {
                        self.tree
                            .write(self.path, "io.weight", format_args!("{device} default"))
                    }
                    None => {
                        let weight = limits::WEIGHT_DEFAULT;
                        self.tree
                            .write(self.path, "io.weight", format_args!("default {weight}"))
                    }
                };
            }
        }
        for new in now {
            if before.contains(new) {
                continue;
            }
            let weight = new.weight;
            match new.device {
                Some(device) => {
                    self.tree
                        .write(self.path, "io.weight", format_args!("{device} {weight}"))?
                }
                None => {
                    self.tree
                        .write(self.path, "io.weight", format_args!("default {weight}"))?
                }
            }
        }
        Ok(())
    }
}
