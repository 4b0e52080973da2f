// SPDX-License-Identifier: GPL-2.0

//! The association tables and what is concluded from them. Pure: no `unsafe`, no kernel type.

pub(crate) mod kind;
pub(crate) mod map;
