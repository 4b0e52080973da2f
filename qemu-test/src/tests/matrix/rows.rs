// SPDX-License-Identifier: GPL-2.0
//! The rows of the matrix.

use crate::transport::Accept;
use crate::transport::Call;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// What listens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Family {
    Tcp,
    Mptcp,
    Unix,
}

/// How the process comes to the copy that serves; the one that was accepted is closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Duplicate {
    /// What was accepted serves.
    None,
    Dup,
    Dup2,
    Dup3,
    Fcntl,
    FcntlCloseOnExec,
    /// SCM_RIGHTS.
    Passed,
    /// pidfd_getfd(2).
    Fetched,
    /// A registered file of io_uring.
    Registered,
    /// It was accepted as a registered file, and never was a descriptor.
    AcceptedRegistered,
}

/// Who serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spawn {
    /// Who accepted.
    None,
    Fork,
    Vfork,
    /// clone(2) without flags.
    Clone,
    /// clone(2) with CLONE_VM: another process in the same memory.
    CloneMemory,
    /// clone3(2) with CLONE_FILES: another process with the same descriptors.
    CloneFiles,
    /// clone3(2) with CLONE_INTO_CGROUP.
    IntoCgroup,
    Thread,
    /// A worker thread of io_uring.
    UringWorker,
    /// The thread of io_uring that polls for submissions.
    UringPoller,
}

/// One combination.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub family: Family,
    pub accept: Accept,
    pub duplicate: Duplicate,
    pub spawn: Spawn,
    pub call: Call,
    /// Why this is not hooked, on purpose.
    pub not_hooked: Option<&'static str>,
}

const ACCEPTS: [Accept; 4] = [
    Accept::Plain,
    Accept::Flags,
    Accept::Uring,
    Accept::UringMultishot,
];

const DUPLICATES: [Duplicate; 8] = [
    Duplicate::None,
    Duplicate::Dup,
    Duplicate::Dup2,
    Duplicate::Dup3,
    Duplicate::Fcntl,
    Duplicate::FcntlCloseOnExec,
    Duplicate::Passed,
    Duplicate::Fetched,
];

const SPAWNS: [Spawn; 8] = [
    Spawn::None,
    Spawn::Fork,
    Spawn::Vfork,
    Spawn::Clone,
    Spawn::CloneMemory,
    Spawn::CloneFiles,
    Spawn::IntoCgroup,
    Spawn::Thread,
];

const CALLS: [Call; 23] = [
    Call::Read,
    Call::Readv,
    Call::Recv,
    Call::Recvfrom,
    Call::Recvmsg,
    Call::Recvmmsg,
    Call::Preadv2,
    Call::Peek,
    Call::SpliceFrom,
    Call::UringRecv,
    Call::UringRead,
    Call::Write,
    Call::Writev,
    Call::Send,
    Call::Sendto,
    Call::Sendmsg,
    Call::Sendmmsg,
    Call::Pwritev2,
    Call::Sendfile,
    Call::SpliceTo,
    Call::UringSend,
    Call::UringWrite,
    Call::UringSendZc,
];

/// Combinations of the threads and files of io_uring, which go with its own calls only.
const URING: [(Accept, Duplicate, Spawn, Call); 14] = [
    (
        Accept::Plain,
        Duplicate::None,
        Spawn::UringWorker,
        Call::UringRecv,
    ),
    (
        Accept::Uring,
        Duplicate::Dup,
        Spawn::UringWorker,
        Call::UringSend,
    ),
    (
        Accept::Flags,
        Duplicate::Passed,
        Spawn::UringWorker,
        Call::UringRead,
    ),
    (
        Accept::Flags,
        Duplicate::None,
        Spawn::UringPoller,
        Call::UringRecv,
    ),
    (
        Accept::UringMultishot,
        Duplicate::Fetched,
        Spawn::UringPoller,
        Call::UringSend,
    ),
    (
        Accept::Plain,
        Duplicate::Registered,
        Spawn::None,
        Call::UringRecv,
    ),
    (
        Accept::Uring,
        Duplicate::Registered,
        Spawn::None,
        Call::UringWrite,
    ),
    (
        Accept::Flags,
        Duplicate::Registered,
        Spawn::UringWorker,
        Call::UringRecv,
    ),
    (
        Accept::Plain,
        Duplicate::Registered,
        Spawn::UringPoller,
        Call::UringSend,
    ),
    (
        Accept::Uring,
        Duplicate::AcceptedRegistered,
        Spawn::None,
        Call::UringRecv,
    ),
    (
        Accept::Uring,
        Duplicate::AcceptedRegistered,
        Spawn::None,
        Call::UringSend,
    ),
    (
        Accept::UringMultishot,
        Duplicate::AcceptedRegistered,
        Spawn::None,
        Call::UringRecv,
    ),
    (
        Accept::Uring,
        Duplicate::AcceptedRegistered,
        Spawn::UringWorker,
        Call::UringRecv,
    ),
    (
        Accept::UringMultishot,
        Duplicate::AcceptedRegistered,
        Spawn::UringPoller,
        Call::UringSend,
    ),
];

/// MPTCP, whose socket is another one than that of its paths.
const MPTCP: [(Accept, Duplicate, Spawn, Call); 4] = [
    (Accept::Plain, Duplicate::None, Spawn::None, Call::Recv),
    (Accept::Flags, Duplicate::Dup, Spawn::Fork, Call::Send),
    (
        Accept::Uring,
        Duplicate::Passed,
        Spawn::Thread,
        Call::SpliceFrom,
    ),
    (
        Accept::Plain,
        Duplicate::Fetched,
        Spawn::Clone,
        Call::Sendfile,
    ),
];

/// What is not hooked, and why.
const NOT_HOOKED: [(Family, Call, &str); 2] = [
    (
        Family::Unix,
        Call::Recv,
        "a local connection has no address of a host",
    ),
    (
        Family::Tcp,
        Call::Discard,
        "who throws bytes away does not have them in hand",
    ),
];

/// Every row: each call twice, each time with other values of the rest, then io_uring's own, MPTCP, and what is not hooked.
pub fn all() -> Vec<Row> {
    let row = |(accept, duplicate, spawn, call)| Row {
        family: Family::Tcp,
        accept,
        duplicate,
        spawn,
        call,
        not_hooked: None,
    };
    let mut rows: Vec<Row> = (0..2 * CALLS.len())
        .map(|at| {
            row((
                ACCEPTS[(at + 2 * (at / CALLS.len())) % ACCEPTS.len()],
                DUPLICATES[at % DUPLICATES.len()],
                SPAWNS[(3 * at + at / CALLS.len()) % SPAWNS.len()],
                CALLS[at % CALLS.len()],
            ))
        })
        .collect();
    rows.extend(URING.map(row));
    rows.extend(MPTCP.map(|words| Row {
        family: Family::Mptcp,
        ..row(words)
    }));
    rows.extend(NOT_HOOKED.map(|(family, call, why)| Row {
        family,
        not_hooked: Some(why),
        ..row((Accept::Plain, Duplicate::None, Spawn::None, call))
    }));
    rows
}

/// Each value of each column stands beside two values or more of each other column, where it can.
pub fn assert_covered(rows: &[Row]) {
    let mut beside: BTreeMap<(String, usize), BTreeSet<String>> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| row.family == Family::Tcp && row.not_hooked.is_none())
    {
        let words: [&dyn Debug; 4] = [&row.accept, &row.duplicate, &row.spawn, &row.call];
        let words = words.map(|word| format!("{word:?}"));
        for (column, word) in words.iter().enumerate() {
            for (other, value) in words
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != column)
            {
                let key = (format!("{column} {word}"), other);
                beside.entry(key).or_default().insert(value.clone());
            }
        }
    }
    for ((word, other), values) in beside {
        assert!(
            values.len() >= 2,
            "column and value {word} in column {other}: {values:?}"
        );
    }
}
