// SPDX-License-Identifier: GPL-2.0

//! What our two domains may take beside their siblings: everything but the reserve.

use crate::class::tree::Tree;
use crate::limits;
use crate::policy::Parts;
use kernel::prelude::*;
use kernel::str::CString;

/// The smaller domain weighs at least the larger one's weight by this, also when nobody in it is promised anything, because
/// all of its rows have `cpu.idle=1`: who accepts for it, or is being moved and holds the kernel's locks for that, is to wait
/// for a hundred slices and not for ten thousand. What that takes from the larger one is at most a hundredth.
const FLOOR: u64 = 100;

/// The weights of the hosts' and the VPSes' domain with which both together get all but `reserve_ppm`
/// millionths of a CPU beside siblings whose weights sum up to `siblings`, and each its part of that. None
/// is over 10000, which is what the kernel takes at the most, and none too small, see [`FLOOR`].
pub(crate) fn weights_beside(siblings: u64, reserve_ppm: u32, parts: Parts) -> (u16, u16) {
    let reserve = u64::from(reserve_ppm).clamp(1, 1_000_000);
    let ours = 1_000_000u64.saturating_sub(reserve);
    let whole = siblings
        .saturating_mul(ours)
        .checked_div(reserve)
        .unwrap_or(u64::MAX);
    let sum = parts.hosts.saturating_add(parts.vpses);
    let larger = parts.hosts.max(parts.vpses);
    // The larger of both keeps its part as long as the kernel takes such a weight.
    let most = u64::from(limits::WEIGHT_MAX);
    let weight = scaled(whole.min(most.saturating_mul(2)), larger, sum).min(most);
    let part = |of: u64| {
        let part = scaled(weight, of, larger).max(weight / FLOOR);
        let weight = u16::try_from(part).unwrap_or(u16::MAX);
        weight.clamp(limits::WEIGHT_MIN, limits::WEIGHT_MAX)
    };
    (part(parts.hosts), part(parts.vpses))
}

/// How many millionths of a CPU our domains may lack of what they are promised, because the kernel takes no larger weight,
/// until that is told: a point.
const SHORT_PPM: u64 = 10_000;

/// Whether domains whose weights sum up to `ours` do not get all but `reserve_ppm` millionths of a CPU beside siblings whose
/// weights sum up to `siblings`.
pub(crate) fn is_short(ours: u64, siblings: u64, reserve_ppm: u32) -> bool {
    let whole = ours.saturating_add(siblings);
    let reached = ours.saturating_mul(1_000_000).checked_div(whole);
    let promised = 1_000_000u64.saturating_sub(reserve_ppm.into());
    reached.is_some_and(|reached| reached.saturating_add(SHORT_PPM) < promised)
}

/// `number * part / whole`, rounded.
fn scaled(number: u64, part: u64, whole: u64) -> u64 {
    number
        .saturating_mul(part)
        .saturating_add(whole / 2)
        .checked_div(whole)
        .unwrap_or(number)
}

/// The sum of the weights of the groups beside our domains, and of one task outside any group.
pub(crate) fn sum(tree: &Tree) -> Result<u64> {
    let mut sum = u64::from(limits::WEIGHT_DEFAULT);
    for name in tree.children(tree.parent())?.iter() {
        let name = name.to_str()?;
        if name == tree.name() || name == tree.vps_name() {
            continue;
        }
        let path = CString::try_from_fmt(format_args!("{}/{name}", tree.parent()))?;
        let weight = tree.read(path.to_str()?, "cpu.weight", |text| {
            text.trim().parse::<u64>().unwrap_or(0)
        });
        sum = sum.saturating_add(match weight {
            Err(error) if error == ENOMEM => return Err(error),
            // A group may go while we look, or have no cpu controller.
            other => other.unwrap_or(0),
        });
    }
    Ok(sum)
}
