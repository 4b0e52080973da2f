// SPDX-License-Identifier: GPL-2.0

//! `/proc/vhqos/channels`: the open channels.
//!
//! `channel`: its number since the load; `host`; `local`, `peer`: address and port; `acceptor`: the
//! process that accepted it; `state`: `accepted`, or `active` once bytes were moved on it.

use crate::engine::control::Control;
use crate::policy::Endpoint;
use crate::sys::procfs::Entry;
use core::net::SocketAddr;
use kernel::prelude::*;
use kernel::seq_file::SeqFile;
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
            out.call_printf(format_args!(
                "channel={} host={} local={} peer={} acceptor={} state={}\n",
                channel.number,
                channel.host_name(),
                address(channel.socket.local()),
                address(channel.socket.peer()),
                channel.acceptor.tgid,
                state,
            ));
        });
    }
}

/// An address as people write it: IPv4 in an IPv6 socket is IPv4.
fn address((address, port): (core::net::IpAddr, u16)) -> SocketAddr {
    let end = Endpoint::new(address, port);
    SocketAddr::new(end.address, end.port)
}
