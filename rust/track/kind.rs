// SPDX-License-Identifier: GPL-2.0

//! What is learned about a process: does it serve what it accepts?
//!
//! A worker that accepts and serves can be bound while it accepts, before it reads the first byte. A
//! parent that accepts and forks must never be bound. Nobody says which is which, so it is learned:
//! a process *serves* once one of its tasks moves bytes on a channel that the same task accepted, and
//! it *forks* once it makes a child process while it holds a channel that was accepted and not read.
//! A parent that forks may still write a refusal to a client by itself ("too many connections"), so
//! one that forked has to serve some in a row before it is believed to serve.

/// How many channels in a row a process that forked has to serve by itself before it is one that serves.
const CONVINCED: u8 = 8;

/// The learned kind of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing was seen yet.
    Unknown,
    /// It serves what it accepts.
    Serves,
    /// It accepts for its children.
    Forks {
        /// Channels that it served by itself since it forked last.
        served: u8,
    },
}

/// What was seen of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A task moved the first bytes on a channel that it had accepted itself.
    ServedOwn,
    /// It made a child process while this many of its accepted channels had not been read.
    Forked {
        /// Channels accepted by the process on which no byte was moved yet.
        unread: usize,
    },
}

/// When an acceptor is bound: module parameter `serves`.
///
/// At the first transfer, unless somebody says otherwise: between its accept and its first read a worker may
/// hold the lock under which all workers accept (Apache's prefork MPM on several addresses), and in the class of
/// a throttled host it would hold it for as long as that host is throttled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// 0: at the accept, once it was seen to serve what it accepts.
    Learned,
    /// 1: at the accept, always.
    AtAccept,
    /// 2, the default: at the first transfer.
    AtTransfer,
}

/// What becomes of a thread that serves several hosts at once: module parameter `loops`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loops {
    /// `charge`: its CPU time is counted for the host of the channel at hand, and it stays idle.
    Charge,
    /// `move`: it goes to the class of the host of the channel at hand.
    Move,
}

impl Loops {
    /// What the module parameter `loops` names.
    pub(crate) fn from_parameter(value: &[u8]) -> Option<Self> {
        match value {
            b"charge" => Some(Self::Charge),
            b"move" => Some(Self::Move),
            _ => None,
        }
    }
}

impl Rule {
    /// The rule that the module parameter `serves` names.
    pub(crate) fn from_parameter(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::Learned),
            1 => Some(Self::AtAccept),
            2 => Some(Self::AtTransfer),
            _ => None,
        }
    }

    /// Whether a process of this kind is bound when it accepts.
    pub(crate) fn binds_at_accept(self, kind: Kind) -> bool {
        match self {
            Self::Learned => kind == Kind::Serves,
            Self::AtAccept => true,
            Self::AtTransfer => false,
        }
    }
}

impl Kind {
    /// The kind after `seen`.
    pub(crate) fn after(self, seen: Seen) -> Self {
        match (self, seen) {
            (Self::Forks { served }, Seen::ServedOwn) if served.saturating_add(1) < CONVINCED => {
                Self::Forks {
                    served: served.saturating_add(1),
                }
            }
            (_, Seen::ServedOwn) => Self::Serves,
            (_, Seen::Forked { unread: 0 }) => self,
            (_, Seen::Forked { .. }) => Self::Forks { served: 0 },
        }
    }

    /// The word for it in `/proc/vhqos/tasks`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Serves => "serves",
            Self::Forks { .. } => "forks",
        }
    }

    /// A number for an atomic.
    pub(crate) fn to_number(self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Serves => 1,
            Self::Forks { served } => 2 | (u32::from(served) << 2),
        }
    }

    /// The kind of a number of [`Kind::to_number`].
    pub(crate) fn from_number(number: u32) -> Self {
        match number & 3 {
            1 => Self::Serves,
            2 => Self::Forks {
                served: u8::try_from(number >> 2).unwrap_or(0),
            },
            _ => Self::Unknown,
        }
    }
}
