// SPDX-License-Identifier: GPL-2.0

//! What our domain may take beside its siblings: everything but the reserve.

use crate::class::tree::Tree;
use crate::limits;
use kernel::prelude::*;
use kernel::str::CString;

/// The weight with which a group gets all but `reserve_ppm` millionths of a CPU beside siblings whose
/// weights sum up to `siblings`; 10000 at the most, which is what the kernel takes.
pub(crate) fn weight_beside(siblings: u64, reserve_ppm: u32) -> u16 {
    let reserve = u64::from(reserve_ppm).clamp(1, 1_000_000);
    let ours = 1_000_000u64.saturating_sub(reserve);
    let weight = siblings
        .saturating_mul(ours)
        .checked_div(reserve)
        .unwrap_or(u64::MAX);
    u16::try_from(weight)
        .unwrap_or(u16::MAX)
        .clamp(limits::WEIGHT_MIN, limits::WEIGHT_MAX)
}

/// The sum of the weights of the groups beside our domain, and of one task outside any group.
pub(crate) fn sum(tree: &Tree) -> Result<u64> {
    let mut sum = u64::from(limits::WEIGHT_DEFAULT);
    for name in tree.children(tree.parent())?.iter() {
        let name = name.to_str()?;
        if name == tree.name() {
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
