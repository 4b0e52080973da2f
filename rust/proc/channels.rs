// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/channels`: the open channels.
//!
//! `channel`: its number since the load; `host`; `local`, `peer`: address and port, or `unix:` and the path that was bound, whose
//! peers have none; `acceptor`: the process that accepted it; `state`: `accepted`, or `active` once bytes were moved on it.

use crate::engine::control::Control;
use crate::policy::Endpoint;
use crate::sys::procfs::Entry;
use crate::sys::socket::Socket;
use core::net::SocketAddr;
use kernel::fmt;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
use kernel::seq_print;
use kernel::sync::Arc;

pub(super) struct Channels(pub(super) Arc<Control>);

impl Entry for Channels {
    type Reading = ();
    type Writing = ();

    fn open(&self) -> Result<((), ())> {
        Ok(((), ()))
    }

    fn next(&self, (): &(), from: u64) -> Option<u64> {
        self.0.engine().channels.next_place(from)
    }

    fn show(&self, (): &(), at: u64, out: &SeqFile) {
        self.0.engine().channels.visit(at, |_, channel| {
            let state = if channel.active { "active" } else { "accepted" };
            seq_print!(
                out,
                "channel={} host={} {} acceptor={} state={}\n",
                channel.number,
                channel.host_name(),
                Ends(&channel.socket),
                channel.acceptor.tgid,
                state,
            );
        });
    }
}

/// Both ends of a connection.
struct Ends<'a>(&'a Socket);

impl fmt::Display for Ends<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_unix() {
            let (local, peer) = (address(self.0.local()), address(self.0.peer()));
            return write!(f, "local={local} peer={peer}");
        }
        let path = self.0.bound().map_or(&b"-"[..], |(path, _)| path);
        // Only what a row can say is a channel, which is UTF-8.
        let path = core::str::from_utf8(path).unwrap_or("-");
        write!(f, "local=unix:{path} peer=-")
    }
}

/// An address as people write it: IPv4 in an IPv6 socket is IPv4.
fn address((address, port): (core::net::IpAddr, u16)) -> SocketAddr {
    let end = Endpoint::new(address, port);
    SocketAddr::new(end.address, end.port)
}
