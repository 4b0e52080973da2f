// SPDX-License-Identifier: GPL-2.0

//! The host that a TLS client asks for: the `server_name` of its ClientHello, for TLS 1.0 to 1.3 (RFC 8446, section 4.1.2, and
//! RFC 6066, section 3).
//!
//! What follows the ClientHello is encrypted, or says nothing more of the host. Of an encrypted ClientHello (ECH) the outer one
//! counts (RFC 9849), which is all that is seen here.

mod hello;
mod record;

use crate::sniff::next;
use crate::sniff::Name;
use crate::sniff::Parser;
use crate::sniff::Skip;
use crate::sniff::Step;

use hello::Hello;
use record::Records;

/// How far the connection was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The ClientHello is not complete.
    Reading,
    /// It is known which host is meant, or that none is.
    Known,
    /// The end was said.
    Over,
}

/// A TLS connection up to the server's name.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    records: Records,
    hello: Hello,
    phase: Phase,
}

const _: () = assert!(size_of::<Tls>() <= 40);

impl Tls {
    /// No byte was read.
    pub(crate) const fn new() -> Self {
        Self {
            records: Records::new(),
            hello: Hello::new(),
            phase: Phase::Reading,
        }
    }

    /// Reads the next byte. An error is what is to be said then.
    fn byte(&mut self, byte: u8, name: &mut Name) -> Result<(), Step> {
        match self.phase {
            Phase::Reading => match self.records.read(byte)? {
                Some(byte) => self.hello.read(byte, name),
                None => Ok(()),
            },
            Phase::Known | Phase::Over => Err(Step::End),
        }
    }
}

impl Parser for Tls {
    fn read(&mut self, bytes: &mut &[u8], name: &mut Name) -> Step {
        while !bytes.is_empty() {
            let ahead = self.ahead();
            if ahead > 0 {
                let mut skip = Skip::default();
                skip.set(ahead);
                skip.take(bytes);
                self.pass(ahead.saturating_sub(skip.left()));
                continue;
            }
            let byte = next(bytes).map(|byte| self.byte(byte, name));
            if let Some(Err(step)) = byte {
                self.phase = match step {
                    Step::End | Step::Lost => Phase::Over,
                    _ => Phase::Known,
                };
                return step;
            }
        }
        Step::More
    }

    fn ahead(&self) -> u64 {
        match self.phase {
            Phase::Reading => self.hello.ahead().min(self.records.left()),
            Phase::Known => 0,
            Phase::Over => u64::MAX,
        }
    }

    fn pass(&mut self, count: u64) {
        if self.phase == Phase::Reading {
            let count = count.min(self.ahead());
            self.records.pass(count);
            self.hello.pass(count);
        }
    }
}
