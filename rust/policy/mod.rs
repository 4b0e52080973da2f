// SPDX-License-Identifier: GPL-2.0

//! The QoS table: its grammar, its rows, which row a connection belongs to, and what a row's host
//! is given.
//!
//! Nothing here knows the kernel: the same files are built by Cargo for tests and fuzzing.

mod address;
mod commands;
mod cpu;
mod group_name;
mod hash;
mod ids;
mod index;
mod levels;
mod number;
mod paged;
mod params;
mod ports;
mod refusal;
mod row;
mod shares;
mod span;
mod table;
mod word;
mod writer;

pub(crate) use address::{
    Endpoint,
    Match,
    Prefix, //
};
pub(crate) use cpu::{
    Cpu,
    CpuUnit,
    Machine, //
};
pub(crate) use group_name::GroupName;
pub(crate) use number::Fixed;
pub(crate) use params::{
    CpuList,
    IoPrio,
    Params,
    Supported,
    Uclamp, //
};
pub(crate) use refusal::{
    Errno,
    Refusal, //
};
pub(crate) use row::{
    Row,
    Server,
    Text, //
};
pub(crate) use shares::Share;
pub(crate) use span::Span;
pub(crate) use table::{
    HostId,
    Table, //
};
pub(crate) use writer::{
    Outcome,
    Writer, //
};
