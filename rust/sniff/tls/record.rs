// SPDX-License-Identifier: GPL-2.0

//! The records in which a ClientHello comes: the plain ones of RFC 8446, section 5.1.

use crate::limits::CHANGE_RECORDS;
use crate::sniff::Nameless;
use crate::sniff::Step;

/// `ContentType`: `change_cipher_spec` (RFC 8446, section 5.1).
const CHANGE_CIPHER_SPEC: u8 = 20;
/// `ContentType`: `handshake`.
const HANDSHAKE: u8 = 22;

/// First byte of every version.
const MAJOR: u8 = 3;
/// Largest second byte of a version: TLS 1.3. SSL 3.0 has 0 there.
const MINOR_MAX: u8 = 4;

/// The longest record that is not encrypted, in bytes (RFC 8446, section 5.1).
const RECORD_BYTES: u16 = 1 << 14;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The type of the first record.
    First,
    /// The type of another record.
    Type,
    /// The first byte of the version.
    Major,
    /// Its second byte.
    Minor,
    /// The first byte of the length.
    High,
    /// Its second byte.
    Low,
    /// What the record is for.
    Fragment,
}

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A piece of a handshake message, of 1 to 2^14 bytes.
    Handshake,
    /// The one byte 1, which means nothing here: clients send it for the sake of middleboxes (RFC 8446, sections 5 and D.4).
    Change,
}

/// The records of a connection until its ClientHello is complete.
#[derive(Clone, Debug)]
pub(super) struct Records {
    part: Part,
    kind: Kind,
    /// How many more [`Kind::Change`] are put up with.
    changes: u8,
    /// The bytes of the record that are still to come.
    left: u16,
}

impl Records {
    /// No byte was read.
    pub(super) const fn new() -> Self {
        Self {
            part: Part::First,
            kind: Kind::Handshake,
            changes: CHANGE_RECORDS,
            left: 0,
        }
    }

    /// Reads the next byte; gives it back if it is one of a handshake message. An error is what is known when there is no more to
    /// read.
    pub(super) fn read(&mut self, byte: u8) -> Result<Option<u8>, Step> {
        self.part = match (self.part, byte) {
            (Part::First | Part::Type, HANDSHAKE) => {
                self.kind = Kind::Handshake;
                Part::Major
            }
            (Part::Type, CHANGE_CIPHER_SPEC) => {
                let changes = self.changes.checked_sub(1);
                self.changes = changes.ok_or(Step::Nameless(Nameless::TooLate))?;
                self.kind = Kind::Change;
                Part::Major
            }
            // An alert, mostly: the client gave up.
            (Part::Type, _) => return Err(Step::Lost),
            (Part::Major, MAJOR) => Part::Minor,
            (Part::Minor, ..=MINOR_MAX) => Part::High,
            (Part::High, _) => {
                self.left = u16::from_be_bytes([byte, 0]);
                Part::Low
            }
            (Part::Low, _) => {
                self.left |= u16::from(byte);
                match (self.kind, self.left) {
                    (Kind::Handshake, 1..=RECORD_BYTES) | (Kind::Change, 1) => Part::Fragment,
                    _ => return Err(Step::Nameless(Nameless::Foreign)),
                }
            }
            (Part::Fragment, _) => {
                self.pass(1);
                return match (self.kind, byte) {
                    (Kind::Handshake, _) => Ok(Some(byte)),
                    (Kind::Change, 1) => Ok(None),
                    (Kind::Change, _) => Err(Step::Nameless(Nameless::Foreign)),
                };
            }
            _ => return Err(Step::Nameless(Nameless::Foreign)),
        };
        Ok(None)
    }

    /// How many bytes of a handshake message come before the next header.
    pub(super) fn left(&self) -> u64 {
        match (self.part, self.kind) {
            (Part::Fragment, Kind::Handshake) => u64::from(self.left),
            _ => 0,
        }
    }

    /// Counts `count` bytes of the record, at most as many as are left.
    pub(super) fn pass(&mut self, count: u64) {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        self.left = self.left.saturating_sub(count);
        if self.left == 0 {
            self.part = Part::Type;
        }
    }
}
