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

/// `name=` words in a row: as many as fit into a line.
pub(crate) const NAMES_PER_ROW: usize = 512;

/// Rows that may have the same `name=`, told apart by their addresses: all of them are looked at when the name is.
pub(crate) const ROWS_PER_NAME: usize = 64;

/// Bytes of the path of a UNIX socket: `sun_path` of `struct sockaddr_un` (unix(7)), without its NUL.
pub(crate) const SOCKET_PATH_BYTES: usize = 107;

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

/// Channels, unless the module is told to take fewer: twice the open files that a large server is commonly allowed.
pub(crate) const CHANNELS: usize = 1_000_000;

/// Bytes of one write(2) that are taken at once; of a longer one this much is taken, and the writer
/// goes on with the rest.
pub(crate) const WRITE_BYTES: usize = 1 << 20;

/// Buckets of the table of channels: 1 MiB of memory, and chains of 8 when it is full.
pub(crate) const CHANNEL_BUCKETS: usize = 1 << 17;

/// Tracked tasks, likewise: as many as channels, since a worker serves one at a time.
pub(crate) const TASKS: usize = 1_000_000;

/// Buckets of the tables of tasks and of processes.
pub(crate) const TASK_BUCKETS: usize = 1 << 14;

/// Descriptors of a process that are looked at when it closes one of a channel by which it is bound; behind
/// them another one is taken for granted. One word of 64 at a time, in a handler.
pub(crate) const DESCRIPTORS: usize = 1 << 16;

/// Ancestors by which a process is known to descend from who accepted: inetd, its wrapper, a shell and what
/// that runs, twice over.
pub(crate) const ANCESTORS: usize = 8;

/// A table with at most this many rows has all its groups made when it is written. A larger one has
/// them made when a host is used for the first time: 100,000 rows load in a second, and as many groups,
/// each with a thread of its own, do not.
pub(crate) const EAGER_GROUPS: usize = 1024;

/// Milliseconds between two rounds of the canary: three of them fit into the 15 s after which a
/// silenced hook must be known.
pub(crate) const CANARY_MILLISECONDS: u32 = 5_000;

/// How often, and how long each time, a task waits for its host's group where groups are made late:
/// 20 ms at the most, which is what the enrolment of a process may take too.
pub(crate) const LATE_GROUP_WAITS: u32 = 100;
/// See [`LATE_GROUP_WAITS`].
pub(crate) const LATE_GROUP_WAIT_MICROSECONDS: i64 = 200;

/// Tasks that lost their host through somebody else, and are settled at once; when there are more in
/// [`LAGGARD_MILLISECONDS`], all tasks are looked at.
pub(crate) const LAGGARDS: usize = 4096;

/// How long a task that lost its host through somebody else keeps the class, in milliseconds, unless it is given another host
/// before: a busy worker is, and what an idle one uses meanwhile is nothing.
pub(crate) const LAGGARD_MILLISECONDS: u32 = 10;

/// How often, and how long each time, a task that goes to a host waits for who is moving it at that moment: 20 ms at the most.
pub(crate) const MOVER_WAITS: u32 = 400;
/// See [`MOVER_WAITS`].
pub(crate) const MOVER_WAIT_MICROSECONDS: i64 = 50;

/// Bytes of the reason of a refused write: two names of hosts, a word of the text and a sentence. A longer
/// one is cut.
pub(crate) const REASON_BYTES: usize = 2048;

/// Devices that one row limits: more disks than a machine has that holds hundreds of customers.
pub(crate) const DEVICES_PER_ROW: usize = 64;

/// The largest `pids.max`: `PID_MAX_LIMIT` of include/linux/threads.h on 64-bit machines.
pub(crate) const PIDS: u64 = 4 * 1024 * 1024;

/// The most memory that a row can name: the pages that the kernel counts in a signed word
/// (`PAGE_COUNTER_MAX` of include/linux/page_counter.h), in bytes.
pub(crate) const MEMORY_BYTES: u64 = 1 << 62;

/// VPSes at once: what a machine can hold with a megabyte for each init, ten times over.
pub(crate) const VPSES: usize = 10_000;

/// Processes in all VPSes: as many as tracked tasks.
pub(crate) const MEMBERS: usize = 1_000_000;

/// Buckets of the table of members.
pub(crate) const MEMBER_BUCKETS: usize = 1 << 14;

/// `exec` rules: each is compared when a program is executed.
pub(crate) const EXEC_RULES: usize = 1_000;

/// Bytes of a TLS ClientHello, as it declares them: twice what clients with the largest post-quantum keys
/// send. A longer one is not read.
pub(crate) const HELLO_BYTES: u32 = (1 << 17) - 1;

/// TLS records without a meaning that are put up with before the ClientHello is complete. Clients send
/// none or one there; servers commonly bear with 32 records that bring nothing.
pub(crate) const CHANGE_RECORDS: u8 = 32;

/// Bytes of a request's head over HTTP/1 in which its name is looked for: two of the longest lines that nginx and Apache
/// take unless they are told otherwise.
pub(crate) const HEAD_NAME_BYTES: u32 = 16 << 10;

/// Bytes of a request's head over HTTP/1 at which the connection is given up: eight times as many as nginx takes unless it
/// is told otherwise. Up to there the end of a long head is looked for, because of the request behind it.
pub(crate) const HEAD_BYTES: u32 = 256 << 10;

/// Bytes of the ring of events, while somebody reads them: more than 10,000 records with names of common length, which is what a
/// machine with 5,000 requests a second has in a second.
pub(crate) const EVENT_BYTES: usize = 1 << 20;

/// Bytes of a line of `/proc/vhqos/events`: the longest reason, each byte of which may be printed as three.
pub(crate) const EVENT_LINE_BYTES: usize = 2048;

/// Bytes of the reason of a refusal in an event; all of it is in `last_error`.
pub(crate) const EVENT_REASON_BYTES: usize = 512;

/// Rows that are told one by one when they change at once; of more only how many.
pub(crate) const EVENT_ROWS: u32 = 256;

/// Milliseconds between two events of one kind of trouble: it may come with each request.
pub(crate) const EVENT_TROUBLE_MILLISECONDS: u64 = 1000;

/// Bytes of the name that a task gave itself, without its NUL (`TASK_COMM_LEN` of include/linux/sched.h).
pub(crate) const COMM_BYTES: usize = 15;
