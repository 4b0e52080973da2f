// SPDX-License-Identifier: GPL-2.0

//! Amounts of CPU time: of the machine, in CPUs, or in milliseconds a second.

use core::fmt::{
    self,
    Display,
    Formatter, //
};

use crate::limits;

use super::number::{
    Fixed,
    NumberError, //
};

/// What the shares of a table are counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Machine {
    /// CPUs that are on line.
    pub(crate) cpus: u32,
    /// The part that is not guaranteed to anybody, in millionths.
    pub(crate) reserve_ppm: u32,
    /// VPSes without a row: each has the default weight in what nobody was guaranteed.
    pub(crate) guests: u32,
}

impl Machine {
    /// The number of CPUs, between 1 and [`limits::CPUS`].
    pub(super) fn cpus(self) -> u64 {
        u64::from(self.cpus.clamp(1, limits::CPUS))
    }

    /// The whole machine in ticks.
    pub(super) fn ticks(self) -> u64 {
        self.cpus().saturating_mul(TICKS_PER_CPU)
    }

    /// What may be guaranteed, in ticks.
    pub(super) fn guaranteed_ticks(self) -> u64 {
        let ppm = u64::from(1_000_000u32.saturating_sub(self.reserve_ppm));
        self.cpus()
            .saturating_mul(ppm)
            .saturating_mul(TICKS_PER_CPU / 1_000_000)
    }
}

/// A tick is the unit in which all amounts are whole numbers: 100 ns of CPU time a second.
pub(super) const TICKS_PER_CPU: u64 = 10_000_000;

/// The unit in which an amount was written; printing keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CpuUnit {
    /// `%` of the whole machine.
    Percent,
    /// `cpus`.
    Cpus,
    /// `ms/s`: milliseconds of CPU time a second.
    MillisecondsPerSecond,
}

/// An amount of CPU time a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cpu {
    amount: Fixed,
    unit: CpuUnit,
}

impl Cpu {
    const UNITS: [(&'static str, CpuUnit); 3] = [
        ("%", CpuUnit::Percent),
        ("cpus", CpuUnit::Cpus),
        ("ms/s", CpuUnit::MillisecondsPerSecond),
    ];

    /// Reads a number and its unit.
    pub(crate) fn parse(text: &str) -> Result<Self, NumberError> {
        let parts = Self::UNITS
            .into_iter()
            .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)));
        let (number, unit) = parts.ok_or(NumberError::Syntax)?;
        let cpus = u64::from(limits::CPUS);
        let max = match unit {
            CpuUnit::Percent => 100,
            CpuUnit::Cpus => cpus,
            CpuUnit::MillisecondsPerSecond => cpus.saturating_mul(1000),
        };
        let amount = Fixed::parse(number, 4, max.saturating_mul(Fixed::ONE))?;
        Ok(Self { amount, unit })
    }

    /// Whether it is no time at all.
    pub(crate) fn is_zero(self) -> bool {
        self.amount.0 == 0
    }

    /// The number as written.
    pub(crate) fn amount(self) -> Fixed {
        self.amount
    }

    /// The unit as written.
    pub(crate) fn unit(self) -> CpuUnit {
        self.unit
    }

    /// The amount as a part of any machine, in millionths, and as ticks.
    pub(super) fn parts(self) -> (u64, u64) {
        match self.unit {
            CpuUnit::Percent => (self.amount.0, 0),
            CpuUnit::Cpus => (0, self.amount.0.saturating_mul(1000)),
            CpuUnit::MillisecondsPerSecond => (0, self.amount.0),
        }
    }

    /// The amount on `machine`.
    pub(super) fn ticks(self, machine: Machine) -> u64 {
        let (ppm, ticks) = self.parts();
        part_ticks(ppm, machine).saturating_add(ticks)
    }

    /// The amount as a part of `machine`, in millionths.
    pub(crate) fn ppm(self, machine: &Machine) -> u64 {
        let whole = machine.ticks() / 1_000_000;
        self.ticks(*machine).checked_div(whole).unwrap_or(0)
    }

    /// The amount on `machine` as the first number of cgroup v2's `cpu.max`: microseconds in each
    /// period of `period_usec`, at least [`limits::QUOTA_USEC_MIN`].
    pub(crate) fn quota_usec(self, machine: &Machine, period_usec: u64) -> u64 {
        let quota = self.ticks(*machine).saturating_mul(period_usec) / TICKS_PER_CPU;
        quota.max(limits::QUOTA_USEC_MIN)
    }
}

/// Millionths of `machine` in ticks.
pub(super) fn part_ticks(ppm: u64, machine: Machine) -> u64 {
    ppm.saturating_mul(machine.cpus())
        .saturating_mul(TICKS_PER_CPU / 1_000_000)
}

impl Display for Cpu {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let unit = Self::UNITS.into_iter().find(|(_, unit)| *unit == self.unit);
        write!(
            f,
            "{}{}",
            self.amount,
            unit.map_or("", |(suffix, _)| suffix)
        )
    }
}
