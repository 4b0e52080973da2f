// SPDX-License-Identifier: GPL-2.0

//! Every bound of the module, with the reason for its value.

/// Rows in the table: the largest hosting machine that we want to serve, ten times over.
pub(crate) const ROWS: usize = 100_000;

/// Host ids in use at once. A replaced table may share no name with the one before, and an id is
/// not given to another name in the same step.
pub(crate) const HOST_IDS: usize = 200_000;

/// Bytes in a host name: the longest name that DNS knows (RFC 1035, without the root's dot).
pub(crate) const NAME_BYTES: usize = 253;

/// Bytes in one line of the table, without its newline: one page, so that an unfinished line that
/// is held for its writer costs no more.
pub(crate) const LINE_BYTES: usize = 4096;

/// `addr=` words in a row. A host with more addresses than that has a prefix for them.
pub(crate) const MATCHES_PER_ROW: usize = 64;

/// `server=` words in a row: each is compared at the first bind of a process.
pub(crate) const SERVERS_PER_ROW: usize = 16;

/// A write of at least this many bytes may end inside a line, because the C library and `cat`
/// split long input at their buffer's size. A shorter write has to end with its last line.
pub(crate) const STREAM_WRITE_BYTES: usize = 4096;

/// CPU numbers and CPU counts: the kernel's largest `NR_CPUS` on x86-64.
pub(crate) const CPUS: u32 = 8192;

/// Smallest and largest `cpu.weight`, as in cgroup v2 (`CGROUP_WEIGHT_MIN`, `CGROUP_WEIGHT_MAX`).
pub(crate) const WEIGHT_MIN: u16 = 1;
/// See [`WEIGHT_MIN`].
pub(crate) const WEIGHT_MAX: u16 = 10_000;

/// `cpu.weight` of a row that names none (`CGROUP_WEIGHT_DFL`).
pub(crate) const WEIGHT_DEFAULT: u16 = 100;

/// Least quota of a `cpu.max` in microseconds a period (`min_cfs_quota_period`).
pub(crate) const QUOTA_USEC_MIN: u64 = 1000;

/// Channels: twice the open files that a large server is commonly allowed.
pub(crate) const CHANNELS: usize = 1_000_000;
