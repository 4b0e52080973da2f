// SPDX-License-Identifier: GPL-2.0

//! The QoS table: its grammar, its rows, which row a connection belongs to, and what a row's host
//! is given.
//!
//! Nothing here knows the kernel: the same files are built by Cargo for tests and fuzzing.
//!
//! # Grammar
//!
//! One command a line, words separated by blanks and tabs; a line without words says nothing.
//!
//! | command | what it does |
//! |---|---|
//! | `host NAME KEY=VALUE...` | makes a row, or replaces the whole row of that name |
//! | `del NAME` | takes a row out |
//! | `flush` | takes all rows out |
//! | `begin` ... `commit` | the rows between them, and no others, are the table from `commit` on |
//! | `generation N` | nothing, if the table is of generation N; else the write is refused |
//!
//! `NAME` has 1 to 253 letters, digits, `.`, `_` and `-`, no `.` or `-` first. The row `default` is for
//! connections that no other row matches.
//!
//! | key | value |
//! |---|---|
//! | `addr` | `ADDRESS[/PREFIX][:PORTS]`, with an IPv6 address before ports in brackets; may be repeated |
//! | `addr` | `unix:/PATH`, a UNIX stream socket; may be repeated, in a row without `name` |
//! | `name` | a host name, or `*.NAME` for all names below one; may be repeated; `addr` says at which addresses, if not at all |
//! | `vps` | the name of a VPS; a row has this or `addr` and `name`, and no `server` |
//! | `server` | `exe:/PATH`, `user:UID` or `cgroup:/PATH`; may be repeated, any one suffices |
//! | `cpu.min` | `N%` of the machine, `Ncpus` or `Nms/s`, with at most four decimals |
//! | `cpu.max` | the same, or `max` |
//! | `cpu.weight` | 1 to 10000 |
//! | `cpu.idle` | 0 or 1 |
//! | `cpu.uclamp.min`, `cpu.uclamp.max` | 0 to 100 with at most two decimals, or `max` |
//! | `cpuset.cpus` | a list such as `0-3,5` |
//! | `nice` | -20 to 19 |
//! | `ioprio` | `rt:0` to `rt:7`, `be:0` to `be:7`, `idle` or `none` |
//!
//! With `vps`, a row has no `nice` and no `ioprio`, and may have these:
//!
//! | key | value |
//! |---|---|
//! | `memory.max`, `memory.high`, `memory.min` | bytes, a number with `K`, `M`, `G` or `T`, or `max` |
//! | `pids.max` | 0 to 4194304, or `max` |
//! | `io.max` | `MAJOR:MINOR` and some of `,rbps=N`, `,wbps=N`, `,riops=N`, `,wiops=N`; may be repeated |
//! | `io.weight` | 1 to 10000, `default`, or `MAJOR:MINOR,WEIGHT`; may be repeated |
//!
//! Every line is checked against the lines before it: a match that goes from one row to another has
//! to leave the first one before, and so has a guarantee that does not fit beside its successor.

mod address;
mod amounts;
mod commands;
mod cpu;
mod group_name;
mod hash;
mod host_name;
mod ids;
mod index;
mod levels;
mod lookup;
mod names;
mod number;
mod paged;
mod params;
mod ports;
mod refusal;
mod resources;
mod row;
mod shares;
mod span;
mod table;
pub(crate) mod vps;
mod word;
mod writer;

pub(crate) use address::{
    Endpoint,
    Match,
    Prefix, //
};
pub(crate) use amounts::{
    Bytes,
    Device,
    IoMax,
    IoWeight,
    Limit, //
};
pub(crate) use cpu::{
    Cpu,
    CpuUnit,
    Machine, //
};
pub(crate) use group_name::GroupName;
pub(crate) use host_name::HostName;
pub(crate) use number::Fixed;
pub(crate) use paged::Paged;
pub(crate) use params::{
    CpuList,
    IoPrio,
    Params,
    Supported,
    Uclamp, //
};
pub(crate) use refusal::{
    Errno,
    Reason,
    Refusal, //
};
pub(crate) use resources::Resources;
pub(crate) use row::{
    Row,
    Server,
    Text, //
};
pub(crate) use shares::{
    Parts,
    Share, //
};
pub(crate) use span::Span;
pub(crate) use table::{
    Changed,
    HostId,
    Table, //
};
pub(crate) use writer::{
    Outcome,
    Writer, //
};
