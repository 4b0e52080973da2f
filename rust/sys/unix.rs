// SPDX-License-Identifier: GPL-2.0

//! UNIX stream sockets: where their connections arrive, and who reads them.
//!
//! C header: [`include/net/af_unix.h`](srctree/include/net/af_unix.h)

use crate::sys::bindings;
use crate::sys::executable::Identity;
use crate::sys::socket::Socket;

/// How far a function's entry and the instruction that ftrace patches are apart at the most (`arch_adjust_kprobe_addr()` of
/// arch/x86/kernel/kprobes/core.c).
const ENTRY_BYTES: usize = 16;

impl Socket {
    /// Whether it is a UNIX stream socket.
    pub(crate) fn is_unix(&self) -> bool {
        self.is_of(bindings::AF_UNIX) && self.is_stream()
    }

    /// The path that its listener was bound to, as it was given to bind(2), and the file that this made. Nothing for abstract
    /// addresses and for sockets that nobody bound. To be asked of UNIX sockets only, which were accepted.
    pub(crate) fn bound(&self) -> Option<(&[u8], Identity)> {
        // SAFETY: A UNIX socket is the first field of this.
        let unix = unsafe { &*self.as_ptr().cast::<bindings::unix_sock>() };
        // SAFETY: What connect(2) gave a socket that was accepted stays as long as the socket (`unix_stream_connect()` of
        // net/unix/af_unix.c): its address, whose last byte within `len` is the NUL that ends a path (`unix_mkname_bsd()`), and the entry of its file.
        unsafe {
            let address = unix.addr.as_ref()?;
            let name = address.name.as_ptr();
            let path = (&raw const (*name).sun_path).cast::<u8>();
            let length = usize::try_from(address.len).ok()?;
            let length =
                length.checked_sub(core::mem::offset_of!(bindings::sockaddr_un, sun_path))?;
            let path = core::slice::from_raw_parts(path, length).strip_suffix(b"\0")?;
            let file = Identity::of_inode(unix.path.dentry.as_ref()?.d_inode)?;
            (!path.is_empty()).then_some((path, file))
        }
    }
}

/// A read of a UNIX stream socket that is under way.
pub(crate) struct Reading<'a> {
    /// The socket that is read.
    pub(crate) socket: &'a Socket,
    /// Whether the bytes stay where they are, or were sent out of band.
    pub(crate) aside: bool,
}

impl Reading<'_> {
    /// The read that `state` describes to the function at `entry`, which it names; nothing if this kernel's `state` is another
    /// one, in which that function is not named.
    ///
    /// # Safety
    ///
    /// `state` is the last argument of the probed function at `entry`, which runs, and is as `vhqos_unix_read` says if its
    /// first field names that function.
    pub(super) unsafe fn from_raw(
        state: *const bindings::vhqos_unix_read,
        entry: usize,
    ) -> Option<Self> {
        // SAFETY: By the function's contract; nothing but the first field is looked at before that is known.
        let actor = unsafe { (*state).recv_actor } as usize;
        if entry.checked_sub(actor)? > ENTRY_BYTES {
            return None;
        }
        // SAFETY: By the function's contract, now that the first field is as it says; the reader keeps the socket.
        unsafe {
            let socket = Socket::from_raw((*state).socket.as_ref()?.sk.cast())?;
            let aside = bindings::MSG_PEEK | bindings::MSG_OOB;
            Some(Self {
                socket,
                aside: (*state).flags as u32 & aside != 0,
            })
        }
    }
}
