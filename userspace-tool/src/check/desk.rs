// SPDX-License-Identifier: GPL-2.0

//! The kernel's side of the table file: what publishes tables.

use std::fmt::{
    Display,
    Write, //
};

use crate::mem::Boxed;
use crate::policy::{
    HostId,
    Machine,
    Outcome,
    Refusal,
    Supported,
    Table,
    Writer, //
};

use super::look_up;

/// Four CPUs, a twentieth of which is nobody's.
pub(crate) const MACHINE: Machine = Machine {
    cpus: 4,
    reserve_ppm: 50_000,
    guests: 0,
};

/// A published table.
pub(crate) struct Desk {
    pub(crate) table: Boxed<Table>,
    pub(crate) machine: Machine,
    pub(crate) supported: Supported,
}

/// Text of these lines.
pub(crate) fn lines<T: Display>(lines: impl Iterator<Item = T>) -> String {
    lines.fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").unwrap();
        text
    })
}

/// An open table file.
pub(crate) struct File {
    pub(crate) writer: Writer,
    pub(crate) offset: u64,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            table: Boxed::new(Table::new(0x0123_4567_89ab_cdef)).unwrap(),
            machine: MACHINE,
            supported: Supported {
                uclamp: true,
                cpuset: true,
                memory: true,
                pids: true,
                io: true,
            },
        }
    }

    /// A table of these rows.
    pub(crate) fn with(rows: &str) -> Self {
        let mut desk = Self::new();
        desk.put(rows).unwrap();
        desk
    }

    pub(crate) fn open(&self) -> File {
        File {
            writer: Writer::new(),
            offset: 0,
        }
    }

    /// One write; true when it published a table.
    pub(crate) fn write(&mut self, file: &mut File, bytes: &[u8]) -> Result<bool, Refusal> {
        let (machine, supported) = (&self.machine, &self.supported);
        let writer = &mut file.writer;
        let outcome = writer.write(&self.table, machine, supported, file.offset, bytes)?;
        file.offset += bytes.len() as u64;
        match outcome {
            Outcome::Staged => Ok(false),
            Outcome::Publish(table) => {
                assert_eq!(table.generation(), self.table.generation() + 1);
                self.check_slots(&table);
                self.table = table;
                Ok(true)
            }
        }
    }

    /// No slot goes from one name to another.
    fn check_slots(&self, next: &Table) {
        if next.len() > 1000 {
            return;
        }
        for slot in 0..next.slots() as u32 {
            if let (Some(old), Some(new)) = (self.table.row(HostId(slot)), next.row(HostId(slot))) {
                assert_eq!(old.name(), new.name(), "slot {slot} changed its name");
            }
            if let Some(new) = next.row(HostId(slot)) {
                let kept = self.table.find(new.name()).unwrap_or(HostId(slot));
                assert_eq!(kept, HostId(slot), "{} changed its slot", new.name());
            }
        }
    }

    /// Opens the file and writes once.
    pub(crate) fn put(&mut self, bytes: impl AsRef<[u8]>) -> Result<bool, Refusal> {
        let mut file = self.open();
        self.write(&mut file, bytes.as_ref())
    }

    /// What reading the file gives.
    pub(crate) fn print(&self) -> String {
        lines(self.table.each().map(|(_, row)| &**row))
    }

    /// The same in an order that does not depend on slots.
    pub(crate) fn sorted(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.print().lines().map(String::from).collect();
        lines.sort();
        lines
    }

    /// What holds for every published table.
    pub(crate) fn check(&self) {
        let mut copy = Desk::new();
        let text = self.print();
        assert_eq!(text.lines().count(), self.table.len());
        assert_eq!(self.table.is_empty(), text.is_empty());
        copy.put(format!("begin\n{text}commit\n"))
            .expect("what was printed is not read");
        assert_eq!(
            copy.sorted(),
            self.sorted(),
            "what was printed is read as something else"
        );
        let (mut smallest, mut largest) = (u16::MAX, 0);
        for (id, row) in self.table.each() {
            assert_eq!(self.table.find(row.name()), Some(id));
            let share = self.table.share_of(id, &self.machine);
            assert!((1..=10_000).contains(&share.weight));
            largest = largest.max(share.weight);
            if share.ppm > 0 {
                smallest = smallest.min(share.weight);
            }
            for one in row.matches() {
                look_up::around(self, one.prefix(), row.ports(one));
            }
        }
        if !self.table.is_empty() {
            assert_eq!(largest, self.table.largest_weight(&self.machine));
        }
        assert!(
            largest == 10_000 || smallest >= 100,
            "no weight is at an end of the scale: {smallest} to {largest}"
        );
    }
}
