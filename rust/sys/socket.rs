// SPDX-License-Identifier: GPL-2.0

//! Sockets: who they are, and a counted reference that keeps one from being another.
//!
//! C header: [`include/net/inet_sock.h`](srctree/include/net/inet_sock.h)

use crate::sys::bindings;
use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};
use core::ptr::NonNull;
use kernel::error::to_result;
use kernel::prelude::*;
use kernel::types::Opaque;

/// A `struct sock`, borrowed.
#[repr(transparent)]
pub(crate) struct Socket(Opaque<bindings::sock>);

impl Socket {
    /// # Safety
    ///
    /// `raw` is null or a socket that stays alive for `'a`.
    pub(crate) unsafe fn from_raw<'a>(raw: *mut bindings::sock) -> Option<&'a Self> {
        // SAFETY: By the function's contract; the wrapper is transparent.
        unsafe { raw.cast::<Self>().as_ref() }
    }

    fn common(&self) -> &bindings::sock_common {
        // SAFETY: The socket is alive; the fields read by this file are set before it is
        // established and do not change while it is open.
        unsafe { &(*self.0.get()).__sk_common }
    }

    /// The C side of it.
    pub(super) fn as_ptr(&self) -> *mut bindings::sock {
        self.0.get()
    }

    /// Whether it is of this address family.
    pub(super) fn is_of(&self, family: u32) -> bool {
        u32::from(self.common().skc_family) == family
    }

    /// Whether it is a stream socket.
    pub(super) fn is_stream(&self) -> bool {
        // SAFETY: The type does not change after creation.
        u32::from(unsafe { (*self.0.get()).sk_type }) == bindings::sock_type_SOCK_STREAM
    }

    /// A number that no other living socket has.
    pub(crate) fn id(&self) -> usize {
        self.0.get() as usize
    }

    /// Whether it is TCP over IPv4 or IPv6 in the initial network namespace.
    pub(crate) fn is_tcp(&self) -> bool {
        self.is_inet(bindings::IPPROTO_TCP) || self.is_inet(bindings::IPPROTO_MPTCP)
    }

    /// Whether it is TCP, not MPTCP, whose bytes have other numbers.
    pub(crate) fn is_plain_tcp(&self) -> bool {
        self.is_inet(bindings::IPPROTO_TCP)
    }

    fn is_inet(&self, protocol: u32) -> bool {
        // SAFETY: The protocol does not change after creation.
        let own = u32::from(unsafe { (*self.0.get()).sk_protocol });
        own == protocol && (self.is_of(bindings::AF_INET) || self.is_of(bindings::AF_INET6))
    }

    /// Whether another protocol, such as TLS, lies between TCP and who reads. To be asked of TCP sockets only.
    pub(crate) fn has_upper_layer(&self) -> bool {
        // SAFETY: A TCP socket is the first field of this; the pointer is only compared.
        let layer = unsafe {
            let connection = self.0.get().cast::<bindings::inet_connection_sock>();
            core::ptr::read_volatile(&raw const (*connection).icsk_ulp_ops)
        };
        !layer.is_null()
    }

    /// Whether it belongs to the initial network namespace.
    pub(crate) fn in_initial_namespace(&self) -> bool {
        core::ptr::eq(self.common().skc_net.net, &raw const bindings::init_net)
    }

    /// The first port of its network namespace that needs no privilege to listen on.
    pub(crate) fn unprivileged_port_start(&self) -> u16 {
        // SAFETY: A socket keeps its network namespace; the setting is read once.
        let start = unsafe {
            core::ptr::read_volatile(
                &raw const (*self.common().skc_net.net).ipv4.sysctl_ip_prot_sock,
            )
        };
        u16::try_from(start).unwrap_or(u16::MAX)
    }

    /// Its own address and port; IPv4 over an IPv6 socket is given as it is on the wire, mapped.
    pub(crate) fn local(&self) -> (IpAddr, u16) {
        let common = self.common();
        // SAFETY: Both views of the pair are plain numbers.
        let port = unsafe { common.__bindgen_anon_3.__bindgen_anon_1.skc_num };
        // SAFETY: As above.
        let v4 = unsafe { common.__bindgen_anon_1.__bindgen_anon_1.skc_rcv_saddr };
        (self.address(v4, &common.skc_v6_rcv_saddr), port)
    }

    /// The other side's address and port.
    pub(crate) fn peer(&self) -> (IpAddr, u16) {
        let common = self.common();
        // SAFETY: Both views of the pair are plain numbers.
        let port = unsafe { common.__bindgen_anon_3.__bindgen_anon_1.skc_dport };
        // SAFETY: As above.
        let v4 = unsafe { common.__bindgen_anon_1.__bindgen_anon_1.skc_daddr };
        (self.address(v4, &common.skc_v6_daddr), u16::from_be(port))
    }

    fn address(&self, v4: bindings::__be32, v6: &bindings::in6_addr) -> IpAddr {
        if self.is_of(bindings::AF_INET6) {
            // SAFETY: All views of an IPv6 address are 16 bytes.
            IpAddr::V6(Ipv6Addr::from(unsafe { v6.in6_u.u6_addr8 }))
        } else {
            IpAddr::V4(Ipv4Addr::from(u32::from_be(v4)))
        }
    }

    /// Whether no descriptor refers to it any more, or none does yet.
    pub(crate) fn is_orphan(&self) -> bool {
        // SAFETY: The socket is alive; the pointer is only compared (`sock_orphan()` of net/sock.h).
        unsafe { core::ptr::read_volatile(&raw const (*self.0.get()).sk_socket).is_null() }
    }

    /// A reference that keeps its memory, and with it its identity.
    pub(crate) fn hold(&self) -> SocketRef {
        // SAFETY: The socket is alive, so its count is not zero (`sock_hold()` of net/sock.h).
        unsafe { bindings::refcount_inc((&raw mut (*self.0.get()).__sk_common.skc_refcnt).cast()) };
        // SAFETY: A reference is never null.
        SocketRef(unsafe { NonNull::new_unchecked(self.0.get()) })
    }
}

/// A counted reference to a socket.
///
/// # Invariants
///
/// Owns one count of `skc_refcnt`.
pub(crate) struct SocketRef(NonNull<bindings::sock>);

// SAFETY: A socket's count may be given back from any thread.
unsafe impl Send for SocketRef {}
// SAFETY: Only the address and fields that do not change are read.
unsafe impl Sync for SocketRef {}

impl core::ops::Deref for SocketRef {
    type Target = Socket;

    fn deref(&self) -> &Socket {
        // SAFETY: By the type invariant, the socket is alive.
        unsafe { self.0.cast().as_ref() }
    }
}

impl Drop for SocketRef {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, a count is ours to give back (`sock_put()` of net/sock.h).
        unsafe {
            if bindings::refcount_dec_and_test(
                (&raw mut (*self.0.as_ptr()).__sk_common.skc_refcnt).cast(),
            ) {
                bindings::sk_free(self.0.as_ptr());
            }
        }
    }
}

/// Opens and closes a TCP socket that nobody can see: each call runs once through `inet_release()`.
pub(crate) fn open_and_close() -> Result {
    let mut socket = core::ptr::null_mut();
    // SAFETY: `socket` is a place for the result; the initial network namespace never goes away.
    to_result(unsafe {
        bindings::sock_create_kern(
            &raw mut bindings::init_net,
            bindings::AF_INET as c_int,
            bindings::sock_type_SOCK_STREAM as c_int,
            bindings::IPPROTO_TCP as c_int,
            &raw mut socket,
        )
    })?;
    // SAFETY: The socket was made above and is used by nobody else.
    unsafe { bindings::sock_release(socket) };
    Ok(())
}
