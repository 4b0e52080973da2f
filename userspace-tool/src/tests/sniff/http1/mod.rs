// SPDX-License-Identifier: GPL-2.0

//! HTTP/1.0 and HTTP/1.1.

mod change;
mod clients;
mod fields;
mod framing;
mod limits;
mod lines;
mod open;
mod properties;
mod targets;

use crate::check::sniff::answers;
use crate::check::sniff::What;
use crate::sniff::Http1;
use crate::sniff::Nameless;

/// What is said of a connection.
pub(super) fn read(bytes: impl AsRef<[u8]>) -> Vec<What> {
    answers(Http1::new, bytes.as_ref())
}

pub(in crate::tests::sniff) fn named(name: &str) -> What {
    What::Named(name.to_owned())
}

pub(in crate::tests::sniff) const ABSENT: What = What::Nameless(Nameless::Absent);
pub(in crate::tests::sniff) const FOREIGN: What = What::Nameless(Nameless::Foreign);
pub(in crate::tests::sniff) const MALFORMED: What = What::Nameless(Nameless::Malformed);
pub(in crate::tests::sniff) const TOO_LATE: What = What::Nameless(Nameless::TooLate);

/// A request behind which it is seen whether the one before was read to its end.
pub(in crate::tests::sniff) const NEXT: &str = "GET / HTTP/1.1\r\nHost: next.example\r\n\r\n";
