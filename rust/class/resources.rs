// SPDX-License-Identifier: GPL-2.0

//! A VPS's memory, processes, and input and output, as cgroup v2 writes them
//! (Documentation/admin-guide/cgroup-v2.rst).

use crate::class::insist::insist;
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
use kernel::fmt;
use kernel::prelude::*;

/// Writes what is different between `before` and `now` to the files of the group at `path`. A new group has
/// the kernel's defaults.
pub(crate) fn write(
    tree: &Tree,
    path: &str,
    before: Option<&Resources>,
    now: Option<&Resources>,
) -> Result {
    Place { tree, path }.change(before, now, |written| written)
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
    let judge = |written| match written {
        Err(error) if error == ENOMEM => Err(error),
        _ => Ok(()),
    };
    let _ = insist(|| Place { tree, path }.change(now, before, judge));
    tree.set_fault(fault);
}

/// The group that is written to.
struct Place<'a> {
    tree: &'a Tree,
    path: &'a str,
}

impl Place<'_> {
    /// Writes what is different between `before` and `now`; `judge` says of each key's result whether to go on.
    fn change(
        &self,
        before: Option<&Resources>,
        now: Option<&Resources>,
        judge: fn(Result) -> Result,
    ) -> Result {
        let memory = |of: fn(&Resources) -> Option<Bytes>| (before.and_then(of), now.and_then(of));
        judge(self.one("memory.min", memory(|one| one.memory_min), "0"))?;
        judge(self.one("memory.high", memory(|one| one.memory_high), "max"))?;
        judge(self.one("memory.max", memory(|one| one.memory_max), "max"))?;
        let pids = |of: fn(&Resources) -> Option<Limit>| (before.and_then(of), now.and_then(of));
        judge(self.one("pids.max", pids(|one| one.pids_max), "max"))?;
        judge(self.rates(
            before.map_or(&[], |one| &one.io_max),
            now.map_or(&[], |one| &one.io_max),
        ))?;
        judge(self.weights(
            before.map_or(&[], |one| &one.io_weight),
            now.map_or(&[], |one| &one.io_weight),
        ))
    }

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
                // The device may be gone by now, and its limits with it.
                let _ = self.rate(&IoMax::none(old.device));
            }
        }
        for new in now {
            if !before.contains(new) {
                self.rate(new)?;
            }
        }
        Ok(())
    }

    fn rate(&self, rate: &IoMax) -> Result {
        let text = rate.for_kernel();
        self.tree.write(self.path, "io.max", format_args!("{text}"))
    }

    fn weights(&self, before: &[IoWeight], now: &[IoWeight]) -> Result {
        for old in before {
            if !now.iter().any(|new| new.device == old.device) {
                // The device may be gone by now, and its weight with it.
                let _ = match old.device {
                    Some(device) => self.weight(format_args!("{device} default")),
                    None => self.weight(format_args!("default {}", limits::WEIGHT_DEFAULT)),
                };
            }
        }
        for IoWeight { device, weight } in now.iter().filter(|new| !before.contains(new)) {
            match device {
                Some(device) => self.weight(format_args!("{device} {weight}"))?,
                None => self.weight(format_args!("default {weight}"))?,
            }
        }
        Ok(())
    }

    fn weight(&self, text: fmt::Arguments<'_>) -> Result {
        self.tree.write(self.path, "io.weight", text)
    }
}
