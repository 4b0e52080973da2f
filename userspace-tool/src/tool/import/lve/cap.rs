// SPDX-License-Identifier: GPL-2.0

//! The most of the CPU: the less of CPU, or SPEED as it is called in newer versions, and NCPU.

use super::limits::{Limits, Units};
use crate::policy::Fixed;
use std::fmt::{self, Display, Formatter};

/// A part of the CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cpu {
    /// Percent of one core.
    OfCore(u64),
    /// Percent of the machine.
    OfMachine(u64),
    /// So many cycles a second, in MHz.
    Megahertz(u64),
}

/// What `cpu.max` is. It prints as the value of that.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cap {
    /// No limit.
    Max,
    /// Hundredths of a CPU.
    Cpus(u64),
    /// Percent of the machine, less than all.
    Machine(u64),
}

impl Cap {
    /// A limit of nothing is none; `None`: it cannot be said.
    fn of(cpu: Cpu, units: &Units) -> Option<Self> {
        Some(match cpu {
            Cpu::OfCore(0) | Cpu::OfMachine(0 | 100..) | Cpu::Megahertz(0) => Self::Max,
            Cpu::OfMachine(percent) => Self::Machine(percent),
            Cpu::OfCore(percent) => Self::Cpus(percent),
            Cpu::Megahertz(speed) => {
                let core = u64::from(units.megahertz?).max(1);
                Self::Cpus((speed.saturating_mul(100) / core).max(1))
            }
        })
    }

    /// The less of it and so many CPUs; `None`: it is not known which one that is.
    fn within(self, cpus: u64, units: &Units) -> Option<Self> {
        let hundredths = cpus.saturating_mul(100);
        let own = match self {
            Self::Max => u64::MAX,
            Self::Cpus(hundredths) => hundredths,
            Self::Machine(percent) => percent.saturating_mul(units.cpus?.into()),
        };
        Some(match own <= hundredths {
            true => self,
            false => Self::Cpus(hundredths),
        })
    }
}

impl Display for Cap {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Cpus(hundredths) if hundredths / 100 < u64::from(crate::limits::CPUS) => {
                write!(f, "{}cpus", Fixed(hundredths * (Fixed::ONE / 100)))
            }
            Self::Max | Self::Cpus(_) => f.write_str("max"),
            Self::Machine(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Limits {
    /// The cap of a row; `None`: none is said, or it cannot be said.
    pub(super) fn cap(&self, units: &Units) -> Option<Cap> {
        let own = match self.cpu {
            Some(cpu) => Cap::of(cpu, units),
            None => self.ncpu.map(|_| Cap::Max),
        };
        match self.ncpu {
            None | Some(0) => own,
            Some(cpus) => {
                // What cannot be said is not more than that either.
                let own = own.unwrap_or(Cap::Max);
                Some(own.within(cpus, units).unwrap_or(own))
            }
        }
    }

    /// NCPU, when it may be the less one, and when it is.
    pub(super) fn undecided(&self, units: &Units) -> Option<(String, String)> {
        match (self.cpu, self.ncpu, units.cpus) {
            (Some(Cpu::OfMachine(percent @ 1..100)), Some(cpus @ 1..), None) => {
                let most = cpus.saturating_mul(100) / percent;
                let why = format!(
                    "it is less than CPU {percent}% on more than {most} CPUs: --cpus says how many there are"
                );
                let is_possible = most < crate::limits::CPUS.into();
                is_possible.then(|| (format!("NCPU {cpus}"), why))
            }
            _ => None,
        }
    }
}
