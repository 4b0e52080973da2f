// SPDX-License-Identifier: GPL-2.0

//! Guarantees and weights: what is left to guarantee, and which `cpu.weight` gives each host its
//! guarantee and its part of the rest.
//!
//! Let the guarantees take `sum(min)` of the machine; what is not the reserve is the hosts'. Host `i`
//! shall have, when everybody wants to run, `min_i + (1 - reserve - sum(min)) * w_i / sum(w)`. Weights
//! of siblings divide a CPU in their proportion, so the kernel's weight is that share, scaled so that
//! the largest one gets 10000. Hosts and VPSes lie below two groups, whose weights are as the sums of
//! their shares, so that each has its share of the machine.

use crate::{
    limits,
    mem::NoMemory, //
};

use super::{
    cpu::{
        part_ticks,
        Machine, //
    },
    number::Fixed,
    paged::Paged,
    params::Params,
};

/// What a row takes part with; kept apart from the row because all rows are gone through after
/// each change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    /// The guarantee's part that was written in percent, in millionths of the machine.
    ppm: u32,
    /// The weight for the rest; zero for an idle row, and where no row is.
    weight: u16,
    /// Whether the row is idle.
    idle: bool,
    /// Whether the row is a VPS's.
    vps: bool,
    /// The guarantee's part that was written as CPU time, in ticks.
    ticks: u64,
}

impl Claim {
    /// The claim of an empty slot.
    pub(super) const NONE: Self = Self {
        ppm: 0,
        weight: 0,
        idle: false,
        vps: false,
        ticks: 0,
    };

    /// The claim of a VPS without a row.
    const GUEST: Self = Self {
        weight: limits::WEIGHT_DEFAULT,
        vps: true,
        ..Self::NONE
    };

    pub(super) fn new(params: &Params, vps: bool) -> Self {
        let (ppm, ticks) = params.cpu_min.map_or((0, 0), |min| min.parts());
        let idle = params.cpu_idle == Some(true);
        let weight = params.cpu_weight.unwrap_or(limits::WEIGHT_DEFAULT);
        Self {
            ppm: u32::try_from(ppm).unwrap_or(u32::MAX),
            weight: if idle { 0 } else { weight },
            idle,
            vps,
            ticks,
        }
    }

    fn min(&self, machine: Machine) -> u64 {
        part_ticks(u64::from(self.ppm), machine).saturating_add(self.ticks)
    }
}

/// What a host's class is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    /// cgroup v2's `cpu.weight`.
    pub(crate) weight: u16,
    /// cgroup v2's `cpu.idle`; the weight means nothing then.
    pub(crate) idle: bool,
    /// The part of the machine in millionths, when every host wants to run.
    pub(crate) ppm: u32,
}

/// Sums of claims.
#[derive(Clone, Copy)]
struct Sums {
    ppm: u64,
    ticks: u64,
    weight: u64,
}

impl Sums {
    const ZERO: Self = Self {
        ppm: 0,
        ticks: 0,
        weight: 0,
    };

    fn replace(&mut self, old: Claim, new: Claim) {
        let sum = |sum: u64, old: u64, new: u64| sum.saturating_sub(old).saturating_add(new);
        self.ppm = sum(self.ppm, u64::from(old.ppm), u64::from(new.ppm));
        self.ticks = sum(self.ticks, old.ticks, new.ticks);
        self.weight = sum(self.weight, u64::from(old.weight), u64::from(new.weight));
    }

    fn guaranteed(&self, machine: Machine) -> u64 {
        part_ticks(self.ppm, machine).saturating_add(self.ticks)
    }
}

/// How the machine is divided between the two domains, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    /// All hosts.
    pub(crate) hosts: u64,
    /// All VPSes.
    pub(crate) vpses: u64,
}

/// The claims of all rows, and their sums.
pub(super) struct Claims {
    slots: Paged<Claim>,
    hosts: Sums,
    vpses: Sums,
    scale: Scale,
}

/// What turns shares into weights on a machine: so many fractions of ticks are this weight.
///
/// The smallest share gets the default weight, and no share more than the largest weight. For the weights of those who want
/// to run are also what a task waits for that lost the CPU while it was in the kernel, and whose group is idle or has
/// the least weight: its turn comes after the time of a slice, times their sum, by its own weight (`update_deadline()` of
/// kernel/sched/fair.c). Beside sums in the ten thousands that was minutes, in which no RCU grace period ends.
#[derive(Clone, Copy)]
struct Scale {
    share: u64,
    machine: Machine,
    weight: u16,
    /// The weight of the largest share.
    largest: u16,
}

impl Scale {
    /// The scale of a table in which nobody has a share.
    const fn none(machine: Machine) -> Self {
        Self {
            share: 0,
            machine,
            weight: limits::WEIGHT_DEFAULT,
            largest: limits::WEIGHT_DEFAULT,
        }
    }

    /// The scale of these shares.
    fn of(shares: impl Iterator<Item = u64>, machine: Machine) -> Self {
        let shares = shares.filter(|share| *share > 0);
        let (smallest, largest) = shares.fold((u64::MAX, 0), |(least, most), share| {
            (share.min(least), share.max(most))
        });
        let none = Self::none(machine);
        if largest == 0 {
            return none;
        }
        let least = u64::from(limits::WEIGHT_DEFAULT);
        let most = u64::from(limits::WEIGHT_MAX);
        let fits = largest.saturating_mul(least) <= smallest.saturating_mul(most);
        let (share, weight) = match fits {
            true => (smallest, limits::WEIGHT_DEFAULT),
            false => (largest, limits::WEIGHT_MAX),
        };
        let scale = Self {
            share,
            weight,
            ..none
        };
        Self {
            largest: scale.weight(largest),
            ..scale
        }
    }

    fn weight(&self, share: u64) -> u16 {
        let scaled = share
            .saturating_mul(u64::from(self.weight))
            .saturating_add(self.share / 2)
            .checked_div(self.share);
        let Some(scaled) = scaled else {
            return limits::WEIGHT_DEFAULT;
        };
        let weight = u16::try_from(scaled).unwrap_or(limits::WEIGHT_MAX);
        weight.clamp(limits::WEIGHT_MIN, limits::WEIGHT_MAX)
    }
}

fn guests_weight(machine: Machine) -> u64 {
    u64::from(machine.guests).saturating_mul(u64::from(limits::WEIGHT_DEFAULT))
}

/// What claims divide: what nobody was guaranteed, in ticks, by the sum of all weights.
struct Division {
    rest: u64,
    weight: u64,
    machine: Machine,
}

impl Division {
    /// A claim's share in fractions of ticks.
    fn share(&self, claim: &Claim) -> u64 {
        let weighted = (self.rest << FRACTION_SHIFT).saturating_mul(u64::from(claim.weight));
        let part = weighted.checked_div(self.weight).unwrap_or(0);
        (claim.min(self.machine) << FRACTION_SHIFT).saturating_add(part)
    }
}

/// Shares are computed in 1/4096 ticks: exact enough for 100,000 hosts on one CPU, and small enough
/// for 64 bits on 8192 CPUs.
const FRACTION_SHIFT: u32 = 12;

impl Claims {
    /// No claims.
    pub(super) const fn new() -> Self {
        Self {
            slots: Paged::new(),
            hosts: Sums::ZERO,
            vpses: Sums::ZERO,
            scale: Scale::none(Machine {
                cpus: 0,
                reserve_ppm: 0,
                guests: 0,
            }),
        }
    }

    /// Replaces the claim of a slot.
    pub(super) fn set(&mut self, slot: usize, claim: Claim) -> Result<(), NoMemory> {
        self.slots.grow(slot.saturating_add(1), Claim::NONE)?;
        let Some(place) = self.slots.get_mut(slot)? else {
            return Ok(());
        };
        let old = core::mem::replace(place, claim);
        // A slot may go from a host to a VPS.
        self.sums(old.vps).replace(old, Claim::NONE);
        self.sums(claim.vps).replace(Claim::NONE, claim);
        Ok(())
    }

    fn sums(&mut self, vps: bool) -> &mut Sums {
        match vps {
            true => &mut self.vpses,
            false => &mut self.hosts,
        }
    }

    /// All guarantees in ticks.
    pub(super) fn guaranteed(&self, machine: Machine) -> u64 {
        let (hosts, vpses) = (&self.hosts, &self.vpses);
        hosts
            .guaranteed(machine)
            .saturating_add(vpses.guaranteed(machine))
    }

    /// All weights, those of VPSes without a row too.
    fn weight(&self, machine: Machine) -> u64 {
        let rows = self.hosts.weight.saturating_add(self.vpses.weight);
        rows.saturating_add(guests_weight(machine))
    }

    /// What nobody was guaranteed, in ticks.
    fn rest(&self, machine: Machine) -> u64 {
        machine
            .guaranteed_ticks()
            .saturating_sub(self.guaranteed(machine))
    }

    /// What all hosts and all VPSes get, when everybody wants to run.
    pub(super) fn parts(&self, machine: Machine) -> Parts {
        let (rest, whole) = (self.rest(machine), self.weight(machine));
        let part = |sums: &Sums, more: u64| {
            let weight = sums.weight.saturating_add(more);
            // Millionths are exact enough, and the product fits.
            let ppm = weight.saturating_mul(1_000_000).checked_div(whole);
            let extra = rest.saturating_mul(ppm.unwrap_or(0)) / 1_000_000;
            sums.guaranteed(machine).saturating_add(extra)
        };
        Parts {
            hosts: part(&self.hosts, 0),
            vpses: part(&self.vpses, guests_weight(machine)),
        }
    }

    /// What all claims divide on `machine`.
    fn division(&self, machine: Machine) -> Division {
        Division {
            rest: self.rest(machine),
            weight: self.weight(machine),
            machine,
        }
    }

    /// Goes through all claims, and computes nothing for those that are as the one before.
    fn find_scale(&self, machine: Machine) -> Scale {
        let division = self.division(machine);
        let mut before = Claim::NONE;
        let others = self.slots.iter().filter(|claim| {
            let differs = **claim != before;
            before = **claim;
            differs
        });
        let shares = others.map(|claim| division.share(claim));
        let guest = (machine.guests > 0).then(|| division.share(&Claim::GUEST));
        Scale::of(shares.chain(guest), machine)
    }

    fn scale(&self, machine: Machine) -> Scale {
        match machine == self.scale.machine {
            true => self.scale,
            false => self.find_scale(machine),
        }
    }

    /// The weight of the row that gets most.
    pub(super) fn largest_weight(&self, machine: Machine) -> u16 {
        self.scale(machine).largest
    }

    /// What the row in `slot` gets. Constant time on the machine that [`Self::freeze`] was given.
    pub(super) fn of(&self, slot: usize, machine: Machine) -> Share {
        self.scaled(self.slots.get(slot).unwrap_or(&Claim::NONE), machine)
    }

    /// What a VPS without a row gets.
    pub(super) fn of_guest(&self, machine: Machine) -> Share {
        self.scaled(&Claim::GUEST, machine)
    }

    fn scaled(&self, claim: &Claim, machine: Machine) -> Share {
        let share = self.division(machine).share(claim);
        let part = (share >> FRACTION_SHIFT)
            .saturating_mul(1_000_000)
            .checked_div(machine.ticks())
            .unwrap_or(0);
        Share {
            weight: self.scale(machine).weight(share),
            idle: claim.idle,
            ppm: u32::try_from(part).unwrap_or(u32::MAX),
        }
    }

    /// What can be guaranteed on `machine`, and what of it is left beside `taken`, in percent.
    pub(super) fn room(machine: Machine, taken: u64) -> (Fixed, Fixed) {
        let whole = machine.guaranteed_ticks();
        let percent = |ticks: u64| {
            let ppm = ticks.saturating_mul(1_000_000).checked_div(machine.ticks());
            Fixed(ppm.unwrap_or(0))
        };
        (percent(whole), percent(whole.saturating_sub(taken)))
    }

    /// Makes all pages shareable and finds the scale of the weights on `machine`.
    pub(super) fn freeze(&mut self, machine: Machine) -> Result<(), NoMemory> {
        self.slots.freeze()?;
        self.scale = self.find_scale(machine);
        Ok(())
    }

    /// A copy that shares the frozen pages.
    pub(super) fn try_clone(&self) -> Result<Self, NoMemory> {
        Ok(Self {
            slots: self.slots.try_clone()?,
            ..*self
        })
    }
}
