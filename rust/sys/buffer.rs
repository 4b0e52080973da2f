// SPDX-License-Identifier: GPL-2.0

//! Received bytes, where they lie in the kernel while they are copied to the reader.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)

use crate::sys::bindings;
use crate::sys::socket::Socket;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// A part of a `struct sk_buff` in the receive queue of a socket that the current task reads.
pub(crate) struct Received<'a> {
    raw: NonNull<bindings::sk_buff>,
    offset: Option<u32>,
    length: u32,
    _buffer: PhantomData<&'a bindings::sk_buff>,
}

impl<'a> Received<'a> {
    /// `length` bytes of `raw` from `offset` on, if that is known.
    ///
    /// # Safety
    ///
    /// `raw` is null or a buffer that holds these bytes, and stays in its queue for `'a`.
    pub(super) unsafe fn from_raw(
        raw: *mut bindings::sk_buff,
        offset: Option<u32>,
        length: u32,
    ) -> Option<Self> {
        Some(Self {
            raw: NonNull::new(raw)?,
            offset,
            length,
            _buffer: PhantomData,
        })
    }

    /// The socket in whose receive queue the buffer is; nothing if it is owned otherwise, by who sent it to a tap device say.
    pub(crate) fn socket(&self) -> Option<&'a Socket> {
        // SAFETY: The buffer is valid; the address of its destructor is only compared.
        let release = unsafe {
            (*self.raw.as_ptr())
                .__bindgen_anon_3
                .__bindgen_anon_1
                .destructor
        }?;
        if release as *const () != bindings::sock_rfree as *const () {
            return None;
        }
        // SAFETY: The buffer is valid; its owner is the socket in whose receive queue it is (`skb_set_owner_r()` of net/sock.h),
        // which the reader keeps alive.
        unsafe { Socket::from_raw((*self.raw.as_ptr()).sk.cast()) }
    }

    /// How many bytes.
    pub(crate) fn length(&self) -> u32 {
        self.length
    }

    /// A number of the buffer, which no other one in a queue has.
    pub(crate) fn buffer(&self) -> usize {
        self.raw.as_ptr() as usize
    }

    /// How many bytes the whole buffer holds.
    pub(crate) fn buffer_length(&self) -> u32 {
        // SAFETY: The buffer is valid.
        unsafe { (*self.raw.as_ptr()).len }
    }

    /// Where in the buffer the first byte is; not known of a UNIX socket's, which keeps that to itself.
    pub(crate) fn offset(&self) -> Option<u32> {
        self.offset
    }

    /// Whether the bytes are what the other side sent, and not what a protocol above TCP made of it.
    pub(crate) fn is_plain(&self) -> bool {
        let made = |socket: &Socket| socket.is_plain_tcp() && socket.has_upper_layer();
        !self.socket().is_some_and(made)
    }

    /// Where who has the buffer keeps what is its own.
    pub(super) fn control_block(&self) -> *const u8 {
        // SAFETY: The buffer is valid; nothing is read.
        unsafe { (&raw const (*self.raw.as_ptr()).cb).cast() }
    }

    /// The sequence number of the first byte, if it was received by TCP (`tcp_recvmsg_locked()` of net/ipv4/tcp.c).
    pub(crate) fn sequence(&self) -> Option<u32> {
        let offset = self.offset?;
        if !self.socket()?.is_plain_tcp() {
            return None;
        }
        // SAFETY: The buffer is valid, and in the receive queue of a TCP socket its control block is this.
        let first = unsafe { (*self.control_block().cast::<bindings::tcp_skb_cb>()).seq };
        Some(first.wrapping_add(offset))
    }

    /// Calls `visit` with the bytes of the buffer from `from` to before `to`, piece by piece and in order, until it says that
    /// this is enough. Does not sleep; preemption is off.
    pub(crate) fn each(&self, from: u32, to: u32, mut visit: impl FnMut(&[u8]) -> bool) {
        let to = to.min(self.buffer_length());
        if from >= to {
            return;
        }
        let mut state = MaybeUninit::<bindings::skb_seq_state>::uninit();
        // SAFETY: The buffer is valid and holds the bytes; this initialises the state.
        unsafe { bindings::skb_prepare_seq_read(self.raw.as_ptr(), from, to, state.as_mut_ptr()) };
        let mut left = to.saturating_sub(from);
        let mut consumed = 0u32;
        while left > 0 {
            let mut data = core::ptr::null();
            // SAFETY: The state was prepared above, and no call has ended it.
            let length = unsafe { bindings::skb_seq_read(consumed, &mut data, state.as_mut_ptr()) };
            // A piece may go beyond the end that was asked for.
            let length = length.min(left);
            if length == 0 || data.is_null() {
                break;
            }
            // SAFETY: `skb_seq_read()` gives at least as many bytes, which stay mapped until the next call.
            let piece = unsafe { core::slice::from_raw_parts(data, length as usize) };
            if visit(piece) {
                break;
            }
            consumed = consumed.saturating_add(length);
            left = left.saturating_sub(length);
        }
        // SAFETY: The state was prepared above; what is mapped is unmapped, once.
        unsafe { bindings::skb_abort_seq_read(state.as_mut_ptr()) };
    }
}
