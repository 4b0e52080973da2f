// SPDX-License-Identifier: GPL-2.0

//! One thing that happened.

/// An enum whose variants have a word for /proc, and a number for the ring.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$about])* $variant,)+
        }

        impl $name {
            /// All of them, in the order of their numbers.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it.
            pub(crate) fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What has this word.
            pub(crate) fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }

            /// Its number.
            pub(crate) fn code(self) -> u8 {
                self as u8
            }

            /// What has this number.
            pub(crate) fn from_code(code: u8) -> Option<Self> {
                Self::ALL.get(usize::from(code)).copied()
            }
        }
    };
}

words! {
    /// What bound a task.
    Cause {
        /// It accepted the channel, and serves what it accepts.
        Accept = "accept",
        /// It moved bytes on the channel.
        Transfer = "transfer",
        /// It was born to a bound task.
        Fork = "fork",
    }
}

words! {
    /// Why a task is bound no more.
    End {
        /// Its channel was closed, or is nobody's any more.
        Close = "close",
        /// It exits.
        Exit = "exit",
        /// The host's row is gone, or nobody is kept in a class any more.
        Forgotten = "forgotten",
    }
}

words! {
    /// What became of a row.
    Change {
        /// There was none of this name.
        Added = "added",
        /// It says something else.
        Changed = "changed",
        /// There is none of this name any more.
        Removed = "removed",
    }
}

words! {
    /// How the module is.
    Health {
        /// There are no rows and no VPSes, so that the hooks are not armed.
        Off = "off",
        /// The hooks are armed.
        Live = "live",
        /// The hooks are armed, but silent: all tasks have their own classes back.
        Deaf = "deaf",
    }
}

impl Health {
    /// With hooks that are `armed`, and silent if `deaf`.
    pub(crate) fn of(armed: bool, deaf: bool) -> Self {
        match (armed, deaf) {
            (false, _) => Self::Off,
            (true, false) => Self::Live,
            (true, true) => Self::Deaf,
        }
    }
}

/// A task, as the initial PID namespace numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who<'a> {
    /// The thread.
    pub(crate) task: i32,
    /// Its process.
    pub(crate) group: i32,
    /// The name that it gave itself: any bytes.
    pub(crate) comm: &'a [u8],
}

/// One thing that happened. Of a text that is longer than its limit the beginning is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record<'a> {
    /// A task has the class of a host from now on.
    Bind {
        who: Who<'a>,
        host: &'a str,
        /// The host whose class it had; empty for none.
        from: &'a str,
        /// The number of the channel that bound it.
        channel: u64,
        by: Cause,
    },
    /// A task has the class of no host any more.
    Release {
        who: Who<'a>,
        host: &'a str,
        by: End,
    },
    /// What was written to a file was refused, for this reason.
    Refusal { why: &'a [u8] },
    /// Something went wrong, so many times by now; the words are those of `status`.
    Trouble { what: &'a str, count: u64 },
    /// A row changed with the table's generation.
    Row {
        host: &'a str,
        change: Change,
        generation: u64,
    },
    /// More rows changed than are told one by one.
    Table {
        rows: u32,
        added: u32,
        removed: u32,
        changed: u32,
        generation: u64,
    },
    /// The module's health changed.
    Health { from: Health, to: Health },
    /// So many records were overwritten before the reader came; made for it alone.
    Lost { count: u64 },
}
