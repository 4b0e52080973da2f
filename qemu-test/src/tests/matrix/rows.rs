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
    /// A UNIX socket that a row has.
    Unix,
    /// One that no row has.
    OtherUnix,
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
    /// A registered file that was made a descriptor again.
    Installed,
    /// A registered file that another ring sent to this one.
    SentToRing,
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
    /// A thread with descriptors of its own, by unshare(2).
    UnsharedThread,
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

const DUPLICATES: [Duplicate; 9] = [
    Duplicate::None,
    Duplicate::Dup,
    Duplicate::Dup2,
    Duplicate::Dup3,
    Duplicate::Fcntl,
    Duplicate::FcntlCloseOnExec,
    Duplicate::Passed,
    Duplicate::Fetched,
    Duplicate::Installed,
];

const SPAWNS: [Spawn; 9] = [
    Spawn::None,
    Spawn::Fork,
    Spawn::Vfork,
    Spawn::Clone,
    Spawn::CloneMemory,
    Spawn::CloneFiles,
    Spawn::IntoCgroup,
    Spawn::Thread,
    Spawn::UnsharedThread,
];

const CALLS: [Call; 28] = [
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
    Call::UringRecvmsg,
    Call::UringRecvMultishot,
    Call::AioRead,
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
    Call::UringSendmsg,
    Call::AioWrite,
];

/// Combinations of the threads and files of io_uring, which go with its own calls only.
const URING: [(Accept, Duplicate, Spawn, Call); 17] = [
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
    (
        Accept::Plain,
        Duplicate::SentToRing,
        Spawn::None,
        Call::UringRecvmsg,
    ),
    (
        Accept::Uring,
        Duplicate::SentToRing,
        Spawn::UringWorker,
        Call::UringRecv,
    ),
    (
        Accept::Flags,
        Duplicate::SentToRing,
        Spawn::UringPoller,
        Call::UringSendmsg,
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
const NOT_HOOKED: [(Family, Call, &str); 4] = [
    (Family::OtherUnix, Call::Recv, "no row has its path"),
    (
        Family::Tcp,
        Call::Discard,
        "who throws bytes away does not have them in hand",
    ),
    (
        Family::Tcp,
        Call::Urgent,
        "the urgent byte is no part of what is served: the bytes before it bind who reads them",
    ),
    (
        Family::Tcp,
        Call::Map,
        "who maps pages reads them later, without a call, and has to copy what does not fill one",
    ),
];

/// Every row: each call twice, each time with other values of the rest, and once over a UNIX socket; then io_uring's own, MPTCP, and
/// what is not hooked.
pub fn all() -> Vec<Row> {
    let row = |(accept, duplicate, spawn, call)| Row {
        family: Family::Tcp,
        accept,
        duplicate,
        spawn,
        call,
        not_hooked: None,
    };
    let mut rows: Vec<Row> = (0..3 * CALLS.len())
        .map(|at| {
            let round = at / CALLS.len();
            let words = (
                ACCEPTS[(at + 2 * round) % ACCEPTS.len()],
                DUPLICATES[at % DUPLICATES.len()],
                SPAWNS[(at + at / DUPLICATES.len()) % SPAWNS.len()],
                CALLS[at % CALLS.len()],
            );
            let family = match round {
                2 => Family::Unix,
                _ => Family::Tcp,
            };
            Row {
                family,
                ..row(words)
            }
        })
        // It is not made for them (`SOCK_SUPPORT_ZC`).
        .filter(|row| row.family == Family::Tcp || row.call != Call::UringSendZc)
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
